"""Mark title, authors, addresses and licence lines, which are no part of the paper's text."""

import re
from collections.abc import Sequence

from etl.parse.pdf.blocks import Layout, TextBlock
from etl.parse.pdf.prose import is_body_style, is_prose
from etl.parse.section_kind import section_kind

__all__ = ["mark_front"]

_OPENING_KINDS = frozenset({"abstract", "introduction"})
_RUN_IN_ABSTRACT = re.compile(r"^(?:abstract|summary)\s*[.:\u2013\u2014-]", re.IGNORECASE)
_KEYWORDS = re.compile(r"^(?:key\s?-?words?|index terms|abbreviations)\b", re.IGNORECASE)
#: Addresses, dates of the manuscript, licence and citation lines.
_IMPRINT = re.compile(
    r"@|\bcorrespond(?:ence|ing author)|\u00a9|\bcopyright\b|creative commons|open access article"
    r"|\breceived:?\s+\d|\baccepted:?\s+\d|\bpublished:?\s+\d|^\W*(?:how to )?cite this article"
    r"|^proceedings of\b|\b(?:19|20)\d\d;\s?\d+\s?(?:\(\d+\))?:\s?\d+"
    r"|academic editor|\blicen[cs]e[de]?\b|all rights reserved|\bdoi:?\s*10\.|^issn\b"
    r"|university|department of|institute of",
    re.IGNORECASE,
)
_ARTICLE_TYPE = re.compile(
    r"(?:[a-z]+ )?(?:research|review|original|short|brief|case|data|open|invited|regular)?\s*"
    r"(?:article|paper|review|report|communication|research|letter|access|note)s?",
    re.IGNORECASE,
)
#: Shorter titles in a PDF's properties are file names or nothing.
_MIN_STATED_LETTERS = 16
#: Points from the top edge in which journals set their banner.
_BANNER_HEIGHT = 45
#: The imprint stands on the first pages; some journals put a cover page before.
_FIRST_PAGES = 2
_WORDED = frozenset({"text", "heading"})
_NAMING = _WORDED | {"noise"}


def mark_front(
    blocks: Sequence[TextBlock], layout: Layout, stated_title: str = ""
) -> list[TextBlock]:
    """
    Set zone ``front`` for everything before the abstract or the first running text.

    Args:
        blocks: In reading order; headings and references are known.
        layout: The paper's usual measures.
        stated_title: What the PDF's properties call the paper; often a file name.

    Returns:
        The blocks; parts of the title that stood apart are one block.
    """
    title = _title(blocks, layout, stated_title)
    if title is not None:
        title.role, title.zone = "title", "front"
        _complete_title(blocks, title)
        blocks = [block for block in blocks if block.lines]
    end = _front_end(blocks, layout, title)
    for block in blocks[:end]:
        if block is not title and block.role != "caption":
            block.zone = "front"
            if block.role in {"heading", "noise"}:
                block.role = "text"
    is_keywords = False
    for block in blocks[end:]:
        if block.role in {"text", "heading"} and _is_imprint(block, layout):
            block.zone = "front"
            block.role = "footnote"
        elif is_keywords or (block.role in _NAMING and _KEYWORDS.match(block.text)):
            # The heading "Keywords", which may look like a label, and the list that follows it.
            is_keywords = block.role != "text" or len(block.text.split()) <= 2
            if block.first.page <= _FIRST_PAGES + 1 and block.role in _WORDED:
                block.role, block.zone = "text", "front"
    _mark_parts(blocks[end:], layout)
    return list(blocks)


def _mark_parts(blocks: Sequence[TextBlock], layout: Layout) -> None:
    """Find an abstract that begins with its name, and a body that begins without any heading."""
    abstract: TextBlock | None = None
    inside = False
    for block in blocks:
        if block.first.page > _FIRST_PAGES + 1:
            return
        if block.role == "heading":
            inside = section_kind(block.text) == "abstract"
            if abstract is not None and not inside:
                return
        elif block.role == "text" and block.zone is None:
            if not inside and abstract is None and _RUN_IN_ABSTRACT.match(block.text):
                block.opens, abstract, inside = "abstract", block, True
            elif inside and abstract is None:
                abstract = block
            elif abstract is not None and _leaves_abstract(block, abstract, layout):
                block.opens = "body"
                return


