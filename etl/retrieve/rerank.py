"""
Put passages in the order of a model that reads question and passage together.

Reads:    passages of the fusion, their texts, a reranker
Writes:   nothing
Gives up: AnswerError of the reranker
Version:  RERANK_VERSION, part of the retriever recipe where a reranker is set
Next:     answer
"""

from collections.abc import Sequence
from dataclasses import replace

from etl.ports import Reranker
from etl.records.chunk import ChunkSet, Passage
from etl.records.question import Question
from etl.retrieve.query import query_text

__all__ = ["RERANK_VERSION", "rerank"]

RERANK_VERSION = "cross-encoder-order/1"


def rerank(
    question: Question,
    passages: Sequence[Passage],
    chunk_set: ChunkSet,
    reranker: Reranker,
    *,
    k: int,
) -> list[Passage]:
    """
    Keep the k passages that the reranker likes best.

    Args:
        question: Scored by its own text, never by a prompt.
        passages: What the fusion found, best first; ties of the reranker keep this order.
        chunk_set: Gives the texts.
        reranker: Scores in [0, 1].
        k: Passages to keep, >= 1.

    Returns:
        At most *k* passages with new ranks; ``score`` is the reranker's, ``methods`` names it.
    """
    if not passages:
        return []
    texts = [chunk_set.chunks[passage.chunk_index].text for passage in passages]
    scores = reranker.score(query_text(question), texts)
    ordered = sorted(
        zip(passages, scores, strict=True), key=lambda pair: (-pair[1], pair[0].passage_rank)
    )
    return [
        replace(passage, passage_rank=rank, score=score, methods=(*passage.methods, "rerank"))
        for rank, (passage, score) in enumerate(ordered[:k], start=1)
    ]
