"""A passage index that ranks chunks by their number, for tests that need passages but no search."""

from collections.abc import Mapping, Sequence

from etl.records.chunk import Passage, Vectors
from etl.records.question import Question

__all__ = ["FakePassageIndex"]


class FakePassageIndex:
    """
    Gives the first chunks of each chunk set to every question, and remembers each search.

    Args:
        chunk_counts: Chunk set id → number of its chunks.
    """

    def __init__(self, chunk_counts: Mapping[int, int]) -> None:
        self._chunk_counts = dict(chunk_counts)
        #: ``(chunk_set_id, question version ids, k)`` of each search, in order.
        self.searches: list[tuple[int, tuple[int, ...], int]] = []

    def search(
        self, chunk_set_id: int, questions: Sequence[Question], vectors: Vectors, *, k: int
    ) -> list[list[Passage]]:
        """Chunks 0, 1, 2 … with falling scores; raises KeyError for an unknown chunk set."""
        assert len(vectors) == len(questions)
        versions = tuple(question.question_version_id for question in questions)
        self.searches.append((chunk_set_id, versions, k))
        count = min(k, self._chunk_counts[chunk_set_id])
        return [
            [
                Passage(
                    passage_rank=position + 1,
                    chunk_index=position,
                    score=1.0 / (position + 1),
                    cosine=1.0 / (position + 1),
                    methods=("vector",),
                )
                for position in range(count)
            ]
            for _ in questions
        ]
