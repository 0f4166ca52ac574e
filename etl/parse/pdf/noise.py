"""Find running heads, feet, page numbers and stamps: what stands on a page but not in the paper."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from etl.parse.pdf.lines import Line
from etl.parse.pdf.words import Word

__all__ = ["is_upright", "line_numbers", "running_lines"]

#: Running heads and feet stand in the outer parts of the page, share of its height.
_EDGE_SHARE = 0.12
#: Pages on which a line has to come back, digits masked (parsing.md section 3.2: 3).
_MIN_PAGES = 3
#: Degrees by which upright words may lean, in a scan that was put in askew.
_SLANT = 5
_LINE_NUMBER = re.compile(r"\d{1,4}")
#: A page of a manuscript has 20 to 50 numbered lines.
_MIN_LINE_NUMBERS = 10
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page\s*)?(?:\d{1,5}|[ivxl]{1,6})(?:\s*(?:/|of)\s*\d{1,5})?\W*", re.IGNORECASE
)


def is_upright(word: Word) -> bool:
    """False for text that runs up, down or aslant, as margin stamps and axis labels do."""
    angle = word.style.angle
    return angle <= _SLANT or angle >= 360 - _SLANT


def running_lines(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> set[int]:
    """
    Pick the lines that come back at the edge of page after page.

    Args:
        pages: Lines or fragments of every page.
        heights: Page heights, points.

    Returns:
        ``id()`` of each such line; page numbers at the very edge are among them.
    """
    places: dict[tuple[str, int], list[tuple[int, Line]]] = defaultdict(list)
    chosen: set[int] = set()
    for number, lines in enumerate(pages):
        height = heights[number]
        edge = [line for line in lines if _at_edge(line, height)]
        for line in edge:
            key = _DIGITS.sub("#", line.text.lower())
            places[key, round(line.baseline / 6)].append((number, line))
        chosen.update(id(line) for line in edge if _is_page_number(line, lines))
    needed = min(_MIN_PAGES, max(2, len(pages) - 1))
    for (key, place), found in places.items():
        near = found + places.get((key, place - 1), []) + places.get((key, place + 1), [])
        if len({number for number, _ in near}) >= needed:
            chosen.update(id(line) for _, line in found)
    return chosen


def line_numbers(lines: Sequence[Line]) -> set[int]:
    """
    Find the numbers that manuscripts print beside their lines.

    Args:
        lines: Fragments of one page.

    Returns:
        ``id()`` of each such number: a column of rising numbers outside all other text, beside
        at least half of the lines.
    """
    numbers = [line for line in lines if _LINE_NUMBER.fullmatch(line.text)]
    if len(numbers) < _MIN_LINE_NUMBERS:
        return set()
    numbers.sort(key=lambda line: line.baseline)
    others = [line for line in lines if not _LINE_NUMBER.fullmatch(line.text)]
    edge = min((line.x0 for line in others), default=0.0)
    outside = [line for line in numbers if line.x1 <= edge + 1]
    values = [int(line.text) for line in outside]
    rising = sum(later > earlier for earlier, later in pairwise(values))
    rows = len({round(line.baseline / 4) for line in others})
    if len(outside) < max(_MIN_LINE_NUMBERS, 0.5 * rows) or rising < 0.9 * (len(values) - 1):
        return set()
    return {id(line) for line in outside}


def _at_edge(line: Line, height: float) -> bool:
    return line.y1 < _EDGE_SHARE * height or line.y0 > (1 - _EDGE_SHARE) * height


def _is_page_number(line: Line, lines: Sequence[Line]) -> bool:
    """A lone number with nothing beyond it towards the edge."""
    if not _PAGE_NUMBER.fullmatch(line.text):
        return False
    above = all(other.y0 >= line.y0 - 3 for other in lines)
    below = all(other.y1 <= line.y1 + 3 for other in lines)
    return above or below
