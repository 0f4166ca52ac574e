"""The one statement of retrieval ranks as the fusion of the library does, and reads few pages."""

import itertools
import math
import random
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event, text

from etl.records.chunk import ChunkSet, Vectors
from etl.records.document import Document, Zone
from etl.records.question import AnswerType, Question
from etl.retrieve.fusion import fuse
from etl.retrieve.query import query_terms
from etl.settings import RetrieveSettings
from etl.store.database import Database
from etl.store.passage_index import PostgresIndex
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.kept import keep_chunks, keep_document
from tests.fakes.small_paper import make_chunk_set, make_document, make_question

pytestmark = pytest.mark.store

_keys = itertools.count(900_000)
_EMBEDDER = FakeEmbedder()
_TEXT = (
    "optimizer adam network trained images frogs split accuracy seed epochs layers camera birds "
    "model forest reported learning rate batch augmentation"
)
_WORDS = tuple(_TEXT.split())
_KINDS = ("methods", "results", "discussion", "introduction")


def _paper(database: Database, *, chunks: int, seed: int) -> tuple[Document, ChunkSet]:
    """A kept paper of one chunk a section, words drawn by seed."""
    # Reproducible texts are wanted here, not secrets.
    draw = random.Random(seed)  # noqa: S311
    parts = [
        (draw.choice(_KINDS), Zone.BODY, [" ".join(draw.choices(_WORDS, k=9)).capitalize() + "."])
        for _ in range(chunks)
    ]
    key = next(_keys)
    document = replace(make_document(*parts, document_id=key), full_text_id=key)
    chunk_set = make_chunk_set(document, chunk_set_id=key)
    keep_document(database, document)
    vectors = _EMBEDDER.embed([chunk.text for chunk in chunk_set.chunks])
    keep_chunks(database, chunk_set, vectors, _EMBEDDER.space)
    return document, chunk_set


def _questions(count: int) -> tuple[list[Question], Vectors]:
    draw = random.Random(count)  # noqa: S311
    questions = [
        make_question(
            "Which " + " ".join(draw.choices(_WORDS, k=3)) + "?",
            AnswerType.SHORT_TEXT,
            question_id=f"TQ{number:02}",
            section_prior={draw.choice(_KINDS): draw.choice((0, 0.5, 2))},
        )
        for number in range(count)
    ]
    return questions, _EMBEDDER.embed([question.text for question in questions])


def _index(database: Database, constant: int = 60) -> PostgresIndex:
    return PostgresIndex(
        database,
        RetrieveSettings(rrf_constant=constant),
        space_id=_EMBEDDER.space.space_id,
        terms_of=query_terms,
    )


def _ranks(scores: dict[int, float]) -> dict[int, int]:
    """Ranks from 1; equal scores share the better rank, as SQL's rank() does."""
    ordered = sorted(scores.values(), reverse=True)
    return {chunk_index: ordered.index(score) + 1 for chunk_index, score in scores.items()}


def _server_scores(
    database: Database, chunk_set: ChunkSet, question: Question, vector: Vectors
) -> tuple[dict[int, float], dict[int, float]]:
    """Cosines of each chunk asked of the server, and BM25 worked out here from its lexemes."""
    rows = database.read(
        text(
            "SELECT chunk_index, 1 - (e.vector <=> CAST(CAST(:v AS vector) AS halfvec)) AS cosine, "
            "(SELECT json_object_agg(w.lexeme, cardinality(w.positions)) FROM unnest(c.words) w) "
            "AS lexemes "
            "FROM core.embedding e JOIN core.chunk c USING (chunk_set_id, chunk_index) "
            "WHERE chunk_set_id = :id"
        ),
        v=str([float(x) for x in vector]),
        id=chunk_set.chunk_set_id,
    )
    [asked] = database.read(
        text("SELECT tsvector_to_array(to_tsvector('english', :t)) AS lexemes"),
        t=" ".join(query_terms(question)),
    )
    lexemes = {row.chunk_index: row.lexemes for row in rows}
    return {row.chunk_index: row.cosine for row in rows}, _bm25(lexemes, asked.lexemes)


