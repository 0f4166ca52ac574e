"""What names a step and everything about it that can change its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Fingerprint",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Everything about a stage that can change its result, and nothing else."""

    #: Key of this fingerprint: ``content_key(stage, sha256)``.
    fingerprint_id: int
    #: parse, chunk, embed, retrieve, answer or decide.
    stage: str
    #: Short human name, e.g. ``jats-walker/1``.
    name: str
    #: SHA-256 of the recipe.
    sha256: str
    #: Names, versions and options; JSON-serialisable.
    recipe: Mapping[str, Any]
