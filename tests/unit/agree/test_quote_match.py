"""Words of an answer are found in the paper where they stand, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.agree.quote_match import QuoteFinder, quote_candidates

_BLOCKS = [
    (3, "We counted whales\u00a0in satellite images. The net\u00adwork was trained for 80 epochs."),
    (7, "Training used stochastic gradient descent\u2014with momentum 0.9\u2014and a fixed seed."),
]


@pytest.mark.parametrize(
    ("quote", "block", "kind", "slice_"),
    [
        ("we counted whales in satellite images", 3, "exact",
         "We counted whales\u00a0in satellite images"),
        ("The NETWORK was  trained for 80 epochs.", 3, "exact",
         "The net\u00adwork was trained for 80 epochs"),
        ("stochastic gradient descent-with momentum 0.9", 7, "exact",
         "stochastic gradient descent\u2014with momentum 0.9"),
        ("Training used a stochastic gradient descent with momentum 0.9 and fixed seed", 7, "fuzzy",
         "Training used stochastic gradient descent\u2014with momentum 0.9\u2014and a fixed seed."),
    ],
)  # fmt: skip
def test_a_quote_is_a_slice_of_its_block(quote: str, block: int, kind: str, slice_: str) -> None:
    found = QuoteFinder(_BLOCKS).find(quote)
    assert found is not None
    assert (found.block_index, found.match_kind) == (block, kind)
    assert dict(_BLOCKS)[block][found.char_start : found.char_end] == slice_
    assert found.similarity == 1.0 if kind == "exact" else 0.9 <= found.similarity < 1.0


@pytest.mark.parametrize(
    "quote",
    [
        "the network was trained",  # four words stand in any paper
        "We counted elephants in drone footage of the savanna for nine years.",
        "The network was trained with two experts on eighty different machines",
        "",
        "?!",
    ],
)
def test_what_does_not_stand_there_is_not_found(quote: str) -> None:
    assert QuoteFinder(_BLOCKS).find(quote) is None
    assert QuoteFinder([]).find(quote) is None


def test_what_an_answer_offers_for_search() -> None:
    answer = (
        'It says "we counted the whales in images". More is not known.\nAnd so on and on it goes.'
    )
    assert quote_candidates(answer, None) == [
        "we counted the whales in images",
        'It says "we counted the whales in images".',
        "And so on and on it goes.",
    ]
    assert quote_candidates(answer, "the named passage") == ["the named passage"]
    assert quote_candidates("Adam", None) == []
    assert len(quote_candidates("One two three four five six. " * 50, None)) == 1


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=80))
def test_any_text_is_searched_without_harm(texts: list[str], quote: str) -> None:
    blocks = list(enumerate(texts))
    found = QuoteFinder(blocks).find(quote)
    if found is not None:
        assert texts[found.block_index][found.char_start : found.char_end]
