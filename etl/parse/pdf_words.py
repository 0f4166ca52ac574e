"""
Take the words of a page from pdfium: text, box, style, and how they were painted.

One call a character would cost more than all the rest, so the page's characters come in one
buffer and only the ends of each word are asked for their box (parsing.md section 3.2).
"""

import ctypes
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import pypdfium2
import pypdfium2.raw as pdfium

from etl.errors import OutcomeCode, ParseError

__all__ = [
    "MAX_PAGE_CHARACTERS",
    "Affine",
    "PageWords",
    "Style",
    "Word",
    "page_to_device",
    "read_page",
]

#: ``(a, b, c, d, e, f)``: x' = a·x + c·y + e, y' = b·x + d·y + f.
Affine = tuple[float, float, float, float, float, float]

#: A dense page has 10,000; bombs have millions (parsing.md section 6).
MAX_PAGE_CHARACTERS = 400_000
#: Anything but blanks and control marks; U+0002 is pdfium's mark for a hyphen at a line end.
_RUN = re.compile("[^\\s\x00-\x1f]+\x02?|\x02")
_FONT_BOLD = re.compile(r"bold|black|heavy|semibold|demi|\bBd\b|-B$|\.B$|Medi", re.IGNORECASE)
_FONT_ITALIC = re.compile(r"ital|obli|slanted|-I$|\.I$", re.IGNORECASE)
#: Bits of a PDF font descriptor's flags (ISO 32000-1, table 123).
_FLAG_ITALIC = 1 << 6
_FLAG_FORCE_BOLD = 1 << 18
_BOLD_WEIGHT = 600
#: Letters closer than this share of their size stand in one word; the narrowest blanks of
#: justified lines measured 0.07 (parse_quality.py on the articles of its folder).
_TORN_IN_SIZES = 0.06


class Style(NamedTuple):
    """How a run of text is set; a tuple, because it is hashed for every word."""

    font: str
    #: Points on the page, rounded to tenths.
    size: float
    is_bold: bool
    is_italic: bool
    #: Degrees, counter-clockwise, as seen by the reader.
    angle: int
    #: PDF text render mode; 3 paints nothing, 7 only clips.
    render_mode: int
    #: Fill colour, 0xAARRGGBB.
    color: int


