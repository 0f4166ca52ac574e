"""
Find headings, in two passes.

Sure ones are known by their words (IMRaD and back matter), their number, or the PDF's own
outline. Then every short block set in the style of a sure one, or in a style that the paper
uses for nothing but short lines above running text, is a heading too. A run of words in such a
style that opens a paragraph is a run-in heading.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from etl.parse.pdf.blocks import Layout, TextBlock
from etl.parse.pdf.caption import CAPTION_START
from etl.parse.pdf.prose import is_body_style, is_prose, style_key
from etl.parse.pdf.words import Style, Word
from etl.parse.section_kind import bare_title, section_kind

if TYPE_CHECKING:
    from etl.parse.pdf.lines import Line

__all__ = ["find_headings", "merge_headings", "split_run_ins"]

_NUMBERED = re.compile(r"^(\d{1,2}(?:\s?\.\s?\d{1,2}){0,3})\s?[.)|]?\s+(?:\|\s+)?(?=[^\W\d_])")
_DEEP_NUMBER = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+(?=[A-Z][^\W\d_]{2})")
_MAX_NUMBERED_WORDS = 14
_ROMAN = re.compile(r"^(?:[IVX]{1,5})\.\s+(?=[^\W\d_])")
_LETTERED = re.compile(r"^([A-H](?:\.\d{1,2}){0,3})\.?\s+(?=[A-Z])")
_NO_HEADING = re.compile(r"[@=\u2211\u222b\u00a9]|https?:")
_MARK = re.compile(r"^\(?(?:[ivx]{1,4}|[a-z]|\d{1,2})[.)]\s")
_OPEN_END = re.compile(r"\b(?:of|and|in|on|for|the|a|an|by|with|to|from|between)$", re.IGNORECASE)
_MAX_HEADING_WORDS = 25
_MAX_RUN_IN_WORDS = 16
_SURE_KINDS = frozenset(
    {"abstract", "introduction", "methods", "results", "discussion", "conclusion", "references"}
    | {"acknowledgements", "funding", "data_availability", "conflicts", "contributions", "ethics"}
    | {"supplement", "code_availability"}
)
#: Statements that many journals set as run-in headings of the first depth.
_TOP_KINDS = frozenset(
    {"abstract", "references", "acknowledgements", "funding", "data_availability", "conflicts"}
    | {"contributions", "ethics", "supplement", "code_availability"}
)
Key = tuple[str, float]


def split_run_ins(blocks: Sequence[TextBlock], layout: Layout) -> list[TextBlock]:
    """Cut the heading that opens a paragraph on its first line from the text after it."""
    result: list[TextBlock] = []
    for block in blocks:
        parts = _run_in(block, layout) if block.role == "text" else None
        result.extend(parts or [block])
    return result


def _run_in(block: TextBlock, layout: Layout) -> list[TextBlock] | None:
    words = [word for line in block.lines[:3] for word in line.words]
    lead = words[0].style
    run = 0
    while run < len(words) and _same_face(words[run].style, lead):
        run += 1
    if not 1 <= run <= _MAX_RUN_IN_WORDS or run >= len(words):
        return None
    rest = words[run].style
    if not _is_face_change(lead, rest) or not _reads_as_run_in(words[:run], words[run], lead):
        return None
    if abs(rest.size - layout.body_size) > 1.6:
        return None
    return _cut(block, run)


def _same_face(style: Style, lead: Style) -> bool:
    return (style.font, style.is_bold, style.is_italic) == (
        lead.font,
        lead.is_bold,
        lead.is_italic,
    ) and abs(style.size - lead.size) < 0.6


def _is_face_change(lead: Style, rest: Style) -> bool:
    if lead.is_bold and not rest.is_bold:
        return True
    return lead.is_italic and not rest.is_italic


def _reads_as_run_in(run: Sequence[Word], following: Word, lead: Style) -> bool:
    text = " ".join(word.text for word in run)
    letters = sum(character.isalpha() for character in text)
    if letters < 4 or not bare_title(text)[:1].isupper():
        return False
    ended = text.endswith((".", ":", ".\u2014", "\u2014", "\u2013"))
    opens = following.text[:1].isupper() or following.text[:1].isdigit()
    numbered = bool(_NUMBERED.match(text))
    if lead.is_bold:
        return (ended or numbered or section_kind(text) in _SURE_KINDS) and len(text) < 120
    # Italic words at a start are often the name of a species.
    return opens and ((ended and len(run) >= 1 and letters >= 6) or numbered)


def _cut(block: TextBlock, run: int) -> list[TextBlock]:
    head: list[Line] = []
    tail: list[Line] = []
    for line in block.lines:
        taken = min(run, len(line.words))
        run -= taken
        for part, lines in ((line.words[:taken], head), (line.words[taken:], tail)):
            if part:
                lines.append(line.with_words(part))
    if not tail:
        return [block]
    heading = TextBlock(lines=head, is_run_in=True)
    return [heading, TextBlock(lines=tail)]


def find_headings(blocks: Sequence[TextBlock], layout: Layout, outline: Sequence[str]) -> None:
    """
    Set role and level of the headings among the blocks.

    Args:
        blocks: In reading order; captions and tables are marked already.
        layout: The paper's usual measures.
        outline: Titles of the PDF's outline.
    """
    known = {
        _letters(title)
        for title in outline
        if len(_letters(title)) > 3 and not CAPTION_START.match(title)
    }
    candidates = [
        (index, block)
        for index, block in enumerate(blocks)
        if block.role == "text" and _has_heading_form(block, known)
    ]
    sure: dict[Key, int] = {}
    for _, block in candidates:
        level = _sure_level(block, layout, known)
        if level:
            block.role, block.level = "heading", level
            sure[style_key(block)] = min(sure.get(style_key(block), 9), level)
    often = {text for text, count in Counter(b.text for _, b in candidates).items() if count > 2}
    styles = _heading_styles(blocks, [block for _, block in candidates], layout)
    for index, block in candidates:
        # Words that come again and again are labels of figures; so is what stands aside.
        if block.role == "heading" or block.text in often or not _is_aligned(block):
            continue
        key = style_key(block)
        in_style = key in sure and not is_body_style(block, layout)
        if block.is_run_in or ((in_style or key in styles) and _leads(blocks, index, layout)):
            block.role = "heading"
            block.level = sure.get(key, 2 if not block.is_run_in else 3)
    _settle_levels([block for block in blocks if block.role == "heading"], sure)


def _sure_level(block: TextBlock, layout: Layout, known: set[str]) -> int:
    """Depth of a heading that its words, number or the outline prove; 0 for none."""
    text = block.text
    depth = _number_depth(text)
    if _letters(text) in known:
        return depth or 1
    if section_kind(text) in _SURE_KINDS and len(text) <= 80 and not _is_sentence(text):
        alone = len(block.lines) == 1 and len(text.split()) <= 6
        if alone or _stands_out(block, layout):
            return depth or 1
    numbered = _NUMBERED.match(text) or (_ROMAN.match(text) and text.isupper())
    if numbered and _stands_out(block, layout) and not text.endswith("."):
        return depth
    # "2.2.1. Detection" on a line of its own needs no other face.
    short = len(block.lines) <= 2 and len(text.split()) <= _MAX_NUMBERED_WORDS
    return depth if _DEEP_NUMBER.match(text) and short else 0


def _number_depth(text: str) -> int:
    """Depth that the number before a title states; 0 where it has none."""
    number = _NUMBERED.match(text)
    if number:
        return number[1].count(".") + 1
    lettered = _LETTERED.match(text)
    if lettered:
        return lettered[1].count(".") + 1
    return 1 if _ROMAN.match(text) else 0


def _is_sentence(text: str) -> bool:
    return text.endswith(".") and len(text.split()) > 5


def _heading_styles(
    blocks: Sequence[TextBlock], candidates: Sequence[TextBlock], layout: Layout
) -> set[Key]:
    """Styles other than the body's that the paper keeps for short lines."""
    short: dict[Key, int] = defaultdict(int)
    count: dict[Key, int] = defaultdict(int)
    total: dict[Key, int] = defaultdict(int)
    for block in blocks:
        if block.role in {"text", "heading", "caption"}:
            total[style_key(block)] += len(block.text)
    for block in candidates:
        short[style_key(block)] += len(block.text)
        count[style_key(block)] += 1
    styles: set[Key] = set()
    for key, letters in short.items():
        larger = key[1] >= layout.body_size + 0.4
        enough = count[key] >= 2 or larger
        if (
            key != (layout.body_font, layout.body_size)
            and key[1] >= layout.body_size - 0.9
            and enough
            and letters >= 0.6 * total[key]
        ):
            styles.add(key)
    return styles


