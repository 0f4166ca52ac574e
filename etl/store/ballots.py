"""Ballots with their passages and evidence."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping

from etl.records.ballot import Ballot, CellState, Evidence, MatchKind
from etl.records.chunk import Passage
from etl.records.question import AnswerType, Question
from etl.store.bulk import copy_rows
from etl.store.database import Database
from etl.store.generations import save_generations
from etl.store.plain_json import plain_json
from etl.store.queries import query

__all__ = ["BallotStore", "question_of"]


def question_of(row: RowMapping) -> Question:
    """A row of ``core.current_question`` as a record."""
    return Question(
        question_version_id=row["question_version_id"],
        question_id=row["question_id"],
        version=row["version"],
        key=row["key"],
        text=row["text"],
        answer_type=AnswerType(row["answer_type"]),
        section_prior=row["section_prior"],
        cues=tuple(row["cues"]),
        spec=row["spec"],
    )


class BallotStore:
    """Reads and writes ``core.ballot``, ``core.passage`` and ``core.evidence``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def missing_questions(
        self, document_id: int, answerer_id: int, *, question_ids: Sequence[str] | None
    ) -> list[Question]:
        """Questions in force that this answerer has not answered for this document, by id."""
        rows = self._database.read(
            query("answer", "missing_questions"),
            document_id=document_id,
            answerer_id=answerer_id,
            question_ids=list(question_ids) if question_ids is not None else None,
        )
        return [question_of(row._mapping) for row in rows]  # noqa: SLF001

    def is_model_due(self) -> bool:
        """True where cells of a language model are missing."""
        return bool(self._database.read(query("answer", "is_model_due"))[0].is_due)

    def carriable(
        self, document_id: int, answerer_id: int, contexts: Sequence[tuple[int, str]]
    ) -> list[Ballot]:
        """
        Ballots of earlier readings of the same work that would be asked with equal context.

        Args:
            document_id: The new reading.
            answerer_id: The answerer.
            contexts: Pairs (question version, context hash) to be asked now.

        Returns:
            Ballots as cast then; ``document_id`` and evidence positions are those of the old
            reading and have to be found again in the new one.
        """
        rows = self._database.read(
            query("answer", "carriable_ballots"),
            document_id=document_id,
            answerer_id=answerer_id,
            ids=[question_version_id for question_version_id, _ in contexts],
            contexts=[context for _, context in contexts],
        )
        return [
            _ballot(
                row._mapping,  # noqa: SLF001
                answerer_id,
                self._evidence(row.document_id, row.question_version_id, answerer_id),
            )
            for row in rows
        ]

    def _evidence(
        self, document_id: int, question_version_id: int, answerer_id: int
    ) -> tuple[Evidence, ...]:
        rows = self._database.read(
            query("answer", "load_evidence"),
            document_id=document_id,
            question_version_id=question_version_id,
            answerer_id=answerer_id,
        )
        return tuple(
            Evidence(**{**row._mapping, "match_kind": MatchKind(row.match_kind)})  # noqa: SLF001
            for row in rows
        )

    @staticmethod
    def save_sheet(connection: Connection, document_id: int, answerer_id: int) -> None:
        """Sum up a paper's ballots after they were written, in the same transaction."""
        connection.execute(
            query("answer", "save_answer_sheet"),
            {"document_id": document_id, "answerer_id": answerer_id},
        )

    @classmethod
    def save(
        cls,
        connection: Connection,
        ballot: Ballot,
        passages: Sequence[Passage],
        *,
        chunk_set_id: int,
        run_id: int,
        carried_from: int | None = None,
    ) -> None:
        """Write one ballot with what it rests on, once, in the caller's transaction."""
        cls.save_all(
            connection, [(ballot, passages, carried_from)], chunk_set_id=chunk_set_id, run_id=run_id
        )

    @staticmethod
    def save_all(
        connection: Connection,
        cast: Sequence[tuple[Ballot, Sequence[Passage], int | None]],
        *,
        chunk_set_id: int,
        run_id: int,
    ) -> None:
        """
        Write ballots of one paper by one answerer with what they rest on, each once.

        Args:
            connection: The caller's transaction.
            cast: Triples (ballot, its passages, document it was carried over from or None).
            chunk_set_id: Where the passages stand.
            run_id: The run that casts them.
        """
        if not cast:
            return
        ballots = [ballot for ballot, _, _ in cast]
        rows = connection.execute(
            query("answer", "insert_ballots"),
            {
                "document_id": ballots[0].document_id,
                "answerer_id": ballots[0].answerer_id,
                "run_id": run_id,
                "ids": [ballot.question_version_id for ballot in ballots],
                "states": [ballot.state.value for ballot in ballots],
                "values": [plain_json(ballot.value) for ballot in ballots],
                "value_texts": [ballot.value_text for ballot in ballots],
                "scores": [ballot.score for ballot in ballots],
                "reasons": [ballot.reason for ballot in ballots],
                "contexts": [ballot.context_sha256 for ballot in ballots],
                "origins": [origin for _, _, origin in cast],
            },
        )
        new = set(rows.scalars())
        kept = [(b, found) for b, found, _ in cast if b.question_version_id in new]
        keys = ("document_id", "question_version_id", "answerer_id")
        copy_rows(
            connection,
            "core.passage",
            (*keys, "passage_rank", "chunk_set_id", "chunk_index", "score", "cosine", "methods"),
            (
                (
                    *_cell(ballot),
                    p.passage_rank,
                    chunk_set_id,
                    p.chunk_index,
                    p.score,
                    p.cosine,
                    "{" + ",".join(p.methods) + "}",
                )
                for ballot, found in kept
                for p in found
            ),
        )
        places = (
            "evidence_rank", "block_index", "sentence_index", "char_start", "char_end",
            "quote", "match_kind",
        )  # fmt: skip
        copy_rows(
            connection,
            "core.evidence",
            (*keys, *places),
            (
                (
                    *_cell(ballot),
                    e.evidence_rank,
                    e.block_index,
                    e.sentence_index,
                    e.char_start,
                    e.char_end,
                    e.quote,
                    e.match_kind,
                )
                for ballot, _ in kept
                for e in ballot.evidence
            ),
        )
        save_generations(connection, [ballot for ballot, _ in kept])


def _cell(ballot: Ballot) -> tuple[int, int, int]:
    return ballot.document_id, ballot.question_version_id, ballot.answerer_id


def _ballot(row: RowMapping, answerer_id: int, evidence: tuple[Evidence, ...]) -> Ballot:
    return Ballot(
        document_id=row["document_id"],
        question_version_id=row["question_version_id"],
        answerer_id=answerer_id,
        state=CellState(row["state"]),
        value=row["value"],
        value_text=row["value_text"],
        score=row["score"],
        reason=row["reason"],
        evidence=evidence,
        context_sha256=row["context_sha256"],
    )
