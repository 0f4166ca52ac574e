"""The form in which captions begin; asked when lines are grouped and when floats are marked."""

import re

__all__ = ["CAPTION_START", "is_caption_start"]

CAPTION_START = re.compile(
    r"^(?:(?:Supplementary|Supplemental|Extended\s+Data|Online)\s+)?"
    r"(?P<kind>Fig(?:ure|s?\.|\b)|Table|Tab\.|Scheme|Plate|Box|Chart|Map|Algorithm)"
    r"\s*[.\u2010\u2011\u2013-]?\s*(?P<number>[A-Z]?\d+[a-z]?|[IVX]+\b)(?P<mark>\s*[.:|\u2013\u2014]|\s*$|\s)",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"^\s*(?:[a-z]\S*|and|&)\s",  # a caption's words begin with a capital, a number or a bracket
)


def is_caption_start(text: str) -> bool:
    """
    True where a line opens as captions do: a label, and a mark or a capital after it.

    "Figure 2 shows the plots." and "Figure 1) between" go on with a sentence of the text.
    """
    match = CAPTION_START.match(text)
    if match is None:
        return False
    return bool(match["mark"].strip()) or not _VERB.match(text[match.end() :] + " ")