def _bm25(counts: dict[int, dict[str, int]], terms: list[str]) -> dict[int, float]:
    """BM25 as in Robertson and Zaragoza (2009), each term in whole 4,096ths."""
    lengths = {i: sum(held.values()) for i, held in counts.items()}
    mean = sum(lengths.values()) / len(lengths)
    scores: dict[int, float] = {}
    for term in terms:
        holders = [i for i, held in counts.items() if term in held]
        idf = math.log(1 + (len(counts) - len(holders) + 0.5) / (len(holders) + 0.5))
        for i in holders:
            damping = 1.2 * (1 - 0.75 + 0.75 * lengths[i] / mean)
            weight = max(1, round(4096 * idf * counts[i][term] * 2.2 / (counts[i][term] + damping)))
            scores[i] = scores.get(i, 0) + weight
    return scores


@pytest.mark.parametrize(("constant", "k"), [(60, 8), (1, 3), (60, 100)])
def test_the_statement_ranks_as_the_fusion_of_the_library(
    database: Database, constant: int, k: int
) -> None:
    document, chunk_set = _paper(database, chunks=14, seed=constant + k)
    questions, vectors = _questions(6)
    found = _index(database, constant).search(chunk_set.chunk_set_id, questions, vectors, k=k)
    kinds = {c.chunk_index: document.sections[c.section_index].kind for c in chunk_set.chunks}
    for question, vector, passages in zip(questions, vectors, found, strict=True):
        priors = {i: question.section_prior.get(kind, 1.0) for i, kind in kinds.items()}
        allowed = {i for i, prior in priors.items() if prior > 0}
        cosines, words = _server_scores(database, chunk_set, question, vector)
        expected = fuse(
            _ranks({i: s for i, s in cosines.items() if i in allowed}),
            _ranks({i: s for i, s in words.items() if i in allowed}),
            constant=constant,
            priors=priors,
            k=k,
        )
        assert [p.chunk_index for p in passages] == [i for i, _ in expected]
        assert [p.score for p in passages] == pytest.approx([s for _, s in expected])
        assert [p.passage_rank for p in passages] == list(range(1, len(passages) + 1))
        assert all(("text" in p.methods) == (p.chunk_index in words) for p in passages)
        assert [p.cosine for p in passages] == pytest.approx(
            # Vectors travel as whole numbers; half precision itself is no finer than 5e-4.
            [cosines[p.chunk_index] for p in passages],
            abs=1e-4,
        )


def test_all_questions_of_a_paper_are_one_statement(shared: Any) -> None:
    database = shared.open()
    _, chunk_set = _paper(database, chunks=10, seed=1)
    statements: list[str] = []
    event.listen(
        database._engine, "before_cursor_execute", lambda *args: statements.append(args[2])
    )
    questions, vectors = _questions(28)
    index = _index(database)
    # The first search of a process also asks for the stems of its words, once for all papers.
    index.search(chunk_set.chunk_set_id, questions, vectors, k=8)
    assert len(statements) == 2
    statements.clear()
    found = index.search(chunk_set.chunk_set_id, questions, vectors, k=8)
    assert len(statements) == 1
    assert len(found) == 28


def test_no_question_asks_nothing(shared: Any) -> None:
    database = shared.open()
    statements: list[str] = []
    event.listen(
        database._engine, "before_cursor_execute", lambda *args: statements.append(args[2])
    )
    assert _index(database).search(1, [], np.zeros((0, 64), dtype=np.float32), k=8) == []
    assert statements == []


def test_the_vectors_of_one_paper_lie_in_at_most_twenty_pages_among_many(shared: Any) -> None:
    """Bar 4 of the performance research: at most 20 buffers a paper, whatever the table holds."""
    database = shared.open()
    _, chunk_set = _paper(database, chunks=40, seed=3)
    for seed in range(40, 60):
        _paper(database, chunks=40, seed=seed)
    shared.sql("VACUUM ANALYZE core.embedding;")
    vector = str([float(x) for x in _EMBEDDER.embed(["adam"])[0]])
    scan = (
        "EXPLAIN (ANALYZE, BUFFERS) SELECT chunk_index, vector <=> '%s'::vector::halfvec "
        "FROM core.embedding WHERE chunk_set_id = %s AND space_id = %s;"
    )
    plan = shared.sql(scan % (vector, chunk_set.chunk_set_id, _EMBEDDER.space.space_id))
    execution = plan[: next(i for i, line in enumerate(plan) if line.startswith("Planning"))]
    touched = [sum(map(int, re.findall(r"(?:hit|read)=(\d+)", line))) for line in execution]
    assert 0 < max(touched) <= 20
    assert "Seq Scan on embedding" not in "\n".join(plan)


