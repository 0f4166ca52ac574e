"""
Set sentences into lines, and lines into columns and pages.

Positions are PDF points with the origin at the top left of the page. Every run of text
remembers which sentence it belongs to, so that a TEI file can name the place of each sentence.
"""
# ruff: noqa: INP001  (scripts in a folder, not a package)

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from paper_source import SOFT_HYPHEN
from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]

__all__ = ["Frame", "Rule", "Run", "Stack", "Style", "flow", "set_text"]

_URL = re.compile(r"https?://[^\s]+?(?=[.,;]?$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a block is set; lengths in points."""

    font: str
    size: float
    leading: float
    space_before: float = 0.0
    first_indent: float = 0.0
    hanging: float = 0.0
    justified: bool = True
    centred: bool = False
    #: Room demanded below, so that a heading never ends a column.
    keep: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words of one sentence on one line; ``y`` is the base line."""

    x: float
    y: float
    width: float
    text: str
    font: str
    size: float
    word_space: float = 0.0
    #: (block, sentence) of the source, or None for text that is no sentence.
    tag: tuple[int, int] | None = None
    url: str | None = None
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A straight line."""

    x0: float
    y0: float
    x1: float
    y1: float
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Something that is placed as a whole: a line, a table, a figure."""

    height: float
    runs: tuple[Run, ...] = ()
    rules: tuple[Rule, ...] = ()
    keep: float = 0.0
    #: True for blank space, which is dropped at the top of a column.
    is_space: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A column on a page, 1-based."""

    page: int
    x: float
    top: float
    bottom: float


@dataclass(slots=True)
class _Line:
    """Words with their sentence index and link."""

    words: list[tuple[str, int, str | None]] = field(default_factory=list)
    width: float = 0.0


def set_text(sentences: Sequence[str], style: Style, width: float, *, block: int) -> list[Stack]:
    """
    Break sentences into justified lines.

    Args:
        sentences: Texts with soft hyphens.
        style: Font and spacing.
        width: Of the column, points.
        block: Index of the block, for the tags.

    Returns:
        One stack a line, a blank one before where the style asks for it.
    """
    stacks = [Stack(height=style.space_before, is_space=True)] if style.space_before else []
    lines = list(_break(sentences, style, width))
    for number, line in enumerate(lines):
        indent = style.first_indent if number == 0 else style.hanging
        is_last = number == len(lines) - 1
        extra = 0.0
        if style.justified and not is_last and len(line.words) > 1:
            extra = (width - indent - line.width) / (len(line.words) - 1)
        if style.centred:
            indent = (width - line.width) / 2
        runs = tuple(_runs(line, style, indent, extra, block))
        stacks.append(
            Stack(height=style.leading, runs=runs, keep=style.keep if is_last else style.keep + 1)
        )
    return stacks


def flow(stacks: Iterable[Stack], frames: Iterator[Frame]) -> tuple[list[Run], list[Rule]]:
    """Place stacks from column to column; returns what stands where."""
    runs: list[Run] = []
    rules: list[Rule] = []
    frame = next(frames)
    y = frame.top
    for stack in stacks:
        if y + stack.height + stack.keep > frame.bottom:
            frame = next(frames)
            y = frame.top
        if stack.is_space and y == frame.top:
            continue
        runs += [
            replace(run, x=run.x + frame.x, y=run.y + y, page=frame.page) for run in stack.runs
        ]
        rules += [
            replace(
                rule,
                x0=rule.x0 + frame.x,
                x1=rule.x1 + frame.x,
                y0=rule.y0 + y,
                y1=rule.y1 + y,
                page=frame.page,
            )
            for rule in stack.rules
        ]
        y += stack.height
    return runs, rules


def _break(sentences: Sequence[str], style: Style, width: float) -> Iterator[_Line]:
    """Greedy lines; a word that does not fit is divided where it may be."""
    space = stringWidth(" ", style.font, style.size)
    line = _Line()
    room = width - style.first_indent
    for index, sentence in enumerate(sentences):
        for word in sentence.split():
            found = _URL.search(word)
            url = found.group() if found else None
            rest = word
            while rest:
                gap = space if line.words else 0.0
                head, rest = _fit(rest, style, room - line.width - gap)
                if head:
                    line.words.append((head, index, url))
                    line.width += gap + stringWidth(head, style.font, style.size)
                if rest:
                    if not line.words:
                        message = f"'{rest}' is wider than the column"
                        raise ValueError(message)
                    yield line
                    line = _Line()
                    room = width - style.hanging
    if line.words:
        yield line


def _fit(word: str, style: Style, room: float) -> tuple[str, str]:
    """The longest part of a word that fits, and what is left of it."""
    plain = word.replace(SOFT_HYPHEN, "")
    if stringWidth(plain, style.font, style.size) <= room:
        return plain, ""
    for head, rest in reversed(list(_divisions(word))):
        if stringWidth(head, style.font, style.size) <= room:
            return head, rest
    return "", word


def _divisions(word: str) -> Iterator[tuple[str, str]]:
    """All places where a word may be divided: soft hyphens, hyphens, slashes of a URL."""
    if "://" in word:
        cuts = [m.end() for m in re.finditer(r"(?<![:/])/(?!/)", word)][:-1]
        yield from ((word[:cut], word[cut:]) for cut in cuts)
        return
    for mark in re.finditer(re.escape(SOFT_HYPHEN), word):
        yield word[: mark.start()].replace(SOFT_HYPHEN, "") + "-", word[mark.end() :]


def _runs(line: _Line, style: Style, indent: float, extra: float, block: int) -> Iterator[Run]:
    """The runs of one line, one a sentence or link."""
    space = stringWidth(" ", style.font, style.size) + extra
    x = indent
    words = line.words
    start = 0
    for end in range(1, len(words) + 1):
        if end < len(words) and words[end][1:] == words[start][1:]:
            continue
        text = " ".join(word for word, _, _ in words[start:end])
        width = stringWidth(text, style.font, style.size) + extra * (end - start - 1)
        yield Run(
            x=x,
            y=style.size,
            width=width,
            text=text if end == len(words) else text + " ",
            font=style.font,
            size=style.size,
            word_space=extra,
            tag=(block, words[start][1]),
            url=words[start][2],
        )
        x += width + space
        start = end
