"""Two readings of one paper side by side: what is alike, what is not, and whose is what."""

from dataclasses import replace

import pytest

from etl.parse.compare import compare_documents, reading_figures
from etl.records.document import Block, BlockKind, Document, Region, Zone
from tests.fakes.small_paper import make_document

FIRST = (
    "Colonies of terns that nest on gravel are hard to count on foot because the birds fly up.",
    "We flew a drone over twelve islands in two seasons and cut its images into small tiles.",
)
SECOND = (
    "A small network was trained on one card for forty epochs with images turned and mirrored.",
    "Its counts differed from those of two people by less than one bird in ten on most islands.",
)


def reading(*headings: str, body: tuple[str, ...] = FIRST + SECOND) -> Document:
    document = make_document(("methods", Zone.BODY, body))
    blocks = [
        Block(
            block_index=number,
            section_index=0,
            kind=BlockKind.HEADING,
            zone=Zone.BODY,
            text=heading,
        )
        for number, heading in enumerate(headings, start=1)
    ]
    return replace(document, blocks=(*document.blocks, *blocks))


def test_a_reading_is_wholly_like_itself() -> None:
    document = reading("1 Introduction", "2 Methods")
    found = compare_documents(document, document)
    assert (found.windows_in_other, found.windows_in_one) == (1, 1)
    assert (found.headings_in_other, found.headings_in_one) == (1, 1)
    assert found.one == found.other


def test_setting_does_not_count_only_what_was_read() -> None:
    other = reading(
        body=tuple(text.upper().replace("counts", "coun-\nts") for text in FIRST + SECOND)
    )
    swapped = reading(body=(" ".join(SECOND), " ".join(FIRST)))
    assert compare_documents(reading(), other).windows_in_other == 1
    assert compare_documents(swapped, reading()).windows_in_one > 0.6


def test_text_that_one_reader_lost_lowers_the_share_of_the_other() -> None:
    found = compare_documents(reading(), reading(body=FIRST))
    assert found.windows_in_one == 1
    assert 0.2 < found.windows_in_other < 0.6


def test_texts_of_two_papers_share_nothing() -> None:
    found = compare_documents(reading(body=FIRST), reading(body=SECOND))
    assert (found.windows_in_other, found.windows_in_one) == (0, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2.1. Study area", "Study area"),
        ("IV. Results", "RESULTS"),
        ("A. Power law", "Power law"),
        ("3 Data and code", "3. Data and Code"),
    ],
)
def test_numbers_and_case_of_headings_do_not_count(one: str, other: str) -> None:
    found = compare_documents(reading(one), reading(other))
    assert (found.headings_in_other, found.headings_in_one) == (1, 1)


@pytest.mark.parametrize("heading", ["A study of birds", "Insects", "2020", "Data"])
def test_the_first_word_of_a_heading_is_no_number(heading: str) -> None:
    shorter = heading.partition(" ")[2] or heading[1:]
    found = compare_documents(reading(heading), reading(shorter))
    assert found.headings_in_other == 0


def test_headings_of_one_side_are_named() -> None:
    found = compare_documents(
        reading("1 Introduction", "Table 2"), reading("Introduction", "Methods", "Results")
    )
    assert found.headings_in_other == 0.5
    assert found.headings_in_one == pytest.approx(1 / 3)
    assert found.headings_only_in_one == ("Table 2",)
    assert found.headings_only_in_other == ("Methods", "Results")


def test_no_heading_on_either_side_is_no_difference() -> None:
    found = compare_documents(reading(), reading())
    assert (found.headings_in_other, found.headings_in_one) == (1, 1)


def test_references_noise_and_hidden_text_are_not_compared() -> None:
    extra = make_document(
        ("methods", Zone.BODY, FIRST),
        ("references", Zone.REFERENCES, SECOND),
        ("noise", Zone.NOISE, SECOND),
        ("hidden", Zone.HIDDEN, SECOND),
    )
    assert compare_documents(extra, reading(body=FIRST)).windows_in_other == 1
    only_hidden = make_document(("methods", Zone.BODY, FIRST), ("hidden", Zone.HIDDEN, SECOND))
    assert compare_documents(reading(body=SECOND), only_hidden).windows_in_other == 0


def test_figures_say_who_stood_in_and_how_many_sentences_have_a_place() -> None:
    document = reading("1 Introduction")
    box = Region(page=1, x0=0, y0=0, x1=1, y1=1)
    sentences = (replace(document.sentences[0], regions=(box,)), *document.sentences[1:])
    quality = replace(document.quality, detail={"fallback": "server_timeout"}, hidden_char_count=7)
    figures = reading_figures(replace(document, sentences=sentences, quality=quality))
    assert (figures.sentences, figures.placed_sentences) == (4, 1)
    assert (figures.fallback, figures.hidden_chars) == ("server_timeout", 7)
    assert (figures.paragraphs, figures.tables) == (1, 0)
