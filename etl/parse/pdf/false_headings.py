"""Take back headings that are words inside a figure, set large or bold like one."""

from collections.abc import Sequence

from etl.parse.pdf.blocks import Layout, TextBlock
from etl.parse.pdf.caption import CAPTION_START
from etl.parse.pdf.prose import is_prose, style_key
from etl.parse.section_kind import section_kind

__all__ = ["demote_figure_words"]


def demote_figure_words(blocks: Sequence[TextBlock], layout: Layout) -> None:
    """
    Make plain text of each heading from which no prose follows before a figure's caption.

    A heading stands above running text. Where only labels lie between it and the caption of a
    figure on the same page, it is one of them; unless other headings of its style lead to
    prose, or its words name a part of a paper: then a figure has come between.

    Args:
        blocks: In reading order, captions and headings known; their roles are set in place.
        layout: The paper's usual measures.
    """
    headings = [index for index, block in enumerate(blocks) if block.role == "heading"]
    trusted = {style_key(blocks[i]) for i in headings if _leads_to(blocks, i, layout) == "prose"}
    for index in headings:
        block = blocks[index]
        if (
            not block.is_run_in
            and style_key(block) not in trusted
            and section_kind(block.text) == "other"
            and _leads_to(blocks, index, layout) == "figure"
        ):
            block.role = "text"


def _leads_to(blocks: Sequence[TextBlock], index: int, layout: Layout) -> str:
    """``prose`` or ``figure``, whichever comes first on the page; else an empty text."""
    for block in blocks[index + 1 :]:
        if block.first.page != blocks[index].first.page:
            break
        if block.role == "caption":
            label = CAPTION_START.match(block.text)
            is_figure = label is not None and label["kind"].lower().startswith("fig")
            return "figure" if is_figure else ""
        if block.role == "text" and is_prose(block, layout):
            return "prose"
    return ""
