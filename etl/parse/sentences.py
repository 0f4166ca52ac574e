"""
Split scientific prose into sentences.

A boundary is a ``.``, ``!`` or ``?`` (with closing brackets, quotes or citation marks) before
white space and something that can open a sentence, unless the word before it is an
abbreviation, an initial or a number that goes on. Measured on tricky scientific pairs, such
rules beat the general splitters (parsing.md section 5.1).
"""

import re

__all__ = ["split_sentences"]

#: Never end a sentence, whatever follows.
_ALWAYS_OPEN_LIST = (
    "fig figs eq eqs eqn eqns tab ref refs sec sect ch vol vols no nos nr pp p ed eds cf viz "
    "vs e.g i.e eg ie ca approx resp dr prof mr mrs ms st dept univ gen spec prop thm lem def "
    "ex suppl cv var subsp ssp f fo nom emend det leg coll auct comb stat s.s s.l n.b a.k.a "
    "i.a w.r.t jan feb mar apr jun jul aug sep sept oct nov dec mt mts max min avg temp conc "
    "vers ver "
)
_ALWAYS_OPEN = frozenset(_ALWAYS_OPEN_LIST.split())
#: End a sentence only before a word that commonly opens one.
_SOMETIMES_OPEN_LIST = (
    "al etc sp spp nov gen inc ltd co corp u.s u.k u.s.a e.u ph.d d.c a.m p.m lat long no "
    "acad sci natl inst soc "
)
_SOMETIMES_OPEN = frozenset(_SOMETIMES_OPEN_LIST.split())
_OPENERS_LIST = (
    "the this these those that a an in on at we our it its they their he she his her i as for "
    "from to by with when while where which here there thus however therefore moreover "
    "furthermore although though because since after before during if both all each some many "
    "most such only also another other results methods data figure table one two three "
    "finally first second third then next nevertheless overall under using based "
)
_OPENERS = frozenset(_OPENERS_LIST.split())
_MARK = re.compile(
    r"""[.!?\u2026]+[\"'\u201d\u2019\u00bb)\]]*"""
    # A citation after the mark belongs to the sentence: "[12]", or a superscript as in "died.12".
    r"""(?:\s?\[\d[\d,;\u2013 -]*\]|(?<=[a-z)\]][.])\d{1,3}(?:[,\u2013-]\d{1,3}){0,8})?(?=\s)""",
)
#: No abbreviation is as long; what is longer needs no look at its beginning.
_LONGEST_WORD = 60
_LAST_WORD = re.compile(r"[^\s(\[\"'\u201c\u2018\u2013\u2014/]*$")
_NEXT = re.compile(r"""\s+([\"'\u201c\u2018(\[\u00bf\u00a1]*)(\S+)""")
_INITIAL = re.compile(r"[A-Z]|(?:[A-Z]\.)+[A-Z]|[A-Z][a-z]?\.-?[A-Z]")
_NUMBERING = re.compile(r"\(?(?:\d{1,3}|[ivx]{1,4}|[a-z])\)?")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """
    Find the sentences of one block.

    Args:
        text: Clean text of a block.

    Returns:
        ``(start, end)`` slices in order, without white space at their ends, never empty; all
        characters between them are white space, so no text is lost.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for mark in _MARK.finditer(text):
        if _is_boundary(text, start, mark):
            _append(spans, text, start, mark.end())
            start = mark.end()
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    stripped = piece.strip()
    if stripped:
        spans.append((start + left, start + left + len(stripped)))


def _is_boundary(text: str, start: int, mark: re.Match[str]) -> bool:
    following = _NEXT.match(text, mark.end())
    if following is None:
        return True
    opening, word = following[1], following[2]
    if not _can_open(opening, word):
        return False
    if not mark[0].startswith("."):
        return True
    before = _LAST_WORD.search(text[max(start, mark.start() - _LONGEST_WORD) : mark.start()])
    last = before[0] if before else ""
    closed = len(mark[0]) > 1
    return _word_can_close(last, word, closed=closed, is_first=_before_is_number(text, start, mark))


def _before_is_number(text: str, start: int, mark: re.Match[str]) -> bool:
    """True where the text between the sentence's start and the mark is a list number only."""
    return bool(_NUMBERING.fullmatch(text[start : mark.start()].strip()))


def _can_open(opening: str, word: str) -> bool:
    first = word[0]
    if first.islower():
        # Names such as "mRNA" or "pH" open sentences although they begin small.
        return len(word) > 1 and word[1:2].isupper()
    return bool(opening) or first.isalnum() or first in "-+\u2212~<>=\u00b1\u00d7\u2022*#@/\\%&$"


def _word_can_close(last: str, word: str, *, closed: bool, is_first: bool) -> bool:
    if is_first:
        return False
    lowered = last.lower().rstrip(".")
    opener = word.rstrip(",;:").lower() in _OPENERS
    if lowered in _SOMETIMES_OPEN:
        return opener or closed
    if lowered in _ALWAYS_OPEN:
        # "Fig. 3" goes on; "see the Fig. The" does not.
        return opener and word[0].isupper() and lowered not in {"e.g", "i.e", "cf", "vs", "dr"}
    if _INITIAL.fullmatch(last):
        return opener and word[0].isupper()
    return True
