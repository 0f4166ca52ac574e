import io
from collections.abc import Callable

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from etl.errors import OutcomeCode, ParseError
from etl.parse.pdf.words import MAX_PAGE_CHARACTERS
from etl.records.document import Document, DocumentStatus
from etl.records.full_text import MediaType

LINES = [
    f"In the year of {1990 + number} the meadow was mown late and it was good for all orchids that"
    " are not on the list."
    for number in range(40)
]


def pdf_of(lines: list[str], draw: Callable[[Canvas, float, str], None] | None = None) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    for number, line in enumerate(lines):
        y = A4[1] - 60 - 14 * number
        canvas.setFont("Helvetica", 9)
        if draw:
            draw(canvas, y, line)
        else:
            canvas.drawString(60, y, line)
    canvas.save()
    return buffer.getvalue()


def body(document: Document) -> str:
    return " ".join(block.text for block in document.blocks if block.zone == "body")


def test_a_text_layer_shifted_by_a_constant_is_put_right(
    parse_here: Callable[[bytes, MediaType], Document],
) -> None:
    cipher = [
        " ".join("".join(chr(ord(c) - 3) for c in word) for word in line.split()) for line in LINES
    ]
    document = parse_here(pdf_of(cipher), MediaType.PDF)
    assert document.quality.text_layer == "recovered"
    assert document.status is DocumentStatus.PARSED
    assert "meadow was mown late and it was good for all orchids that are" in body(document)


def test_a_text_layer_that_no_shift_mends_is_garbled(
    parse_here: Callable[[bytes, MediaType], Document],
) -> None:
    table = str.maketrans("abcdefghijklmnopqrstuvwxyz", "qwzrtypsdfghjklxcvbnmaeiou")
    scrambled = [line.translate(table)[::-1] for line in LINES]
    document = parse_here(pdf_of(scrambled), MediaType.PDF)
    assert document.quality.text_layer == "garbled"
    assert document.status is DocumentStatus.UNREADABLE


def test_letters_painted_twice_for_boldness_are_read_once(
    parse_here: Callable[[bytes, MediaType], Document],
) -> None:
    def twice(canvas: Canvas, y: float, line: str) -> None:
        canvas.drawString(60, y, line)
        canvas.drawString(60.3, y, line)

    document = parse_here(pdf_of(LINES, twice), MediaType.PDF)
    assert body(document).count("In the year of 1993 the meadow") == 1


def test_a_page_laid_over_itself_is_read_once(
    parse_here: Callable[[bytes, MediaType], Document],
) -> None:
    document = parse_here(pdf_of(LINES), MediaType.PDF)
    single = body(document)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    for _ in range(2):
        for number, line in enumerate(LINES):
            canvas.setFont("Helvetica", 9)
            canvas.drawString(60, A4[1] - 60 - 14 * number, line)
    canvas.save()
    assert body(parse_here(buffer.getvalue(), MediaType.PDF)) == single


def test_pages_turned_by_a_quarter_are_read_upright(
    parse_here: Callable[[bytes, MediaType], Document],
) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(A4[1], A4[0]), invariant=1)
    canvas.setPageRotation(90)
    canvas.rotate(90)
    for number, line in enumerate(LINES):
        canvas.drawString(60, -60 - 14 * number, line)
    canvas.save()
    document = parse_here(buffer.getvalue(), MediaType.PDF)
    assert "In the year of 1993 the meadow was mown" in body(document)
    for sentence in document.sentences:
        for region in sentence.regions:
            page = document.pages[region.page - 1]
            assert 0 <= region.x0 < region.x1 <= page.width
            assert 0 <= region.y0 < region.y1 <= page.height


def test_a_page_of_more_letters_than_any_print_is_refused(
    parse_here: Callable[[bytes, MediaType], Document],
) -> None:
    content = pdf_of(["a " * 5000] * (MAX_PAGE_CHARACTERS // 5000))
    with pytest.raises(ParseError) as caught:
        parse_here(content, MediaType.PDF)
    assert caught.value.outcome.code is OutcomeCode.TOO_LARGE
