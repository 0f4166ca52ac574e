"""
Content-addressed files below one folder or fsspec URI.

Reads:    bytes with their hash
Writes:   ``ab/abcd….pdf``; under a temporary name first, so a crash leaves no half file
Gives up: ServiceUnavailableError when the store is full, gone or read-only
Version:  the path is made of the hash alone
Next:     parse
"""

import os
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fsspec

from etl.errors import ServiceUnavailableError

__all__ = ["FsspecFileStore"]


class FsspecFileStore:
    """A :class:`~etl.ports.FileStore` on any fsspec file system; local files are synced."""

    def __init__(self, uri: str) -> None:
        scheme = urlsplit(uri).scheme
        self._is_local = scheme in ("", "file")
        target = Path(uri).resolve().as_uri() if not scheme else uri
        self._files, self._root = fsspec.core.url_to_fs(target)

    def put(self, content: bytes, *, sha256: str, suffix: str) -> str:
        """See :meth:`etl.ports.FileStore.put`."""
        store_path = f"{sha256[:2]}/{sha256}{suffix}"
        final = f"{self._root}/{store_path}"
        draft = f"{self._root}/{sha256[:2]}/.{uuid.uuid4().hex}.part"
        try:
            if self._files.exists(final):
                return store_path
            self._files.makedirs(f"{self._root}/{sha256[:2]}", exist_ok=True)
            with self._files.open(draft, "wb") as stream:
                stream.write(content)
                if self._is_local:
                    stream.flush()
                    os.fsync(stream.fileno())
            self._files.mv(draft, final)
            if self._is_local:
                _sync_folder(Path(final).parent)
        except OSError as error:
            msg = f"file store: cannot write {final}: {error}; free space or fix permissions"
            raise ServiceUnavailableError(msg) from error
        return store_path

    def remove(self, store_path: str) -> None:
        """See :meth:`etl.ports.FileStore.remove`."""
        place = f"{self._root}/{store_path}"
        try:
            if self._files.exists(place):
                self._files.rm_file(place)
        except OSError as error:
            msg = f"file store: cannot remove {store_path}: {error}; fix permissions, run again"
            raise ServiceUnavailableError(msg) from error

    def get(self, store_path: str) -> bytes:
        """See :meth:`etl.ports.FileStore.get`."""
        try:
            return bytes(self._files.cat_file(f"{self._root}/{store_path}"))
        except OSError as error:
            msg = f"file store: cannot read {store_path}: {error}; restore it from a backup"
            raise ServiceUnavailableError(msg) from error

    def paths(self, *, older_than_seconds: float) -> list[str]:
        """
        Files that have lain here for some time, drafts of a crash included, as store paths.

        Raises:
            ServiceUnavailableError: The store does not answer.
        """
        limit = datetime.now(UTC).timestamp() - older_than_seconds
        try:
            found = self._files.find(self._root, detail=True) if self._has_root() else {}
        except OSError as error:
            msg = f"file store: cannot list {self._root}: {error}"
            raise ServiceUnavailableError(msg) from error
        prefix = len(self._root.rstrip("/")) + 1
        return sorted(name[prefix:] for name, facts in found.items() if _changed_at(facts) < limit)

    def _has_root(self) -> bool:
        return bool(self._files.exists(self._root))


def _changed_at(facts: Mapping[str, Any]) -> float:
    """When a file was last written, seconds since the epoch; stores name it differently."""
    for name in ("mtime", "LastModified", "last_modified", "updated", "created"):
        moment = facts.get(name)
        if isinstance(moment, datetime):
            return moment.timestamp()
        if isinstance(moment, int | float):
            return float(moment)
    # Unknown: young, so that nothing is taken for left over.
    return float("inf")


def _sync_folder(folder: Path) -> None:
    """A rename is safe from a power cut only when its folder is written, too (fsync(2))."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
