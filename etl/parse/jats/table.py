"""Write the rows of an XHTML or CALS table as ``cell | cell`` lines."""

from collections.abc import Callable

from lxml import etree

from etl.parse.citation_marks import without_marks
from etl.parse.jats.inline import local_name

__all__ = ["table_rows"]

_ROWS = frozenset({"tr", "row"})
_CELLS = frozenset({"td", "th", "entry", "cell"})


def table_rows(
    table: etree._Element,
    cell_text: Callable[[etree._Element], tuple[str, list[tuple[str, ...]]]],
) -> tuple[list[str], list[tuple[str, ...]]]:
    """
    Flatten a table.

    Args:
        table: A ``table`` element (JATS) or any element that holds ``row`` and ``cell`` (TEI).
        cell_text: Gives the text of a cell on one line, its citations between marks, and what
            each of them points to.

    Returns:
        One line a row that has any text, in which empty cells keep their place; and the ids
        of each marked citation in order.
    """
    lines: list[str] = []
    targets: list[tuple[str, ...]] = []
    for row in table.iter():
        if local_name(row) in _ROWS:
            cells = [cell_text(cell) for cell in row if local_name(cell) in _CELLS]
            if any(without_marks(text).strip() for text, _ in cells):
                lines.append(" | ".join(text for text, _ in cells))
                targets += [ids for _, cited in cells for ids in cited]
    return lines, targets
