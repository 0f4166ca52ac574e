"""Layouts that two_column_pdf does not have, each on a page of its own."""

import io
from collections.abc import Callable

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from etl.records.document import BlockKind, Document, Zone
from etl.records.full_text import MediaType

WIDTH, HEIGHT = A4
Parse = Callable[[bytes, MediaType], Document]
PROSE = [
    "The meadow was mown late in the year and the hay was taken from it by the farmers, as",
    "it has been done in this valley since the first maps of the land were drawn by hand, and",
    "the orchids came back to all of the plots that were wet enough for them in the spring.",
]


class Sheet:
    def __init__(self) -> None:
        self.buffer = io.BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=A4, invariant=1)
        self.y = HEIGHT - 80

    def line(self, *parts: tuple[str, str], size: float = 10, x: float = 60) -> None:
        """Parts of (font, text) side by side on one line."""
        text = self.canvas.beginText(x, self.y)
        for font, words in parts:
            text.setFont(font, size)
            text.textOut(words)
        self.canvas.drawText(text)
        self.y -= 1.2 * size

    def prose(self, times: int = 1, x: float = 60, size: float = 10) -> None:
        for _ in range(times):
            for words in PROSE:
                self.line(("Times-Roman", words), x=x, size=size)
            self.y -= 6

    def heading(self, words: str, size: float = 13) -> None:
        self.y -= 6
        self.line(("Helvetica-Bold", words), size=size)
        self.y -= 2

    def finish(self, outline: str | None = None) -> bytes:
        if outline:
            self.canvas.bookmarkPage("here")
            self.canvas.addOutlineEntry(outline, "here", 0)
        self.canvas.save()
        return self.buffer.getvalue()


def headings(document: Document) -> list[str]:
    return [block.text for block in document.blocks if block.kind is BlockKind.HEADING]


