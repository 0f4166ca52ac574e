import numpy as np
import pytest

from etl.errors import UsageError
from etl.records.chunk import Vectors
from etl.records.document import Zone
from etl.records.question import AnswerType
from etl.retrieve.memory_index import MemoryIndex
from etl.settings import RetrieveSettings
from tests.fakes.small_paper import make_chunk_set, make_document, make_question

PAPER = make_document(
    ("introduction", Zone.BODY, ["Plants are many."]),
    ("methods", Zone.BODY, ["The network was trained on two cards.", "Each held 8 GB."]),
    ("code_availability", Zone.BACK, ["See https://github.com/someone/leaf-reader for more."]),
    ("references", Zone.REFERENCES, ["A paper about github and networks and cards."]),
)
CHUNKS = make_chunk_set(PAPER)
#: Chunk i points along axis i, so a question's vector says which chunk is near it.
VECTORS = np.eye(4, dtype=np.float32)


def build_index() -> MemoryIndex:
    return MemoryIndex(PAPER, CHUNKS, VECTORS, RetrieveSettings())


def near(chunk_index: int) -> Vectors:
    return VECTORS[[chunk_index]] + 0.01


def test_vector_search_alone_finds_the_nearest_chunk() -> None:
    question = make_question("xyzzy", AnswerType.SHORT_TEXT)

    (found,) = build_index().search(7, [question], near(1), k=2)

    assert found[0].chunk_index == 1
    assert found[0].methods == ("vector",)
    assert found[0].cosine == pytest.approx(1.0, abs=0.01)
    assert [passage.passage_rank for passage in found] == [1, 2]


def test_a_word_inside_a_url_is_found_by_the_word_search() -> None:
    question = make_question("Where?", AnswerType.URL_LIST, cues=("github",))

    (found,) = build_index().search(7, [question], near(0), k=3)

    methods = {passage.chunk_index: passage.methods for passage in found}
    assert methods == {0: ("vector",), 1: ("vector",), 2: ("vector", "text")}


def test_references_are_never_found_whatever_the_prior_says() -> None:
    question = make_question(
        "networks cards github", AnswerType.SHORT_TEXT, section_prior={"references": 9.0}
    )

    (found,) = build_index().search(7, [question], near(3), k=10)

    assert {passage.chunk_index for passage in found} == {0, 1, 2}


def test_a_section_with_prior_zero_is_barred_and_one_with_a_higher_prior_rises() -> None:
    barred = make_question("x", AnswerType.SHORT_TEXT, section_prior={"introduction": 0})
    raised = make_question("x", AnswerType.SHORT_TEXT, section_prior={"methods": 3.0})

    first, second = build_index().search(7, [barred, raised], np.vstack([near(0), near(0)]), k=9)

    assert {passage.chunk_index for passage in first} == {1, 2}
    assert second[0].chunk_index == 1


def test_a_foreign_chunk_set_or_a_missing_vector_is_refused() -> None:
    question = make_question("x", AnswerType.SHORT_TEXT)

    with pytest.raises(UsageError):
        build_index().search(8, [question], near(0), k=1)
    with pytest.raises(UsageError):
        build_index().search(7, [question], VECTORS[:0], k=1)
    with pytest.raises(UsageError):
        MemoryIndex(PAPER, CHUNKS, VECTORS[:2], RetrieveSettings())


def test_no_question_finds_nothing() -> None:
    assert build_index().search(7, [], VECTORS[:0], k=3) == []


def test_chunks_with_equal_vectors_share_a_rank_and_the_earlier_one_comes_first() -> None:
    twins = VECTORS.copy()
    twins[1] = twins[0]
    index = MemoryIndex(PAPER, CHUNKS, twins, RetrieveSettings())
    question = make_question("xyzzy", AnswerType.SHORT_TEXT)

    (found,) = index.search(7, [question], near(0), k=3)

    assert [passage.chunk_index for passage in found] == [0, 1, 2]
    assert found[0].score == found[1].score > found[2].score
