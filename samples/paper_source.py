"""
Read the text sources of the sample papers.

A source is plain text: ``@name value`` lines state facts about the paper, ``# `` opens a
section, a blank line ends a paragraph, and every line of a paragraph is one sentence. ``{-}``
marks where a word may be divided at the end of a line.
"""
# ruff: noqa: INP001  (scripts in a folder, not a package)

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SOFT_HYPHEN", "Figure", "Heading", "Paper", "Paragraph", "Reference", "Table"]

#: Where a word may be divided.
SOFT_HYPHEN = "{-}"

_NUMBERED = re.compile(r"^(\d+(?:\.\d+)*)\.?\s+(.*)$")


@dataclass(frozen=True, slots=True)
class Heading:
    """A section title; ``level`` counts from 1."""

    text: str
    level: int

    @property
    def number(self) -> str | None:
        """``2.1``, or None for a title without a number."""
        found = _NUMBERED.match(self.text)
        return found.group(1) if found else None

    @property
    def words(self) -> str:
        """The title without its number."""
        found = _NUMBERED.match(self.text)
        return found.group(2) if found else self.text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences in order, soft hyphens still in place."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A caption and rows of equal length; the first row is the header."""

    caption: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """The name of a drawing and its caption's sentences."""

    drawing: str
    caption: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of the reference list."""

    text: str


Part = Heading | Paragraph | Table | Figure | Reference


@dataclass(frozen=True, slots=True)
class Paper:
    """One sample paper; ``parts`` are in reading order, references last."""

    facts: dict[str, str]
    abstract: tuple[Paragraph, ...]
    parts: tuple[Part, ...]

    @classmethod
    def load(cls, path: Path) -> "Paper":
        """Read one source file."""
        facts: dict[str, str] = {}
        abstract: list[Paragraph] = []
        parts: list[Part] = []
        zone = ""
        for lines in _paragraphs(path.read_text(encoding="utf-8").splitlines()):
            rest = [line for line in lines if not _note_fact(line, facts)]
            if lines[0] in {"@abstract", "@references"}:
                zone, rest = lines[0], lines[1:]
            elif lines[0].startswith("#"):
                zone = "body"
            if zone == "@abstract":
                abstract.append(Paragraph(tuple(rest)))
            elif zone == "@references":
                parts += [Reference(line) for line in rest]
            elif rest:
                parts.append(_part(lines))
        return cls(facts, tuple(abstract), tuple(parts))


def _paragraphs(lines: Iterable[str]) -> Iterator[list[str]]:
    """Groups of lines between blank lines."""
    group: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            group.append(line.strip())
        elif group:
            yield group
            group = []


def _note_fact(line: str, facts: dict[str, str]) -> bool:
    """Keep an ``@name value`` line and tell whether it was one."""
    name, _, text = line.partition(" ")
    is_fact = name.startswith("@") and bool(text) and name not in {"@table", "@figure"}
    if is_fact:
        facts[name[1:]] = text
    return is_fact


def _part(lines: list[str]) -> Part:
    """One group of the body as its kind."""
    first = lines[0]
    if first.startswith("#"):
        marks, _, text = first.partition(" ")
        return Heading(text, len(marks))
    if first.startswith("@table "):
        rows = tuple(
            tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[1:]
        )
        return Table(first.removeprefix("@table "), rows)
    if first.startswith("@figure "):
        return Figure(first.removeprefix("@figure "), tuple(lines[1:]))
    return Paragraph(tuple(lines))