def test_a_heading_on_the_first_line_of_its_paragraph_is_cut_off(parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.heading("Methods")
    sheet.prose()
    sheet.line(("Times-Bold", "Mowing and hay. "), ("Times-Roman", "The plots were mown by"))
    sheet.prose()
    document = parse_here(sheet.finish(), MediaType.PDF)
    assert headings(document) == ["Methods", "Mowing and hay."]
    paths = {section.path for section in document.sections}
    assert ("Methods", "Mowing and hay.") in paths
    assert any(block.text.startswith("The plots were mown by") for block in document.blocks)


def test_the_name_of_a_species_at_the_start_of_a_paragraph_is_no_heading(parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.heading("Results")
    sheet.prose()
    sheet.line(("Times-Italic", "Orchis morio "), ("Times-Roman", "came back in all the plots and"))
    sheet.prose()
    assert headings(parse_here(sheet.finish(), MediaType.PDF)) == ["Results"]


def test_an_abstract_that_begins_with_its_name_is_a_zone(parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.line(("Times-Roman", "Abstract. We mowed eight meadows late and counted their orchids."))
    sheet.y -= 20
    sheet.heading("1 Introduction")
    sheet.prose(3)
    document = parse_here(sheet.finish(), MediaType.PDF)
    abstract = [block.text for block in document.blocks if block.zone is Zone.ABSTRACT]
    assert abstract == ["Abstract. We mowed eight meadows late and counted their orchids."]
    assert document.sections[-1].path == ("1 Introduction",)


def test_an_address_that_a_line_cuts_is_one_address(parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.heading("Methods")
    sheet.prose(3)
    sheet.line(
        ("Times-Roman", "The code of all models is kept for good at https://example.org/meadow-")
    )
    sheet.line(("Times-Roman", "code/archive and nowhere else."))
    document = parse_here(sheet.finish(), MediaType.PDF)
    assert [link.url for link in document.links] == ["https://example.org/meadow-code/archive"]


def test_link_annotations_and_the_outline_are_used(parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.prose(3)
    # Set like the text around it: only the outline says that it is a heading.
    sheet.line(("Times-Roman", "Where the orchids went"))
    sheet.y -= 6
    sheet.prose(3)
    sheet.canvas.linkURL("https://example.org/counts", (60, 60, 200, 80))
    document = parse_here(sheet.finish(outline="Where the orchids went"), MediaType.PDF)
    assert headings(document) == ["Where the orchids went"]
    assert [(link.url, link.origin, link.page) for link in document.links] == [
        ("https://example.org/counts", "annotation", 1)
    ]


def test_a_reference_list_without_a_heading_is_found_by_its_numbers(parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.heading("Discussion")
    sheet.prose(4)
    for number in range(1, 11):
        entry = f"[{number}] B. Sample, Orchids of meadows, J. Hay {number}, 20{number:02d}."
        sheet.line(("Times-Roman", entry), size=9)
    document = parse_here(sheet.finish(), MediaType.PDF)
    assert len(document.references) == 10
    body = " ".join(block.text for block in document.blocks if block.zone is Zone.BODY)
    assert "J. Hay" not in body


def test_rows_below_a_table_caption_are_rows_of_cells(parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.heading("Results")
    sheet.prose(2)
    sheet.line(("Times-Roman", "Table 1. Orchids by plot."), size=8)
    for row in (("Plot", "2010", "2019"), ("A", "12", "48"), ("B", "11", "12")):
        for cell, x in zip(row, (60, 200, 300), strict=True):
            sheet.canvas.setFont("Times-Roman", 8)
            sheet.canvas.drawString(x, sheet.y, cell)
        sheet.y -= 10
    sheet.y -= 10
    sheet.prose(2)
    document = parse_here(sheet.finish(), MediaType.PDF)
    rows = "\n".join(block.text for block in document.blocks if block.kind is BlockKind.TABLE)
    assert rows.split("\n") == ["Plot | 2010 | 2019", "A | 12 | 48", "B | 11 | 12"]
    assert headings(document) == ["Results"]


@pytest.mark.parametrize("words", ["Figure 2 shows the plots of the valley and", "Figure 2) and"])
def test_a_sentence_about_a_figure_is_no_caption(words: str, parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.prose(2)
    sheet.line(("Times-Roman", words))
    sheet.prose(2)
    document = parse_here(sheet.finish(), MediaType.PDF)
    assert not [block for block in document.blocks if block.kind is BlockKind.CAPTION]


def test_text_that_stands_aslant_on_the_margin_is_noise(parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.prose(4)
    sheet.canvas.saveState()
    sheet.canvas.rotate(90)
    sheet.canvas.drawString(200, -20, "Downloaded from example.org by a library")
    sheet.canvas.restoreState()
    document = parse_here(sheet.finish(), MediaType.PDF)
    noise = [block.text for block in document.blocks if block.zone is Zone.NOISE]
    assert noise == ["Downloaded from example.org by a library"]


def test_references_set_in_two_columns_below_the_text_come_after_it(parse_here: Parse) -> None:
    sheet = Sheet()
    canvas, top = sheet.canvas, HEIGHT - 80
    for column, x in ((0, 56), (1, 308)):
        canvas.setFont("Times-Roman", 10)
        for number in range(20):
            words = f"Line {number} of column {column} on the meadows that were mown late."
            canvas.drawString(x, top - 12 * number, words)
    canvas.setFont("Helvetica-Bold", 12)
    canvas.drawString(56, top - 290, "References")
    for column, x in ((0, 56), (1, 308)):
        canvas.setFont("Times-Roman", 8)
        for number in range(12):
            entry = f"Sample {column} {number} (2001) On the orchids of meadows. J. Hay 1: 1-9."
            canvas.drawString(x, top - 310 - 10 * number, entry)
    document = parse_here(sheet.finish(), MediaType.PDF)
    body = [block.text for block in document.blocks if block.zone is Zone.BODY]
    assert "Line 19 of column 1" in " ".join(body)
    assert not any("J. Hay" in text for text in body)
    assert len(document.references) == 24


def test_the_numbers_beside_the_lines_of_a_manuscript_are_noise(parse_here: Parse) -> None:
    sheet = Sheet()
    for number in range(30):
        sheet.canvas.setFont("Helvetica", 7)
        sheet.canvas.drawRightString(45, sheet.y, str(41 + number))
        sheet.line(("Times-Roman", PROSE[number % 3]))
    document = parse_here(sheet.finish(), MediaType.PDF)
    body = " ".join(block.text for block in document.blocks if block.zone is Zone.BODY)
    assert body.split() == " ".join(PROSE * 10).split()
    noise = {block.text for block in document.blocks if block.zone is Zone.NOISE}
    assert noise == {str(41 + number) for number in range(30)}


def test_the_short_last_line_of_a_reference_is_part_of_it(parse_here: Parse) -> None:
    sheet = Sheet()
    sheet.heading("Discussion")
    sheet.prose(4)
    sheet.heading("References")
    for number in range(1, 4):
        sheet.line(
            ("Times-Roman", f"{number}. Sample B (2001) On the orchids of wet meadows."), size=8
        )
        sheet.y -= 14
        sheet.line(("Times-Roman", "Hay Press."), size=8, x=70)
    document = parse_here(sheet.finish(), MediaType.PDF)
    assert [entry.text[-10:] for entry in document.references] == ["Hay Press."] * 3


def test_a_sign_before_each_entry_parts_a_list_whose_lines_all_begin_alike(
    parse_here: Parse,
) -> None:
    sheet = Sheet()
    sheet.heading("Discussion")
    sheet.prose(4)
    sheet.heading("References")
    for name in ("Abe", "Ito", "Lee", "Sato"):
        sheet.line(("Times-Roman", f"\u2022 {name} B (2001) On orchids of meadows:"), size=8)
        sheet.line(("Times-Roman", "a list. Hay Press 1: 1-9"), size=8)
    document = parse_here(sheet.finish(), MediaType.PDF)
    names = [entry.text.split()[1] for entry in document.references]
    assert names == ["Abe", "Ito", "Lee", "Sato"]


def test_words_inside_a_figure_are_no_headings(parse_here: Parse) -> None:
    sheet = Sheet()

    def line(text: str, font: str = "Times-Roman", size: float = 10) -> None:
        sheet.canvas.setFont(font, size)
        sheet.canvas.drawString(60, sheet.y, text)
        sheet.y -= 1.2 * size

    def section(title: str, *, size: float = 12) -> None:
        sheet.y -= 8
        line(title, "Helvetica-Bold", size)
        for text in PROSE * 3:
            line(text)

    section("1 Introduction")
    section("2 Methods")
    for label in ("Frequency", "5 Sorting", "Time of day"):
        sheet.y -= 14
        line(label, "Courier-Bold", 13)
    sheet.y -= 14
    line("Figure 1. How the hay was sorted.", size=8)
    section("2.1 Counting", size=11)
    sheet.canvas.save()
    document = parse_here(sheet.buffer.getvalue(), MediaType.PDF)
    headings = [block.text for block in document.blocks if block.kind is BlockKind.HEADING]
    assert headings == ["1 Introduction", "2 Methods", "2.1 Counting"]
    assert ("2 Methods", "2.1 Counting") in {section.path for section in document.sections}
