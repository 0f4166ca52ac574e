"""Write the rows of an XHTML or CALS table as ``cell | cell`` lines."""

from lxml import etree

from etl.parse.jats_inline import all_text, local_name, text_of

__all__ = ["table_rows"]

_ROWS = frozenset({"tr", "row"})
_CELLS = frozenset({"td", "th", "entry", "cell"})


def table_rows(table: etree._Element) -> list[str]:
    """
    Flatten a table.

    Args:
        table: A ``table`` element (JATS) or any element that holds ``row`` and ``cell`` (TEI).

    Returns:
        One line a row that has any text; empty cells keep their place.
    """
    lines: list[str] = []
    for row in table.iter():
        if local_name(row) in _ROWS:
            cells = [_cell_text(cell) for cell in row if local_name(cell) in _CELLS]
            if any(cells):
                lines.append(" | ".join(cells))
    return lines


def _cell_text(cell: etree._Element) -> str:
    """A cell's text; block elements inside it are joined, because a cell is one line."""
    if any(local_name(node) in {"p", "list", "list-item", "table"} for node in cell.iter()):
        return all_text(cell)
    return text_of(cell)
