"""
Tell apart the words that a reader of the page cannot see.

Cheap signs first: unpainted, transparent, tiny, outside the page, outside their clip path.
Then by ink: the page is painted once, and a word whose box shows no contrast is not there for a
reader (same colour as its ground, or covered by a plain area). Words over a picture, or under
another word, are taken out and the page painted again: where nothing changes, nothing was seen.
"""

import ctypes
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

from etl.parse.pdf.words import Affine, PageWords, Word, page_to_device

__all__ = ["HiddenWords", "find_hidden"]

#: Letters below this size, points, cannot be read on paper; scripts in print have 4 and more.
_TINY_SIZE = 2.0
#: Grey levels of 255 that ink differs from its ground at least; near-white text has 1 to 5.
_MIN_CONTRAST = 10
#: Render modes that put no ink on the page: 3 invisible, 7 clip only (ISO 32000-1, table 106).
_UNPAINTED_MODES = frozenset({3, 7})
#: A scan covers its page; its text layer is unpainted but stands for what is seen.
_SCAN_SHARE = 0.5
#: Pixels a point: at 72 dpi a letter of 8 points is 6 pixels high.
_SCALE = 1.0
#: Share of the smaller box by which two words have to overlap to hide one another.
_OVERLAP = 0.5
_FORM_DEPTH = 3
_MAX_OBJECTS = 50_000

Rectangle = tuple[float, float, float, float]


@dataclass(slots=True)
class HiddenWords:
    """What a page hides."""

    words: list[Word] = field(default_factory=list)
    #: Cause to number of characters.
    causes: Counter[str] = field(default_factory=Counter)
    #: True where an unpainted text layer lies over a scan; such words are kept.
    is_scan: bool = False
    has_pictures: bool = False


def find_hidden(page: pypdfium2.PdfPage, content: PageWords) -> HiddenWords:
    """
    Find the words of a page that cannot be seen, and take them out of its words.

    Args:
        page: The open page; painted once, twice where words lie over pictures.
        content: Its words; the hidden ones are removed from it.

    Returns:
        The hidden words with their causes.
    """
    hidden = HiddenWords()
    pictures = _pictures(page)
    hidden.has_pictures = bool(pictures)
    scanned = sum(_area(box) for box in pictures) >= _SCAN_SHARE * content.width * content.height
    unpainted = sum(word.style.render_mode in _UNPAINTED_MODES for word in content.words)
    hidden.is_scan = scanned and unpainted >= 0.5 * max(1, len(content.words))
    verdicts: list[str] = [
        _by_form(word, content, is_scan=hidden.is_scan) for word in content.words
    ]
    if not hidden.is_scan:
        _by_clip(content.words, verdicts)
        _by_ink(page, content, verdicts, pictures)
    kept: list[Word] = []
    for word, cause in zip(content.words, verdicts, strict=True):
        if cause:
            hidden.words.append(word)
            hidden.causes[cause] += len(word.text)
        else:
            kept.append(word)
    content.words = kept
    return hidden


def _by_form(word: Word, content: PageWords, *, is_scan: bool) -> str:
    style = word.style
    if not is_scan and style.render_mode in _UNPAINTED_MODES:
        return "unpainted"
    if style.color >> 24 == 0 and style.render_mode in {0, 4} and not is_scan:
        return "transparent"
    if 0 < style.size < _TINY_SIZE:
        return "tiny"
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    if not (0 <= x <= content.width and 0 <= y <= content.height):
        return "off_page"
    return ""


def _by_clip(words: Sequence[Word], verdicts: list[str]) -> None:
    """Words of text objects that lie wholly outside their own clip path."""
    known: dict[int, bool] = {}
    for index, word in enumerate(words):
        if verdicts[index] or not word.object_handle:
            continue
        if word.object_address not in known:
            known[word.object_address] = _is_clipped(word.object_handle)
        if known[word.object_address]:
            verdicts[index] = "clipped"


