"""
Vectors of questions and sentences, each distinct text embedded once.

Reads:    texts
Writes:   nothing
Gives up: EmbedError from the embedder
Version:  part of SCORING_VERSION
Next:     the scoring of candidates
"""

from collections.abc import Sequence

import numpy as np

from etl.ports import Embedder
from etl.records.chunk import Vectors

__all__ = ["embed_distinct"]


def embed_distinct(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """
    Embed texts in one call.

    Args:
        embedder: Any embedder; it reads long texts in windows and loses nothing.
        texts: Any number; equal texts are embedded once, blank ones never.

    Returns:
        ``(len(texts), dim)`` float32, rows of unit length; a zero row for a blank text.
    """
    distinct = [text for text in dict.fromkeys(texts) if text.strip()]
    rows = np.zeros((len(texts), embedder.space.dim), dtype=np.float32)
    if not distinct:
        return rows
    vectors = embedder.embed(distinct)
    row_of = {text: row for row, text in enumerate(distinct)}
    for position, text in enumerate(texts):
        if text in row_of:
            rows[position] = vectors[row_of[text]]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = (rows / np.where(lengths == 0, 1.0, lengths)).astype(np.float32)
    return unit
