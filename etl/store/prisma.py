"""The counts behind a PRISMA flow."""

from collections.abc import Mapping, Sequence
from typing import Any

from etl.errors import UsageError
from etl.store.database import Database, rows_of
from etl.store.queries import query

__all__ = ["PrismaStore"]


class PrismaStore:
    """Reads ``out.prisma``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def flow(self, corpus: str | None) -> Sequence[Mapping[str, Any]]:
        """
        Rows (step, stage, reason, record_count) of one corpus, or of all collections together.

        Raises:
            UsageError: There is no such corpus here.
        """
        collection = None if corpus is None else f"corpus:{corpus}"
        rows = rows_of(self._database.read(query("prisma", "flow"), collection=collection))
        if not rows and corpus is not None:
            known = [row.collection for row in self._database.read(query("prisma", "collections"))]
            raise UsageError(f"nothing was found for corpus {corpus!r}; known: {', '.join(known)}")
        return rows