def _is_clipped(text_object: object) -> bool:
    clip = pdfium.FPDFPageObj_GetClipPath(text_object)
    paths = pdfium.FPDFClipPath_CountPaths(clip) if clip else 0
    if paths <= 0:
        return False
    bounds = _bounds(text_object)
    if bounds is None:
        return False
    x, y = ctypes.c_float(), ctypes.c_float()
    for path in range(paths):
        xs: list[float] = []
        ys: list[float] = []
        for number in range(max(0, pdfium.FPDFClipPath_CountPathSegments(clip, path))):
            segment = pdfium.FPDFClipPath_GetPathSegment(clip, path, number)
            if pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
                xs.append(x.value)
                ys.append(y.value)
        if xs and not _intersect(bounds, (min(xs), min(ys), max(xs), max(ys))):
            return True
    return False


def _by_ink(
    page: pypdfium2.PdfPage,
    content: PageWords,
    verdicts: list[str],
    pictures: Sequence[Rectangle],
) -> None:
    """Words whose box shows no contrast, or whose removal changes nothing on the page."""
    words = content.words
    if all(verdicts):
        return
    painted = _Painting(page)
    for index, word in enumerate(words):
        # Dashes and bars are thinner than a pixel: their neighbours speak for them.
        if not verdicts[index] and any(map(str.isalnum, word.text)):
            verdicts[index] = "no_ink" if painted.contrast(word) < _MIN_CONTRAST else ""
    _let_neighbours_speak(words, verdicts)
    seen = [index for index, cause in enumerate(verdicts) if not cause]
    doubtful = {i for i in seen if any(_inside(words[i], box) for box in pictures)}
    below, twins = _overlaid(words, seen)
    for index in twins:
        verdicts[index] = "overlaid"
    doubtful = (doubtful | below) - twins
    doubtful = {i for i in doubtful if words[i].object_handle}
    if doubtful:
        without = _paint_without(page, [words[index] for index in doubtful])
        for index in doubtful:
            if painted.same_in(without, words[index]):
                verdicts[index] = "covered"


def _let_neighbours_speak(words: Sequence[Word], verdicts: list[str]) -> None:
    """A sign after a word without ink, set in its style, has none either."""
    for index, word in enumerate(words):
        if verdicts[index] or any(map(str.isalnum, word.text)):
            continue
        before = verdicts[index - 1] if index else ""
        same = index > 0 and words[index - 1].style == word.style
        if before == "no_ink" and same:
            verdicts[index] = before


def _paint_without(page: pypdfium2.PdfPage, words: Sequence[Word]) -> "_Painting":
    handles = {word.object_address: word.object_handle for word in words}
    for handle in handles.values():
        pdfium.FPDFPageObj_SetIsActive(handle, 0)
    try:
        return _Painting(page)
    finally:
        for handle in handles.values():
            pdfium.FPDFPageObj_SetIsActive(handle, 1)


class _Painting:
    """Grey pixels of a page."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        bitmap = page.render(scale=_SCALE, grayscale=True, may_draw_forms=False)
        self.width, self.height, self.stride = bitmap.width, bitmap.height, bitmap.stride
        self.pixels = bytes(bitmap.buffer)

    def frame(self, word: Word) -> tuple[int, int, int, int]:
        """Left, right, top and bottom pixel of the word's box, at least one pixel each way."""
        left = min(max(int(word.x0 * _SCALE), 0), self.width - 1)
        right = min(max(int(word.x1 * _SCALE) + 1, left + 1), self.width)
        top = min(max(int(word.y0 * _SCALE), 0), self.height - 1)
        bottom = min(max(int(word.y1 * _SCALE) + 1, top + 1), self.height)
        return left, right, top, bottom

    def contrast(self, word: Word) -> int:
        """Darkest against brightest pixel of the word's box, 0 to 255."""
        left, right, top, bottom = self.frame(word)
        middle = (top + bottom) // 2
        seen = b""
        # The middle of a word first: there one row is nearly always enough.
        for y in (*range(middle, bottom), *range(top, middle)):
            seen += self.pixels[y * self.stride + left : y * self.stride + right]
            if max(seen) - min(seen) >= _MIN_CONTRAST:
                break
        return max(seen) - min(seen)

    def same_in(self, other: "_Painting", word: Word) -> bool:
        left, right, top, bottom = self.frame(word)
        rows = (slice(y * self.stride + left, y * self.stride + right) for y in range(top, bottom))
        return all(self.pixels[row] == other.pixels[row] for row in rows)


