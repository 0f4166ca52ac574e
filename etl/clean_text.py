"""
Make text storable and searchable: the only place where characters are dropped or replaced.

The result is Unicode NFC without NUL, control characters, lone surrogates, non-characters,
typographic ligatures, and without characters that no reader can see but a model would read:
zero-width marks, bidirectional overrides, variation selectors and the tag block.
"""

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["CleanText", "clean_text"]

#: Latin ligatures that PDF fonts map to one code point; other compatibility characters
#: (superscripts, fractions, units) carry meaning and stay.
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}

#: Invisible to a reader, visible to a model: soft hyphen, zero-width and joiner marks, word
#: joiner and invisible operators, bidirectional marks, embeddings and isolates, variation
#: selectors, byte order mark, interlinear marks, and the tag block.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
#: C0 and C1 controls but tab and newline; surrogates; non-characters of every plane.
_UNSTORABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr((plane << 16) | 0xFFFE)}{chr((plane << 16) | 0xFFFF)}" for plane in range(17))
    + "]"
)
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LIGATURE = re.compile("[" + "".join(_LIGATURES) + "]")
#: The micro sign, and letters set as mathematics: the same letters to every reader, other
#: letters to a search.
_LETTER_VARIANT = re.compile("[\u00b5\U0001d400-\U0001d7ff]")
_NEEDS_WORK = re.compile("[^\t\n\x20-\x7e]")
#: Unicode space separators, so that one blank is one blank everywhere.
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
#: Whatever one of the patterns above finds: most text beyond ASCII holds nothing of it.
_SUSPECTS = (_INVISIBLE, _UNSTORABLE, _LIGATURE, _LETTER_VARIANT, _SPACES, _LINE_BREAKS)
_SUSPECT = re.compile("|".join(pattern.pattern for pattern in _SUSPECTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanText:
    """A cleaned text and what was taken out of it."""

    text: str
    #: Characters no reader can see (zero-width, bidirectional, tag …).
    invisible_count: int
    #: Characters no database can store (NUL, controls, lone surrogates, non-characters).
    unstorable_count: int


def clean_text(raw: str) -> CleanText:
    """
    Clean one text; cleaning a clean text changes nothing.

    Args:
        raw: Any text, also with lone surrogates or surrogate pairs.

    Returns:
        The cleaned text with its two counts. White space is kept, each kind of blank as one
        plain blank and each kind of line break as one newline.
    """
    if not _NEEDS_WORK.search(raw):
        return CleanText(text=raw, invisible_count=0, unstorable_count=0)
    if not _SUSPECT.search(raw):
        normal = unicodedata.normalize("NFC", raw)
        return CleanText(text=normal, invisible_count=0, unstorable_count=0)
    text = _SURROGATE_PAIR.sub(_join_pair, raw)
    text = _LINE_BREAKS.sub("\n", text)
    text, unstorable_count = _UNSTORABLE.subn("", text)
    text, invisible_count = _INVISIBLE.subn("", text)
    text = _LIGATURE.sub(lambda match: _LIGATURES[match[0]], text)
    text = _LETTER_VARIANT.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    return CleanText(text=text, invisible_count=invisible_count, unstorable_count=unstorable_count)


def _join_pair(match: re.Match[str]) -> str:
    return match[0].encode("utf-16", "surrogatepass").decode("utf-16")
