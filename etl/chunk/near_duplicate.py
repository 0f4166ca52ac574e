"""
Find the chunks of a paper that say again what an earlier one said, almost word for word.

A page that stands twice in a file, a statement in the abstract and in a box, a repeated legend:
a second copy would take a place among the passages and show the same evidence twice.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from etl.records.chunk import ChunkKind

__all__ = ["SAME_FROM", "later_copies"]

#: Jaccard similarity of shingles from which on two chunks are one text (issue 3, rule 3).
SAME_FROM = 0.95
#: Words of a shingle; five in a row are rarely shared by chance (Broder 1997 used four to ten).
_SHINGLE = 5
#: Shorter chunks are left alone: "Scale bar 1 mm" is the same below many figures, and there a
#: single other word is another meaning.
_LEAST_WORDS = 30
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Trace:
    kind: ChunkKind
    shingles: frozenset[str]
    #: All tokens that hold a digit: two tables alike but for one value are two tables.
    numbers: tuple[str, ...]


def later_copies(texts: Sequence[tuple[ChunkKind, str]]) -> frozenset[int]:
    """
    Numbers of the chunks that nearly repeat an earlier one of the same kind.

    Args:
        texts: Kind and text of each chunk in reading order, prefixes left out.

    Returns:
        Indices into *texts*; the first of equal chunks is never among them. No pair is missed:
        two sets that are alike to a share t have a common member among the first
        n - ceil(t n) + 1 of each in any fixed order (prefix filtering, Chaudhuri 2006).
    """
    copies: set[int] = set()
    kept: list[_Trace] = []
    holders: dict[str, list[int]] = {}
    for index, (kind, text) in enumerate(texts):
        trace = _trace(kind, text)
        if trace is None:
            continue
        count = len(trace.shingles)
        head = sorted(trace.shingles)[: count - math.ceil(SAME_FROM * count) + 1]
        candidates = {number for shingle in head for number in holders.get(shingle, ())}
        if any(_are_same(trace, kept[number]) for number in candidates):
            copies.add(index)
            continue
        for shingle in head:
            holders.setdefault(shingle, []).append(len(kept))
        kept.append(trace)
    return frozenset(copies)


def _trace(kind: ChunkKind, text: str) -> _Trace | None:
    words = _WORD.findall(text.casefold())
    if len(words) < _LEAST_WORDS:
        return None
    starts = range(len(words) - _SHINGLE + 1)
    return _Trace(
        kind,
        frozenset(" ".join(words[start : start + _SHINGLE]) for start in starts),
        tuple(word for word in words if any(sign.isdigit() for sign in word)),
    )


def _are_same(one: _Trace, other: _Trace) -> bool:
    if one.kind is not other.kind or one.numbers != other.numbers:
        return False
    common = len(one.shingles & other.shingles)
    return common >= SAME_FROM * (len(one.shingles) + len(other.shingles) - common)
