import struct
import zlib

import pytest

from etl.errors import OutcomeCode, ParseError
from etl.parse.page_image import render_page
from etl.records.document import Document, Region
from etl.settings import ParseSettings


def pixels_of(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and rows of an 8-bit truecolour PNG without filters."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    position, packed = 8, b""
    while position < len(png):
        length, name = struct.unpack(">I4s", png[position : position + 8])
        body = png[position + 8 : position + 8 + length]
        assert struct.unpack(">I", png[position + 8 + length : position + 12 + length])[0] == (
            zlib.crc32(name + body)
        )
        packed += body if name == b"IDAT" else b""
        position += 12 + length
    return width, height, zlib.decompress(packed)


def test_a_page_is_painted_with_its_sentence_marked(
    two_column_pdf: bytes, two_column_document: Document
) -> None:
    sentence = next(s for s in two_column_document.sentences if s.regions)
    page = sentence.regions[0].page
    plain = render_page(two_column_pdf, page, [], ParseSettings())
    marked = render_page(two_column_pdf, page, sentence.regions, ParseSettings())
    width, height, before = pixels_of(plain)
    size = two_column_document.pages[page - 1]
    assert (width, height) == pytest.approx((size.width * 1.5, size.height * 1.5), abs=2)
    _, _, after = pixels_of(marked)
    stride = 3 * width + 1
    region = sentence.regions[0]
    middle = int((region.y0 + region.y1) / 2 * 1.5) * stride + 1
    inside = middle + 3 * int((region.x0 + 2) * 1.5)
    assert after[inside] == before[inside]
    assert after[inside + 2] < max(before[inside + 2], 110)
    far = 3 * int((region.x1 + 30) * 1.5) + middle
    assert after[far : far + 3] == before[far : far + 3]


def test_regions_of_other_pages_are_not_drawn(two_column_pdf: bytes) -> None:
    elsewhere = Region(page=2, x0=0, y0=0, x1=600, y1=800)
    assert render_page(two_column_pdf, 1, [elsewhere], ParseSettings()) == render_page(
        two_column_pdf, 1, [], ParseSettings()
    )


def test_a_page_that_does_not_exist_is_a_typed_error(two_column_pdf: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        render_page(two_column_pdf, 99, [], ParseSettings())
    assert caught.value.outcome.code is OutcomeCode.NO_PAGES
