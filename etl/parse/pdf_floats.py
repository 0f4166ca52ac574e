"""Mark captions, the rows of tables below them, and the labels inside figures."""

import re
from collections.abc import Sequence
from itertools import pairwise

from etl.parse.pdf_blocks import Layout, TextBlock
from etl.parse.pdf_lines import Line
from etl.parse.pdf_prose import is_body_style, is_prose, stop_share

__all__ = ["CAPTION_START", "mark_floats", "mark_labels"]

CAPTION_START = re.compile(
    r"^(?:(?:Supplementary|Supplemental|Extended\s+Data|Online)\s+)?"
    r"(?P<kind>Fig(?:ure|s?\.|\b)|Table|Tab\.|Scheme|Plate|Box|Chart|Map|Algorithm)"
    r"\s*\.?\s*(?P<number>[A-Z]?\d+[a-z]?|[IVX]+\b)(?P<mark>\s*[.:|\u2013\u2014]|\s*$|\s)",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"^\s*(?:shows?|showed|is|are|was|were|presents?|lists?|gives?|and|in|to|of|we)\b"
)
_LETTERS = re.compile(r"[^\W\d_]")


def mark_floats(blocks: Sequence[TextBlock], layout: Layout) -> None:
    """
    Find captions, table rows and figure labels among the blocks.

    Args:
        blocks: In reading order; their roles are set in place.
        layout: The paper's usual measures.
    """
    for block in blocks:
        if block.role == "text" and _is_caption(block, layout):
            block.role = "caption"
    table: TextBlock | None = None
    for block in blocks:
        if block.role == "caption":
            table = block if _kind(block) == "table" else None
        elif table is not None and block.role == "text":
            if _is_table_part(block, table, layout):
                block.role = "table"
            else:
                table = None


def mark_labels(blocks: Sequence[TextBlock], layout: Layout) -> None:
    """Set aside the axis marks, panel letters and legends inside figures."""
    for block in blocks:
        if block.role == "text" and _is_label(block, layout):
            block.role = "noise"


def _kind(block: TextBlock) -> str:
    match = CAPTION_START.match(block.text)
    return match["kind"].lower() if match else ""


def _is_caption(block: TextBlock, layout: Layout) -> bool:
    text = block.text
    match = CAPTION_START.match(text)
    if match is None:
        return False
    if _VERB.match(text[match.end() :]):
        return False
    first = block.first.words[0].style
    set_apart = first != block.style or not is_body_style(block, layout)
    return bool(match["mark"].strip()) or set_apart or len(block.lines) == 1


def _is_table_part(block: TextBlock, caption: TextBlock, layout: Layout) -> bool:
    """Rows stand on the caption's page, in short cells or smaller letters than prose."""
    if block.first.page != caption.first.page:
        return False
    cells = sum(_cell_count(line) for line in block.lines)
    if cells >= 1.6 * len(block.lines):
        return True
    if is_body_style(block, layout) and is_prose(block, layout):
        return False
    return block.style.size <= layout.body_size - 0.4 or not is_prose(block, layout)


def _cell_count(line: Line) -> int:
    """Runs of words parted by more than one and a half letter sizes."""
    gaps = 0
    for left, right in pairwise(line.words):
        gaps += right.x0 - left.x1 > 1.5 * line.size
    return gaps + 1


def _is_label(block: TextBlock, layout: Layout) -> bool:
    """Axis marks, panel letters and legends: small, few words a line, no sentence."""
    text = block.text
    if is_body_style(block, layout) and len(text.split()) > 2:
        return False
    letters = len(_LETTERS.findall(text))
    words = text.split()
    if letters < 0.3 * len(text.replace(" ", "")):
        return block.style.size < layout.body_size - 0.4 or "=" not in text
    few = len(words) / len(block.lines) < 4
    small = block.style.size < 0.9 * layout.body_size
    return few and small and stop_share(text) < 0.05 and len(block.lines) < 12
