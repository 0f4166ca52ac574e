"""
Embed texts so that one bad vector costs no other text its own.

Reads:    texts, and any embedder
Writes:   nothing
Gives up: EmbedError, naming every text whose vector is unusable even alone
Version:  none: a vector that comes back is the one the embedder gives
Next:     store
"""

from collections.abc import Sequence

import numpy as np

from etl.errors import EmbedError, OutcomeCode
from etl.ports import Embedder
from etl.records.chunk import Vectors

__all__ = ["embed_texts"]

#: Lengths of vectors differ from 1 by rounding only.
_TOLERANCE = 1e-2
#: More bad texts than this tell nothing new about the model.
_NAMED = 5
_SHOWN_CHARACTERS = 60


def embed_texts(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """
    Embed texts; where the batch is unusable, halve it until the bad ones stand alone.

    A text may be good alone and bad in company (a NaN that spreads, memory that ran over), so
    what the halves give is kept and only what is bad by itself is a fault.

    Args:
        embedder: May raise, or give rows that are NaN, infinite, zero or of a wrong size.
        texts: n texts.

    Returns:
        ``(n, dim)`` float32 of length 1.

    Raises:
        EmbedError: Some text has no usable vector; names their numbers and beginnings.
    """
    vectors = np.zeros((len(texts), embedder.space.dim), dtype=np.float32)
    bad: dict[int, str] = {}
    waiting = [range(len(texts))] if texts else []
    while waiting:
        rows = waiting.pop()
        found, problem = _try(embedder, [texts[row] for row in rows])
        if found is not None:
            vectors[rows.start : rows.stop] = found
        elif len(rows) == 1:
            bad[rows.start] = problem
        else:
            middle = rows.start + len(rows) // 2
            waiting += [range(middle, rows.stop), range(rows.start, middle)]
    if bad:
        raise EmbedError(OutcomeCode.BAD_VECTOR, _describe(bad, texts))
    return vectors


def _try(embedder: Embedder, texts: Sequence[str]) -> tuple[Vectors | None, str]:
    """Usable vectors, or None and what is wrong with them."""
    try:
        vectors = embedder.embed(texts)
    except EmbedError as error:
        return None, error.outcome.detail
    wanted = (len(texts), embedder.space.dim)
    if vectors.shape != wanted:
        return None, f"vectors of shape {vectors.shape} instead of {wanted}"
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    # A NaN is not below anything, so the comparison is written to fail for it.
    if not bool(np.all(np.abs(lengths - 1) < _TOLERANCE)):
        return None, "the vector is NaN, infinite, zero or not of length 1"
    return vectors, ""


def _describe(bad: dict[int, str], texts: Sequence[str]) -> str:
    named = [
        f"text {row} ({texts[row][:_SHOWN_CHARACTERS]!r}): {problem}"
        for row, problem in list(bad.items())[:_NAMED]
    ]
    more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    return f"{len(bad)} of {len(texts)} texts have no usable vector: {'; '.join(named)}{more}"
