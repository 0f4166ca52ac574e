"""Search over the whole corpus: as many rows as asked, the true neighbours, never too few."""

import json
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from etl.errors import UsageError
from etl.records.chunk import Vectors
from etl.store.bulk import copy_vectors
from etl.store.corpus_index import CorpusIndex, SearchFilter
from etl.store.database import Database

pytestmark = pytest.mark.store

_DIM = 32
_PAPERS, _CHUNKS = 120, 25
_SPACE = 7002
#: One paper of a hundred is of 1999: a filter that hardly anything passes.
_RARE_YEAR = 1999


#: Papers n with sections methods and results in turns; titles, years and words tell them apart.
_SCRIPT = """
INSERT INTO core.fingerprint (fingerprint_id, stage, name, sha256, recipe) VALUES
    (7000, 'parse', 'p', 'p7', '{}'), (7001, 'chunk', 'c', 'c7', '{}'),
    (7002, 'embed', 'e', 'e7', '{}'), (7003, 'embed', 'e', 'e8', '{}');
INSERT INTO ops.active_fingerprint (stage, scope, fingerprint_id)
VALUES ('parse', 'text/plain', 7000), ('chunk', '', 7001);
INSERT INTO core.work SELECT n, 'paper ' || n FROM generate_series(1, 120) n;
INSERT INTO core.full_text SELECT n, n, lpad(to_hex(n), 64, '0'), 'text/plain', 1, 'x'
FROM generate_series(1, 120) n;
INSERT INTO core.document
SELECT n, n, 7000, n, 'parsed', NULL, NULL, 'Title ' || n, NULL,
       CASE WHEN n IN (60, 120) THEN 1999 ELSE 2020 END, 'Venue', 'ok', 0, 0, 0, 0, 0, 0, 0, '{}', 1
FROM generate_series(1, 120) n;
INSERT INTO core.section
SELECT n, s, CAST((ARRAY['{Methods}', '{Results}', '{Methods,Sites}'])[s + 1] AS text[]),
       (ARRAY['methods', 'results', 'other'])[s + 1], 'body'
FROM generate_series(1, 120) n, generate_series(0, 2) s;
INSERT INTO core.block SELECT n, 0, 0, 'paragraph', 'body', 'A sentence.', '{}', NULL
FROM generate_series(1, 120) n;
INSERT INTO core.sentence SELECT n, 0, 0, 0, 11, '{{3,0,0,1,1}}' FROM generate_series(1, 120) n;
INSERT INTO core.chunk_set SELECT n, n, 7001, 25, 0, 1 FROM generate_series(1, 120) n;
INSERT INTO core.chunk (chunk_set_id, chunk_index, section_index, kind, first_sentence,
                        last_sentence, text, prefix, token_count, is_oversize, is_suspect)
SELECT n, c, c / 9, 'prose', 0, 0, 'Word' || c || ' of paper ' || n || '.', '', 9, false, false
FROM generate_series(1, 120) n, generate_series(0, 24) c;
"""


def _lay(database: Database) -> None:
    with database.transaction() as tx:
        tx.exec_driver_sql(_SCRIPT)
        source = np.random.default_rng(5)
        for paper in range(1, _PAPERS + 1):
            rows = source.standard_normal((_CHUNKS, _DIM)).astype(np.float32)
            copy_vectors(tx, chunk_set_id=paper, space_id=_SPACE, vectors=rows)


@pytest.fixture(scope="module")
def corpus(clone: Any) -> Database:
    database: Database = clone().open()
    _lay(database)
    CorpusIndex(database, space_id=_SPACE).build()
    return database


def _vector(seed: int) -> Vectors:
    vector: Vectors = np.random.default_rng(seed).standard_normal(_DIM).astype(np.float32)
    return vector


def _ids(found: Any) -> list[tuple[int, int]]:
    return [(row["chunk_set_id"], row["chunk_index"]) for row in found.passages]


