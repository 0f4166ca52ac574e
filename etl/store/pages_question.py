"""The question pages: the catalogue, and one question over all papers and releases."""

from collections import OrderedDict
from typing import Any

from sqlalchemy import text

from etl.errors import ServiceUnavailableError
from etl.store.database import Database
from etl.store.pages import PageReader, Rows

__all__ = ["QuestionPageStore"]

_FILE = "pages_question"
_LIGHT = ("question_states", "question_changes")
#: What looks at every paper: it may take long on a large corpus, and changes with a release only.
_HEAVY = ("question_names", "question_agreement", "question_prevalence")
#: Longest time for each of those, milliseconds; the page says so where it did not suffice.
_PATIENCE = text("SET LOCAL statement_timeout = 4000")
#: Questions whose heavy parts are kept by one process.
_KEPT = 200


class QuestionPageStore:
    """
    Reads questions and how they are answered.

    Args:
        database: Opened by ``open_reader``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[tuple[str, int | None, int], dict[str, Rows | None]] = OrderedDict()

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
            ``versions`` newest first, ``states`` by release, ``changes``; and ``names`` found
            most, ``agreement`` and ``prevalence``, each None where the corpus is too large for
            it to be counted while a person waits. None where there is no such question.
        """
        with PageReader.open(self._database, _FILE) as reader:
            versions = reader.rows("question_versions", question_id=question_id)
            if not versions:
                return None
            parts = {
                name.removeprefix("question_"): reader.rows(name, question_id=question_id)
                for name in _LIGHT
            }
            stamp = reader.one("question_stamp")
        release_id, label_count = (
            (stamp["release_id"], stamp["label_count"]) if stamp else (None, 0)
        )
        heavy = self._heavy(question_id, release_id, label_count)
        return {"question_id": question_id, "versions": versions, **parts, **heavy}

    def _heavy(
        self, question_id: str, release_id: int | None, label_count: int
    ) -> dict[str, Rows | None]:
        """The parts that look at every paper, kept until a release or a label comes."""
        key = (question_id, release_id, label_count)
        if key not in self._kept:
            self._kept[key] = {
                name.removeprefix("question_"): self._patiently(name, question_id)
                for name in _HEAVY
            }
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _patiently(self, name: str, question_id: str) -> Rows | None:
        try:
            with self._database.transaction() as connection:
                connection.execute(_PATIENCE)
                return PageReader(connection, _FILE).rows(name, question_id=question_id)
        except ServiceUnavailableError:
            return None
