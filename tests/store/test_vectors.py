"""Vectors go in by binary COPY and come back bit for bit; unusable ones are refused."""

import itertools
from dataclasses import replace

import numpy as np
import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from etl.errors import UsageError
from etl.records.chunk import Vectors
from etl.records.document import Zone
from etl.store.chunks import ChunkStore
from etl.store.database import Database
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.kept import keep_chunks, keep_document
from tests.fakes.small_paper import make_chunk_set, make_document, make_question
from tests.fakes.tiny_night import TinyNight, tiny_questions

pytestmark = pytest.mark.store

_keys = itertools.count(500_000)
_SPACE = FakeEmbedder().space
_halves = st.floats(-60_000, 60_000, width=16)


def _stored(database: Database, vectors: Vectors) -> tuple[int, Vectors]:
    """Keep one chunk a vector; returns the chunk set and what the database holds."""
    key = next(_keys)
    parts = [("methods", Zone.BODY, [f"Sentence {row}."]) for row in range(len(vectors))]
    document = replace(make_document(*parts, document_id=key), full_text_id=key)
    chunk_set = make_chunk_set(document, chunk_set_id=key)
    keep_document(database, document)
    keep_chunks(database, chunk_set, vectors, _SPACE)
    rows = database.read(
        text(
            "SELECT CAST(CAST(vector AS vector) AS real[]) AS vector FROM core.embedding "
            "WHERE chunk_set_id = :id AND space_id = :space ORDER BY chunk_index"
        ),
        id=key,
        space=_SPACE.space_id,
    )
    return key, np.array([row.vector for row in rows], dtype=np.float32)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    vectors=hnp.arrays(
        np.float32, st.tuples(st.integers(1, 4), st.integers(1, 40)), elements=_halves
    ).filter(lambda v: bool((np.linalg.norm(v, axis=1) > 0.01).all()))
)
def test_half_precision_comes_back_exactly(database: Database, vectors: Vectors) -> None:
    _, found = _stored(database, vectors)
    assert np.array_equal(found, vectors.astype(np.float16).astype(np.float32))


def test_a_real_vector_loses_no_more_than_half_precision_does(database: Database) -> None:
    vectors = FakeEmbedder().embed(["The frogs were counted.", "A second sentence."])
    _, found = _stored(database, vectors)
    assert np.abs(found - vectors).max() < 2**-11


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "embedding_vector_check"), (np.nan, "NaN"), (np.inf, "infinite")],
)
def test_a_vector_without_a_direction_is_refused_and_leaves_nothing(
    database: Database, value: float, words: str
) -> None:
    vectors = np.full((2, 8), 0.5, dtype=np.float32)
    vectors[1] = value
    before = database.read(text("SELECT count(*) FROM core.chunk"))[0][0]
    with pytest.raises(psycopg2.Error, match=words):
        _stored(database, vectors)
    assert database.read(text("SELECT count(*) FROM core.chunk"))[0][0] == before


def test_a_number_too_large_for_half_precision_is_refused(database: Database) -> None:
    with pytest.raises(psycopg2.Error, match="infinite"), np.errstate(over="ignore"):
        _stored(database, np.full((1, 4), 70_000, dtype=np.float32))


def test_chunks_come_back_equal_and_a_second_writing_changes_nothing(database: Database) -> None:
    key = next(_keys)
    document = replace(
        make_document(("methods", Zone.BODY, ["A tab\tand a \\N."]), document_id=key),
        full_text_id=key,
    )
    chunk_set = make_chunk_set(document, chunk_set_id=key)
    vectors = FakeEmbedder().embed([chunk_set.chunks[0].text])
    for _ in range(2):
        keep_document(database, document)
    keep_chunks(database, chunk_set, vectors, _SPACE)
    assert ChunkStore(database).load(key, chunk_set.chunker.fingerprint_id) == chunk_set


def test_a_zero_question_vector_is_refused(tiny: TinyNight) -> None:
    with tiny.begun(None):
        question = tiny_questions()[0]
        zero = np.zeros((1, _SPACE.dim), dtype=np.float32)
        with pytest.raises(DBAPIError, match="question_vector_vector_check"):
            ChunkStore(tiny.open()).save_question_vectors(_SPACE.space_id, [question], zero)


def test_question_vectors_come_back_in_the_order_asked(tiny: TinyNight) -> None:
    with tiny.begun(None):
        questions = tiny_questions()
        store = ChunkStore(tiny.open())
        vectors = tiny.embedder.embed([question.text for question in questions])
        store.save_question_vectors(_SPACE.space_id, questions, vectors)
        assert store.missing_question_vectors(_SPACE.space_id) == set()
        found = store.load_question_vectors(_SPACE.space_id, questions[::-1])
    assert np.array_equal(found, vectors[::-1])


def test_a_question_without_a_vector_is_told_by_name(tiny: TinyNight) -> None:
    stranger = make_question("Unknown?", tiny_questions()[0].answer_type, question_id="TQ9")
    with pytest.raises(UsageError, match="TQ9"):
        ChunkStore(tiny.open()).load_question_vectors(_SPACE.space_id, [stranger])
