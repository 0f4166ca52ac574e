"""Values in a form that Postgres stores without complaint."""

import json
from typing import Any

__all__ = ["plain_json", "printable"]


def printable(text: str) -> str:
    r"""Escape NUL and lone surrogates, which no Postgres text may hold: ``\x00``, ``\ud800``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def plain_json(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Canonical JSON text, or None for None; the same value always gives the same text."""
    if value is None:
        return None
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, default=list)
