"""What the stores of the web pages share: one snapshot a page, every row as a mapping."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

from etl.store.database import Database, rows_of
from etl.store.queries import query

__all__ = ["PageReader", "Rows"]

Rows = list[Mapping[str, Any]]
#: A release published while a page is made must not mix into it.
_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class PageReader:
    """
    Statements of one file, run in one snapshot.

    Args:
        connection: In an open transaction.
        stage: File below ``sql/queries``.
    """

    def __init__(self, connection: Connection, stage: str) -> None:
        self._connection = connection
        self._stage = stage

    @classmethod
    @contextmanager
    def open(cls, database: Database, stage: str) -> Iterator["PageReader"]:
        """Begin a read-only snapshot."""
        with database.transaction() as connection:
            connection.execute(_SNAPSHOT)
            yield cls(connection, stage)

    def rows(self, name: str, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL values
        """All rows of a named statement."""
        return rows_of(self._connection.execute(query(self._stage, name), parameters))

    def one(self, name: str, **parameters: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - SQL values
        """The first row, or None."""
        rows = self.rows(name, **parameters)
        return rows[0] if rows else None
