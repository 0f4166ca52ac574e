"""Texts that had to go: removed everywhere, and kept away."""

from collections.abc import Iterable, Mapping
from typing import Any

from etl.intake import Identifier
from etl.store.database import Database, rows_of
from etl.store.plain_json import printable
from etl.store.queries import query

__all__ = ["TakedownStore"]


class TakedownStore:
    """Reads and writes ``core.takedown``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_down(self, work_id: int, *, reason: str, by: str) -> list[str]:
        """
        Remove all text of a work and leave a row that says so; repeating it does no harm.

        Returns:
            Paths in the file store whose bytes have to go too.
        """
        with self._database.transaction() as connection:
            rows = connection.execute(
                query("identity", "take_down"),
                {"work_id": work_id, "why": printable(reason), "who": printable(by)},
            )
            return list(rows.scalars())

    def note_bytes_removed(self, work_id: int) -> None:
        """Keep that the file store has dropped the bytes."""
        with self._database.transaction() as connection:
            connection.execute(query("identity", "note_bytes_removed"), {"work_id": work_id})

    def load(self, work_id: int) -> Mapping[str, Any]:
        """The audit row."""
        return rows_of(self._database.read(query("identity", "takedown_row"), work_id=work_id))[0]

    def name_of(self, identifiers: Iterable[Identifier]) -> str | None:
        """A name among these that belongs to a work taken down; None where there is none."""
        names = list(identifiers)
        rows = self._database.read(
            query("identity", "taken_down_name"),
            schemes=[name.scheme for name in names],
            values=[printable(name.value) for name in names],
        )
        return f"{rows[0].scheme} {rows[0].value}" if rows else None

    def has_content(self, sha256: str) -> bool:
        """True where these bytes belong to a work taken down."""
        return bool(self._database.read(query("identity", "taken_down_content"), sha256=sha256))
