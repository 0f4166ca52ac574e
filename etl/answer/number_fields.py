"""
Which numbers a question's fields accept.

Reads:    ``spec["fields"]`` of a question
Writes:   nothing
Gives up: never; a question without fields accepts every number
Version:  part of KEY_VALUE_VERSION
Next:     the reader of key-value answers
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from etl.answer.numbers import Quantity
from etl.records.question import Question

__all__ = ["NumberFields", "build_number_fields"]

_PERCENT = frozenset({"%", "percent", "per cent"})
_BYTES = frozenset({"gb", "gib", "mb", "mib", "tb", "tib", "kb"})
_TIMES = frozenset(
    {"s", "ms", "second", "seconds", "min", "minute", "minutes", "h", "hour", "hours"}
    | {"day", "days", "week", "weeks"}
)
_HERTZ = frozenset({"ghz", "mhz", "khz"})
#: Field unit of the catalogue → units in papers that measure the same thing.
_FAMILIES = {
    "percent": _PERCENT,
    "gb": _BYTES,
    "mb": _BYTES,
    "hours": _TIMES,
    "minutes": _TIMES,
    "seconds": _TIMES,
    "ghz": _HERTZ,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFields:
    """What the fields of a key-value question say about its numbers."""

    #: Units a number may have; None where any number will do.
    units: frozenset[str] | None
    #: True where a plain whole number is wanted: a count.
    counts: bool
    #: True where a name without a number is no item.
    is_required: bool

    def accepts(self, quantity: Quantity) -> bool:
        """True where some field can hold this number."""
        if self.units is None:
            return True
        unit = (quantity.unit or "").casefold()
        if unit in self.units:
            return True
        is_ratio = quantity.number is None and any(sign in quantity.surface for sign in ":/")
        if is_ratio and self.units >= _PERCENT:
            return True
        is_measured = unit in _PERCENT | _BYTES | _TIMES | _HERTZ
        is_whole = quantity.number is not None and quantity.number == int(quantity.number)
        return self.counts and not is_measured and (is_whole or unit in {"million", "thousand"})


def build_number_fields(question: Question) -> NumberFields:
    """Read the fields of a question's spec; none at all accept and require any number."""
    fields: list[Mapping[str, Any]] = list((question.spec.get("fields") or {}).values())
    numeric = [field for field in fields if field.get("kind") == "number"]
    is_open = not numeric or any(field.get("kind") == "number_or_text" for field in fields)
    needed = [f for f in fields if f.get("kind") in {"number", "number_or_text"}]
    units = {str(field["unit"]).casefold() for field in numeric if field.get("unit")}
    families = (_FAMILIES.get(unit, frozenset({unit})) for unit in units)
    return NumberFields(
        units=None if is_open else frozenset[str]().union(*families),
        counts=any(not field.get("unit") for field in numeric),
        is_required=not fields or any(not field.get("optional", True) for field in needed),
    )