def _has_heading_form(block: TextBlock, known: set[str]) -> bool:
    text = block.text
    words = text.split()
    if len(block.lines) > 4 or not 1 <= len(words) <= _MAX_HEADING_WORDS:
        return False
    if _letters(text) in known:
        return True
    letters = sum(character.isalpha() for character in text)
    if letters < 3 or letters < 0.6 * len(text.replace(" ", "")) or _NO_HEADING.search(text):
        return False
    if section_kind(text) in _SURE_KINDS:
        return True
    return _ends_as_heading(block, text) and _begins_as_heading(text)


def _ends_as_heading(block: TextBlock, text: str) -> bool:
    """Without a mark that goes on; a full stop only behind a number or on a shared line."""
    if text.endswith((",", ";")):
        return False
    numbered = _DEEP_NUMBER.match(text) and len(text.split()) <= _MAX_NUMBERED_WORDS
    return not text.endswith(".") or block.is_run_in or bool(numbered)


def _begins_as_heading(text: str) -> bool:
    bare = bare_title(text)
    return bare[:1].isupper() or bool(_NUMBERED.match(text))


def _stands_out(block: TextBlock, layout: Layout) -> bool:
    style = block.style
    if style.size >= 1.05 * layout.body_size:
        return True
    if style.font != layout.body_font and (style.size >= layout.body_size - 0.9):
        return True
    return block.text.isupper() and len(block.text) > 4


