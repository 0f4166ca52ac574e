"""
A folder of papers as a source.

Reads:    files below the folder; names are untrusted
Writes:   nothing
Gives up: FetchError when one file cannot be read; UsageError when there is no such folder
Version:  the etag is size and modification time, so an unchanged file is never read twice
Next:     etl/fetch/take.py
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

from etl.errors import FetchError, OutcomeCode, UsageError
from etl.records.full_text import FoundItem

__all__ = ["FolderSource"]

#: A percent sign, a control character, or a byte that is not UTF-8 (a lone surrogate in Python).
_UNSAFE = re.compile(r"[%\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class FolderSource:
    """Every regular file below one folder, in the order of their paths."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder; give a folder of papers")
        self._root = folder.resolve()
        self._key = f"folder:{_locator(str(self._root))}"

    @property
    def key(self) -> str:
        """Its name in tables."""
        return self._key

    def iter_items(self) -> Iterator[FoundItem]:
        """Yield every file; hidden files and folders (a leading dot) are not papers."""
        for path in _files_below(self._root):
            relative = path.relative_to(self._root)
            try:
                status = path.stat()
                etag = f"{status.st_size}-{status.st_mtime_ns}"
            except OSError:
                # Listed all the same: reading it gives the reason, so it is not dropped.
                etag = "unknown"
            yield FoundItem(source=self._key, locator=_locator(str(relative)), etag=etag)

    def read_bytes(self, item: FoundItem, *, max_bytes: int) -> bytes:
        """See :meth:`etl.ports.Source.read_bytes`; a link out of the folder is refused."""
        path = self._root / os.fsdecode(unquote_to_bytes(item.locator))
        try:
            if not path.resolve().is_relative_to(self._root):
                raise FetchError(
                    OutcomeCode.UNREADABLE_FILE, f"{item.locator} is a link out of its folder"
                )
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise FetchError(OutcomeCode.UNREADABLE_FILE, f"{item.locator} is no regular file")
            if status.st_size > max_bytes:
                raise FetchError(
                    OutcomeCode.TOO_LARGE,
                    f"{item.locator} has {status.st_size} bytes, the limit is {max_bytes}",
                )
            content = path.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise FetchError(
                OutcomeCode.UNREADABLE_FILE, f"{item.locator} cannot be read: {reason}"
            ) from error
        if not content:
            raise FetchError(OutcomeCode.EMPTY_FILE, f"{item.locator} has no bytes")
        return content


def _files_below(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder) / name


def _locator(path: str) -> str:
    """Percent-encode what no table or terminal should see; reversible, the rest stays readable."""
    return _UNSAFE.sub(lambda m: "".join(f"%{b:02X}" for b in os.fsencode(m.group())), path)
