"""
Read a source's JSON by its contract.

Reads:    one record of an answer; unknown fields are ignored
Writes:   nothing
Gives up: FetchError BROKEN_ANSWER that names the field which is missing or of another type
Version:  none
Next:     the sources beside this file
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from etl.errors import FetchError, OutcomeCode
from etl.intake import Offer

__all__ = ["Fields", "broken", "clean", "collect", "parse_json"]

_T = TypeVar("_T")

#: Control and format characters, bidi marks and lone surrogates: no title needs them.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def broken(where: str, what: str) -> FetchError:
    """The contract error for a field or form."""
    return FetchError(OutcomeCode.BROKEN_ANSWER, f"{where}: {what}")


def clean(text: str) -> str:
    """One line of Unicode NFC without characters that cannot be seen."""
    return " ".join(_UNSEEN.sub(" ", unicodedata.normalize("NFC", text)).split())


def parse_json(content: bytes, where: str) -> "Fields":
    """
    Read an answer whose outermost value is an object.

    Raises:
        FetchError: BROKEN_ANSWER.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise broken(where, "is no JSON") from error
    return Fields.of(value, where)


class Fields:
    """An object of a JSON answer; every look names what it misses."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = values
        self.where = where

    @classmethod
    def of(cls, value: object, where: str) -> "Fields":
        """
        Take a value that has to be an object.

        Raises:
            FetchError: It is something else.
        """
        if not isinstance(value, Mapping):
            raise broken(where, "is no object")
        return cls(value, where)

    def text(self, key: str) -> str:
        """A text that has to be there and to hold something."""
        found = self.maybe_text(key)
        if not found:
            raise broken(f"{self.where}.{key}", "is missing")
        return found

    def maybe_text(self, key: str) -> str | None:
        """A text, cleaned, or None; numbers count as text."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise broken(f"{self.where}.{key}", "is no text")
        return clean(str(value)) or None

    def flag(self, key: str) -> bool:
        """True for true, ``Y`` and ``y``; False for false, ``N``, null and absence."""
        value = self._values.get(key)
        if value in (None, False, "N", "n"):
            return False
        if value in (True, "Y", "y"):
            return True
        raise broken(f"{self.where}.{key}", "is neither yes nor no")

    def number(self, key: str) -> int:
        """An integer that has to be there; digits count."""
        value = self._values.get(key)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise broken(f"{self.where}.{key}", "is no number")
        try:
            return int(value)
        except ValueError as error:
            raise broken(f"{self.where}.{key}", "is no number") from error

    def fields(self, key: str) -> "Fields":
        """An object that has to be there."""
        if self._values.get(key) is None:
            raise broken(f"{self.where}.{key}", "is missing")
        return Fields.of(self._values[key], f"{self.where}.{key}")

    def maybe_fields(self, key: str) -> "Fields":
        """An object, empty where it is null or absent."""
        value = self._values.get(key)
        return Fields.of({} if value is None else value, f"{self.where}.{key}")

    def values(self, key: str) -> Sequence[Any]:
        """The items of a list; one bare value is a list of one, null and absence are none."""
        value = self._values.get(key)
        if value is None:
            return []
        return value if isinstance(value, list) else [value]

    def rows(self, key: str) -> list["Fields"]:
        """The objects of a list that has to be there."""
        if self._values.get(key) is None:
            raise broken(f"{self.where}.{key}", "is missing")
        return self.maybe_rows(key)

    def maybe_rows(self, key: str) -> list["Fields"]:
        """The objects of a list, none where it is null or absent."""
        return [
            Fields.of(item, f"{self.where}.{key}[{index}]")
            for index, item in enumerate(self.values(key))
        ]


def collect(
    rows: Iterable[_T], offer_of: Callable[[_T], Offer | None]
) -> tuple[list[Offer], tuple[str, ...]]:
    """
    Turn the rows of a page into offers; a broken row is set aside with its reason.

    Returns:
        Offers, and the reasons of rows set aside. None of an ``offer_of`` is no paper at all.

    Raises:
        FetchError: Every row is broken: then the source has changed its form.
    """
    offers: list[Offer] = []
    unmatched: list[str] = []
    first: FetchError | None = None
    for row in rows:
        try:
            offer = offer_of(row)
        except FetchError as error:
            first = first or error
            unmatched.append(error.outcome.detail)
        else:
            if offer is not None:
                offers.append(offer)
    if first is not None and not offers:
        raise first
    return offers, tuple(unmatched)
