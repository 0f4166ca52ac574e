"""
What a reader took from the candidates of one question, before it becomes a ballot.

Reads:    nothing
Writes:   nothing
Gives up: never
Version:  none of its own; a plain record
Next:     the extractive answerer
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Item", "Reading", "build_reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a typed answer with the sentences that carry it."""

    #: JSON-serialisable; ``evidence`` (ranks from 1) is added when the reading is built.
    value: dict[str, Any]
    #: How the item reads in a table.
    label: str
    #: In order of strength; never empty.
    sentences: tuple[int, ...]
    #: In [0, 1].
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A typed answer that is ready to become a ballot."""

    value: Any
    value_text: str
    #: Distinct sentence indices; position + 1 is the evidence rank.
    sentences: tuple[int, ...]
    #: In [0, 1].
    score: float


def build_reading(items: Sequence[Item]) -> Reading | None:
    """
    Put the items of a list answer together, the strongest first.

    Returns:
        A reading whose value is the list of item values, each with ``evidence``: the ranks of
        the sentences that carry it. None where there is no item.
    """
    if not items:
        return None
    ordered = sorted(items, key=lambda item: (-item.score, item.sentences, item.label))
    sentences = tuple(dict.fromkeys(s for item in ordered for s in item.sentences))
    rank = {sentence_index: position for position, sentence_index in enumerate(sentences, 1)}
    return Reading(
        value=[item.value | {"evidence": [rank[s] for s in item.sentences]} for item in ordered],
        value_text="; ".join(dict.fromkeys(item.label for item in ordered)),
        sentences=sentences,
        score=ordered[0].score,
    )
