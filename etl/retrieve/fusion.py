"""
Fuse two rankings of the chunks of one document into one.

Reads:    ranks of a vector search and of a word search, one document and one question
Writes:   nothing; the caller makes passages of the result
Gives up: never; no rank gives no result
Version:  FUSION_VERSION, part of every retriever recipe
Next:     answer
"""

from collections.abc import Mapping

__all__ = ["FUSION_VERSION", "fuse"]

FUSION_VERSION = "rrf-prior/1"


def fuse(
    vector_ranks: Mapping[int, int],
    text_ranks: Mapping[int, int],
    *,
    constant: int,
    priors: Mapping[int, float],
    k: int,
) -> list[tuple[int, float]]:
    """
    Reciprocal rank fusion with a weight for the section a chunk stands in.

    ``score = prior * (1 / (constant + vector_rank) + 1 / (constant + text_rank))``, where a
    search that did not find the chunk adds nothing. ``sql/queries/retrieve.sql`` computes the
    same formula. Source: Cormack, Clarke, Buettcher, SIGIR 2009; the prior is ours.

    Args:
        vector_ranks: Chunk index → rank from 1 (best) in the vector search.
        text_ranks: The same for the word search; chunks without a common word are absent.
        constant: Flattens the head of the rankings, >= 1; the source uses 60.
        priors: Chunk index → weight >= 0; 1 where absent, 0 bars the chunk.
        k: Most chunks to give, >= 1.

    Returns:
        ``(chunk_index, score)``, best first, ties by chunk index, at most *k*, all scores > 0.
    """
    scores = {
        chunk_index: priors.get(chunk_index, 1.0)
        * (
            _reciprocal(vector_ranks.get(chunk_index), constant)
            + _reciprocal(text_ranks.get(chunk_index), constant)
        )
        for chunk_index in vector_ranks.keys() | text_ranks.keys()
    }
    found = ((chunk_index, score) for chunk_index, score in scores.items() if score > 0)
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]


def _reciprocal(rank: int | None, constant: int) -> float:
    return 0.0 if rank is None else 1.0 / (constant + rank)
