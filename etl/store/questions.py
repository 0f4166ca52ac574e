"""The catalogue in the database: questions, their versions, which is in force."""

from collections.abc import Sequence

from sqlalchemy import Connection

from etl.records.question import Question
from etl.store.ballots import question_of
from etl.store.database import Database
from etl.store.plain_json import plain_json
from etl.store.queries import query

__all__ = ["QuestionStore"]


class QuestionStore:
    """Reads and writes ``core.question`` and ``core.question_version``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load_catalogue(self, catalogue: str, questions: Sequence[Question]) -> dict[str, list[str]]:
        """
        Put a catalogue in force; a question that left it is retired, nothing is deleted.

        Args:
            catalogue: Its name.
            questions: All its questions.

        Returns:
            Ids under ``changed`` (new or with a new version) and ``retired``.
        """
        with self._database.transaction() as connection:
            return self.load_in(connection, catalogue, questions)

    @staticmethod
    def load_in(
        connection: Connection, catalogue: str, questions: Sequence[Question]
    ) -> dict[str, list[str]]:
        """The same in the caller's transaction."""
        changed: list[str] = []
        for q in questions:
            connection.execute(
                query("catalogue", "upsert_question"),
                {"question_id": q.question_id, "catalogue": catalogue},
            )
            connection.execute(
                query("catalogue", "insert_version"),
                {
                    "question_version_id": q.question_version_id,
                    "question_id": q.question_id,
                    "version": q.version,
                    "key": q.key,
                    "text": q.text,
                    "answer_type": q.answer_type,
                    "section_prior": plain_json(dict(q.section_prior)),
                    "cues": list(q.cues),
                    "spec": plain_json(dict(q.spec)),
                },
            )
            changed += connection.execute(
                query("catalogue", "point_question"),
                {
                    "question_id": q.question_id,
                    "question_version_id": q.question_version_id,
                    "catalogue": catalogue,
                },
            ).scalars()
        retired = connection.execute(
            query("catalogue", "retire_questions"),
            {"catalogue": catalogue, "keep": [q.question_id for q in questions]},
        ).scalars()
        gone = sorted(retired)
        connection.execute(query("history", "rebuild_wide_forms"))
        return {"changed": sorted(changed), "retired": gone}

    def golden_passes(self, checks: Sequence[str]) -> set[str]:
        """Those of the checks that were passed before."""
        rows = self._database.read(query("catalogue", "golden_passes"), checks=list(checks))
        return {row.check_sha256 for row in rows}

    def save_golden_passes(self, passes: Sequence[tuple[Question, str, int]]) -> None:
        """
        Keep that loaded questions passed their golden cells.

        Args:
            passes: Question, hash of all that the pass depends on, number of cells.
        """
        with self._database.transaction() as connection:
            for q, check, cell_count in passes:
                connection.execute(
                    query("catalogue", "insert_golden_pass"),
                    {
                        "question_version_id": q.question_version_id,
                        "check_sha256": check,
                        "cell_count": cell_count,
                    },
                )

    def current(self) -> list[Question]:
        """The questions in force, by id."""
        return [
            question_of(row._mapping)  # noqa: SLF001
            for row in self._database.read(query("decide", "load_questions"))
        ]
