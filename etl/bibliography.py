"""
Which entries of the reference list a sentence cites.

Authors offer code and records by citing them as well as by an address: *the code is at GitHub
(Ito 2020)*, with the address in the reference list alone. Answering looks such an entry up, and
verification asks here again whether the sentence cites it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from etl.records.document import Block, BlockKind, Document, Sentence, Zone

__all__ = ["CitedEntry", "cited_entries", "names_an_author_of"]

_NAME = r"[A-Z\u00c0-\u00de][\w'\u2019\-]+"
#: ``Ito 2020``, ``Ito et al. (2020a)``, ``Ito and Sato, 2020``; a year alone names nothing.
_AUTHOR_YEAR = re.compile(
    rf"(?P<name>{_NAME})(?P<more>\s+et al\.?|\s+(?:and|&)\s+{_NAME})?,?\s*[\[(]?"
    r"(?P<year>(?:19|20)\d{2}[a-z]?)\b"
)
_NUMBERS = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
#: What a list puts before an entry: a sign, or its number.
_MARKER = re.compile(r"^\W*(?:(?P<number>\d{1,4})[\])]?[.)]?\s+)?")
#: The first author as lists write one: family name, then initials or a given name's beginning.
_FIRST_AUTHOR = re.compile(rf"(?P<name>{_NAME}),?\s+(?:[A-Z]{{1,3}}\b|[A-Z]\.)")
_YEAR = re.compile(r"\b(?:19|20)\d{2}[a-z]?\b")
#: A second family name among the authors.
_SECOND = re.compile(rf"(?:[,;]|&|\band\b|\bet\b)\s+(?:{_NAME}|al\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedEntry:
    """One entry that a sentence cites."""

    #: The entry's block, in the zone ``references``.
    block_index: int
    #: Where the citation begins and ends in the sentence.
    start: int
    end: int


def cited_entries(document: Document, sentence: Sentence) -> list[CitedEntry]:
    """
    The entries a sentence cites, by the marks of the source, else by author and year or number.

    Args:
        document: Gives the reference list and, for XML, the marks.
        sentence: One of its sentences.

    Returns:
        In order; a citation that fits no entry or several is left out. Empty for a sentence of
        the reference list itself.
    """
    if document.blocks[sentence.block_index].zone is Zone.REFERENCES:
        return []
    entries = [
        block
        for block in document.blocks
        if block.kind is BlockKind.REFERENCE and block.zone is Zone.REFERENCES
    ]
    if not entries:
        return []
    marked = list(_marked(document, sentence, entries))
    if marked or document.citations:
        return marked
    text = document.text_of(sentence)
    return [*_by_author_year(text, entries), *_by_number(text, entries)]


def names_an_author_of(document: Document, entry: Block) -> bool:
    """True where the title page holds the family name of the entry's first author, a person."""
    author = _FIRST_AUTHOR.match(_bare(entry))
    if author is None:
        return False
    name = re.compile(rf"\b{re.escape(author['name'])}\b")
    return any(name.search(block.text) for block in document.blocks if block.zone is Zone.FRONT)


def _marked(document: Document, sentence: Sentence, entries: list[Block]) -> Iterator[CitedEntry]:
    blocks = {block.text: block.block_index for block in entries}
    for span in document.citations:
        if span.block_index != sentence.block_index or span.entry_index is None:
            continue
        if sentence.char_start <= span.char_start < sentence.char_end:
            block_index = blocks.get(document.references[span.entry_index].text)
            if block_index is not None:
                yield CitedEntry(
                    block_index=block_index,
                    start=span.char_start - sentence.char_start,
                    end=span.char_end - sentence.char_start,
                )


def _by_author_year(text: str, entries: list[Block]) -> Iterator[CitedEntry]:
    for cited in _AUTHOR_YEAR.finditer(text):
        fitting = [entry for entry in entries if _fits(entry, cited)]
        if len(fitting) == 1:
            yield CitedEntry(
                block_index=fitting[0].block_index, start=cited.start(), end=cited.end()
            )


def _fits(entry: Block, cited: re.Match[str]) -> bool:
    bare = _bare(entry)
    year = _YEAR.search(bare)
    if not re.match(rf"{re.escape(cited['name'])}\b", bare) or year is None:
        return False
    has_more = _SECOND.search(bare[: year.start()]) is not None
    return year[0] == cited["year"] and has_more == bool(cited["more"])


def _by_number(text: str, entries: list[Block]) -> Iterator[CitedEntry]:
    numbered = {
        int(marker["number"]): entry.block_index
        for entry in entries
        if (marker := _MARKER.match(entry.text)) and marker["number"]
    }
    for cited in _NUMBERS.finditer(text):
        for number in re.findall(r"\d+", cited[1]):
            if int(number) in numbered:
                yield CitedEntry(
                    block_index=numbered[int(number)], start=cited.start(), end=cited.end()
                )


def _bare(entry: Block) -> str:
    """The entry without the sign or number its list puts before it."""
    marker = _MARKER.match(entry.text)
    return entry.text[marker.end() :] if marker else entry.text
