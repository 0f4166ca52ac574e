"""The weekly round: tables, indexes, and files that nothing points to."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from etl.errors import UsageError
from etl.fetch.file_store import FsspecFileStore
from etl.store.upkeep import UpkeepStore

__all__ = ["PARTS", "Upkeep"]

_log = structlog.get_logger()

#: Files younger than this may belong to a fetch that has not committed yet, seconds.
_YOUNG_SECONDS = 86_400.0
#: Files that one statement asks the facts about.
_ASKED_AT_ONCE = 5_000


class Upkeep:
    """
    Does one part of the round at a time; each may run twice, and beside a night.

    Args:
        store: The tables.
        files: The stored bytes.
    """

    def __init__(self, store: UpkeepStore, files: FsspecFileStore) -> None:
        self._store = store
        self._files = files

    def do(self, part: str, *, deletes_orphans: bool = False) -> Mapping[str, Any]:
        """
        Do one part.

        Args:
            part: One of :data:`PARTS`.
            deletes_orphans: Delete files that no full text points to, instead of counting them.

        Returns:
            What was found, as counts and names.

        Raises:
            UsageError: There is no such part.
        """
        parts: Mapping[str, Callable[[], Mapping[str, Any]]] = {
            "tables": self._store.vacuum,
            "indexes": lambda: {"mended": self._store.mend_indexes()},
            "files": lambda: self._orphans(is_deleting=deletes_orphans),
        }
        if part not in parts:
            raise UsageError(f"there is no part {part!r}; known: {', '.join(parts)}")
        found = parts[part]()
        _log.info("upkeep.done", part=part, **found)
        return found

    def _orphans(self, *, is_deleting: bool) -> Mapping[str, Any]:
        """A crash between a file's rename and its commit leaves one; the next fetch adopts it."""
        paths = self._files.paths(older_than_seconds=_YOUNG_SECONDS)
        orphans: list[str] = []
        for start in range(0, len(paths), _ASKED_AT_ONCE):
            orphans += self._store.unknown_paths(paths[start : start + _ASKED_AT_ONCE])
        if is_deleting:
            for path in orphans:
                self._files.remove(path)
        return {
            "files": len(paths),
            "orphans": len(orphans),
            "deleted": len(orphans) if is_deleting else 0,
            "examples": orphans[:5],
        }


#: What :meth:`Upkeep.do` can do, in order.
PARTS = ("tables", "indexes", "files")
