"""Pages printed sideways are read like any other, and their boxes lie where the page shows them."""

import io
from collections.abc import Callable

import pypdfium2
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from etl.records.document import BlockKind, Document
from etl.records.full_text import MediaType

WIDTH, HEIGHT = A4
ROWS = [(f"Plot {number}", f"{20 + number} orchids", f"{number} visits") for number in range(1, 13)]
PROSE = "The meadow was mown late in the year and the hay was taken from it by the farmers of it."


def sideways(turn: int) -> bytes:
    """A page of prose, then one with a wide table whose lines run up (90) or down (270)."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setFont("Times-Roman", 10)
    for number in range(40):
        canvas.drawString(60, HEIGHT - 60 - 14 * number, PROSE)
    canvas.showPage()
    canvas.setFont("Helvetica", 7)
    canvas.drawString(60, HEIGHT - 30, "Meadow Journal")
    if turn == 90:
        canvas.rotate(90)
        left, top = 80, -60
    else:
        canvas.rotate(270)
        left, top = 80 - HEIGHT, WIDTH - 60
    canvas.setFont("Times-Roman", 10)
    canvas.drawString(left, top, "Table 1. Orchids of the plots, counted by two observers.")
    for number, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            canvas.drawString(left + 150 * column, top - 20 - 14 * number, cell)
    canvas.save()
    return buffer.getvalue()


@pytest.mark.parametrize("turn", [90, 270])
def test_a_table_printed_sideways_is_a_table_with_its_boxes(
    turn: int, parse_here: Callable[[bytes, MediaType], Document]
) -> None:
    content = sideways(turn)
    document = parse_here(content, MediaType.PDF)
    assert document.quality.detail["turned_pages"] == 1
    assert [(round(page.width), round(page.height)) for page in document.pages] == [(595, 842)] * 2
    caption = next(block for block in document.blocks if block.kind is BlockKind.CAPTION)
    assert caption.text == "Table 1. Orchids of the plots, counted by two observers."
    table = next(block for block in document.blocks if block.kind is BlockKind.TABLE)
    assert table.text.split("\n") == [" | ".join(row) for row in ROWS]
    page = pypdfium2.PdfDocument(content)[1].get_textpage()
    rows = [s for s in document.sentences if document.blocks[s.block_index] is table]
    for sentence in rows:
        found = " ".join(
            page.get_text_bounded(
                region.x0 - 0.5, HEIGHT - region.y1 - 0.5, region.x1 + 0.5, HEIGHT - region.y0 + 0.5
            )
            for region in sentence.regions
        )
        assert found.split() == document.text_of(sentence).replace("|", "").split()
    assert len(rows) == len(ROWS)


def test_what_stands_upright_on_such_a_page_is_kept_aside(
    parse_here: Callable[[bytes, MediaType], Document],
) -> None:
    document = parse_here(sideways(90), MediaType.PDF)
    head = next(block for block in document.blocks if block.text == "Meadow Journal")
    assert head.kind is BlockKind.NOISE
    (region,) = head.regions
    assert region.page == 2
    assert 58 < region.x0 < 62
    assert region.y1 < 40
