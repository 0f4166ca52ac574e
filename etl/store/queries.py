"""Statements by name, read from ``sql/queries``; one file a stage, one block a statement."""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text

__all__ = ["query", "sql_folder"]

_BLOCK = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


def sql_folder() -> Path:
    """The folder ``sql/`` of this checkout."""
    return Path(__file__).resolve().parents[2] / "sql"


@cache
def _blocks(stage: str) -> dict[str, str]:
    body = (sql_folder() / "queries" / f"{stage}.sql").read_text(encoding="utf-8")
    return {name: block.strip() for name, block in _BLOCK.findall(body)}


@cache
def query(stage: str, name: str) -> TextClause:
    """
    Look up one statement.

    Args:
        stage: File below ``sql/queries``, without ``.sql``.
        name: Name of the block.

    Returns:
        The statement with ``:name`` parameters.

    Raises:
        KeyError: There is no such block; a fault of the caller.
    """
    return text(_blocks(stage)[name])
