"""
The hash of what was retrieved for one question.

Reads:    a chunk set and the passages of one question
Writes:   nothing; the hash is stored with the cell
Gives up: never; no passage has a hash of its own
Version:  part of no recipe: a change here would re-ask every cell
Next:     the plan, which carries over a cell whose context did not change
"""

from collections.abc import Sequence

from etl.keys import sha256_hex
from etl.records.chunk import ChunkSet, Passage

__all__ = ["context_sha256"]


def context_sha256(chunk_set: ChunkSet, passages: Sequence[Passage]) -> str:
    """
    Hash the texts of the passages retrieved for one question.

    By content only: neither scores, ranks nor chunk numbers count, so a re-parse or another
    cut of the paper that yields the same passages yields the same hash.

    Args:
        chunk_set: The chunks the passages point into.
        passages: In any order.

    Returns:
        64 hex digits.
    """
    digests = sorted(sha256_hex(chunk_set.chunks[p.chunk_index].text) for p in passages)
    return sha256_hex("\n".join(digests))
