"""Find the words of the paper on which a link annotation lies."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from etl.parse.draft import Box, DraftBlock, DraftLink

__all__ = ["place_links"]


def place_links(links: Iterable[tuple[str, Box]], blocks: Sequence[DraftBlock]) -> list[DraftLink]:
    """
    Give each annotation its place in the text.

    Args:
        links: Address and box of each annotation, in page order.
        blocks: Of the whole paper, with the places of their words.

    Returns:
        One link an annotation. Its place is the first word whose middle lies in the box; it has
        none where the box lies on a picture or on nothing.
    """
    by_page: dict[int, list[tuple[int, DraftBlock]]] = defaultdict(list)
    for index, block in enumerate(blocks):
        # Hidden words say nothing about what a reader clicks on.
        if block.zone != "hidden":
            for page in {word.box[0] for word in block.words}:
                by_page[page].append((index, block))
    return [
        DraftLink(url=url, page=box[0], place=_place(box, by_page[box[0]])) for url, box in links
    ]


def _place(box: Box, blocks: Iterable[tuple[int, DraftBlock]]) -> tuple[int, int] | None:
    page, x0, y0, x1, y1 = box
    for index, block in blocks:
        for word in block.words:
            where, left, top, right, bottom = word.box
            if where == page and y0 <= (top + bottom) / 2 <= y1 and x0 <= (left + right) / 2 <= x1:
                return index, word.start
    return None
