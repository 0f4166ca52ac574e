"""
Merge the values of voters who answered: canonical names, support item by item, conflict.

Reads:    answered ballots of one question, each with its weight
Writes:   nothing
Gives up: never; values that cannot be merged are candidates of a conflict
Version:  RULE_VERSION of the rule
Next:     the vote
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from etl.decide.rule import Rule
from etl.records.ballot import Ballot
from etl.records.question import AnswerType, Question
from etl.value_text import item_text

__all__ = ["Merged", "merge_values"]


_TORN = "the paper's own sentences disagree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """One value of many, or the candidates that stand against each other."""

    value: Any
    value_text: str
    #: Ballots that carry it; none where it is a conflict.
    supporters: tuple[Ballot, ...]
    #: Why there is no one value; None where there is.
    conflict: str | None = None


@dataclass(frozen=True, slots=True)
class _Held:
    """One item and who holds it, the surest first."""

    item: Any
    ballots: tuple[Ballot, ...]
    weight: float


def merge_values(
    question: Question,
    rule: Rule,
    winners: Sequence[tuple[Ballot, float]],
    *,
    quorum: int,
) -> Merged:
    """
    Make one value of the ballots that answered.

    Two items are the same when their names lead to the same term of the question's vocabulary
    and their numbers and units are equal, or when their addresses are. A kept item tells its
    ``support``: how many ballots hold it.

    - Short texts never conflict: the highest score gives the text.
    - ``item_majority`` and ``weighted`` keep items of a list that at least half of the weight
      and at least the quorum hold; ``unanimous`` those that all hold; ``any_support`` those
      that the quorum holds: voters that read differently add to each other.
    - ``majority``, and values that are no lists: the whole value with most weight
      (``unanimous``: the one that all hold).
    - A verdict that its own evidence states and denies: a conflict.
    - No such item or value, or two values with the most weight: a conflict, whose value lists
      the candidates with their support.

    Args:
        question: Its type and vocabulary.
        rule: Its decision rule.
        winners: Answered ballots, each with its weight; at least one.
        quorum: Ballots that an item needs.

    Returns:
        The value, or its candidates.
    """
    ordered = sorted(winners, key=lambda pair: (-(pair[0].score or 0.0), pair[0].answerer_id))
    ballots = [ballot for ballot, _ in ordered]
    if any(isinstance(b.value, Mapping) and b.value.get("contradicted") for b in ballots):
        # One voter's evidence says both: no count of votes makes a paper agree with itself.
        torn: list[Any] = [{"value": ballot.value, "support": 1} for ballot in ballots]
        return replace(_conflict(torn, ordered, 2), conflict=_TORN)
    if len(ballots) == 1 or question.answer_type is AnswerType.SHORT_TEXT:
        best = ballots[0]
        value = best.value
        if isinstance(value, list) and question.answer_type is not AnswerType.SHORT_TEXT:
            value = [_supported(item, 1) for item in value]
        return Merged(value=value, value_text=best.value_text or "", supporters=(best,))
    terms = _terms(question)
    if not all(isinstance(ballot.value, list) for ballot in ballots) or rule.name == "majority":
        return _merge_whole(rule, ordered, terms)
    return _merge_items(rule, ordered, terms, quorum)


def _merge_whole(
    rule: Rule, ordered: Sequence[tuple[Ballot, float]], terms: Mapping[str, str]
) -> Merged:
    held = _holders(((ballot.value, ballot, weight) for ballot, weight in ordered), terms)
    top = max(one.weight for one in held)
    leaders = [one for one in held if one.weight == top]
    if len(leaders) > 1 or (rule.name == "unanimous" and len(held) > 1):
        candidates = [{"value": one.item, "support": len(one.ballots)} for one in held]
        return _conflict(candidates, ordered, len(held))
    best = leaders[0].ballots[0]
    return Merged(value=best.value, value_text=best.value_text or "", supporters=leaders[0].ballots)


def _merge_items(
    rule: Rule, ordered: Sequence[tuple[Ballot, float]], terms: Mapping[str, str], quorum: int
) -> Merged:
    """Lists: each item on its own; lists without any common item conflict or add up."""
    held = _holders(
        ((item, ballot, weight) for ballot, weight in ordered for item in ballot.value), terms
    )
    total = sum(weight for _, weight in ordered)
    share = {"any_support": 0.0, "unanimous": 1.0}.get(rule.name, 0.5)
    may_differ = rule.name == "any_support"
    kept = [
        one for one in held if len(one.ballots) >= quorum and one.weight >= share * total - 1e-9
    ]
    if not kept or (not may_differ and all(len(one.ballots) == 1 for one in held)):
        distinct = len({frozenset(_identity(i, terms) for i in b.value) for b, _ in ordered})
        candidates = [_supported(one.item, len(one.ballots)) for one in held]
        return _conflict(candidates, ordered, distinct)
    value = [_with_source(_supported(one.item, len(one.ballots)), one.ballots[0]) for one in kept]
    supporters = {b.answerer_id: b for one in kept for b in one.ballots}
    return Merged(
        value=value,
        value_text="; ".join(dict.fromkeys(item_text(item) for item in value)),
        supporters=tuple(supporters.values()),
    )


def _holders(
    held: Any,  # noqa: ANN401 - (item, ballot, weight) triples
    terms: Mapping[str, str],
) -> list[_Held]:
    """Distinct items in the order first met, each with the ballots that hold it."""
    first: dict[Hashable, Any] = {}
    ballots: dict[Hashable, dict[int, tuple[Ballot, float]]] = defaultdict(dict)
    for item, ballot, weight in held:
        identity = _identity(item, terms)
        first.setdefault(identity, _canonical(item, terms))
        ballots[identity].setdefault(ballot.answerer_id, (ballot, weight))
        if _tells_amount(item) and not _tells_amount(first[identity]):
            # Shown with its own ballot in front: evidence ranks count within one ballot.
            first[identity] = _canonical(item, terms)
            ballots[identity] = {ballot.answerer_id: (ballot, weight), **ballots[identity]}
    return [
        _Held(
            first[identity],
            tuple(ballot for ballot, _ in who.values()),
            sum(weight for _, weight in who.values()),
        )
        for identity, who in ballots.items()
    ]


def _tells_amount(item: object) -> bool:
    """``resized to 512 × 512`` says more than ``resized``; of equal items it is the one shown."""
    surface = item.get("surface") if isinstance(item, Mapping) else None
    return isinstance(surface, str) and any(letter.isdigit() for letter in surface)


def _terms(question: Question) -> dict[str, str]:
    """Every form of every term of the vocabulary, folded, to the term."""
    raw = question.spec.get("vocabulary") or {}
    found = {_fold(alias): str(term) for term, aliases in raw.items() for alias in aliases or ()}
    return found | {_fold(str(term)): str(term) for term in raw}


def _fold(name: str) -> str:
    """Case, hyphens and white space do not tell two names apart."""
    return " ".join(name.casefold().replace("-", " ").split())


def _canonical(item: object, terms: Mapping[str, str]) -> object:
    if isinstance(item, Mapping) and "name" in item:
        name = str(item["name"])
        return {**item, "name": terms.get(_fold(name), name)}
    return item


def _identity(value: object, terms: Mapping[str, str]) -> Hashable:
    """What makes two values the same: terms, numbers and addresses, not their surface."""
    if isinstance(value, list):
        return frozenset(_identity(item, terms) for item in value)
    if isinstance(value, Mapping):
        for key in ("verdict", "url"):
            if key in value:
                return str(value[key]).casefold().rstrip("/")
        number = value.get("number")
        amount = value.get("value") if number is None else number
        name = _fold(str(value.get("name")))
        return (terms.get(name, name), str(amount), str(value.get("unit") or ""))
    return str(value).casefold()


def _supported(item: object, support: int) -> object:
    return {**item, "support": support} if isinstance(item, Mapping) else item


def _with_source(item: object, ballot: Ballot) -> object:
    """Evidence ranks count within one ballot, so an item says whose they are."""
    if isinstance(item, Mapping) and "evidence" in item:
        return {**item, "answerer_id": ballot.answerer_id}
    return item


def _conflict(
    candidates: list[Any], ordered: Sequence[tuple[Ballot, float]], distinct: int
) -> Merged:
    told = dict.fromkeys(ballot.value_text or "" for ballot, _ in ordered)
    return Merged(
        value=candidates,
        value_text=" | ".join(told),
        supporters=(),
        conflict=f"{len(ordered)} ballots hold {distinct} different values",
    )
