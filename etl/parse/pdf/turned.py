"""
Read pages that are printed sideways, as wide tables are: turn them, and turn the boxes back.

Such a page stands upright in the file with its words running up or down. Turned by a quarter it
is a page like any other; what was upright on it, a running head, then lies on its side.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from etl.parse.draft import Box, PlacedWord
from etl.parse.pdf.words import PageWords, Style

__all__ = ["turn_back", "turn_page"]

#: Share of a page's letters that run one way, and how many those are at least: axis labels and
#: stamps alone turn no page.
_TURNED_SHARE = 0.6
_TURNED_LETTERS = 200


def turn_page(page: PageWords) -> int:
    """
    Turn a page whose words run up or down, in place.

    Args:
        page: Its words as the page is displayed; its width and height change places with them.

    Returns:
        90 where the words ran up, 270 where they ran down, 0 where the page was left as it is.
    """
    angles: Counter[int] = Counter()
    for word in page.words:
        angles[word.style.angle] += len(word.text)
    turn = max((90, 270), key=lambda angle: angles[angle])
    if angles[turn] < max(_TURNED_LETTERS, _TURNED_SHARE * sum(angles.values())):
        return 0
    styles: dict[Style, Style] = {}
    width, height = page.width, page.height
    for word in page.words:
        style = word.style
        word.style = styles.setdefault(style, style._replace(angle=(style.angle - turn) % 360))
        if turn == 90:
            box = height - word.y1, word.x0, height - word.y0, word.x1
            word.baseline, word.side = word.side, height - word.baseline
        else:
            box = word.y0, width - word.x1, word.y1, width - word.x0
            word.baseline, word.side = width - word.side, word.baseline
        word.x0, word.y0, word.x1, word.y1 = box
        if word.style.angle == 0:
            word.y0 = min(word.y0, word.baseline - 0.6 * style.size)
            word.y1 = max(word.y1, word.baseline + 0.1 * style.size)
    page.width, page.height = height, width
    return turn


def turn_back(
    words: Iterable[PlacedWord], turns: Sequence[int], pages: Sequence[PageWords]
) -> None:
    """
    Put the boxes of words where the page shows them.

    Args:
        words: Of blocks; those of pages that were not turned stay as they are.
        turns: What :func:`turn_page` gave for each page.
        pages: Turned.
    """
    for word in words:
        page = word.box[0]
        if turns[page - 1]:
            word.box = _back(word.box, turns[page - 1], pages[page - 1])


def _back(box: Box, turn: int, page: PageWords) -> Box:
    number, x0, y0, x1, y1 = box
    if turn == 90:
        return number, y0, page.width - x1, y1, page.width - x0
    return number, page.height - y1, x0, page.height - y0, x1
