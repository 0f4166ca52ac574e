import numpy as np
import pytest

from etl.chunk.fingerprint import chunker_fingerprint
from etl.chunk.pack import chunk_document
from etl.embed.embed_chunks import embed_chunks
from etl.errors import EmbedError, OutcomeCode
from etl.records import ChunkSet, Vectors
from tests.fakes.embedder import FakeEmbedder
from tests.unit.chunk.papers import build_document, build_section, prose


class _Recorder(FakeEmbedder):
    def __init__(self, *, poison: str | None = None) -> None:
        super().__init__(poison=poison)
        self.seen: list[str] = []

    def embed(self, texts: list[str]) -> Vectors:  # type: ignore[override]
        self.seen += texts
        return super().embed(texts)


def _chunk_set() -> ChunkSet:
    document = build_document(
        [
            (build_section(0, ("Methods",)), [prose("We trained a network.")]),
            (build_section(1, ()), [prose("We found birds.")]),
        ],
        title="",
    )
    return chunk_document(
        document,
        max_tokens=32,
        count_tokens=FakeEmbedder().count_tokens,
        chunker=chunker_fingerprint(32, "whitespace"),
    )


def test_every_chunk_gets_one_vector_in_the_space_of_the_embedder() -> None:
    embedder = FakeEmbedder()
    embedded = embed_chunks(_chunk_set(), embedder)
    assert embedded.vectors.shape == (2, 64)
    assert embedded.vectors.dtype == np.float32
    assert embedded.chunk_set_id == _chunk_set().chunk_set_id
    assert embedded.space_id == embedder.space.space_id


def test_what_is_embedded_is_what_the_chunker_counted() -> None:
    embedder = _Recorder()
    embed_chunks(_chunk_set(), embedder)
    assert embedder.seen == ["Methods\nWe trained a network.", "We found birds."]
    counted = [chunk.token_count for chunk in _chunk_set().chunks]
    assert embedder.count_tokens(embedder.seen) == counted


def test_a_bad_vector_is_an_outcome_that_names_its_row() -> None:
    with pytest.raises(EmbedError, match="row 1 of 2") as caught:
        embed_chunks(_chunk_set(), FakeEmbedder(poison="found"))
    assert caught.value.outcome.code is OutcomeCode.BAD_VECTOR
