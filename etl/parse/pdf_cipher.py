"""
Undo a text layer that is shifted by a constant.

Some fonts carry no Unicode map, and every reader then sees glyph numbers instead of letters:
"5()(5(1&(6" for REFERENCES. Where the numbers follow the alphabet, adding a constant gives the
words back; the share of stop words tells whether it did (parsing.md section 3.1: 0.009 before,
0.29 after a shift of 29).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from etl.parse.pdf_words import PageWords
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
    best, best_count = 0, 0
    for shift in range(-_MAX_SHIFT, _MAX_SHIFT + 1):
        found = [word for word in _shifted(sample, shift) if _is_stopword(word)]
        enough = len(found) >= _MIN_PLAIN_RATIO * len(sample)
        different = len({word.lower() for word in found}) >= _MIN_DIFFERENT
        if enough and different and len(found) > best_count:
            best, best_count = shift, len(found)
    return best


def _is_stopword(word: str) -> bool:
    """Small letters or a capital first: a shift by 32 more gives the same words in capitals."""
    bare = word.strip(".,;:()")
    return bare.lower() in ENGLISH_STOPWORDS and (bare.islower() or bare.istitle())


def _shifted(words: Sequence[str], shift: int) -> list[str]:
    """The words with each code moved, in one pass: 128 shifts of every odd font are tried."""
    letters = {ord(character) for word in words for character in word}
    table = {code: max(32, code + shift) for code in letters}
    # No table maps to a newline, and the words hold no blank of any kind.
    table.pop(ord("\n"), None)
    return "\n".join(words).translate(table).split("\n")
