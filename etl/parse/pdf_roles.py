"""
Tell what each block is: title, heading, caption, table, reference, prose.

Headings are found in two passes: sure ones by words and numbers first, then everything that
is set like a sure one (parsing.md section 3.2).
"""

import re
from collections.abc import Sequence

from etl.parse.pdf_blocks import Layout, TextBlock
from etl.parse.section_kind import bare_title, section_kind

__all__ = ["assign_roles"]

_CAPTION = re.compile(
    r"^(?:Supplementary\s+)?(?:Fig(?:ure|\.)?|Table|Tab\.|Scheme|Plate|Box)\s*\.?\s*"
    r"([A-Z]?\d+[a-z]?|[IVX]+)\b\s*([.:|\u2013\u2014-]|$|[A-Z(])",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+(?=[A-Z])")
_TERMINAL = re.compile(r"[.!?:;]['\"\u201d\u2019)\]]*(?:\s*\[[\d,\s\u2013-]+\])?$")
_ENTRY_MARK = re.compile(r"^(?:\[\d{1,4}\]|\(?\d{1,4}[.)])\s*")
_MAX_HEADING_WORDS = 22
_CORE = frozenset(
    {"abstract", "introduction", "methods", "results", "discussion", "conclusion", "references"}
    | {"acknowledgements", "funding", "data_availability", "conflicts", "contributions", "ethics"}
    | {"supplement", "code_availability"}
)


def assign_roles(blocks: Sequence[TextBlock], layout: Layout) -> list[TextBlock]:
    """
    Give every block its role, and join paragraphs that a column or page end cut.

    Args:
        blocks: In reading order.
        layout: The paper's usual measures.

    Returns:
        Blocks in reading order, joined paragraphs where they begin.
    """
    ordered = list(blocks)
    _find_title(ordered, layout)
    for block in ordered:
        if block.role == "text" and _is_caption(block, layout):
            block.role = "caption"
    _find_headings(ordered, layout)
    _mark_references(ordered)
    return _join(ordered)


def _find_title(blocks: list[TextBlock], layout: Layout) -> None:
    first = [b for b in blocks if b.first.page == 1 and len(b.text.split()) >= 3]
    large = [b for b in first if b.first.size >= 1.15 * layout.body_size]
    if large:
        max(large, key=lambda b: (b.first.size, len(b.text))).role = "title"


def _is_caption(block: TextBlock, layout: Layout) -> bool:
    match = _CAPTION.match(block.text)
    if match is None:
        return False
    first, style = block.first.words[0].style, block.style
    return (
        (bool(match[2]) and not match[2].isalpha())
        or first != style
        or block.first.size < layout.body_size - 0.3
        or first.is_bold
    )


def _find_headings(blocks: list[TextBlock], layout: Layout) -> None:
    sure: dict[tuple[str, float], int] = {}
    for block in blocks:
        if block.role != "text" or not _has_heading_form(block):
            continue
        kind = section_kind(block.text)
        number = _NUMBERED.match(block.text)
        if (kind in _CORE and _stands_alone(block)) or (number and _stands_out(block, layout)):
            block.role = "heading"
            block.level = number[1].count(".") + 1 if number else 1
            key = (block.style.font, block.style.size)
            sure[key] = min(sure.get(key, 9), block.level)
    for block in blocks:
        if block.role != "text" or not _has_heading_form(block):
            continue
        key = (block.style.font, block.style.size)
        if _stands_out(block, layout) and (key in sure or _is_loud(block, layout)):
            block.role = "heading"
            block.level = sure.get(key, 2)


def _has_heading_form(block: TextBlock) -> bool:
    text = block.text
    words = text.split()
    if len(block.lines) > 3 or not 1 <= len(words) <= _MAX_HEADING_WORDS:
        return False
    letters = sum(character.isalpha() for character in text)
    if letters < 3 or letters < 0.5 * len(text.replace(" ", "")):
        return False
    bare = bare_title(text)
    return (bare[:1].isupper() and not text.endswith((".", ",", ";"))) or section_kind(
        text
    ) in _CORE


def _stands_alone(block: TextBlock) -> bool:
    return len(block.text) <= 80


def _stands_out(block: TextBlock, layout: Layout) -> bool:
    style = block.style
    return (
        style.size >= 1.05 * layout.body_size
        or (style.is_bold and style.font != layout.body_font)
        or (style.is_italic and style.font != layout.body_font)
        or (block.text.isupper() and len(block.text) > 4)
    )


def _is_loud(block: TextBlock, layout: Layout) -> bool:
    return block.style.is_bold and block.style.size >= layout.body_size - 0.2


def _mark_references(blocks: list[TextBlock]) -> None:
    inside = False
    for block in blocks:
        if block.role == "heading":
            inside = section_kind(block.text) == "references"
        elif inside and block.role == "text":
            block.role = "reference"


def _join(blocks: list[TextBlock]) -> list[TextBlock]:
    """Take a paragraph's continuation to its beginning, over floats between them."""
    joined: list[TextBlock] = []
    open_block: TextBlock | None = None
    for block in blocks:
        if block.role == "text":
            if open_block is not None and _continues(open_block, block):
                open_block.lines.extend(block.lines)
                continue
            open_block = block
        elif block.role in {"heading", "reference", "title"}:
            open_block = None
        joined.append(block)
    return joined


def _continues(block: TextBlock, following: TextBlock) -> bool:
    last, first = block.last, following.first
    if (last.page, last.column) == (first.page, first.column):
        return False
    if abs(last.size - first.size) > 0.6:
        return False
    text = last.text
    if text.endswith(("-", "\x02")):
        return True
    return not _TERMINAL.search(text) and (
        first.words[0].text[:1].islower() or last.right - last.x1 < 0.05 * (last.right - last.left)
    )
