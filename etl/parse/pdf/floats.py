"""Mark captions, the rows of tables below them, and the labels inside figures."""

import re
from collections.abc import Sequence
from itertools import pairwise

from etl.parse.pdf.blocks import Layout, TextBlock
from etl.parse.pdf.caption import CAPTION_START, is_caption_start
from etl.parse.pdf.lines import Line
from etl.parse.pdf.prose import is_body_style, is_prose, stop_share, style_key
from etl.parse.section_kind import section_kind

__all__ = ["join_floats", "mark_floats", "mark_labels"]

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
    for block, following in pairwise(blocks):
        if block.role == "caption" and _is_caption_text(block, following, layout):
            following.role = "caption_text"
    headings = {style_key(block) for block in blocks if _is_plain_heading(block, layout)}
    table: TextBlock | None = None
    for block in blocks:
        if block.role == "caption":
            table = block if _kind(block) == "table" else None
        elif table is not None and block.role == "text":
            is_heading = len(block.lines) == 1 and style_key(block) in headings
            if not is_heading and _is_table_part(block, table, layout):
                block.role = "table"
            else:
                table = None


def mark_labels(blocks: Sequence[TextBlock], layout: Layout) -> None:
    """Set aside the axis marks, panel letters and legends inside figures."""
    for block in blocks:
        if block.role == "text" and _is_label(block, layout):
            block.role = "noise"


def _is_plain_heading(block: TextBlock, layout: Layout) -> bool:
    """A line that only says "Methods" or the like, in a style that is not the body's."""
    alone = block.role == "text" and len(block.lines) == 1 and len(block.text.split()) <= 6
    named = section_kind(block.text) in {"introduction", "results", "references", "conclusion"}
    return alone and named and not is_body_style(block, layout)


def _kind(block: TextBlock) -> str:
    match = CAPTION_START.match(block.text)
    return match["kind"].lower() if match else ""


def _is_caption(block: TextBlock, layout: Layout) -> bool:
    text = block.text
    match = CAPTION_START.match(text)
    if match is None or not is_caption_start(text):
        return False
    first, style = block.first.words[0].style, block.style
    # A link colours the label in running text too; another face or size does not.
    set_apart = (first.font, first.size) != (style.font, style.size)
    return (
        bool(match["mark"].strip())
        or set_apart
        or not is_body_style(block, layout)
        or len(block.lines) == 1
    )


def _is_caption_text(caption: TextBlock, following: TextBlock, layout: Layout) -> bool:
    """The words below a label that stands on a line of its own, set close to it."""
    last, first = caption.last, following.first
    if following.role != "text" or (last.page, last.column) != (first.page, first.column):
        return False
    gap = first.baseline - last.baseline
    if not 0 < gap <= 1.6 * last.size or abs(first.size - last.size) > 1.0:
        return False
    if section_kind(following.text) != "other":
        return False
    if following.text[:1].islower() and not caption.text.endswith("."):
        return True
    return (
        len(caption.text.split()) <= 25
        and not is_body_style(following, layout)
        and _mean_cells(following) < 1.3
    )


def _mean_cells(block: TextBlock) -> float:
    return sum(_cell_count(line) for line in block.lines) / len(block.lines)


def join_floats(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """Put label and words of a caption into one block, and the rows of a table into one."""
    joined: list[TextBlock] = []
    for block in blocks:
        last = joined[-1] if joined else None
        words = last is not None and (last.role, block.role) == ("caption", "caption_text")
        rows = last is not None and last.role == block.role == "table"
        if last is not None and (words or (rows and last.last.page == block.first.page)):
            last.lines.extend(block.lines)
        else:
            joined.append(block)
    return joined


def _is_table_part(block: TextBlock, caption: TextBlock, layout: Layout) -> bool:
    """Rows stand on the caption's page, in short cells or smaller letters than prose."""
    if block.first.page != caption.first.page:
        return False
    if _mean_cells(block) >= 1.6:
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
