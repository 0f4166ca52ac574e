"""The question pages: the catalogue, and one question over all papers and releases."""

from typing import Any

from etl.store.database import Database
from etl.store.pages import PageReader

__all__ = ["QuestionPageStore"]

_FILE = "pages_question"
_PARTS = (
    "question_states",
    "question_names",
    "question_agreement",
    "question_prevalence",
    "question_changes",
)


class QuestionPageStore:
    """
    Reads questions and how they are answered.

    Args:
        database: Opened by ``open_reader``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> dict[str, Any]:
        """The questions in force, and the states of their answers in the current release."""
        with PageReader.open(self._database, _FILE) as reader:
            questions = reader.rows("question_list")
        with PageReader.open(self._database, "pages_matrix") as reader:
            states = reader.rows("matrix_states")
        return {"questions": questions, "states": states}

    def read(self, question_id: str) -> dict[str, Any] | None:
        """
        Gather one question in one snapshot.

        Returns:
            ``versions`` newest first, ``states`` by release, ``names`` found most, ``agreement``,
            ``prevalence`` and ``changes``; None where there is no such question.
        """
        with PageReader.open(self._database, _FILE) as reader:
            versions = reader.rows("question_versions", question_id=question_id)
            if not versions:
                return None
            parts = {
                name.removeprefix("question_"): reader.rows(name, question_id=question_id)
                for name in _PARTS
            }
            return {"question_id": question_id, "versions": versions, **parts}
