"""
Numbers with their units in running text, so that ``5 GB`` is not carried by ``5 epochs``.

Reads:    any text
Writes:   nothing
Gives up: never; a number without a known unit is no measure
Version:  part of ANSWER_TEXT_VERSION
Next:     the check of prose answers
"""

import re
from dataclasses import dataclass

__all__ = ["Measure", "read_measures"]

#: Every writing of a unit → the one name they share. Only units that are written in several ways
#: or that change what a number means are here; any other word behind a number is a plain word.
_WRITINGS = {
    "%": "%|percent|per cent",
    "second": r"s|secs?|seconds?",
    "millisecond": r"ms|milliseconds?",
    "minute": r"min|mins|minutes?",
    "hour": r"h|hrs?|hours?",
    "day": r"days?",
    "week": r"weeks?",
    "epoch": r"epochs?",
    "iteration": r"iterations?|steps?",
    "fold": r"folds?",
    "layer": r"layers?",
    "pixel": r"px|pixels?",
    "kilobyte": r"kB|KB|kilobytes?",
    "megabyte": r"MB|MiB|megabytes?",
    "gigabyte": r"GB|GiB|gigabytes?",
    "terabyte": r"TB|TiB|terabytes?",
    "megahertz": r"MHz",
    "gigahertz": r"GHz",
    "kilohertz": r"kHz",
    "metre": r"m|met(?:re|er)s?",
    "kilometre": r"km|kilomet(?:re|er)s?",
    "thousand": r"thousand",
    "million": r"million|M",
    "billion": r"billion",
}
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_MEASURE = re.compile(
    rf"(?<![\w.,])({_NUMBER})[\s\-]?(?:"
    + "|".join(f"(?P<u{i}>{writing})" for i, writing in enumerate(_WRITINGS.values()))
    + r")(?![\w])"
)
_UNITS = tuple(_WRITINGS)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number and what it counts."""

    #: Without thousands separators and trailing zeros.
    number: str
    #: The unit's one name.
    unit: str
    #: As it stands.
    surface: str


def read_measures(text: str) -> list[Measure]:
    """All numbers of a text that have a known unit right behind them, in order."""
    found = []
    for match in _MEASURE.finditer(text):
        unit = next(_UNITS[i] for i in range(len(_UNITS)) if match[f"u{i}"] is not None)
        plain = match[1].replace(",", "")
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        found.append(Measure(number=plain, unit=unit, surface=match[0]))
    return found
