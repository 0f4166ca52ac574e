"""
How alike two readings of one paper are.

Text is compared by windows of 80 letters and digits, blind to case, blanks, hyphens and the
order of blocks, so that what differs is what was read and not how it was set (the measure that
found 98 % of GROBID's paragraphs again in our own reading, parsing.md section 4).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from etl.records.document import BlockKind, Document, Zone

__all__ = ["Likeness", "ReadingFigures", "compare_documents", "reading_figures"]

_WINDOW = 80
#: A window begins at every fortieth letter, so that each letter stands in two of them.
_STEP = 40
_OTHER = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"^\s*(?:(?:\d+|[IVX]+|[A-H])\.)*(?:\d+|[IVX]+\.|[A-H]\.)?\s+")
_READ = frozenset({Zone.ABSTRACT, Zone.BODY, Zone.BACK})
_RUNNING = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.CAPTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFigures:
    """What one reader found."""

    parser: str
    #: The reader that really read it, where another stood in; else empty.
    fallback: str
    status: str
    title: str
    pages: int
    sections: int
    headings: int
    paragraphs: int
    captions: int
    tables: int
    references: int
    sentences: int
    #: Sentences with at least one box.
    placed_sentences: int
    body_chars: int
    hidden_chars: int
    noise_chars: int
    stopword_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Two readings side by side; shares are in [0, 1], and 1 where there is nothing to share."""

    one: ReadingFigures
    other: ReadingFigures
    #: Share of the first reading's windows of text that stand in the second.
    windows_in_other: float
    #: Share of the second reading's windows that stand in the first.
    windows_in_one: float
    #: Share of the first reading's headings that are headings of the second.
    headings_in_other: float
    #: Share of the second reading's headings that are headings of the first.
    headings_in_one: float
    #: As printed, in reading order.
    headings_only_in_one: tuple[str, ...]
    headings_only_in_other: tuple[str, ...]


def reading_figures(document: Document) -> ReadingFigures:
    """Count what a reader found."""
    kinds = Counter(block.kind for block in document.blocks if block.zone in _READ)
    quality = document.quality
    return ReadingFigures(
        parser=document.parser.name,
        fallback=str(quality.detail.get("fallback", "")),
        status=document.status.value,
        title=document.title,
        pages=quality.page_count,
        sections=len(document.sections),
        headings=quality.heading_count,
        paragraphs=kinds[BlockKind.PARAGRAPH] + kinds[BlockKind.LIST_ITEM],
        captions=kinds[BlockKind.CAPTION],
        tables=kinds[BlockKind.TABLE],
        references=quality.reference_count,
        sentences=len(document.sentences),
        placed_sentences=sum(bool(sentence.regions) for sentence in document.sentences),
        body_chars=quality.body_char_count,
        hidden_chars=quality.hidden_char_count,
        noise_chars=quality.noise_char_count,
        stopword_ratio=quality.stopword_ratio,
    )


def compare_documents(one: Document, other: Document) -> Likeness:
    """
    Hold two readings of the same paper against each other.

    Args:
        one: A reading.
        other: Another, by another reader or of another file of the same paper.

    Returns:
        Their figures and how much of each stands in the other.
    """
    headings, others = _headings(one), _headings(other)
    return Likeness(
        one=reading_figures(one),
        other=reading_figures(other),
        windows_in_other=_windows_found(one, other),
        windows_in_one=_windows_found(other, one),
        headings_in_other=_share(key in others for key in headings),
        headings_in_one=_share(key in headings for key in others),
        headings_only_in_one=tuple(t for key, t in headings.items() if key not in others),
        headings_only_in_other=tuple(t for key, t in others.items() if key not in headings),
    )


def _key(text: str) -> str:
    return _OTHER.sub("", text).casefold()


def _headings(document: Document) -> dict[str, str]:
    """Each heading once, without its number, to the text as printed."""
    found: dict[str, str] = {}
    for block in document.blocks:
        if block.kind is BlockKind.HEADING and block.zone in _READ:
            found.setdefault(_key(_NUMBER.sub("", block.text)) or _key(block.text), block.text)
    return found


def _windows_found(one: Document, other: Document) -> float:
    """
    Share of the windows of each block of *one* that stand anywhere in *other*.

    A short block is one window; the other reading is one long text, captions and tables and the
    front included, since readers differ in what they call a block and agree in what is printed.
    """
    everything = _key(
        " ".join(block.text for block in other.blocks if block.zone is not Zone.HIDDEN)
    )
    return _share(
        window in everything
        for block in one.blocks
        if block.zone in _READ and block.kind in _RUNNING
        for window in _windows(_key(block.text))
    )


def _windows(key: str) -> Iterable[str]:
    if not key:
        return
    last = max(0, len(key) - _WINDOW)
    starts = [*range(0, last, _STEP), last]
    for start in starts:
        yield key[start : start + _WINDOW]


def _share(found: Iterable[bool]) -> float:
    each = list(found)
    return sum(each) / len(each) if each else 1.0
