"""The review desk: what waits, how far people agree, and one cell as its reader may see it."""

from collections.abc import Mapping
from typing import Any

from etl.store.database import Database
from etl.store.pages import PageReader

__all__ = ["DeskStore"]

_FILE = "pages_review"
#: Annotators, pairs and verdicts that one page lists at most.
_ROWS = 100
#: The queue as it stands for nobody in particular.
_ANYBODY: Mapping[str, Any] = {
    "person": None,
    "may_adjudicate": True,
    "question_id": None,
    "skipped_works": [],
    "skipped_questions": [],
}


class DeskStore:
    """
    Reads what the desk shows.

    Args:
        database: Opened by ``open_reader``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def overview(self, person: str, *, row_limit: int) -> dict[str, Any]:
        """
        Gather the desk in one snapshot.

        Args:
            person: Whose last label is looked up.
            row_limit: Cells listed of the queue and of the disputed ones, >= 1.

        Returns:
            ``queue``, ``disputed`` with the labels, ``progress``, ``people``, ``agreement`` of
            every pair of annotators, ``sign_offs``, and ``release`` and ``last``, which are None
            where there is none.
        """
        with PageReader.open(self._database, _FILE) as reader:
            return {
                "queue": reader.rows("waiting_cells", **_ANYBODY, row_limit=row_limit),
                "disputed": reader.rows("desk_disputed", row_limit=row_limit),
                "progress": reader.one("desk_progress"),
                "people": reader.rows("desk_people", row_limit=_ROWS),
                "agreement": reader.rows("desk_agreement", person=None, row_limit=_ROWS),
                "sign_offs": reader.rows("desk_sign_offs", row_limit=_ROWS),
                "release": reader.one("desk_release"),
                "last": reader.one("desk_last", person=person),
            }

    def cell(self, work_id: int, question_id: str, person: str) -> dict[str, Any]:
        """
        Gather what people said of one cell, and how this person agrees with others by now.

        Returns:
            ``labels`` that stand, ``gold`` (None before the first label), ``agreement`` of this
            person's pairs, ``progress``, and ``last`` as in :meth:`overview`.
        """
        cell = {"work_id": work_id, "question_id": question_id}
        with PageReader.open(self._database, _FILE) as reader:
            return {
                "labels": reader.rows("desk_labels", **cell),
                "gold": reader.one("desk_gold", **cell),
                "agreement": reader.rows("desk_agreement", person=person, row_limit=_ROWS),
                "progress": reader.one("desk_progress"),
                "last": reader.one("desk_last", person=person),
            }