def _by_hand(database: Database, vector: Vectors, year: int, k: int) -> list[tuple[int, int]]:
    """What a plain filtered query gives, as anyone would write it, through the index."""
    with database.transaction() as tx:
        tx.exec_driver_sql("SET LOCAL enable_seqscan = off")
        tx.exec_driver_sql("SET LOCAL enable_sort = off")
        tx.exec_driver_sql("SET LOCAL enable_hashjoin = off")
        rows = tx.execute(
            text(
                "SELECT e.chunk_set_id, e.chunk_index FROM core.embedding e "
                "WHERE e.space_id = 7002 AND EXISTS (SELECT FROM core.document d "
                "WHERE d.document_id = e.chunk_set_id AND d.year = :year) "
                "ORDER BY CAST(e.vector AS halfvec(32)) <=> CAST(:v AS halfvec(32)) LIMIT :k"
            ),
            {"v": json.dumps([float(x) for x in vector]), "year": year, "k": k},
        )
        return [(row.chunk_set_id, row.chunk_index) for row in rows]


def test_a_plain_filtered_index_scan_gives_too_few_and_ours_gives_all(corpus: Database) -> None:
    where = SearchFilter(to_year=2000)
    assert len(_by_hand(corpus, _vector(1), _RARE_YEAR, 10)) < 10
    for limit in (100_000, 1):
        found = CorpusIndex(corpus, space_id=_SPACE, exact_limit=limit).search(
            _vector(1), where, k=10
        )
        assert len(found.passages) == 10
        assert {row["year"] for row in found.passages} == {_RARE_YEAR}


@pytest.mark.parametrize("where", [SearchFilter(), SearchFilter(sections=("methods",))])
def test_the_index_finds_nearly_all_true_neighbours(corpus: Database, where: SearchFilter) -> None:
    hits = 0
    for seed in range(20):
        exact = CorpusIndex(corpus, space_id=_SPACE).search(_vector(seed), where, k=10)
        quick = CorpusIndex(corpus, space_id=_SPACE, exact_limit=10).search(
            _vector(seed), where, k=10
        )
        assert (exact.method, quick.method) == ("exact", "index")
        assert len(quick.passages) == 10
        assert quick.is_more
        hits += len(set(_ids(exact)) & set(_ids(quick)))
    assert hits >= 0.95 * 200


def test_passages_come_best_first_with_their_place(corpus: Database) -> None:
    found = CorpusIndex(corpus, space_id=_SPACE).search(_vector(3), SearchFilter(), k=5)
    cosines = [row["cosine"] for row in found.passages]
    assert cosines == sorted(cosines, reverse=True)
    assert {"paper", "title", "section", "page", "text", "venue"} <= set(found.passages[0])
    assert found.passages[0]["page"] == 3


def test_fewer_candidates_than_asked_are_all_given_and_counted(corpus: Database) -> None:
    where = SearchFilter(paper="paper 77", words="word3 OR word4")
    found = CorpusIndex(corpus, space_id=_SPACE).search(_vector(4), where, k=50)
    assert found.candidate_count == len(found.passages) == 2
    none = CorpusIndex(corpus, space_id=_SPACE).search(
        _vector(4), SearchFilter(venue="no such"), k=5
    )
    assert none.passages == []
    assert none.candidate_count == 0


def test_without_an_index_a_large_corpus_is_searched_exactly(clone: Any) -> None:
    database = clone().open()
    _lay(database)
    index = CorpusIndex(database, space_id=_SPACE, exact_limit=10)
    assert not index.is_built()
    found = index.search(_vector(5), SearchFilter(), k=7)
    assert found.method == "exact"
    assert len(found.passages) == 7
    assert index.build() == index.build()
    assert index.is_built()
    assert index.search(_vector(5), SearchFilter(), k=7).method == "index"


def test_a_space_without_vectors_gets_no_index(corpus: Database) -> None:
    with pytest.raises(UsageError, match="run a night first"):
        CorpusIndex(corpus, space_id=7003).build()


def test_chunks_of_a_reading_no_longer_in_force_are_not_found(clone: Any) -> None:
    database = clone().open()
    _lay(database)
    with database.transaction() as tx:
        tx.execute(text("DELETE FROM ops.active_fingerprint WHERE stage = 'chunk'"))
    found = CorpusIndex(database, space_id=_SPACE).search(_vector(6), SearchFilter(), k=5)
    assert found.passages == []


def test_a_part_of_the_methods_is_in_the_methods(corpus: Database) -> None:
    def sections(*kinds: str) -> set[str]:
        where = SearchFilter(sections=kinds, paper="paper 8")
        found = CorpusIndex(corpus, space_id=_SPACE).search(_vector(7), where, k=500)
        return {row["section"] for row in found.passages}

    assert sections("methods") == {"Methods", "Methods > Sites"}
    assert sections("results") == {"Results"}
    assert sections("other") == {"Methods > Sites"}
