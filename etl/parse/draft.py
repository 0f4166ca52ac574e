"""
What a reader hands over inside the parser child, before sentences and keys exist.

A draft uses plain words instead of the enums of ``etl.records.document``: it leaves the child as
plain words anyway, and a test holds both spellings together.
"""

from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "Box",
    "Draft",
    "DraftBlock",
    "DraftLink",
    "DraftSection",
    "KindName",
    "PlacedWord",
    "ZoneName",
]

ZoneName = Literal["front", "abstract", "body", "back", "references", "noise", "hidden"]
KindName = Literal[
    "title",
    "heading",
    "paragraph",
    "list_item",
    "caption",
    "table",
    "formula",
    "footnote",
    "reference",
    "noise",
]

#: ``(page, x0, y0, x1, y1)``: 1-based page, points, origin at the top left.
Box = tuple[int, float, float, float, float]


@dataclass(slots=True)
class PlacedWord:
    """Where one word of a block stands: ``text[start:end]`` fills *box*."""

    start: int
    end: int
    box: Box
    #: Words with the same number stand on one printed line.
    line: int


@dataclass(slots=True)
class DraftBlock:
    """One paragraph, heading, caption …; its text is clean and has no blank at either end."""

    kind: KindName
    zone: ZoneName
    text: str
    #: Index into ``Draft.sections``.
    section: int
    #: Place of every word, in order; empty for sources without pages.
    words: list[PlacedWord] = field(default_factory=list)
    xpath: str | None = None


@dataclass(slots=True)
class DraftSection:
    """A titled part; *path* holds the titles from the top down to its own."""

    path: tuple[str, ...]
    kind: str
    zone: ZoneName


@dataclass(slots=True)
class DraftLink:
    """An address behind words of the paper, or behind a picture."""

    url: str
    #: 1-based; None without pages.
    page: int | None = None
    #: Block index and character at which its words begin; None where it lies on none.
    place: tuple[int, int] | None = None


@dataclass(slots=True)
class Draft:
    """One paper as read, in reading order."""

    title: str = ""
    doi: str | None = None
    year: int | None = None
    venue: str | None = None
    #: ``(width, height)`` of each page, points.
    pages: list[tuple[float, float]] = field(default_factory=list)
    sections: list[DraftSection] = field(default_factory=list)
    blocks: list[DraftBlock] = field(default_factory=list)
    #: Reference list: raw text and lower-case DOI.
    references: list[tuple[str, str | None]] = field(default_factory=list)
    #: Link annotations and link elements, in reading order.
    annotated_links: list[DraftLink] = field(default_factory=list)
    #: Citations: ``(block index, char_start, char_end, index into references or None)``.
    citations: list[tuple[int, int, int, int | None]] = field(default_factory=list)
    #: ok or recovered; the gate may lower it to garbled or none.
    text_layer: str = "ok"
    #: Further counts for ``Quality.detail``.
    counts: dict[str, int | float | str] = field(default_factory=dict)
