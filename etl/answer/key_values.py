"""
Read names with their numbers: learning rate 0.001, 100 epochs, 80 % training.

Reads:    scored sentences and the question's vocabulary of names
Writes:   nothing
Gives up: never; a name without a number beside it gives no item
Version:  KEY_VALUE_VERSION, part of the extractive answerer's fingerprint
Next:     the extractive answerer
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from etl.answer.candidates import Candidate
from etl.answer.guards import is_hypothetical, is_negated, is_others_work
from etl.answer.number_fields import NumberFields
from etl.answer.numbers import Quantity, find_quantities
from etl.answer.reading import Item
from etl.answer.vocabulary import Mention, Vocabulary

__all__ = ["KEY_VALUE_VERSION", "pair_names", "read_key_values"]

KEY_VALUE_VERSION = "nearest-number/3"

#: More sentences an item prove no more and are tedious to read.
_MAX_SENTENCES = 3

#: What may stand between a name and the number after it: up to four words that lead there.
_FORWARD = re.compile(
    r"^[\s(|]*(?:[\w\-]+\s+){0,4}?(?:of|to|at|as|is|was|were|are|be|with|took|had|has|held"
    r"|comprised|contains|contained|included|=|:|\||\(|\u2248|~)"
    r"[\s(|]*(?:about|approximately|only|around|~|\u2248)?[\s(|]*$|^[\s(:=|]*$",
    re.IGNORECASE,
)
#: What may stand between a number and the name after it: up to six words, no clause break.
_BACKWARD = re.compile(
    r"^[\s%\-)]*(?:(?!(?:and|or|on|in|by|from|using|with|per|at|than|versus)\b)[\w\-]+\s+){0,6}$"
)
#: One place of an item: the sentence, the name in it, and its number.
_Place = tuple[Candidate, Mention, Quantity | None]

_JOIN = re.compile(r"^\s*(?:,|and|,\s*and|&)\s*(?:(?:the|two|three|a|an)\s+)?$", re.IGNORECASE)
_PlaceT = TypeVar("_PlaceT", Mention, Quantity)


def read_key_values(
    candidates: Sequence[Candidate],
    vocabulary: Vocabulary,
    fields: NumberFields,
    *,
    min_score: float,
) -> list[Item]:
    """
    Give each name that stands beside a number, with that number and its unit.

    Args:
        candidates: Scored sentences of one question, best first.
        vocabulary: Names and their forms.
        fields: Which numbers count, and whether a name without any does (``a single GPU``).
        min_score: In [0, 1]; weaker sentences are not read.

    Returns:
        One item a distinct (name, value, unit): ``{"name", "surface", "value", "number",
        "unit"}`` with ``value`` as it stands and ``number`` its float where it is one; all
        three None for a name alone. At most three sentences an item.
    """
    found: dict[tuple[str, str, str], list[_Place]] = {}
    for candidate in candidates:
        if candidate.score < min_score or _is_told(candidate):
            continue
        for mention, quantity in pair_names(candidate.text, vocabulary, fields):
            if quantity is None and fields.is_required:
                continue
            detail = quantity.surface if quantity else "".join(re.findall(r"\d+", mention.surface))
            unit = (quantity.unit if quantity else None) or ""
            places = found.setdefault((mention.term, detail, unit), [])
            if candidate not in [place[0] for place in places]:
                places.append((candidate, mention, quantity))
    told_more = {term for term, detail, _ in found if detail}
    return [
        _item(places[:_MAX_SENTENCES])
        for (term, detail, _), places in found.items()
        if detail or term not in told_more
    ]


def _is_told(candidate: Candidate) -> bool:
    return is_hypothetical(candidate.text) or is_others_work(candidate.text, candidate.section_kind)


def _item(places: Sequence[_Place]) -> Item:
    best, mention, quantity = places[0]
    return Item(
        value={
            "name": mention.term,
            "surface": mention.surface,
            "value": quantity.surface if quantity else None,
            "number": quantity.number if quantity else None,
            "unit": quantity.unit if quantity else None,
        },
        label=_label(mention, quantity),
        sentences=tuple(candidate.sentence_index for candidate, _, _ in places),
        score=best.score,
    )


def _label(mention: Mention, quantity: Quantity | None) -> str:
    if quantity is None:
        return mention.label
    unit = quantity.unit or ""
    if unit.rstrip("s").casefold() in mention.term.casefold():
        unit = ""
    gap = " " if unit and not unit.startswith("-") else ""
    return f"{mention.term} {quantity.surface}{gap}{unit}"


def pair_names(
    text: str, vocabulary: Vocabulary, fields: NumberFields
) -> list[tuple[Mention, Quantity | None]]:
    """
    Each unnegated name of a sentence with its number, or None where none is its own.

    A number belongs to the name it has as a unit (``100 epochs``), else to the nearest name
    that leads to it (``learning rate of 0.1``), else to the nearest that it leads to (``64 GB
    of RAM``). Two names share one number only where they are joined (``a and b of 0.9``).
    """
    mentions = [
        mention
        for mention in vocabulary.mentions(text)
        if not is_negated(text, mention.start, mention.end)
    ]
    quantities = [
        quantity
        for quantity in find_quantities(text)
        if fields.accepts(quantity)
        and not any(mention.start <= quantity.start < mention.end for mention in mentions)
    ]
    owner: dict[Quantity, Mention] = _in_step(text, mentions, quantities)
    for _, quantity, mention in sorted(_claims(text, mentions, quantities), key=lambda c: c[0]):
        if quantity not in owner and mention not in owner.values():
            owner[quantity] = mention
    numbers = {mention: quantity for quantity, mention in owner.items()}
    for left, right in reversed(list(pairwise(mentions))):
        joined = _JOIN.match(text[left.end : right.start]) is not None
        if joined and left not in numbers and right in numbers:
            numbers[left] = numbers[right]
    return [(mention, numbers.get(mention)) for mention in mentions]


def _in_step(
    text: str, mentions: Sequence[Mention], quantities: Sequence[Quantity]
) -> dict[Quantity, Mention]:
    """``a and b ended at 0.1 and 32``: as many joined numbers as joined names, in their order."""
    for names in _runs(text, mentions):
        behind = [quantity for quantity in quantities if quantity.start >= names[-1].end]
        for numbers in _runs(text, behind)[:1]:
            between = text[names[-1].end : numbers[0].start]
            if len(names) == len(numbers) > 1 and _FORWARD.match(between):
                return dict(zip(numbers, names, strict=True))
    return {}


def _runs(text: str, places: Sequence[_PlaceT]) -> list[list[_PlaceT]]:
    """Cut places into runs whose members are joined by a comma or *and*."""
    runs: list[list[_PlaceT]] = []
    for place in places:
        if runs and _JOIN.match(text[runs[-1][-1].end : place.start]):
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _claims(
    text: str, mentions: Sequence[Mention], quantities: Sequence[Quantity]
) -> Iterator[tuple[tuple[int, int], Quantity, Mention]]:
    """Who may own which number: (kind of claim, distance), the strongest claim the smallest."""
    for mention in mentions:
        for quantity in quantities:
            if quantity.start < mention.start < quantity.end:
                yield (0, 0), quantity, mention
            elif quantity.start >= mention.end:
                between = text[mention.end : quantity.start]
                if _FORWARD.match(between):
                    yield (1, len(between)), quantity, mention
            elif quantity.end <= mention.start:
                between = text[quantity.end : mention.start]
                if _BACKWARD.match(between) and not quantity.may_be_year:
                    yield (2, len(between)), quantity, mention
