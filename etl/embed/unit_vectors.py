"""Scale vectors to length 1, and refuse those that cannot be."""

import numpy as np

from etl.errors import EmbedError, OutcomeCode
from etl.records.chunk import Vectors

__all__ = ["require_unit_rows", "unit_rows"]


def unit_rows(vectors: Vectors) -> Vectors:
    """
    Scale rows to length 1.

    Args:
        vectors: ``(n, dim)`` float32.

    Returns:
        The same shape; zero rows stay zero, rows with NaN or Inf are not usable.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths != 0)
    return unit


def require_unit_rows(vectors: Vectors) -> Vectors:
    """
    Scale rows to length 1 and refuse a row that has no direction.

    A zero vector is not harmless: pgvector stores it, calls its cosine distance NaN, finds it
    by an exact scan and never by an index.

    Raises:
        EmbedError: A row is zero or holds NaN or Inf; names the first such row.
    """
    unit = unit_rows(vectors)
    # A row that overflowed comes out as zeros or NaN, so the result is what is looked at.
    lengths = np.linalg.norm(unit, axis=1)
    bad = np.flatnonzero(~(np.abs(lengths - 1) < 1e-3))
    if bad.size:
        raise EmbedError(
            OutcomeCode.BAD_VECTOR,
            f"row {int(bad[0])} of {len(vectors)}: the vector is NaN, infinite or zero",
        )
    return unit
