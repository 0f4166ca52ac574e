"""
Find the words of a foreign answer in the paper it speaks of.

Reads:    blocks of one document that a reader can see, and an answer's text
Writes:   nothing
Gives up: never; no match is an empty list
Version:  exact up to case, blanks, hyphens and form (NFKC), else fuzzy from 0.9 similarity up
Next:     ``core.foreign_evidence``
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

__all__ = ["QuoteFinder", "QuoteMatch", "quote_candidates", "search_quotes"]

#: Shorter pieces stand in any paper (measured: four common words are no proof).
_MIN_WORDS = 5
_MIN_CHARS = 25
_MAX_CHARS = 1200
_MAX_CANDIDATES = 12
_MIN_SIMILARITY = 0.9
_QUOTED = re.compile('["\u201c\u201d]([^"\u201c\u201d]{20,1200})["\u201c\u201d]')
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]?")
_WORD = re.compile(r"\w+")
_HYPHENS = frozenset("\u2010\u2011\u2012\u2013\u2014\u2212")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\ufeff")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteMatch:
    """A slice of a block that an answer repeats."""

    block_index: int
    char_start: int
    char_end: int
    #: exact or fuzzy.
    match_kind: str
    #: 0..1; 1 where exact.
    similarity: float


@dataclass(frozen=True, slots=True)
class _Folded:
    block_index: int
    text: str
    origins: tuple[int, ...]
    words: frozenset[str]


class _Spoken(Protocol):
    """A recorded answer."""

    @property
    def raw(self) -> str:
        """Its words."""

    @property
    def quote(self) -> str | None:
        """The passage it names as proof."""


class QuoteFinder:
    """Looks for quotes in one document, folded once."""

    def __init__(self, blocks: Sequence[tuple[int, str]]) -> None:
        """
        Fold a document.

        Args:
            blocks: ``(block_index, text)`` of readable blocks, in reading order.
        """
        self._blocks = [_folded(index, text) for index, text in blocks]

    def find(self, quote: str) -> QuoteMatch | None:
        """The first exact place, else the most similar one from 0.9 up, else None."""
        wanted = _folded(-1, quote[:_MAX_CHARS]).text.strip(" .")
        if len(wanted) < _MIN_CHARS or len(wanted.split()) < _MIN_WORDS:
            return None
        for block in self._blocks:
            start = block.text.find(wanted)
            if start >= 0:
                return _match(block, start, start + len(wanted), "exact", 1.0)
        return self._find_similar(wanted)

    def _find_similar(self, wanted: str) -> QuoteMatch | None:
        words = frozenset(_WORD.findall(wanted))
        ranked = sorted(
            ((len(words & block.words), i) for i, block in enumerate(self._blocks)), reverse=True
        )
        best: QuoteMatch | None = None
        for shared, i in ranked[:3]:
            if shared < 0.7 * len(words):
                break
            found = _similar_span(self._blocks[i], wanted)
            if found is not None and (best is None or found.similarity > best.similarity):
                best = found
        return best


def quote_candidates(answer: str, quote: str | None) -> list[str]:
    """
    The pieces of an answer that claim to be the paper's words.

    Args:
        answer: The recorded answer.
        quote: The passage named as proof; where there is one, nothing else counts.

    Returns:
        At most twelve pieces: the named passage, else what stands in quotation marks and then
        the answer's own sentences.
    """
    if quote is not None:
        return [quote]
    quoted = _QUOTED.findall(answer[:20_000])
    sentences = [found.strip(" *-\t") for found in _SENTENCE.findall(answer[:20_000])]
    pieces = [piece for piece in (*quoted, *sentences) if len(piece.split()) >= _MIN_WORDS]
    return list(dict.fromkeys(pieces))[:_MAX_CANDIDATES]


def search_quotes(
    blocks: Sequence[tuple[int, str]],
) -> Callable[[_Spoken], Sequence[QuoteMatch] | None]:
    """
    Prepare the search of one document.

    Args:
        blocks: ``(block_index, text)`` of readable blocks, in reading order.

    Returns:
        A function that gives the places of an answer's words; None where it holds nothing to
        look for.
    """
    finder = QuoteFinder(blocks)

    def find(answer: _Spoken) -> Sequence[QuoteMatch] | None:
        candidates = quote_candidates(answer.raw, answer.quote)
        if not candidates:
            return None
        return [place for piece in candidates if (place := finder.find(piece)) is not None]

    return find


def _folded(block_index: int, text: str) -> _Folded:
    characters: list[str] = []
    origins: list[int] = []
    for origin, character in enumerate(text):
        if character in _INVISIBLE:
            continue
        for folded in "-" if character in _HYPHENS else unicodedata.normalize("NFKC", character):
            if folded.isspace():
                if characters and characters[-1] == " ":
                    continue
                characters.append(" ")
            else:
                characters.append(folded.lower()[0])
            origins.append(origin)
    joined = "".join(characters)
    return _Folded(block_index, joined, tuple(origins), frozenset(_WORD.findall(joined)))


def _similar_span(block: _Folded, wanted: str) -> QuoteMatch | None:
    """The window of a block that starts where the longest common piece says."""
    matcher = SequenceMatcher(None, block.text, wanted, autojunk=False)
    longest = matcher.find_longest_match(0, len(block.text), 0, len(wanted))
    start = max(0, longest.a - longest.b)
    end = min(len(block.text), start + len(wanted))
    while start > 0 and not block.text[start - 1].isspace():
        start -= 1
    while end < len(block.text) and not block.text[end].isspace():
        end += 1
    similarity = SequenceMatcher(None, block.text[start:end], wanted, autojunk=False).ratio()
    if similarity < _MIN_SIMILARITY:
        return None
    return _match(block, start, end, "fuzzy", min(similarity, 0.999))


def _match(block: _Folded, start: int, end: int, kind: str, similarity: float) -> QuoteMatch:
    return QuoteMatch(
        block_index=block.block_index,
        char_start=block.origins[start],
        char_end=block.origins[end - 1] + 1,
        match_kind=kind,
        similarity=similarity,
    )