@dataclass(slots=True)
class Word:
    """A run of characters without a blank; coordinates in points from the top left."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    #: Height of the writing line below the top edge.
    baseline: float
    style: Style
    #: True where the word goes on directly after the one before it.
    is_glued: bool = False
    #: pdfium's text object, alive as long as the page is open, and its address.
    object_handle: object = None
    object_address: int = 0


@dataclass(slots=True)
class PageWords:
    """The words of one page in the order of its content stream."""

    width: float
    height: float
    words: list[Word]
    #: Glyphs without a Unicode value.
    unmapped_count: int
    glyph_count: int

    @classmethod
    def empty(cls) -> Self:
        """A page that could not be opened."""
        return cls(width=0.0, height=0.0, words=[], unmapped_count=0, glyph_count=0)


def read_page(page: pypdfium2.PdfPage, shifts: Mapping[str, int] | None = None) -> PageWords:
    """
    Read all words of a page, seen and unseen.

    Args:
        page: An open page.
        shifts: Font name to a number that is added to the code of each of its characters,
            for fonts without a Unicode map (``pdf_cipher``).

    Returns:
        Its size as displayed (rotation applied) and its words.

    Raises:
        ParseError: TOO_LARGE where the page holds more characters than any page of print.
    """
    width, height = page.get_size()
    textpage = page.get_textpage()
    try:
        return _Taker(page, textpage, width, height).take(shifts or {})
    finally:
        textpage.close()


class _Taker:
    def __init__(
        self,
        page: pypdfium2.PdfPage,
        textpage: pypdfium2.PdfTextPage,
        width: float,
        height: float,
    ) -> None:
        self.handle = textpage.raw
        self.width, self.height = width, height
        self.to_device = page_to_device(page)
        self.styles: dict[int, Style] = {}
        self.handles: dict[int, object] = {}
        # The same function, returning a plain address: it is asked for every word.
        prototype = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
        get_object = ctypes.cast(pdfium.FPDFText_GetTextObject, ctypes.c_void_p).value or 0
        self.object_at = prototype(get_object)
        self.bare_handle = ctypes.cast(self.handle, ctypes.c_void_p)
        self.count = max(0, pdfium.FPDFText_CountChars(self.handle))
        if self.count > MAX_PAGE_CHARACTERS:
            detail = f"{self.count} characters on one page, at most {MAX_PAGE_CHARACTERS}"
            raise ParseError(OutcomeCode.TOO_LARGE, detail)
        self.box = tuple(ctypes.c_double() for _ in range(4))
        self.box_refs = tuple(ctypes.byref(value) for value in self.box)
        self.point = tuple(ctypes.c_double() for _ in range(2))
        self.point_refs = tuple(ctypes.byref(value) for value in self.point)

    def take(self, shifts: Mapping[str, int]) -> PageWords:
        text = self.shifted(shifts) if shifts else self.characters()
        words: list[Word] = []
        for run in _RUN.finditer(text):
            known = len(words)
            self.run(words, text, run.start(), run.end())
            if 0 < known < len(words) and _is_torn(words[known - 1], words[known]):
                words[known].is_glued = True
        unmapped = text.count("\ufffd") + text.count("\x00")
        return PageWords(
            width=self.width,
            height=self.height,
            words=words,
            unmapped_count=unmapped,
            glyph_count=sum(not character.isspace() for character in text),
        )

    def characters(self) -> str:
        """All characters, position = pdfium's index; UTF-16 units where it gives those."""
        buffer = (ctypes.c_ushort * (self.count + 1))()
        written = pdfium.FPDFText_GetText(self.handle, 0, self.count, buffer)
        if written - 1 == self.count:
            # In bulk pdfium writes its line-end hyphen as U+FFFE, one by one as U+0002.
            return "".join(map(chr, buffer[: self.count])).replace("\ufffe", "\x02")
        units = (pdfium.FPDFText_GetUnicode(self.handle, index) for index in range(self.count))
        return "".join(map(chr, units))

    def shifted(self, shifts: Mapping[str, int]) -> str:
        """Characters one by one; those of shifted fonts, control codes included, in plain."""
        characters: list[str] = []
        for index in range(self.count):
            code = pdfium.FPDFText_GetUnicode(self.handle, index)
            shift = shifts.get(self.style(index).font, 0)
            generated = pdfium.FPDFText_IsGenerated(self.handle, index) == 1
            is_blank = generated or code in {0x20, 0xA0}
            characters.append(chr(code if is_blank or not shift else max(0, code + shift)))
        return "".join(characters)

    def run(self, words: list[Word], text: str, start: int, end: int) -> None:
        """Cut a run where its style changes, as at a superscript."""
        first = self.style(start)
        if end - start == 1 or first == self.style(end - 1):
            self.word(words, text, start, end, first, is_glued=False)
            return
        begin, style, is_glued = start, first, False
        for index in range(start + 1, end):
            now = self.style(index)
            if now != style:
                self.word(words, text, begin, index, style, is_glued=is_glued)
                begin, style, is_glued = index, now, True
        self.word(words, text, begin, end, style, is_glued=is_glued)

    def word(
        self,
        words: list[Word],
        text: str,
        start: int,
        end: int,
        style: Style,
        *,
        is_glued: bool,
    ) -> None:
        address = self.object_at(self.bare_handle, start) or 0
        x0, y0, x1, y1 = self.char_box(start)
        if end - start > 1:
            last = self.char_box(end - 1)
            x0, y0 = min(x0, last[0]), min(y0, last[1])
            x1, y1 = max(x1, last[2]), max(y1, last[3])
        pdfium.FPDFText_GetCharOrigin(self.handle, start, *self.point_refs)
        x, y = self.point
        _, b, _, d, _, f = self.to_device
        baseline = b * x.value + d * y.value + f
        if style.angle == 0:
            y0 = min(y0, baseline - 0.6 * style.size)
            y1 = max(y1, baseline + 0.1 * style.size)
        words.append(
            Word(
                text=text[start:end],
                x0=x0,
                y0=y0,
                x1=x1,
                y1=y1,
                baseline=baseline,
                style=style,
                is_glued=is_glued,
                object_handle=self.handles.get(address),
                object_address=address,
            )
        )

    def char_box(self, index: int) -> tuple[float, float, float, float]:
        pdfium.FPDFText_GetCharBox(self.handle, index, *self.box_refs)
        left, right, bottom, top = self.box
        a, b, c, d, e, f = self.to_device
        if b == 0 and c == 0 and a > 0 > d:
            return a * left.value + e, d * top.value + f, a * right.value + e, d * bottom.value + f
        xa = a * left.value + c * bottom.value + e
        xb = a * right.value + c * top.value + e
        ya = b * left.value + d * bottom.value + f
        yb = b * right.value + d * top.value + f
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)

    def style(self, index: int) -> Style:
        address = self.object_at(self.bare_handle, index) or 0
        known = self.styles.get(address)
        if known is None:
            handle = pdfium.FPDFText_GetTextObject(self.handle, index)
            self.handles[address] = handle
            known = self.styles[address] = self.read_style(index, handle)
        return known

    def read_style(self, index: int, text_object: object) -> Style:
        flags = ctypes.c_int()
        buffer = ctypes.create_string_buffer(256)
        pdfium.FPDFText_GetFontInfo(self.handle, index, buffer, 256, ctypes.byref(flags))
        font = buffer.value.decode("utf-8", errors="replace")
        font = font.partition("+")[2] or font
        matrix = pdfium.FS_MATRIX()
        scale, angle = 1.0, 0.0
        if pdfium.FPDFText_GetMatrix(self.handle, index, matrix):
            a, b, c, d, _, _ = self.to_device
            across = (a * matrix.a + c * matrix.b, b * matrix.a + d * matrix.b)
            up = (a * matrix.c + c * matrix.d, b * matrix.c + d * matrix.d)
            scale = math.hypot(*up) or math.hypot(*across)
            angle = math.degrees(math.atan2(-across[1], across[0]))
        mode = pdfium.FPDFTextObj_GetTextRenderMode(text_object) if text_object else 0
        return Style(
            font=font,
            size=round(pdfium.FPDFText_GetFontSize(self.handle, index) * scale, 1),
            is_bold=bool(
                flags.value & _FLAG_FORCE_BOLD
                or pdfium.FPDFText_GetFontWeight(self.handle, index) >= _BOLD_WEIGHT
                or _FONT_BOLD.search(font)
            ),
            is_italic=bool(flags.value & _FLAG_ITALIC or _FONT_ITALIC.search(font)),
            angle=round(angle) % 360,
            render_mode=mode,
            color=self.color(index),
        )

    def color(self, index: int) -> int:
        channels = tuple(ctypes.c_uint() for _ in range(4))
        refs = tuple(ctypes.byref(value) for value in channels)
        if not pdfium.FPDFText_GetFillColor(self.handle, index, *refs):
            return 0xFF000000
        red, green, blue, alpha = (value.value for value in channels)
        return alpha << 24 | red << 16 | green << 8 | blue


