"""One bad vector is found, named, and costs no other text its own."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.embed.bisect import embed_texts
from etl.errors import EmbedError
from etl.records.chunk import Vectors
from tests.fakes.embedder import FakeEmbedder

_BAD = (np.nan, np.inf, 0.0)


class SpoiltEmbedder(FakeEmbedder):
    """Spoils every row of a batch that holds a text with one of these words."""

    def __init__(self, *, words: Sequence[str], value: float, largest: int = 10_000) -> None:
        super().__init__()
        self.words, self.value, self.largest = words, value, largest
        self.batches: list[int] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(len(texts))
        vectors = super().embed(texts)
        holds = any(word in text.split() for text in texts for word in self.words)
        if holds or len(texts) > self.largest:
            vectors[:] = self.value
        return vectors


def _texts(count: int) -> list[str]:
    return [f"sentence number n{row} tells of frogs" for row in range(count)]


@pytest.mark.parametrize("value", _BAD)
def test_every_bad_text_and_no_other_is_named(value: float) -> None:
    embedder = SpoiltEmbedder(words=["n3", "n11"], value=value)
    with pytest.raises(EmbedError, match="2 of 16 texts") as caught:
        embed_texts(embedder, _texts(16))
    detail = caught.value.outcome.detail
    assert "text 3 " in detail
    assert "text 11 " in detail
    assert "text 4 " not in detail
    # Two bad of sixteen are found in far fewer passes than sixteen times two.
    assert len(embedder.batches) <= 2 * 2 * 4 + 1


@pytest.mark.parametrize("value", _BAD)
def test_texts_that_are_bad_in_company_only_are_kept(value: float) -> None:
    embedder = SpoiltEmbedder(words=[], value=value, largest=3)
    texts = _texts(13)
    assert np.array_equal(embed_texts(embedder, texts), FakeEmbedder().embed(texts))


@given(st.integers(min_value=0, max_value=40), st.integers(min_value=1, max_value=9))
def test_the_order_of_the_texts_is_kept(count: int, largest: int) -> None:
    embedder = SpoiltEmbedder(words=[], value=np.nan, largest=largest)
    found = embed_texts(embedder, _texts(count))
    assert np.array_equal(found, FakeEmbedder().embed(_texts(count)))


def test_a_good_batch_is_one_pass() -> None:
    embedder = SpoiltEmbedder(words=[], value=np.nan)
    embed_texts(embedder, _texts(30))
    assert embedder.batches == [30]


def test_vectors_of_a_wrong_size_are_refused() -> None:
    class Short(FakeEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            return super().embed(texts)[:, :-1]

    with pytest.raises(EmbedError, match="shape"):
        embed_texts(Short(), _texts(2))


def test_an_embedder_that_raises_is_halved_too() -> None:
    embedder = FakeEmbedder(poison="n5")
    with pytest.raises(EmbedError, match="1 of 9 texts"):
        embed_texts(embedder, _texts(9))
