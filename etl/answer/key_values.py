"""
Read names with their numbers: learning rate 0.001, 100 epochs, 80 % training.

Reads:    scored sentences and the question's vocabulary of names
Writes:   nothing
Gives up: never; a name without a number beside it gives no item
Version:  KEY_VALUE_VERSION, part of the extractive answerer's fingerprint
Next:     the extractive answerer
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from etl.answer.candidates import Candidate
from etl.answer.guards import is_hypothetical, is_negated, is_others_work
from etl.answer.numbers import Quantity, find_quantities
from etl.answer.reading import Item
from etl.answer.vocabulary import Mention, Vocabulary

__all__ = ["KEY_VALUE_VERSION", "read_key_values"]

KEY_VALUE_VERSION = "nearest-number/1"

#: What may stand between a name and the number after it: up to four words that lead there.
_FORWARD = re.compile(
    r"^[\s(|]*(?:[\w\-]+\s+){0,4}?(?:of|to|at|as|is|was|were|are|be|with|=|:|\||\(|\u2248|~)"
    r"[\s(|]*(?:about|approximately|only|around|~|\u2248)?[\s(|]*$|^[\s(:=|]*$",
    re.IGNORECASE,
)
#: What may stand between a number and the name after it: up to six words, no clause break.
_BACKWARD = re.compile(
    r"^[\s%\-)]*(?:(?!(?:and|or|on|in|by|from|using|with|per|at|than|versus)\b)[\w\-]+\s+){0,6}$"
)
_JOIN = re.compile(r"^\s*(?:,|and|,\s*and|&)\s*(?:the\s+)?$", re.IGNORECASE)


def read_key_values(
    candidates: Sequence[Candidate], vocabulary: Vocabulary, *, min_score: float
) -> list[Item]:
    """
    Give each name that stands beside a number, with that number and its unit.

    Args:
        candidates: Scored sentences of one question.
        vocabulary: Names and their forms.
        min_score: In [0, 1]; weaker sentences are not read.

    Returns:
        One item a distinct (name, value, unit): ``{"name", "surface", "value", "number",
        "unit"}`` with ``value`` as it stands and ``number`` its float where it is one.
    """
    items: dict[tuple[str, str, str], Item] = {}
    for candidate in candidates:
        if candidate.score < min_score or is_hypothetical(candidate.text):
            continue
        if is_others_work(candidate.text, candidate.section_kind):
            continue
        for mention, quantity in _pairs(candidate.text, vocabulary):
            unit = quantity.unit or ""
            label = f"{mention.term} {quantity.surface}{_gap(unit)}{unit}"
            items.setdefault(
                (mention.term, quantity.surface, unit),
                Item(
                    value={
                        "name": mention.term,
                        "surface": mention.surface,
                        "value": quantity.surface,
                        "number": quantity.number,
                        "unit": quantity.unit,
                    },
                    label=label,
                    sentences=(candidate.sentence_index,),
                    score=candidate.score,
                ),
            )
    return list(items.values())


def _gap(unit: str) -> str:
    return " " if unit and not unit.startswith("-") else ""


def _pairs(text: str, vocabulary: Vocabulary) -> list[tuple[Mention, Quantity]]:
    """Each unnegated name with the number nearest to it, if one is beside it."""
    quantities = find_quantities(text)
    mentions = [
        mention
        for mention in vocabulary.mentions(text)
        if quantities and not is_negated(text, mention.start, mention.end)
    ]
    pairs = []
    for position, mention in enumerate(mentions):
        quantity = _beside(text, mention, quantities)
        if quantity is None:
            quantity = _shared(text, mentions[position:], quantities)
        if quantity is not None:
            pairs.append((mention, quantity))
    return pairs


def _beside(text: str, mention: Mention, quantities: Sequence[Quantity]) -> Quantity | None:
    """The number that follows the name, else the one that leads to it."""
    after = next((q for q in quantities if q.start >= mention.end), None)
    if after is not None and _FORWARD.match(text[mention.end : after.start]):
        return after
    unit = next((q for q in quantities if q.start < mention.start < q.end), None)
    if unit is not None:
        return unit
    before = next((q for q in reversed(quantities) if q.end <= mention.start), None)
    if before is not None and _BACKWARD.match(text[before.end : mention.start]):
        return before
    return None


def _shared(
    text: str, mentions: Sequence[Mention], quantities: Sequence[Quantity]
) -> Quantity | None:
    """``momentum and decay of 0.9``: names joined by "and" share the number after the last."""
    for left, right in pairwise(mentions):
        if not _JOIN.match(text[left.end : right.start]):
            return None
        after = next((q for q in quantities if q.start >= right.end), None)
        if after is not None and _FORWARD.match(text[right.end : after.start]):
            return after
    return None