def _is_torn(left: Word, right: Word) -> bool:
    """True where pdfium saw a blank in what is only loose kerning, as in "Ref erences"."""
    gap = right.x0 - left.x1
    return (
        left.style == right.style
        and abs(left.baseline - right.baseline) < 0.1
        and -0.1 * left.style.size < gap < _TORN_IN_SIZES * left.style.size
        and left.text[-1].isalpha()
        and right.text[0].isalpha()
    )


def page_to_device(page: pypdfium2.PdfPage) -> Affine:
    """Page space to points from the top left of the displayed page; crop and rotation applied."""
    width, height = page.get_size()
    factor = 1000
    x, y = ctypes.c_int(), ctypes.c_int()

    def place(page_x: float, page_y: float) -> tuple[float, float]:
        pdfium.FPDF_PageToDevice(
            page.raw, 0, 0, round(width * factor), round(height * factor), 0,
            page_x, page_y, ctypes.byref(x), ctypes.byref(y),
        )  # fmt: skip
        return x.value / factor, y.value / factor

    origin, right, up = place(0, 0), place(1000, 0), place(0, 1000)
    return (
        (right[0] - origin[0]) / 1000,
        (right[1] - origin[1]) / 1000,
        (up[0] - origin[0]) / 1000,
        (up[1] - origin[1]) / 1000,
        origin[0],
        origin[1],
    )
