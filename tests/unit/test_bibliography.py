"""Which entry of the reference list a sentence means, and whose entry it is."""

from dataclasses import replace

import pytest

from etl.bibliography import cited_entries, names_an_author_of
from etl.records.document import BibliographyEntry, CitationSpan, Document, Zone
from tests.fakes.small_paper import make_document

ENTRIES = (
    "\u2022 Ito K (2020) Leaf finder. GitHub. URL: https://github.com/ito/leaves",
    "Ito, K., Sato, M. & Abe, R. (2020). Leaf scans. Zenodo.",
    "Sato M, Abe R (2019a) First traits. Herbarium Notes 3: 1-9.",
    "Sato M, Abe R (2019b) Second traits. Herbarium Notes 4: 1-9.",
    "[12] Abe R. Colours of leaves. Herbarium Notes 5 (2018).",
)


def paper(sentence: str, entries: tuple[str, ...] = ENTRIES) -> Document:
    return make_document(
        ("other", Zone.FRONT, ["Kenji Ito, Mai Sato"]),
        ("methods", Zone.BODY, [sentence]),
        *(("references", Zone.REFERENCES, [entry]) for entry in entries),
    )


def cited(sentence: str) -> list[str]:
    document = paper(sentence)
    found = cited_entries(document, document.sentences[1])
    assert all(sentence[entry.start : entry.end].strip() for entry in found)
    return [document.blocks[entry.block_index].text for entry in found]


@pytest.mark.parametrize(
    ("sentence", "entry"),
    [
        ("Code is at GitHub (Ito 2020).", 0),
        ("Code of Ito (2020) was used.", 0),
        ("Scans are kept (Ito et al. 2020).", 1),
        ("Scans are kept (Ito et al., 2020).", 1),
        ("Traits (Sato and Abe 2019a) differ.", 2),
        ("Traits (Sato & Abe, 2019b) differ.", 3),
        ("Colours differ [12].", 4),
    ],
)
def test_a_citation_means_the_one_entry_that_fits(sentence: str, entry: int) -> None:
    assert cited(sentence) == [ENTRIES[entry]]


@pytest.mark.parametrize(
    "sentence",
    ["In 2020 Ito left.", "Traits (Sato and Abe 2019) differ.", "See Ito (2021).", "Colours [9]."],
)
def test_what_fits_no_entry_or_several_means_none(sentence: str) -> None:
    assert cited(sentence) == []


def test_several_numbers_mean_each_of_their_entries() -> None:
    entries = ("1. Ito K. Leaves. 2020.", "2. Sato M. Scans. 2021.")
    document = paper("Both are kept [1, 2].", entries)
    assert [e.block_index for e in cited_entries(document, document.sentences[1])] == [2, 3]


def test_the_marks_of_the_source_are_believed_alone() -> None:
    document = paper("Code is kept here (Ito 2020).")
    marked = replace(
        document,
        references=tuple(
            BibliographyEntry(entry_index=i, text=text) for i, text in enumerate(ENTRIES)
        ),
        citations=(CitationSpan(block_index=1, char_start=18, char_end=28, entry_index=4),),
    )
    found = cited_entries(marked, marked.sentences[1])
    assert [marked.blocks[entry.block_index].text for entry in found] == [ENTRIES[4]]


def test_the_list_itself_cites_nothing() -> None:
    document = paper("Nothing.", ("Ito K (2020) Leaves.", "Reply to Ito 2020."))
    assert cited_entries(document, document.sentences[3]) == []


def test_an_entry_is_the_authors_own_where_the_title_page_names_a_person() -> None:
    document = paper("Nothing.", (*ENTRIES, "Herbarium (2020) Ito and others.", "Lee A (2020) X."))
    told = [names_an_author_of(document, block) for block in document.blocks[2:]]
    assert told == [True, True, True, True, False, False, False]
