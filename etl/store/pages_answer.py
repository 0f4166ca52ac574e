"""The answer page: one cell with everything that was said of it."""

from dataclasses import dataclass
from typing import Any

from etl.records.document import Region
from etl.store.database import Database
from etl.store.pages import PageReader

__all__ = ["AnswerStore", "PageSource"]

_FILE = "pages_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSource:
    """What a page image is drawn from."""

    store_path: str
    sha256: str
    media_type: str
    page_count: int
    #: Boxes of a cell's proof on all its pages.
    regions: tuple[Region, ...]


class AnswerStore:
    """
    Reads one cell.

    Args:
        database: Opened by ``open_reader``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, work_id: int, question_id: str) -> dict[str, Any] | None:
        """
        Gather a cell in one snapshot.

        Returns:
            ``work``, ``question``, ``decision`` (None before its first release), ``history``,
            ``ballots``, ``evidence`` and ``passages`` of the reading and wording decided on
            (or of the newest ballot: ``document_id``, ``question_version``), that reading's
            ``page_count`` and why its pages are withheld (``page_withheld``), ``foreign``,
            ``labels`` and ``neighbours``; None where there is no such work or question.
        """
        cell = {"work_id": work_id, "question_id": question_id}
        with PageReader.open(self._database, _FILE) as reader:
            work = reader.one("answer_work", work_id=work_id)
            question = reader.one("answer_question", question_id=question_id)
            if work is None or question is None:
                return None
            decision = reader.one("answer_decision", **cell)
            ballots = reader.rows("answer_ballots", **cell)
            rests_on = decision if decision and decision["document_id"] else None
            asked = rests_on or (ballots[0] if ballots else None)
            shown = cell | {
                "document_id": asked["document_id"] if asked else None,
                "question_version": asked["question_version"] if asked else None,
            }
            reading = reader.one("answer_reading", document_id=shown["document_id"])
            return {
                "work": work,
                "question": question,
                "decision": decision,
                "document_id": shown["document_id"],
                "page_count": reading["page_count"] if reading else 0,
                "page_withheld": reading["page_withheld"] if reading else None,
                "question_version": shown["question_version"],
                "history": reader.rows("answer_history", **cell),
                "ballots": ballots,
                "evidence": reader.rows("answer_evidence", **shown),
                "passages": reader.rows("answer_passages", **shown),
                "foreign": reader.rows("answer_foreign", **cell),
                "labels": reader.rows("answer_labels", **cell),
                "neighbours": reader.one("answer_neighbours", question_id=question_id),
            }

    def page_source(
        self, document_id: int, question_id: str, question_version: int | None
    ) -> PageSource | None:
        """Where a reading's bytes lie, and the boxes of a cell; None where none may be shown."""
        with PageReader.open(self._database, _FILE) as reader:
            rows = reader.rows(
                "answer_page",
                document_id=document_id,
                question_id=question_id,
                question_version=question_version,
            )
        if not rows:
            return None
        first = rows[0]
        boxes = [box for row in rows for box in row["boxes"] or ()]
        return PageSource(
            store_path=first["store_path"],
            sha256=first["sha256"],
            media_type=first["media_type"],
            page_count=first["page_count"],
            regions=tuple(
                dict.fromkeys(
                    Region(page=int(page), x0=x0, y0=y0, x1=x1, y1=y1)
                    for page, x0, y0, x1, y1 in boxes
                )
            ),
        )
