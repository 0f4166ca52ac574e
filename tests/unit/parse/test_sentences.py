import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.parse.sentences import split_sentences

ONE_SENTENCE = [
    "Plots were set up by Miller et al. (2010) near the river.",
    "The animal (Fig. 3) is larger than cf. Eq. 4 suggests.",
    "We found P. levigatus and Carex sp. on approx. 30 ha.",
    "The value was 0.05 at 3.5 km from St. Mary.",
    "It is a new species, Carex alta sp. nov. from the U.S. coast.",
    "We used e.g. oaks, i.e. Quercus robur L. and Q. petraea.",
    "See https://example.org/a.b.c for the code.",
    "The trap No. 7 in vol. 2 was used (see pp. 3-9).",
]
TWO_SENTENCES = [
    ("The trees died.", "We counted them."),
    ("The trees died [12].", "We counted them."),
    ("The trees died.[3,4]", "We counted them."),
    ("The trees died.12", "We counted them."),
    ("Was it dry?", "It was."),
    ('He wrote "they died."', "Nobody knew."),
    ("We used R 4.3.", "The code is free."),
    ("The species were listed by Miller et al.", "The list is long."),
    ("We sampled three spp.", "The first was rare."),
    ("mRNA was taken in 2010.", "mRNA was kept cold."),
]


@pytest.mark.parametrize("text", ONE_SENTENCE)
def test_abbreviations_numbers_and_addresses_do_not_end_a_sentence(text: str) -> None:
    assert split_sentences(text) == [(0, len(text))]


@pytest.mark.parametrize("pair", TWO_SENTENCES)
def test_two_sentences_are_told_apart(pair: tuple[str, str]) -> None:
    text = " ".join(pair)
    assert [text[start:end] for start, end in split_sentences(text)] == list(pair)


def test_the_number_before_a_list_entry_is_no_sentence() -> None:
    assert len(split_sentences("1. The plots were mown.")) == 1


@given(st.text(alphabet="aB. !?[1]()\n", max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_letter_is_lost_between_sentences(text: str) -> None:
    spans = split_sentences(text)
    assert "".join(text[start:end] for start, end in spans).split() or not text.split()
    last = 0
    for start, end in spans:
        assert start < end
        assert not text[last:start].strip()
        assert text[start:end] == text[start:end].strip()
        last = end
    assert not text[last:].strip()
