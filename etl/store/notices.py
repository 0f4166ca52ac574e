"""Retractions, corrections and concerns: kept by DOI, joined with the works that are here."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from etl.intake import Notice
from etl.store.database import Database
from etl.store.plain_json import printable
from etl.store.queries import query

__all__ = ["NoticeStore"]

_WHOLE_DAY = len("2026-03-09")


class NoticeStore:
    """Reads and writes ``core.notice``, ``core.work_event`` and ``ops.notice_check``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, source: str, *, days: int, limit: int) -> list[str]:
        """DOIs of works that a source was not asked about for so many days."""
        rows = self._database.read(
            query("identity", "unchecked_dois"), source=source, days=days, row_limit=limit
        )
        return [row.doi for row in rows]

    def save(self, source: str, dois: Sequence[str], notices: Iterable[Notice]) -> int:
        """
        Keep what a source said of these papers, and that it was asked.

        Returns:
            How many events are new.
        """
        with self._database.transaction() as connection:
            new = self.save_in(connection, notices)
            connection.execute(
                query("identity", "note_checked"), {"source": source, "dois": list(dois)}
            )
        return new

    @staticmethod
    def save_in(connection: Connection, notices: Iterable[Notice]) -> int:
        """Keep notices and join them with works, in the caller's transaction."""
        told = list(dict.fromkeys(notices))
        if not told:
            return 0
        connection.execute(
            query("identity", "save_notices"),
            {
                "dois": [printable(each.doi) for each in told],
                "kinds": [each.kind for each in told],
                "dates": [_day(each.date) for each in told],
                "sources": [each.source for each in told],
                "notice_dois": [
                    None if each.notice_doi is None else printable(each.notice_doi) for each in told
                ],
                "details": [
                    None if each.detail is None else printable(each.detail) for each in told
                ],
            },
        )
        return NoticeStore.join_in(connection, [each.doi for each in told])

    @staticmethod
    def join_in(connection: Connection, dois: Iterable[str]) -> int:
        """Join what is known about DOIs with their works; returns how many events are new."""
        values = {"dois": [printable(doi) for doi in dois]}
        return len(connection.execute(query("identity", "join_notices"), values).all())


def _day(date: str | None) -> str | None:
    """A whole day; a month or year alone is no day of an event."""
    return date if date is not None and len(date) == _WHOLE_DAY else None
