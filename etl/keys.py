"""
Content keys: the same content and recipe always give the same key.

A key is the first 63 bits of a SHA-256, so it fits a positive Postgres ``bigint`` and needs
no sequence: two machines that see the same paper agree on its key. With n rows the chance of
one collision is about n² / 2⁶⁴ (10⁷ documents: 5·10⁻⁶); tables keep the whole hash under a
UNIQUE constraint, so a collision is an error and never a silent merge.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["content_key", "fingerprint_sha256", "sha256_hex"]


def sha256_hex(content: bytes | str) -> str:
    """SHA-256 of bytes, or of a text's UTF-8 form, as 64 lower-case hex digits."""
    encoded = content.encode("utf-8") if isinstance(content, str) else content
    return hashlib.sha256(encoded).hexdigest()


def content_key(*parts: str | int) -> int:
    """
    Fold an ordered list of parts into one key.

    Args:
        parts: Text or integers; ``("a", "b")`` and ``("ab",)`` give different keys.

    Returns:
        An integer in [0, 2⁶³).
    """
    joined = json.dumps([str(part) for part in parts], ensure_ascii=True)
    return int.from_bytes(hashlib.sha256(joined.encode()).digest()[:8], "big") >> 1


def fingerprint_sha256(recipe: Mapping[str, Any]) -> str:
    """
    Hash a recipe (names, versions, options) without regard to key order.

    Args:
        recipe: JSON-serialisable values only.

    Returns:
        64 hex digits.
    """
    return sha256_hex(json.dumps(recipe, sort_keys=True, separators=(",", ":"), allow_nan=False))
