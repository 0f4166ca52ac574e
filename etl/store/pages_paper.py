"""The paper page: the whole life of one work."""

from typing import Any

from etl.store.database import Database
from etl.store.pages import PageReader

__all__ = ["PaperStore"]

_PARTS = (
    "paper_versions",
    "paper_readings",
    "paper_answers",
    "paper_sightings",
    "paper_ballots",
    "paper_changes",
    "paper_failures",
    "paper_waiting",
)


class PaperStore:
    """
    Reads one work.

    Args:
        database: Opened by ``open_reader``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, work_id: int) -> dict[str, Any] | None:
        """
        Gather a work in one snapshot.

        Returns:
            ``work``, its versions and readings, ``sections`` of the reading in force, answers,
            and the steps of its life, newest first; None where there is no such work.
        """
        with PageReader.open(self._database, "pages_paper") as reader:
            work = reader.one("paper_work", work_id=work_id)
            if work is None:
                return None
            parts = {
                name.removeprefix("paper_"): reader.rows(name, work_id=work_id) for name in _PARTS
            }
            readings = parts["readings"]
            shown = readings[0]["document_id"] if readings else None
            sections = reader.rows("paper_sections", document_id=shown)
            return {"work": work, "sections": sections, **parts}