def _leaves_abstract(block: TextBlock, abstract: TextBlock, layout: Layout) -> bool:
    """True for prose in the body's style after an abstract that is set otherwise."""
    return (
        is_body_style(block, layout)
        and not is_body_style(abstract, layout)
        and is_prose(block, layout)
    )


def _title(blocks: Sequence[TextBlock], layout: Layout, stated: str) -> TextBlock | None:
    """The block that holds the stated title, else the largest text of at least four words."""
    first = [b for b in blocks if b.first.page <= _FIRST_PAGES and b.role in _WORDED]
    wanted = _letters(stated)
    if len(wanted) >= _MIN_STATED_LETTERS:
        # The line that tells how to cite the paper holds its title too, in small print.
        holding = [block for block in first if _holds(block, wanted)]
        if holding:
            return max(holding, key=lambda block: block.first.size)
    large = [
        block
        for block in first
        if len(block.text.split()) >= 4
        and block.style.size >= (1.05 if block.style.is_bold else 1.15) * layout.body_size
    ]
    large = [block for block in large if block.first.page == 1] or large
    # The banner of a journal may be larger than the title, but it stands at the very top.
    large = [block for block in large if block.first.y0 >= _BANNER_HEIGHT] or large
    return max(large, key=lambda block: (round(block.style.size), len(block.text)), default=None)


def _holds(block: TextBlock, wanted: str) -> bool:
    letters = _letters(block.text)
    return wanted in letters or (len(letters) >= _MIN_STATED_LETTERS and letters in wanted)


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def _complete_title(blocks: Sequence[TextBlock], title: TextBlock) -> None:
    """Take in the lines of the title that a change of face or letter size parted from it."""
    position = next(index for index, block in enumerate(blocks) if block is title)
    for step in (-1, 1):
        index = position + step
        while 0 <= index < len(blocks) and _belongs_to_title(blocks[index], title, step):
            block = blocks[index]
            title.lines[:] = block.lines + title.lines if step < 0 else title.lines + block.lines
            block.lines = []
            index += step


def _belongs_to_title(block: TextBlock, title: TextBlock, step: int) -> bool:
    if block.role not in _WORDED or block.first.page != title.first.page:
        return False
    upper, lower = (block.last, title.first) if step < 0 else (title.last, block.first)
    near = 0 <= lower.baseline - upper.baseline <= 1.9 * title.first.size
    # Lines of small capitals may hold fewer large letters than small ones.
    tolerance = 0.25 if block.text.isupper() and title.text.isupper() else 0.12
    same_size = abs(block.first.size - title.first.size) <= tolerance * title.first.size
    return near and same_size and not _ARTICLE_TYPE.fullmatch(block.text)


def _front_end(blocks: Sequence[TextBlock], layout: Layout, title: TextBlock | None) -> int:
    """Index of the block with which abstract or text begins."""
    after_title = next((i + 1 for i, block in enumerate(blocks) if block is title), 0)
    fallback = None
    for index, block in enumerate(blocks):
        if block.first.page > _FIRST_PAGES + 1:
            break
        opens = block.role == "heading" and section_kind(block.text) in _OPENING_KINDS
        if opens or (block.role == "text" and _RUN_IN_ABSTRACT.match(block.text)):
            return index
        if fallback is None and index >= after_title and _is_opening_prose(block, layout):
            fallback = index
    if fallback is None:
        return 0
    # The headings right above the first running text belong to it.
    while fallback > after_title and blocks[fallback - 1].role == "heading":
        fallback -= 1
    return fallback


def _is_opening_prose(block: TextBlock, layout: Layout) -> bool:
    if block.role == "heading":
        return block.first.page > 1 and not _IMPRINT.search(block.text)
    long = len(block.text.split()) >= 40 and is_prose(block, layout)
    return block.role == "text" and long and not _IMPRINT.search(block.text)


def _is_imprint(block: TextBlock, layout: Layout) -> bool:
    """Small print of the first pages with an address, date or licence in it."""
    if block.first.page > _FIRST_PAGES or block.style.size > layout.body_size - 0.4:
        return False
    return bool(_IMPRINT.search(block.text))
