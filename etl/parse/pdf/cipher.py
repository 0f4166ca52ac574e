"""
Undo a text layer that is shifted by a constant.

Some fonts carry no Unicode map, and every reader then sees glyph numbers instead of letters:
"5()(5(1&(6" for REFERENCES. Where the numbers follow the alphabet, adding a constant gives the
words back; the share of stop words tells whether it did (parsing.md section 3.1: 0.009 before,
0.29 after a shift of 29).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from etl.parse.pdf.words import PageWords
from etl.parse.quality_gate import ENGLISH_STOPWORDS, stopword_ratio

__all__ = ["find_shifts"]

#: Codes apart that are tried; printable ASCII spans 94.
_MAX_SHIFT = 64
#: A font whose words have fewer stop words than this may be shifted.
_MAX_CIPHER_RATIO = 0.06
#: The shift counts as found when it gives at least this share.
_MIN_PLAIN_RATIO = 0.15
#: And at least so many different ones: in short samples one or two fit by chance.
_MIN_DIFFERENT = 8
#: Judged on this many words, and on no fewer than the second.
_SAMPLE_WORDS = 400
_MIN_WORDS = 60


def find_shifts(pages: Sequence[PageWords]) -> Mapping[str, int]:
    """
    Find the fonts whose text is shifted.

    Args:
        pages: Words as pdfium gave them.

    Returns:
        Font name to the number that has to be added to each character's code; empty for
        nearly every paper.
    """
    words: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        for word in page.words:
            if len(words[word.style.font]) < _SAMPLE_WORDS:
                words[word.style.font].append(word.text)
    shifts: dict[str, int] = {}
    for font, sample in words.items():
        if len(sample) >= _MIN_WORDS and stopword_ratio(sample) < _MAX_CIPHER_RATIO:
            shift = _best_shift(sample)
            if shift:
                shifts[font] = shift
    return shifts


def _best_shift(sample: Sequence[str]) -> int:
    """The shift that gives most stop words; 0 where none gives enough."""
    found: dict[int, list[str]] = defaultdict(list)
    for word in sample:
        for shift, plain in _readings(word):
            if abs(shift) <= _MAX_SHIFT:
                found[shift].append(plain)
    good = {
        shift: len(words)
        for shift, words in found.items()
        if len(words) >= _MIN_PLAIN_RATIO * len(sample) and len(set(words)) >= _MIN_DIFFERENT
    }
    return max(good, key=lambda shift: (good[shift], -shift), default=0)


def _readings(word: str) -> set[tuple[int, str]]:
    """
    Each shift that makes a stop word of a word, and that stop word.

    The steps from letter to letter are the same before and after a shift, so that one look-up
    takes the place of trying them all. Up to two signs may stand around the letters.
    """
    codes = [ord(character) for character in word]
    readings: set[tuple[int, str]] = set()
    for left, right in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1)):
        inner = codes[left : len(codes) - right]
        steps = tuple(later - earlier for earlier, later in pairwise(inner))
        for plain in _BY_STEPS.get(steps, ()) if inner else ():
            shift = ord(plain[0]) - inner[0]
            around = codes[:left] + codes[len(codes) - right :]
            if all(code + shift in _SIGNS for code in around):
                readings.add((shift, plain.lower()))
    return readings


def _by_steps() -> dict[tuple[int, ...], list[str]]:
    """Stop words in small letters and with a capital first, by the steps between their codes."""
    table: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for word in sorted(ENGLISH_STOPWORDS):
        for spelling in {word, word.title()}:
            steps = tuple(ord(later) - ord(earlier) for earlier, later in pairwise(spelling))
            table[steps].append(spelling)
    return table


_BY_STEPS = _by_steps()
_SIGNS = frozenset(map(ord, ".,;:()"))
