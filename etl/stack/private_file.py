"""Small files that hold state or secrets: written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etl.errors import ServiceUnavailableError

__all__ = ["make_folder", "read_json", "write_private"]


def make_folder(folder: Path) -> Path:
    """
    Make a folder and its parents.

    Raises:
        ServiceUnavailableError: It cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceUnavailableError(
            f"cannot make the folder {folder}: {error.strerror}; "
            "check who owns its parent folder and that the disk has room"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ServiceUnavailableError(
            f"no permission to write to {folder}; check who owns it (ls -ld {folder})"
        )
    return folder


def write_private(path: Path, text: str) -> None:
    """
    Write a text under its name in one step, readable by its owner alone (mode 0600).

    Raises:
        ServiceUnavailableError: The disk is full or the folder may not be written to.
    """
    temporary: Path | None = None
    try:
        # mkstemp gives mode 0600 from the first byte on.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ServiceUnavailableError(f"cannot write {path}: {error.strerror}") from error


def read_json(path: Path) -> Mapping[str, Any]:
    """
    Read a JSON object; a file that is not there is an empty object.

    Raises:
        ServiceUnavailableError: The file cannot be read or is no JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ServiceUnavailableError(f"cannot read {path}: {error}") from error
    if not isinstance(content, dict):
        raise ServiceUnavailableError(f"{path} holds no JSON object; move it away and start again")
    return content
