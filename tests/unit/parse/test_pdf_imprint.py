"""Year and venue of a PDF are read where the print proves them, and nowhere else."""

from collections.abc import Callable

import pytest

from etl.parse.pdf.imprint import read_imprint
from etl.records.document import Document
from etl.records.full_text import MediaType

TITLE = "Late mowing: brings it orchids back?"


@pytest.mark.parametrize(
    ("lines", "year", "venue"),
    [
        (["Sample et al. Meadow Research (2019) 16:413"], 2019, "Meadow Research"),
        (["Meadows 2021, 21, 343", "Published: 6 January 2021"], 2021, "Meadows"),
        (["Hay and Grass 2016; 6: 7671-7682 www.example.org"], 2016, "Hay and Grass"),
        (["Journal of Hay, May-August 2015;8(2):99-101"], 2015, "Journal of Hay"),
        (["Journal of Hay Volume 2018, Article ID 9412167, 12 pages"], 2018, "Journal of Hay"),
        (["Annals of Hay | www.example.org", "(2019) 9:14259 | doi"], 2019, "Annals of Hay"),
        (
            [f"Citation: Ada B, Bo C (2020) {TITLE} Hay Data Journal 8: e57090."],
            2020,
            "Hay Data Journal",
        ),
        (["Received: 31-08-2016, Published online: 27-01-2017"], 2017, None),
        (["Copyright \u00a9 2014 Ada Example et al. This is an open access article"], 2014, None),
        (["arXiv:2602.00001v1 [q-bio.PE] 13 Feb 2026"], 2026, "arXiv"),
        (["Published 2 January 2020", "\u00a9 2019 The Authors"], 2020, None),
    ],
)
def test_what_says_so_gives_year_and_venue(lines: list[str], year: int, venue: str | None) -> None:
    found_year, found_venue, proofs = read_imprint(lines, TITLE)
    assert (found_year, found_venue) == (year, venue)
    assert set(proofs) == {"year_proof"} | ({"venue_proof"} if venue else set())


@pytest.mark.parametrize(
    "lines",
    [
        ["Received: 5 May 2019, Accepted: 17 September 2019"],
        ["Published: 3 May 2019", "\u00a9 2012 The Authors"],
        ["Citation: Ada B (2020) Another title altogether. Hay Data Journal 8: e57090."],
        ["We published 12 papers and 2018 letters", "The plots of 2014, 12 in number"],
        [],
    ],
)
def test_what_proves_nothing_or_quarrels_gives_no_year(lines: list[str]) -> None:
    assert read_imprint(lines, TITLE) == (None, None, {})


def test_two_names_of_the_journal_give_none() -> None:
    lines = ["Meadows 2021, 21, 343", "Sample et al. Hay (2021) 21:343"]
    assert read_imprint(lines, TITLE)[:2] == (2021, None)


def test_the_running_head_of_a_pdf_gives_no_year_without_a_volume_and_page(
    two_column_document: Document,
) -> None:
    assert (two_column_document.year, two_column_document.venue) == (None, None)


def test_a_pdf_gets_year_and_venue_from_its_foot(
    parse_here: Callable[[bytes, MediaType], Document], imprinted_pdf: bytes
) -> None:
    document = parse_here(imprinted_pdf, MediaType.PDF)
    assert (document.year, document.venue) == (2021, "Meadow Research")
    assert document.quality.detail["venue_proof"] == "placed"
