"""
Tell what each block is: title, front matter, heading, caption, table, reference, prose.

The order matters: what stands in the reference list or in a table can be no heading, and
only what is left over is prose that may go on in the next column.
"""

import re
from collections.abc import Sequence

from etl.parse.pdf.blocks import Layout, TextBlock
from etl.parse.pdf.false_headings import demote_figure_words
from etl.parse.pdf.floats import join_floats, mark_floats, mark_labels
from etl.parse.pdf.front import mark_front
from etl.parse.pdf.headings import find_headings, merge_headings, split_run_ins
from etl.parse.pdf.references import mark_references
from etl.parse.section_kind import section_kind

__all__ = ["assign_roles"]

_ABSTRACT_PARTS = frozenset({"introduction", "methods", "results", "discussion", "conclusion"})
_MAX_STRAY_WORDS = 5
_TERMINAL = re.compile(r"[.!?:;]['\"\u201d\u2019)\]]*(?:\s*\[[\d,\s\u2013-]+\])?\s*\d{0,3}$")
_LIST_MARK = re.compile(
    r"^(?:[\u2022\u25cf\u25aa\u25a0\u2023\u2043\u00b7]|\(?(?:\d{1,2}|[a-z]|[ivx]+)[.)])\s"
)


def assign_roles(
    blocks: Sequence[TextBlock],
    layout: Layout,
    outline: Sequence[str] = (),
    stated_title: str = "",
) -> list[TextBlock]:
    """
    Give every block its role, and join paragraphs that a column or page end cut.

    Args:
        blocks: In reading order.
        layout: The paper's usual measures.
        outline: Titles of the PDF's own outline, trusted as headings where they are found.
        stated_title: Title in the PDF's properties.

    Returns:
        Blocks in reading order, joined paragraphs where they begin.
    """
    ordered = list(blocks)
    mark_floats(ordered, layout)
    ordered = join_floats(ordered)
    ordered = split_run_ins(ordered, layout)
    find_headings(ordered, layout, outline)
    ordered = merge_headings(ordered)
    demote_figure_words(ordered, layout)
    _settle_abstract(ordered)
    ordered = mark_references(ordered, layout)
    mark_labels(ordered, layout)
    ordered = mark_front(ordered, layout, stated_title)
    for block in ordered:
        if block.role == "text" and _LIST_MARK.match(block.text):
            block.role = "list_item"
    return _join(ordered)


def _settle_abstract(blocks: Sequence[TextBlock]) -> None:
    """Put the parts of a structured abstract below it: their names come again in the body."""
    headings = [block for block in blocks if block.role == "heading"]
    kinds = [section_kind(block.text) for block in headings]
    if "abstract" not in kinds:
        return
    start = kinds.index("abstract")
    for index in range(start + 1, len(headings)):
        heading, kind = headings[index], kinds[index]
        later = [
            other
            for other, other_kind in zip(headings[index + 1 :], kinds[index + 1 :], strict=True)
            if other_kind == kind and not other.is_run_in
        ]
        if heading.text[:1].isdigit():
            return
        comes_again = kind in _ABSTRACT_PARTS and bool(later)
        if not (comes_again or (heading.is_run_in and kind != "other")):
            return
        heading.level = headings[start].level + 1


def _join(blocks: list[TextBlock]) -> list[TextBlock]:
    """Take a paragraph's continuation to its beginning, over floats between them."""
    joined: list[TextBlock] = []
    open_block: TextBlock | None = None
    for block in blocks:
        if block.role in {"text", "list_item"} and block.zone is None:
            if open_block is not None and block.role == "text" and _continues(open_block, block):
                open_block.lines.extend(block.lines)
                continue
            # Stray labels of a figure do not end the paragraph before them.
            if len(block.text.split()) > _MAX_STRAY_WORDS or _TERMINAL.search(block.text):
                open_block = block
        elif block.role in {"heading", "reference", "title"}:
            open_block = None
        joined.append(block)
    return joined


def _continues(block: TextBlock, following: TextBlock) -> bool:
    last, first = block.last, following.first
    if abs(last.size - first.size) > 0.6:
        return False
    text = last.text
    if text.endswith(("-", "\x02")):
        return True
    if _TERMINAL.search(text):
        return False
    if first.words[0].text[:1].islower():
        return True
    if (last.page, last.column) == (first.page, first.column):
        return False
    return last.right - last.x1 < 0.05 * (last.right - last.left) and len(text.split()) > 3
