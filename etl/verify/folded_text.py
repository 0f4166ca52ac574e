"""
A text folded for comparison that remembers where each character came from.

Reads:    any text, for example a context taken from a PDF
Writes:   nothing
Gives up: never
Version:  part of ANSWER_TEXT_VERSION
Next:     the check of prose answers
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["FoldedText", "fold_text"]

_HYPHENS = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_LINE_BREAK_HYPHEN = re.compile(r"(?<=[a-z])-[ \t]*\r?\n[ \t]*(?=[a-z])")
#: End of a sentence: a mark, closing signs, blanks, and then no lower-case letter; or a blank line.
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]\u201d]*\s+(?=[^a-z\s])|\n\s*\n")
_ABBREVIATION = re.compile(
    r"(?:\b(?:et al|e\.g|i\.e|cf|vs|Fig|Figs|Eq|No|Dr|Prof|approx|ca|sp|spp|resp)|\b[A-Z])\.$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedText:
    """A folded text with its origin."""

    #: NFKC, plain hyphens and single blanks; words broken at a line end are joined.
    text: str
    #: ``origins[i]`` is the index in the source of folded character i; one longer than the text.
    origins: tuple[int, ...]
    #: ``(start, end)`` of each sentence in the folded text.
    sentences: tuple[tuple[int, int], ...]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the source that the folded span came from."""
        return self.origins[start], self.origins[end - 1] + 1 if end > start else self.origins[end]


def fold_text(source: str) -> FoldedText:
    """Fold a text and cut it into sentences; an empty text has none."""
    characters: list[str] = []
    origins: list[int] = []
    for character, origin in _kept_characters(source):
        is_blank = character.isspace()
        if is_blank and (not characters or characters[-1] == " "):
            continue
        characters.append(" " if is_blank else character)
        origins.append(origin)
    text = "".join(characters)
    spans = tuple(_sentence_spans(source, text, origins))
    return FoldedText(text=text, origins=(*origins, len(source)), sentences=spans)


def _kept_characters(source: str) -> Iterator[tuple[str, int]]:
    joined = {i for m in _LINE_BREAK_HYPHEN.finditer(source) for i in range(*m.span())}
    for origin, character in enumerate(source):
        if origin in joined or character in _INVISIBLE:
            continue
        if character in _HYPHENS:
            yield "-", origin
            continue
        for folded in unicodedata.normalize("NFKC", character):
            yield folded, origin


def _sentence_spans(source: str, text: str, origins: list[int]) -> Iterator[tuple[int, int]]:
    cuts = [0]
    for match in _SENTENCE_END.finditer(source):
        is_paragraph = "\n" in match[0].strip(" \t\"')]") and match[0].count("\n") > 1
        if is_paragraph or not _ABBREVIATION.search(source[: match.start()]):
            cuts.append(match.end())
    bounds = [*cuts, len(source)]
    position = 0
    for upper in bounds[1:]:
        start = position
        while position < len(text) and origins[position] < upper:
            position += 1
        left = start + len(text[start:position]) - len(text[start:position].lstrip())
        right = start + len(text[start:position].rstrip())
        if left < right:
            yield left, right