def _is_aligned(block: TextBlock) -> bool:
    """True for lines that begin where their column begins, or stand in its middle."""
    line = block.first
    if block.is_run_in or line.x0 - line.left <= 2.5 * line.size:
        return True
    middle = (line.left + line.right) / 2
    return abs((line.x0 + line.x1) / 2 - middle) <= 0.04 * (line.right - line.left)


def _leads(blocks: Sequence[TextBlock], index: int, layout: Layout) -> bool:
    """True where running text or another heading comes next, floats and noise aside."""
    block = blocks[index]
    for following in blocks[index + 1 : index + 12]:
        if following.role in {"caption", "table", "noise"}:
            continue
        if following.role == "heading":
            return True
        if is_prose(following, layout):
            return True
        # Another candidate of the same kind: look on.
        if style_key(following) == style_key(block) or len(following.text.split()) < 8:
            continue
        return False
    return False


def merge_headings(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """Put together the lines of one heading that a change of face, as a name has, parted."""
    merged: list[TextBlock] = []
    for block in blocks:
        if merged and block.role == "heading" == merged[-1].role and _goes_on(merged[-1], block):
            merged[-1].lines.extend(block.lines)
        else:
            merged.append(block)
    return merged


def _goes_on(heading: TextBlock, following: TextBlock) -> bool:
    last, first = heading.last, following.first
    if (last.page, last.column) != (first.page, first.column) or heading.is_run_in:
        return False
    if abs(last.size - first.size) > 0.6 or first.baseline - last.baseline > 1.45 * last.size:
        return False
    text = following.text
    if _NUMBERED.match(text) or section_kind(text) in _SURE_KINDS or _MARK.match(text):
        return False
    fills = last.right - last.x1 < 0.25 * (last.right - last.left)
    return text[:1].islower() or fills or bool(_OPEN_END.search(heading.text))


def _settle_levels(headings: Sequence[TextBlock], sure: dict[Key, int]) -> None:
    """Unnumbered headings get the depth of their style, ranked by size and weight."""
    styles: dict[Key, int] = {}
    romans = sum(bool(_ROMAN.match(block.text)) for block in headings) >= 2
    above = 1
    for block in headings:
        depth = _number_depth(block.text)
        if depth:
            # Where the chapters have Roman numbers, letters number what stands below them.
            below_roman = romans and bool(_LETTERED.match(block.text))
            block.level = depth + (below_roman and not _ROMAN.match(block.text))
        elif block.is_run_in and section_kind(block.text) not in _TOP_KINDS:
            block.level = above + 1
            continue
        else:
            key = style_key(block)
            if key not in styles:
                styles[key] = sure.get(key, 0) or _rank(block, headings, sure)
            block.level = styles[key]
        above = block.level


def _rank(block: TextBlock, headings: Sequence[TextBlock], sure: dict[Key, int]) -> int:
    """One deeper than the deepest sure style that is set larger or bolder."""
    style = block.style
    above = [
        sure[style_key(other)]
        for other in headings
        if style_key(other) in sure
        and (other.style.size, other.style.is_bold) > (style.size, style.is_bold)
    ]
    base = max(above, default=1)
    return min(base + 1, 5)


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
