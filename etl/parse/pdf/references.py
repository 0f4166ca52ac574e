"""Mark the reference list and cut it into entries."""

import re
from collections.abc import Sequence

from etl.parse.pdf.blocks import Layout, TextBlock
from etl.parse.pdf.lines import Line
from etl.parse.pdf.prose import stop_share, style_key
from etl.parse.section_kind import section_kind

__all__ = ["mark_references"]

_NUMBER = re.compile(r"^[\[(]?(\d{1,4})[\])]?[.)\s]?(?:\s|$|(?=[A-Z]))")
_BULLETS = ("\u2022", "\u25aa", "\u25cf")
_FIRST_ENTRY = re.compile(r"^(?:\[1\]|\(1\)|1[.)])\s")
#: Fewer numbered items with years may be an ordinary list.
_MIN_UNTITLED = 8
_AUTHOR = re.compile(r"^[A-Z\u00c0-\u00de][\w'\u2019-]+,?\s+\S")
_YEAR = re.compile(r"\b(?:1[6-9]|20)\d{2}[a-z]?\b")
_FLOATS = frozenset({"caption", "table", "noise"})
#: Entries have 0.05 to 0.2 stop words, running text 0.3 to 0.5.
_MIN_PROSE_STOPS = 0.3
_MIN_PROSE_WORDS = 30
_AFTER = frozenset(
    {"supplement", "conflicts", "contributions", "acknowledgements", "funding"}
    | {"data_availability", "code_availability", "ethics"}
)


def mark_references(blocks: Sequence[TextBlock], layout: Layout) -> list[TextBlock]:
    """
    Turn the blocks below the reference heading into entries.

    Args:
        blocks: In reading order, headings found.
        layout: The paper's usual measures.

    Returns:
        All blocks, those of the list replaced by one block an entry.
    """
    del layout
    starts = [
        index
        for index, block in enumerate(blocks)
        if block.role == "heading" and section_kind(block.text) == "references"
    ]
    if not starts:
        return _without_heading(blocks)
    result: list[TextBlock] = []
    position = 0
    for start in starts:
        if start < position:
            continue
        result.extend(blocks[position : start + 1])
        end = _end(blocks, start)
        result.extend(_entries(blocks[start + 1 : end]))
        if end < len(blocks):
            # What comes after the list does not stand below it.
            blocks[end].level = min(blocks[end].level, blocks[start].level)
        position = end
    result.extend(blocks[position:])
    return result


def _without_heading(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """Some journals print the list without a heading: numbered entries that hold years."""
    for start in range(len(blocks) // 4, len(blocks)):
        if blocks[start].role != "text" or not _FIRST_ENTRY.match(blocks[start].text):
            continue
        end = start
        while end < len(blocks) and blocks[end].role != "heading":
            end += 1
        entries = _entries(blocks[start:end])
        listed = [entry for entry in entries if entry.role == "reference"]
        dated = sum(bool(_YEAR.search(entry.text)) for entry in listed)
        if len(listed) >= _MIN_UNTITLED and dated >= 0.8 * len(listed):
            return [*blocks[:start], *entries, *blocks[end:]]
    return list(blocks)


def _end(blocks: Sequence[TextBlock], start: int) -> int:
    """The first heading after the list that is set as its heading is, or says so in words."""
    key = style_key(blocks[start])
    for index in range(start + 1, len(blocks)):
        block = blocks[index]
        if block.role != "heading":
            if _is_prose_again(blocks, index):
                return index
            continue
        same_style = style_key(block) == key and not _NUMBER.match(block.text)
        kind = section_kind(block.text)
        # The name of a journal in italics is no heading.
        marked = same_style or block.style.is_bold or block.text.isupper()
        if kind in _AFTER and marked and len(block.text.split()) <= 8:
            return index
        if same_style and key[1] > 0 and _is_followed_by_prose(blocks, index):
            return index
    return len(blocks)


def _is_prose_again(blocks: Sequence[TextBlock], index: int) -> bool:
    """Two paragraphs of running text without any year: no entries, but an appendix."""
    following = [b for b in blocks[index : index + 6] if b.role not in _FLOATS][:2]
    return len(following) == 2 and all(
        len(block.text.split()) >= _MIN_PROSE_WORDS
        and stop_share(block.text) >= _MIN_PROSE_STOPS
        and not _YEAR.search(block.text)
        for block in following
    )


def _is_followed_by_prose(blocks: Sequence[TextBlock], index: int) -> bool:
    """Prose after a heading has no year in most of its lines; entries have."""
    lines = [line for block in blocks[index + 1 : index + 4] for line in block.lines][:12]
    if not lines:
        return False
    return sum(bool(_YEAR.search(line.text)) for line in lines) < 0.25 * len(lines)


def _entries(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """Floats keep their place; all other lines are cut into entries."""
    result: list[TextBlock] = []
    lines: list[Line] = []
    for block in blocks:
        if block.role in {"caption", "table", "noise"}:
            result.append(block)
        else:
            lines.extend(block.lines)
    starts = _starts(lines)
    for line, is_start in zip(lines, starts, strict=True):
        if is_start or not result or result[-1].role != "reference":
            result.append(TextBlock(lines=[line], role="reference", zone="references"))
        else:
            result[-1].lines.append(line)
    return result


def _starts(lines: Sequence[Line]) -> list[bool]:
    """For each line whether an entry begins with it: by sign, number, hanging indent or leading."""
    bulleted = [line.text.startswith(_BULLETS) for line in lines]
    if sum(bulleted) >= 3:
        return bulleted
    numbered = _numbered_starts(lines)
    if sum(numbered) >= 3:
        return numbered
    hanging = [line.x0 - line.left < 0.35 * line.size for line in lines]
    if 0.15 * len(lines) < sum(hanging) < 0.8 * len(lines):
        return hanging
    starts: list[bool] = []
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else None
        gap = line.baseline - before.baseline if before and before.page == line.page else 0.0
        parted = gap > 1.3 * line.size + 1.5
        starts.append(before is None or parted or _ended(before) or _is_author_year(before, line))
    return starts


def _is_author_year(before: Line, line: Line) -> bool:
    """A name at the start and a year on the line, after a line that closed its entry."""
    closed = before.text.endswith(".") or before.text[-1:].isdigit()
    return closed and bool(_AUTHOR.match(line.text)) and bool(_YEAR.search(line.text))


def _ended(line: Line) -> bool:
    return line.text.endswith(".") and line.right - line.x1 > 0.1 * (line.right - line.left)


def _numbered_starts(lines: Sequence[Line]) -> list[bool]:
    """Lines whose leading number goes on where the last one stopped."""
    starts: list[bool] = []
    expected: int | None = None
    for line in lines:
        match = _NUMBER.match(line.text)
        number = int(match[1]) if match else None
        fits = number is not None and (
            (expected is None and number <= 2)
            or (expected is not None and expected <= number <= expected + 2)
        )
        if fits and number is not None:
            expected = number + 1
        starts.append(fits)
    return starts
