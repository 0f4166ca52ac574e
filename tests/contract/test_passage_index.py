"""What every passage index does, in memory, in Postgres and faked."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from etl.ports import PassageIndex
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document, Zone
from etl.records.question import AnswerType, Question
from etl.retrieve.memory_index import MemoryIndex
from etl.retrieve.query import query_terms
from etl.settings import RetrieveSettings
from etl.store.passage_index import PostgresIndex
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.kept import keep_chunks, keep_document
from tests.fakes.passage_index import FakePassageIndex
from tests.fakes.small_paper import make_chunk_set, make_document, make_question

_keys = itertools.count(1_000_000)
_EMBEDDER = FakeEmbedder()
_PARTS = (
    ("methods", Zone.BODY, ["The network was trained by the Adam optimizer."]),
    ("methods", Zone.BODY, ["Images of frogs were split by site."]),
    ("results", Zone.BODY, ["The accuracy of the network was high."]),
    ("discussion", Zone.BODY, ["Rangers counted elephants at dawn."]),
)
_REAL = ("memory", pytest.param("postgres", marks=pytest.mark.store))


@dataclass(frozen=True)
class Shelf:
    """An index of one kind over one document."""

    index: PassageIndex
    chunk_set: ChunkSet

    def search(self, *questions: Question, k: int = 8) -> list[list[Passage]]:
        vectors = _EMBEDDER.embed([question.text for question in questions])
        return self.index.search(self.chunk_set.chunk_set_id, questions, vectors, k=k)


Make = Callable[..., Shelf]


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Make:
    """Build an index of the kind asked for over a document of these parts."""

    def build(*parts: Any) -> Shelf:
        key = next(_keys)
        document = replace(make_document(*(parts or _PARTS), document_id=key), full_text_id=key)
        chunk_set = make_chunk_set(document, chunk_set_id=key)
        return Shelf(_index(request, document, chunk_set), chunk_set)

    return build


def _index(request: pytest.FixtureRequest, document: Document, chunk_set: ChunkSet) -> PassageIndex:
    vectors = _EMBEDDER.embed([chunk.text for chunk in chunk_set.chunks])
    if request.param == "fake":
        return FakePassageIndex({chunk_set.chunk_set_id: len(chunk_set.chunks)})
    if request.param == "memory":
        return MemoryIndex(document, chunk_set, vectors, RetrieveSettings())
    # Asked for by name, so that the other kinds need no server.
    database = request.getfixturevalue("fresh").open()
    keep_document(database, document)
    keep_chunks(database, chunk_set, vectors, _EMBEDDER.space)
    return PostgresIndex(
        database,
        RetrieveSettings(),
        space_id=_EMBEDDER.space.space_id,
        terms_of=query_terms,
    )


all_kinds = pytest.mark.parametrize("make", ["fake", *_REAL], indirect=True)
real_kinds = pytest.mark.parametrize("make", _REAL, indirect=True)


def _ask(
    words: str, *, prior: Mapping[str, float] | None = None, cues: Sequence[str] = ()
) -> Question:
    return make_question(words, AnswerType.SHORT_TEXT, section_prior=prior, cues=cues)


@all_kinds
def test_each_question_has_its_own_list_in_the_order_asked(make: Make) -> None:
    shelf = make()
    found = shelf.search(_ask("Which optimizer?"), _ask("Who counted elephants?"), k=2)
    assert [len(passages) for passages in found] == [2, 2]


@all_kinds
def test_no_question_finds_nothing(make: Make) -> None:
    shelf = make()
    empty = np.zeros((0, _EMBEDDER.space.dim), dtype=np.float32)
    assert shelf.index.search(shelf.chunk_set.chunk_set_id, [], empty, k=8) == []


@all_kinds
@pytest.mark.parametrize("k", [1, 3, 4, 50])
def test_as_many_passages_come_as_asked_for_or_are_there(make: Make, k: int) -> None:
    assert len(make().search(_ask("Which optimizer?"), k=k)[0]) == min(k, len(_PARTS))


@all_kinds
def test_passages_are_distinct_ranked_from_one_and_scored_downwards(make: Make) -> None:
    [passages] = make().search(_ask("Which optimizer trained the network?"))
    assert [passage.passage_rank for passage in passages] == [1, 2, 3, 4]
    assert len({passage.chunk_index for passage in passages}) == 4
    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0
    assert all(-1 <= passage.cosine <= 1 for passage in passages)
    assert all(set(passage.methods) <= {"vector", "text"} for passage in passages)


@all_kinds
def test_the_same_question_finds_the_same(make: Make) -> None:
    shelf = make()
    question = _ask("Which optimizer trained the network?")
    first, second = shelf.search(question, question)
    assert first == second == shelf.search(question)[0]


@real_kinds
def test_the_sentence_that_holds_the_words_comes_first(make: Make) -> None:
    shelf = make()
    found = shelf.search(
        _ask("Which optimizer trained the network?"), _ask("Who counted elephants?")
    )
    assert [passages[0].chunk_index for passages in found] == [0, 3]
    assert found[0][0].methods == ("vector", "text")


@real_kinds
def test_words_are_found_in_any_form(make: Make) -> None:
    [passages] = make().search(_ask("How are optimizers training networks?"))
    assert "text" in next(p for p in passages if p.chunk_index == 0).methods


@real_kinds
def test_a_cue_finds_what_the_question_does_not_say(make: Make) -> None:
    [passages] = make().search(_ask("By what?", cues=["elephants"]))
    assert passages[0].chunk_index == 3


@real_kinds
def test_a_prior_of_nought_bars_a_section(make: Make) -> None:
    [passages] = make().search(_ask("Which optimizer?", prior={"methods": 0}))
    assert {passage.chunk_index for passage in passages} == {2, 3}


@real_kinds
def test_a_prior_lifts_a_section(make: Make) -> None:
    [passages] = make().search(_ask("Which optimizer?", prior={"discussion": 50}))
    assert passages[0].chunk_index == 3


@real_kinds
@pytest.mark.parametrize("zone", [Zone.REFERENCES, Zone.NOISE, Zone.HIDDEN])
def test_what_a_reader_does_not_read_as_text_is_never_found(make: Make, zone: Zone) -> None:
    barred = ("other", zone, ["The network was trained by the Adam optimizer."])
    shelf = make(barred, *_PARTS[1:])
    question = _ask("Which optimizer trained the network?", prior={"other": 5, "references": 5})
    assert 0 not in {passage.chunk_index for passage in shelf.search(question)[0]}