def test_a_whole_search_reads_at_most_twenty_pages_of_a_paper_of_sixty_chunks(shared: Any) -> None:
    database = shared.open()
    _, chunk_set = _paper(database, chunks=60, seed=5)
    for seed in range(70, 80):
        _paper(database, chunks=60, seed=seed)
    shared.sql("VACUUM ANALYZE core.embedding; VACUUM ANALYZE core.chunk_words;")
    questions, vectors = _questions(28)
    index, sent = _index(database), []
    event.listen(database._engine, "before_cursor_execute", lambda *args: sent.append(args[2:4]))
    index.search(chunk_set.chunk_set_id, questions, vectors, k=8)
    statement, parameters = sent[-1]
    with database.transaction() as connection:
        # As in a large table: reading this small one whole would say nothing.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        # The first in a connection reads the catalogue too; the second, the paper alone.
        for _ in range(2):
            [[plan]] = connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters
            ).all()
    assert 0 < plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"] <= 20


def test_a_word_in_few_chunks_weighs_more_and_a_barred_chunk_has_no_words(
    database: Database,
) -> None:
    parts = [
        ("methods", Zone.BODY, ["The camera saw a frog."]),
        ("methods", Zone.BODY, ["The camera saw a bird."]),
        ("references", Zone.REFERENCES, ["The camera saw a newt."]),
    ]
    key = next(_keys)
    document = replace(make_document(*parts, document_id=key), full_text_id=key)
    chunk_set = make_chunk_set(document, chunk_set_id=key)
    keep_document(database, document)
    keep_chunks(
        database, chunk_set, _EMBEDDER.embed([c.text for c in chunk_set.chunks]), _EMBEDDER.space
    )
    rows = database.read(
        text(
            "SELECT chunk_index, section_kind, -(weights <#> CAST(CAST('{' || "
            "core.word_place(:rare) || ': 1}/268435456' AS text) AS sparsevec)) AS rare, "
            "-(weights <#> CAST(CAST('{' || core.word_place(:common) || ': 1}/268435456' AS text) "
            "AS sparsevec)) AS common "
            "FROM core.chunk_words WHERE chunk_set_id = :id ORDER BY chunk_index"
        ),
        rare="frog",
        common="camera",
        id=key,
    )
    assert [(row.chunk_index, row.section_kind) for row in rows] == [(0, "methods"), (1, "methods")]
    assert rows[0].rare > rows[0].common == rows[1].common > 0 == rows[1].rare


def test_passages_of_other_papers_and_other_spaces_never_come(database: Database) -> None:
    _, first = _paper(database, chunks=3, seed=7)
    _paper(database, chunks=9, seed=8)
    questions, vectors = _questions(2)
    other_space = _EMBEDDER.space.space_id + 1
    assert all(
        len(found) <= 3
        for found in _index(database).search(first.chunk_set_id, questions, vectors, k=8)
    )
    stranger = PostgresIndex(
        database, RetrieveSettings(), space_id=other_space, terms_of=query_terms
    )
    assert stranger.search(first.chunk_set_id, questions, vectors, k=8) == [[], []]


@pytest.mark.parametrize(
    "words",
    [
        "it's & | ! ( ) <-> :*",
        "\\ ' \" ; --",
        "the of and",
        "",
        "résumé naïve 日本語",
        "a:b:c &&& 'x",
    ],
)
def test_no_word_of_a_question_can_break_the_search(database: Database, words: str) -> None:
    _, chunk_set = _paper(database, chunks=3, seed=9)
    question = make_question(words, AnswerType.SHORT_TEXT)
    vectors = _EMBEDDER.embed([words])
    index = PostgresIndex(
        database,
        RetrieveSettings(),
        space_id=_EMBEDDER.space.space_id,
        terms_of=lambda q: q.text.split(),
    )
    assert len(index.search(chunk_set.chunk_set_id, [question], vectors, k=8)[0]) == 3
