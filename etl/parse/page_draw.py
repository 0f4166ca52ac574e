"""Paint a PDF page and mark boxes on it; runs inside the parser child."""

import struct
import zlib
from collections.abc import Sequence

from etl.errors import OutcomeCode, ParseError
from etl.parse.pdf.open import open_pdf

__all__ = ["draw_page"]

#: Largest image, pixels; an A0 poster at 72 dpi has 8 million.
_MAX_PIXELS = 16_000_000
#: A highlighter takes the blue out of the paper and leaves the ink: yellow.
_HIGHLIGHT = bytes(value * 2 // 5 for value in range(256))
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def draw_page(
    content: bytes, page: int, boxes: Sequence[Sequence[float]], *, scale: float, max_pages: int
) -> bytes:
    """
    Render a page.

    Args:
        content: The PDF.
        page: 1-based.
        boxes: ``(x0, y0, x1, y1)`` in points from the top left; marked as by a highlighter.
        scale: Pixels a point, > 0; lowered where the image would be too large.
        max_pages: Upper bound, >= 1.

    Returns:
        A PNG file.

    Raises:
        ParseError: As ``open_pdf``; NO_PAGES where the page does not exist.
    """
    document = open_pdf(content, max_pages=max_pages)
    if not 1 <= page <= len(document):
        raise ParseError(OutcomeCode.NO_PAGES, f"page {page} of {len(document)}")
    width, height = document[page - 1].get_size()
    scale = min(scale, (_MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
    bitmap = document[page - 1].render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
    rows = _rows(
        bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels
    )
    for x0, y0, x1, y1 in boxes:
        _mark(rows, round(x0 * scale), round(y0 * scale), round(x1 * scale), round(y1 * scale))
    return _png(rows, bitmap.width, bitmap.height)


def _rows(pixels: bytes, width: int, height: int, stride: int, channels: int) -> list[bytearray]:
    """RGB rows without padding, from RGB or grey pixels."""
    rows: list[bytearray] = []
    for number in range(height):
        row = pixels[number * stride : number * stride + width * channels]
        rgb = bytearray(3 * width)
        for channel in range(3):
            rgb[channel::3] = row[min(channel, channels - 1) :: channels]
        rows.append(rgb)
    return rows


def _mark(rows: list[bytearray], x0: int, y0: int, x1: int, y1: int) -> None:
    for row in rows[max(0, y0) : max(0, y1) + 1]:
        blue = slice(3 * max(0, x0) + 2, 3 * max(0, x1) + 2, 3)
        row[blue] = row[blue].translate(_HIGHLIGHT)


def _png(rows: list[bytearray], width: int, height: int) -> bytes:
    """A truecolour PNG (W3C PNG specification, 8 bits, no interlace, filter 0)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = b"".join(b"\x00" + bytes(row) for row in rows)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels, 6)), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
