"""Group lines into blocks: paragraphs, headings, list items, captions-to-be."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from etl.parse.draft import ZoneName
from etl.parse.pdf.caption import is_caption_start
from etl.parse.pdf.lines import Line
from etl.parse.pdf.words import Style
from etl.parse.section_kind import section_kind

__all__ = ["Layout", "TextBlock", "measure_layout", "to_blocks"]

_LIST_MARK = re.compile(
    r"^(?:[\u2022\u25cf\u25aa\u25a0\u2023\u2043\u00b7*]|\(?(?:\d{1,2}|[a-z]|[ivx]+)[.)])$"
)
_SENTENCE_END = re.compile(r"[.!?:]['\"\u201d\u2019)\]]*(?:\s*\[[\d,\s\u2013-]+\])?$")


@dataclass(frozen=True, slots=True)
class Layout:
    """What is usual in this paper."""

    #: Letter size of most characters, points.
    body_size: float
    #: Font of most characters at that size.
    body_font: str
    #: Distance of baselines in running text, points.
    leading: float


@dataclass(slots=True)
class TextBlock:
    """Lines that belong together; may later take in lines of the next column or page."""

    lines: list[Line] = field(default_factory=list)
    role: str = "text"
    #: Depth of a heading, 1 for the outermost.
    level: int = 1
    #: Section kind of a heading where it is known by more than its words.
    kind: str | None = None
    #: Zone where it differs from that of the section around.
    zone: ZoneName | None = None
    #: True for a heading that opened a paragraph on its own line.
    is_run_in: bool = False
    #: ``abstract`` or ``body`` where a part of the paper begins here without a heading.
    opens: str = ""
    #: Number of lines and style, kept until lines are added.
    _style: tuple[int, Style] | None = None

    @property
    def first(self) -> Line:
        """The first line."""
        return self.lines[0]

    @property
    def last(self) -> Line:
        """The last line."""
        return self.lines[-1]

    @property
    def style(self) -> Style:
        """Style of most of its characters."""
        if self._style is None or self._style[0] != len(self.lines):
            weights: dict[Style, int] = {}
            for line in self.lines:
                for word in line.words:
                    weights[word.style] = weights.get(word.style, 0) + len(word.text)
            self._style = len(self.lines), max(weights, key=lambda style: weights[style])
        return self._style[1]

    @property
    def text(self) -> str:
        """Its lines joined by blanks, for tests of form only."""
        return " ".join(line.text for line in self.lines)


def measure_layout(lines: Sequence[Line]) -> Layout:
    """Find body size, font and leading by counting characters before the reference list."""
    lines = _before_references(lines)
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    body_size = sizes.most_common(1)[0][0] if sizes else 10.0
    fonts: Counter[str] = Counter()
    gaps: Counter[float] = Counter()
    for line, following in pairwise(lines):
        if abs(line.size - body_size) <= 0.3:
            fonts[line.style.font] += len(line.text)
        if line.page == following.page and line.column == following.column:
            gap = following.baseline - line.baseline
            if 0.8 * body_size <= gap <= 2.5 * body_size:
                gaps[round(gap * 2) / 2] += 1
    return Layout(
        body_size=body_size,
        body_font=fonts.most_common(1)[0][0] if fonts else "",
        leading=gaps.most_common(1)[0][0] if gaps else 1.2 * body_size,
    )


def _before_references(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines above the last reference heading, where that is not among the first ones."""
    for index in range(len(lines) - 1, len(lines) // 4, -1):
        text = lines[index].text
        if len(text) < 30 and section_kind(text) == "references":
            return lines[:index]
    return lines


def to_blocks(lines: Sequence[Line], layout: Layout) -> list[TextBlock]:
    """
    Cut ordered lines into blocks.

    Args:
        lines: Of the whole paper, in reading order.
        layout: The paper's usual measures.

    Returns:
        Blocks in the same order; each line is in exactly one.
    """
    blocks: list[TextBlock] = []
    for line in lines:
        if blocks and not _starts_block(blocks[-1], line, layout):
            blocks[-1].lines.append(line)
        else:
            blocks.append(TextBlock(lines=[line]))
    return blocks


def _starts_block(block: TextBlock, line: Line, layout: Layout) -> bool:
    last = block.last
    if line.page != last.page or line.column != last.column:
        return True
    if _style_breaks(block, last, line):
        return True
    if is_caption_start(line.text) and (_ends_short_or_stop(last) or line.size != last.size):
        return True
    gap = line.baseline - last.baseline
    usual = layout.leading * line.size / layout.body_size
    if gap > max(1.3 * usual, 1.45 * line.size) or gap < 0:
        return gap < 0 or not _is_same_leading(block, gap)
    return _indent_breaks(block, last, line)


def _is_same_leading(block: TextBlock, gap: float) -> bool:
    """True where the block's own lines stand as far apart as this one does."""
    if len(block.lines) < 2:
        return False
    own = block.lines[-1].baseline - block.lines[-2].baseline
    return abs(gap - own) <= 0.15 * own


def _style_breaks(block: TextBlock, last: Line, line: Line) -> bool:
    """A change of size, or of face from one whole line to another whole line."""
    if abs(line.size - last.size) > 0.08 * max(line.size, last.size):
        return True
    if line.style.font == last.style.font or not (_is_uniform(line) or _is_uniform(last)):
        return False
    if last.text.endswith((",", "\x02", "-")):
        return False
    # A line of species names may be italic from end to end amid a paragraph: there the lines
    # before it fill the column and do not end a sentence.
    opens = all(one.style.font == last.style.font and _is_uniform(one) for one in block.lines)
    return (opens and len(block.lines) <= 4) or _ends_short_or_stop(last)


def _is_uniform(line: Line) -> bool:
    return all(
        word.style.font == line.style.font for word in line.words if len(word.text.strip()) > 1
    )


def _indent_breaks(block: TextBlock, last: Line, line: Line) -> bool:
    """A first-line indent, a list mark, or a short last line before a new start."""
    size = line.size
    first_word = line.words[0].text
    if _LIST_MARK.match(first_word) and len(line.words) > 2 and _ends_short_or_stop(last):
        return True
    indent = line.x0 - line.left
    last_indent = last.x0 - last.left
    # A hanging paragraph has its first line at the left and all others indented.
    hanging = len(block.lines) > 1 and block.lines[1].x0 - block.first.x0 > 0.6 * size
    if hanging and line.x0 <= block.first.x0 + 0.3 * size:
        return True
    if not hanging and 0.6 * size < indent < 5 * size and last_indent <= 0.5 * size:
        return _ends_short_or_stop(last) and not first_word[:1].islower()
    short = line.right - last.x1 > 0.15 * (line.right - line.left)
    return short and bool(_SENTENCE_END.search(last.text)) and not first_word[:1].islower()


def _ends_short_or_stop(last: Line) -> bool:
    return bool(_SENTENCE_END.search(last.text)) or last.right - last.x1 > 2 * last.size
