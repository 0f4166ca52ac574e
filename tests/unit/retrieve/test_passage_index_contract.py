"""What every passage index promises; the fake keeps it as the real one does."""

import numpy as np
import pytest

from etl.ports import PassageIndex
from etl.records.document import Zone
from etl.records.question import AnswerType
from etl.retrieve.memory_index import MemoryIndex
from etl.settings import RetrieveSettings
from tests.fakes.passage_index import FakePassageIndex
from tests.fakes.small_paper import make_chunk_set, make_document, make_question

PAPER = make_document(
    ("methods", Zone.BODY, ["Leaves were cut."]),
    ("results", Zone.BODY, ["Leaves were counted."]),
    ("discussion", Zone.BODY, ["Leaves are many."]),
)
CHUNKS = make_chunk_set(PAPER)
VECTORS = np.eye(3, dtype=np.float32)
QUESTIONS = [
    make_question("Which leaves?", AnswerType.SHORT_TEXT, question_id="CQ01"),
    make_question("How many?", AnswerType.SHORT_TEXT, question_id="CQ02"),
]


@pytest.fixture(params=["fake", "memory"])
def index(request: pytest.FixtureRequest) -> PassageIndex:
    if request.param == "fake":
        return FakePassageIndex({CHUNKS.chunk_set_id: len(CHUNKS.chunks)})
    return MemoryIndex(PAPER, CHUNKS, VECTORS, RetrieveSettings())


@pytest.mark.parametrize(("k", "expected"), [(1, 1), (2, 2), (9, 3)])
def test_each_question_gets_as_many_passages_as_there_are_up_to_k(
    index: PassageIndex, k: int, expected: int
) -> None:
    found = index.search(CHUNKS.chunk_set_id, QUESTIONS, VECTORS[:2], k=k)

    assert [len(passages) for passages in found] == [expected, expected]


def test_passages_are_ranked_from_one_with_falling_scores_and_no_repeats(
    index: PassageIndex,
) -> None:
    for passages in index.search(CHUNKS.chunk_set_id, QUESTIONS, VECTORS[:2], k=3):
        scores = [passage.score for passage in passages]
        assert [passage.passage_rank for passage in passages] == [1, 2, 3]
        assert scores == sorted(scores, reverse=True)
        assert all(score > 0 for score in scores)
        assert len({passage.chunk_index for passage in passages}) == 3
        assert all(-1 <= passage.cosine <= 1 and passage.methods for passage in passages)


def test_the_same_search_finds_the_same(index: PassageIndex) -> None:
    first, second = (
        index.search(CHUNKS.chunk_set_id, QUESTIONS, VECTORS[:2], k=3) for _ in range(2)
    )

    assert first == second