def _overlaid(words: Sequence[Word], seen: Sequence[int]) -> tuple[set[int], set[int]]:
    """
    Compare words that stand in one place.

    Returns:
        The earlier painted of two different words, which may lie below; and every later copy
        of the same word, painted twice to look bold or with a page laid over itself.
    """
    grid: dict[tuple[int, int], list[int]] = {}
    below: set[int] = set()
    twins: set[int] = set()
    for index in seen:
        word = words[index]
        for column in range(int(word.x0 // 40), int(word.x1 // 40) + 1):
            cell = grid.setdefault((column, int((word.y0 + word.y1) // 24)), [])
            for other in cell:
                if words[other].object_address == word.object_address or other == index:
                    continue
                if _overlap_share(words[other], word) > _OVERLAP:
                    if words[other].text == word.text:
                        twins.add(index)
                    else:
                        below.add(other)
            cell.append(index)
    return below, twins


def _overlap_share(one: Word, other: Word) -> float:
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    if width <= 0 or height <= 0:
        return 0.0
    boxes = ((w.x1 - w.x0) * (w.y1 - w.y0) for w in (one, other))
    return width * height / max(min(boxes), 0.01)


def _pictures(page: pypdfium2.PdfPage) -> list[Rectangle]:
    """Boxes of the images of a page, from the top left; those inside forms by the form's box."""
    boxes: list[Rectangle] = []
    to_device = page_to_device(page)
    count = min(pdfium.FPDFPage_CountObjects(page.raw), _MAX_OBJECTS)
    for number in range(max(0, count)):
        handle = pdfium.FPDFPage_GetObject(page.raw, number)
        kind = pdfium.FPDFPageObj_GetType(handle)
        is_image = kind == pdfium.FPDF_PAGEOBJ_IMAGE
        if is_image or (kind == pdfium.FPDF_PAGEOBJ_FORM and _holds_image(handle, 0)):
            bounds = _bounds(handle)
            if bounds is not None:
                boxes.append(_map_box(bounds, to_device))
    return boxes


def _holds_image(form: object, depth: int) -> bool:
    if depth > _FORM_DEPTH:
        return False
    for number in range(min(max(0, pdfium.FPDFFormObj_CountObjects(form)), _MAX_OBJECTS)):
        handle = pdfium.FPDFFormObj_GetObject(form, number)
        kind = pdfium.FPDFPageObj_GetType(handle)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            return True
        if kind == pdfium.FPDF_PAGEOBJ_FORM and _holds_image(handle, depth + 1):
            return True
    return False


def _bounds(handle: object) -> Rectangle | None:
    """Left, bottom, right, top of an object in its own space."""
    edges = tuple(ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(handle, *(ctypes.byref(edge) for edge in edges)):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    return left, bottom, right, top


def _map_box(box: Rectangle, to_device: Affine) -> Rectangle:
    a, b, c, d, e, f = to_device
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in box[::2] for y in box[1::2]]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _intersect(one: Rectangle, other: Rectangle) -> bool:
    return (
        min(one[2], other[2]) > max(one[0], other[0])
        and min(one[3], other[3]) > max(one[1], other[1])
    )  # fmt: skip


def _inside(word: Word, box: Rectangle) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _area(box: Rectangle) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
