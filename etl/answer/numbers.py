"""
Find numbers with their units as they stand in a sentence.

Reads:    one sentence
Writes:   nothing
Gives up: never
Version:  part of KEY_VALUE_VERSION
Next:     the reader of key-value answers
"""

import re
from dataclasses import dataclass

__all__ = ["Quantity", "find_quantities"]

_PLAIN = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+(?:\.\d+)?"
_MINUS = "[-\u2010-\u2015\u2212]"
_NUMBER = (
    rf"(?:{_PLAIN})\s?[\u00d7x*\u00b7]\s?10\s?\^?\s?{_MINUS}?\s?\d+"  # 1 x 10^-4, sign kept
    rf"|(?:{_PLAIN})e{_MINUS}?\d+"  # 1e-4
    rf"|10\s?\^?\s?[\u2010-\u2015\u2212]\s?\d+"  # 10^-4 with a real minus sign
    rf"|\d+(?:\.\d+)?(?:\s?[:/]\s?\d+(?:\.\d+)?){{1,3}}"  # 80:20, 70/15/15
    rf"|\d+\s?[\u00d7x]\s?\d+(?:\s?[\u00d7x]\s?\d+)?"  # 512 x 512
    rf"|{_PLAIN}"
)
_UNIT = (
    r"%|percent\b|per cent\b|-?folds?\b|epochs?\b|iterations?\b|steps?\b|batches\b|images?\b"
    r"|samples?\b|videos?\b|recordings?\b|patches\b|tiles\b|frames?\b|instances?\b|records?\b"
    r"|(?:G|M|T|K|k)i?B\b|[GM]Hz\b|kHz\b|pixels?\b|px\b|hours?\b|h\b|minutes?\b|min\b"
    r"|million\b|billion\b|thousand\b|seconds?\b|s\b|ms\b|days?\b|weeks?\b|cores?\b|GPUs?\b|layers?\b|neurons?\b|classes\b"
)
_QUANTITY = re.compile(
    rf"(?<![\w.,\-\u2010-\u2015])(?P<number>{_NUMBER})(?:[\s\-]?(?P<unit>{_UNIT}))?(?![\w])"
    rf"|(?<![\w.,\-\u2010-\u2015])(?P<bare>{_NUMBER})(?![\w])",
)
_SCIENTIFIC = re.compile(
    rf"^(?P<base>{_PLAIN})?\s?[\u00d7x*\u00b7]?\s?10\s?\^?\s?(?P<sign>{_MINUS})?\s?(?P<power>\d+)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number as it stands."""

    #: As it stands in the text, e.g. ``1 \u00d7 10\u22124``.
    surface: str
    #: Its value where it is one plain number, else None (``80:20``, ``512 x 512``).
    number: float | None
    #: The word or sign right after it, or None.
    unit: str | None
    start: int
    end: int

    @property
    def may_be_year(self) -> bool:
        """True for a bare number that could be a year of our time."""
        return self.unit is None and re.fullmatch(r"(?:19|20)\d\d", self.surface) is not None


def find_quantities(text: str) -> list[Quantity]:
    """
    All numbers of a text in order, each with the unit that follows it.

    Citations in square brackets and years in round ones are left out.
    """
    found = []
    for match in _QUANTITY.finditer(text):
        surface = match["number"] or match["bare"]
        start = match.start("number") if match["number"] else match.start("bare")
        if _is_reference(text, start, start + len(surface)) or _is_bound(text, match):
            continue
        found.append(
            Quantity(
                surface=surface,
                number=_value_of(surface),
                unit=match["unit"],
                start=start,
                end=match.end(),
            )
        )
    return found


def _is_bound(text: str, match: re.Match[str]) -> bool:
    """``300+ characters`` and ``the first 350 words`` bound or pick, they do not count a whole."""
    is_open = text[match.end() : match.end() + 1] == "+"
    return is_open or re.search(r"\b(?:first|last|top)\s$", text[: match.start()]) is not None


def _is_reference(text: str, start: int, end: int) -> bool:
    before, after = text[:start], text[end:]
    if re.search(r"\[[\d,;\s\u2013-]*$", before) and re.match(r"[\d,;\s\u2013-]*\]", after):
        return True
    if re.search(r"\b(?:Fig(?:ure)?s?|Tables?|Eqs?|Sections?)\.?\s*$", before):
        return True
    is_year = re.fullmatch(r"(?:19|20)\d\d", text[start:end]) is not None
    return is_year and re.search(r"[A-Za-z.,]\s*\(?$", before) is not None and after[:1] in ");,"


def _value_of(surface: str) -> float | None:
    compact = surface.replace(",", "")
    try:
        return float(compact)
    except ValueError:
        pass
    try:
        return float(re.sub(_MINUS, "-", compact))
    except ValueError:
        pass
    match = _SCIENTIFIC.match(compact)
    if match is None or not match["power"]:
        return None
    power = int(match["power"]) * (-1 if match["sign"] else 1)
    if abs(power) > 30:
        return None
    return float(f"{match['base'] or '1'}e{power}")
