"""
Take the words of a page from pdfium: text, box, style, and how they were painted.

One call a character would cost more than all the rest, so the page's characters come in one
buffer and only the ends of each word are asked for their box (parsing.md section 3.2).
"""

import ctypes
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

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
_MAX_FONT_NAME = 256
#: Bits of a PDF font descriptor's flags (ISO 32000-1, table 123).
_FLAG_ITALIC = 1 << 6
_FLAG_FORCE_BOLD = 1 << 18
_BOLD_WEIGHT = 600
#: Letters closer than this share of their size stand in one word; the narrowest blanks of
#: justified lines measured 0.07 (parse_quality.py on the articles of its folder).
_TORN_IN_SIZES = 0.06


def _bare(function: object, result: type, *arguments: type) -> Callable[..., Any]:
    """
    A function of pdfium that takes and gives plain numbers and addresses.

    The typed pointers of the binding cost more than the call itself, for every word of a page.
    """
    address = ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
    return ctypes.CFUNCTYPE(result, *arguments)(address)


_object_at = _bare(pdfium.FPDFText_GetTextObject, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_char_box = _bare(
    pdfium.FPDFText_GetCharBox,
    ctypes.c_int,
    *(ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * 4),
)
_char_origin = _bare(
    pdfium.FPDFText_GetCharOrigin,
    ctypes.c_int,
    *(ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * 2),
)


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
    #: Distance of the writing line from the left edge, for words that run up or down.
    side: float = 0.0


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
        self.known_styles: dict[Style, Style] = {}
        self.handles: dict[int, object] = {}
        self.bare_handle = ctypes.cast(self.handle, ctypes.c_void_p)
        self.count = max(0, pdfium.FPDFText_CountChars(self.handle))
        if self.count > MAX_PAGE_CHARACTERS:
            detail = f"{self.count} characters on one page, at most {MAX_PAGE_CHARACTERS}"
            raise ParseError(OutcomeCode.TOO_LARGE, detail)
        self.box = (ctypes.c_double * 4)()
        self.box_places = [ctypes.addressof(self.box) + 8 * edge for edge in range(4)]
        #: Writing line of each text object that is set from left to right.
        self.baselines: dict[int, float] = {}
        #: By the name of a font: is it bold, is it italic?
        self.faces: dict[str, tuple[bool, bool]] = {}
        self.flags = ctypes.c_int()
        self.name = ctypes.create_string_buffer(_MAX_FONT_NAME)
        self.matrix = pdfium.FS_MATRIX()
        self.channels = tuple(ctypes.c_uint() for _ in range(4))

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
        first = _object_at(self.bare_handle, start) or 0
        style = self.style(start, first)
        if end - start == 1 or style == self.style(end - 1):
            self.word(words, text[start:end], start, first, style, is_glued=False)
            return
        begin, is_glued = start, False
        for index in range(start + 1, end):
            address = _object_at(self.bare_handle, index) or 0
            now = self.style(index, address)
            if now != style:
                self.word(words, text[begin:index], begin, first, style, is_glued=is_glued)
                begin, first, style, is_glued = index, address, now, True
        self.word(words, text[begin:end], begin, first, style, is_glued=is_glued)

    def word(
        self,
        words: list[Word],
        text: str,
        start: int,
        address: int,
        style: Style,
        *,
        is_glued: bool,
    ) -> None:
        x0, y0, x1, y1 = self.char_box(start)
        if len(text) > 1:
            left, top, right, bottom = self.char_box(start + len(text) - 1)
            x0, y0 = min(x0, left), min(y0, top)
            x1, y1 = max(x1, right), max(y1, bottom)
        baseline = self.baseline(start, address, style)
        if style.angle == 0:
            y0 = min(y0, baseline - 0.6 * style.size)
            y1 = max(y1, baseline + 0.1 * style.size)
        handle = self.handles.get(address)
        word = Word(text, x0, y0, x1, y1, baseline, style, is_glued, handle, address)
        if style.angle:
            a, _, c, _, e, _ = self.to_device
            word.side = a * self.box[0] + c * self.box[1] + e
        words.append(word)

    def baseline(self, index: int, address: int, style: Style) -> float:
        """
        Height of the writing line; the letters of one text object stand on one.

        For a word that is not upright the origin of its first letter is left in ``box``.
        """
        known = self.baselines.get(address)
        if known is not None:
            return known
        x, y = self.box_places[:2]
        _char_origin(self.bare_handle, index, x, y)
        _, b, _, d, _, f = self.to_device
        baseline = b * self.box[0] + d * self.box[1] + f
        if style.angle == 0 and address:
            self.baselines[address] = baseline
        return baseline

    def char_box(self, index: int) -> tuple[float, float, float, float]:
        _char_box(self.bare_handle, index, *self.box_places)
        left, right, bottom, top = self.box[:]
        a, b, c, d, e, f = self.to_device
        if b == 0 and c == 0 and a > 0 > d:
            return a * left + e, d * top + f, a * right + e, d * bottom + f
        xa = a * left + c * bottom + e
        xb = a * right + c * top + e
        ya = b * left + d * bottom + f
        yb = b * right + d * top + f
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)

    def style(self, index: int, address: int | None = None) -> Style:
        if address is None:
            address = _object_at(self.bare_handle, index) or 0
        known = self.styles.get(address)
        if known is None:
            handle = pdfium.FPDFText_GetTextObject(self.handle, index)
            self.handles[address] = handle
            read = self.read_style(index, handle)
            # One object for equal styles: the same ones are told apart at a glance.
            known = self.styles[address] = self.known_styles.setdefault(read, read)
        return known

    def read_style(self, index: int, text_object: object) -> Style:
        pdfium.FPDFText_GetFontInfo(
            self.handle, index, self.name, _MAX_FONT_NAME, ctypes.byref(self.flags)
        )
        font = self.name.value.decode("utf-8", errors="replace")
        font = font.partition("+")[2] or font
        scale, angle = 1.0, 0.0
        if pdfium.FPDFText_GetMatrix(self.handle, index, self.matrix):
            matrix = self.matrix
            a, b, c, d, _, _ = self.to_device
            across = (a * matrix.a + c * matrix.b, b * matrix.a + d * matrix.b)
            up = (a * matrix.c + c * matrix.d, b * matrix.c + d * matrix.d)
            scale = math.hypot(*up) or math.hypot(*across)
            angle = math.degrees(math.atan2(-across[1], across[0]))
        flags = self.flags.value
        is_bold, is_italic = self.face(font)
        return Style(
            font=font,
            size=round(pdfium.FPDFText_GetFontSize(self.handle, index) * scale, 1),
            is_bold=is_bold
            or bool(flags & _FLAG_FORCE_BOLD)
            or pdfium.FPDFText_GetFontWeight(self.handle, index) >= _BOLD_WEIGHT,
            is_italic=is_italic or bool(flags & _FLAG_ITALIC),
            angle=round(angle) % 360,
            render_mode=pdfium.FPDFTextObj_GetTextRenderMode(text_object) if text_object else 0,
            color=self.color(index),
        )

    def face(self, font: str) -> tuple[bool, bool]:
        """True for a name that says bold, and for one that says italic."""
        known = self.faces.get(font)
        if known is None:
            known = bool(_FONT_BOLD.search(font)), bool(_FONT_ITALIC.search(font))
            self.faces[font] = known
        return known

    def color(self, index: int) -> int:
        if not pdfium.FPDFText_GetFillColor(self.handle, index, *map(ctypes.byref, self.channels)):
            return 0xFF000000
        red, green, blue, alpha = (value.value for value in self.channels)
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
