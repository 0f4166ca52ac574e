"""What the database needs now and then, and which files it knows."""

from collections.abc import Sequence

from sqlalchemy import text

from etl.store.database import Database
from etl.store.queries import query

__all__ = ["UpkeepStore"]


class UpkeepStore:
    """
    Housekeeping of the tables.

    Args:
        owner: The database as the role that owns the tables: no other may vacuum them.
    """

    def __init__(self, owner: Database) -> None:
        self._owner = owner

    def vacuum(self) -> dict[str, int]:
        """Give dead rows back and count values anew for the planner; returns rows before it."""
        before = self._owner.read(query("upkeep", "dead_rows"))[0]
        with self._owner.session() as connection:
            connection.execute(text("SET statement_timeout = 0"))
            # Tables that somebody works on right now are left for the next week.
            connection.execute(text("VACUUM (ANALYZE, SKIP_LOCKED)"))
        return {"dead_rows": int(before.dead_count), "live_rows": int(before.live_count)}

    def mend_indexes(self) -> list[str]:
        """Build broken indexes anew without locking anybody out; returns their names."""
        broken = self._owner.read(query("upkeep", "broken_indexes"))
        # No statement takes an index as a parameter; the server itself has quoted these names.
        names = [str(row.index_name) for row in broken]
        with self._owner.session() as connection:
            connection.execute(text("SET statement_timeout = 0"))
            for name in names:
                connection.execute(text(f"REINDEX INDEX CONCURRENTLY {name}"))
        return names

    def unknown_paths(self, store_paths: Sequence[str]) -> list[str]:
        """Those of some stored files that no full text points to."""
        rows = self._owner.read(query("upkeep", "known_paths"), store_paths=list(store_paths))
        known = {row.store_path for row in rows}
        return [path for path in store_paths if path not in known]
