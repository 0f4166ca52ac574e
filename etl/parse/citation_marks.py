"""
Carry the place of a citation through cleaning.

A text changes its length while it is cleaned and its blanks are collapsed. So a citation is
wrapped in two private characters first, and they are lifted out of the finished text, where
their places are the citation's. No publisher uses these code points; a file that does anyway
loses the places of that block, never a word.
"""

import re
import unicodedata

__all__ = ["CLOSE", "OPEN", "count_marks", "lift_marks", "without_marks"]

#: The private use area of the last plane.
OPEN, CLOSE = "\U0010fff0", "\U0010fff1"
_MARK = re.compile(f"([{OPEN}{CLOSE}])")


def count_marks(text: str) -> int:
    """Citations that begin in a text."""
    return text.count(OPEN)


def without_marks(text: str) -> str:
    """The text without the two characters."""
    return _MARK.sub("", text)


def lift_marks(text: str) -> tuple[str, list[tuple[int, int]]]:
    """
    Take the marks out of a cleaned text.

    Args:
        text: With single blanks, as blocks have them.

    Returns:
        The text without marks, in Unicode NFC and with single blanks, and ``(start, end)`` of
        each citation in the order in which they begin, without blanks at its ends; start = end
        where nothing was between the marks.
    """
    out = ""
    spans: list[tuple[int, int]] = []
    begun: list[int] = []
    for piece in _MARK.split(text):
        if piece == OPEN:
            begun.append(len(spans))
            spans.append((len(out), len(out)))
        elif piece == CLOSE:
            if begun:
                index = begun.pop()
                spans[index] = (spans[index][0], len(out))
        else:
            out += piece.lstrip(" ") if not out or out[-1] in " \n" else piece
    whole = out.rstrip(" ")
    if not unicodedata.is_normalized("NFC", whole):
        return unicodedata.normalize("NFC", whole), []
    return whole, [_trimmed(whole, start, end) for start, end in spans]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    inner = text[start:end]
    left = start + len(inner) - len(inner.lstrip())
    return min(left, len(text)), max(left, start + len(inner.rstrip()))
