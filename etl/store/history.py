"""Releases: find one, read it row by row, compare two; and the words on every table."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from etl.errors import UsageError
from etl.store.database import Database, rows_of
from etl.store.queries import query

__all__ = ["HistoryStore", "Release", "ReleasePart"]

Rows = list[Mapping[str, Any]]
#: Rows a trip to the server brings: enough to hide the trip, few enough to keep memory flat.
_ROWS_A_TRIP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A published state of all decisions."""

    release_id: int
    run_id: int
    #: Decisions that differ from the release before.
    changed_count: int
    #: Decisions that hold in it.
    decision_count: int
    published_at: datetime
    #: When the run that published it began.
    started_at: datetime


class ReleasePart(StrEnum):
    """What of a release can be read row by row; the name of its statement."""

    #: One row a work and question, with the first proof.
    ANSWERS = "release_answers"
    #: One row a work, with its answered questions as a list.
    WORKS = "release_works"
    #: One row a piece of evidence.
    EVIDENCE = "release_evidence"


class HistoryStore:
    """Read-only questions about releases past and present."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_release(
        self, release_id: int | None = None, *, moment: datetime | None = None
    ) -> Release:
        """
        Find a release; the newest one where neither argument is given.

        Args:
            release_id: Its number.
            moment: The release that analysts saw at that time.

        Raises:
            UsageError: There is no such release.
        """
        rows = self._database.read(
            query("history", "find_release"), release_id=release_id, moment=moment
        )
        if not rows:
            wanted = "" if release_id is None else f" {release_id}"
            until = "" if moment is None else f" published by {moment.isoformat()}"
            raise UsageError(f"there is no release{wanted}{until}; see `florilegium release list`")
        return Release(**rows[0]._mapping)  # noqa: SLF001

    @contextmanager
    def stream(self, part: ReleasePart, release_id: int) -> Iterator[Iterator[Mapping[str, Any]]]:
        """
        Read one part of a release through a server-side cursor, so that memory stays flat.

        Rows come in an order of their own content, never in that of writing: equal releases
        give equal rows in equal order.
        """
        with self._database.transaction() as connection:
            result = connection.execution_options(
                stream_results=True, max_row_buffer=_ROWS_A_TRIP
            ).execute(query("history", part.value), {"release_id": release_id})
            yield (dict(row._mapping) for row in result)  # noqa: SLF001

    def questions(self, release_id: int) -> Rows:
        """The question versions that a release answers, by id and version."""
        return self._rows("release_questions", release_id=release_id)

    def recipes(self, release_id: int) -> Rows:
        """Stage, name, hash and recipe of all that a release was made by."""
        return self._rows("release_recipes", release_id=release_id)

    def diff(self, old_release: int, new_release: int) -> Rows:
        """
        What differs between two releases, by paper and question.

        Raises:
            UsageError: One of them was never published.
        """
        for release_id in (old_release, new_release):
            self.find_release(release_id)
        return self._rows("release_diff", old_release=old_release, new_release=new_release)

    def dictionary(self) -> Rows:
        """
        The comment on every table, view, function and column of our schemas.

        Columns that a catalogue brings to the wide forms are left out: they differ by
        database. The reader must see all schemas, so open the database as writer or owner.
        """
        return self._rows("dictionary")

    def _rows(self, name: str, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL values
        return rows_of(self._database.read(query("history", name), **parameters))
