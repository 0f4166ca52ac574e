"""
Decide by the majority of ballots, with the rule spelled out.

Reads:    all verified ballots of one document and question
Writes:   nothing; the journey stores the decision
Gives up: UsageError where ballots of different cells are mixed or one answerer votes twice
Version:  RULE_VERSION, in the decision's fingerprint
Next:     publish
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from etl.errors import UsageError
from etl.keys import content_key, fingerprint_sha256
from etl.records import (
    AnswerType,
    Ballot,
    CellState,
    Decision,
    DecisionState,
    Fingerprint,
    Question,
)

__all__ = ["RULE_VERSION", "decide", "decision_fingerprint"]

RULE_VERSION = "majority/3"

#: A tie between states goes to the first of these: doubt is shown rather than hidden.
_TIE_ORDER = (
    CellState.NOT_REPORTED,
    CellState.ANSWERED,
    CellState.NOT_APPLICABLE,
    CellState.UNREADABLE,
    CellState.FAILED,
)


def decision_fingerprint() -> Fingerprint:
    """The fingerprint of this rule."""
    recipe = {
        "rule": RULE_VERSION,
        "tie_order": [state.value for state in _TIE_ORDER],
    }
    sha256 = fingerprint_sha256(recipe)
    return Fingerprint(
        fingerprint_id=content_key("decide", sha256),
        stage="decide",
        name=RULE_VERSION,
        sha256=sha256,
        recipe=recipe,
    )


def decide(work_id: int, question: Question, ballots: Sequence[Ballot]) -> Decision:
    """
    Make one decision of any number of ballots.

    1. *Voters* are the ballots that are not ``failed``. Without one the decision is ``failed``.
    2. *State*: the state with most votes wins; where the question's rule is ``any_support``,
       ``answered`` wins as soon as its quorum is met, whatever the others say. Ties go to
       ``not_reported``, then ``answered``, ``not_applicable``, ``unreadable``.
    3. *Quorum*: ``answered`` needs ``min(min_support, voters)`` ballots, where ``min_support``
       is that of the question's decision rule (1 where it has none); else ``not_reported``.
    4. *Contradiction*: a verdict whose own evidence states and denies it is ``conflicting``.
    5. *Value*: where the question's rule is ``item_majority`` (the default), the items of a
       list that at least half of the answered ballots and at least the quorum hold; if these
       ballots share no item at all, ``conflicting``. With ``any_support`` every item that at
       least the quorum holds: voters that read differently add to each other. With
       ``majority``, and for verdicts, the whole value that most ballots hold; a tie is
       ``conflicting``. Short texts never conflict: the highest score gives the text.

    Args:
        work_id: The work that is decided for.
        question: The question that was asked.
        ballots: Of one document, one an answerer, in any order.

    Returns:
        The decision; ``supporters`` are the answerers whose ballots carry it, ascending.
        ``probability`` is None: nothing is calibrated yet.

    Raises:
        UsageError: Ballots of two documents or questions, or two ballots of one answerer.
    """
    _check(question, ballots)
    document_id = ballots[0].document_id if ballots else None
    voters = sorted(
        (ballot for ballot in ballots if ballot.state is not CellState.FAILED),
        key=lambda ballot: ballot.answerer_id,
    )
    if not voters:
        reasons = [ballot.reason or "failed" for ballot in ballots] or ["no ballot was cast"]
        return _decision(
            work_id, question, document_id, DecisionState.FAILED, reason="; ".join(reasons)
        )
    quorum = min(int(_rule(question).get("min_support", 1)), len(voters))
    state = _winning_state(voters)
    is_any = _rule(question).get("rule") == "any_support"
    if is_any and sum(b.state is CellState.ANSWERED for b in voters) >= quorum:
        state = CellState.ANSWERED
    winners = [ballot for ballot in voters if ballot.state is state]
    if state is CellState.ANSWERED and len(winners) < quorum:
        reason = f"answered by {len(winners)} of {len(voters)} voters, {quorum} needed"
        return _decision(work_id, question, document_id, DecisionState.NOT_REPORTED, reason=reason)
    if state is not CellState.ANSWERED:
        reason = next((b.reason for b in winners if b.reason), state.value)
        return _decision(
            work_id,
            question,
            document_id,
            DecisionState(state.value),
            reason=reason,
            supporters=winners,
        )
    return _decide_value(work_id, question, winners, quorum)


def _check(question: Question, ballots: Sequence[Ballot]) -> None:
    if any(b.question_version_id != question.question_version_id for b in ballots):
        raise UsageError(f"ballots of another question than {question.question_id}")
    if len({b.document_id for b in ballots}) > 1:
        raise UsageError("ballots of two documents cannot be one decision")
    if len({b.answerer_id for b in ballots}) != len(ballots):
        raise UsageError("an answerer votes once")


def _winning_state(voters: Sequence[Ballot]) -> CellState:
    votes = Counter(ballot.state for ballot in voters)
    return min(votes, key=lambda state: (-votes[state], _TIE_ORDER.index(state)))


def _rule(question: Question) -> Mapping[str, Any]:
    rule = question.spec.get("decision")
    return rule if isinstance(rule, Mapping) else {}


def _decide_value(
    work_id: int, question: Question, winners: Sequence[Ballot], quorum: int
) -> Decision:
    document_id = winners[0].document_id
    by_score = sorted(winners, key=lambda b: (-(b.score or 0.0), b.answerer_id))
    if any(isinstance(b.value, Mapping) and b.value.get("contradicted") for b in winners):
        # One voter's evidence says both: no count of votes makes the paper agree with itself.
        return _conflict(work_id, question, by_score, reason="the paper's own sentences disagree")
    if len(winners) == 1 or question.answer_type is AnswerType.SHORT_TEXT:
        best = by_score[0]
        return _decision(
            work_id,
            question,
            document_id,
            DecisionState.ANSWERED,
            value=best.value,
            value_text=best.value_text,
            supporters=[best],
        )
    are_lists = all(isinstance(ballot.value, list) for ballot in winners)
    if not are_lists or _rule(question).get("rule") == "majority":
        return _decide_whole(work_id, question, by_score)
    if _rule(question).get("rule") == "any_support":
        return _decide_items(work_id, question, by_score, quorum, may_differ=True)
    needed = max(quorum, (len(winners) + 1) // 2)
    return _decide_items(work_id, question, by_score, needed)


def _decide_whole(work_id: int, question: Question, by_score: Sequence[Ballot]) -> Decision:
    """The most frequent whole value; two equally frequent ones conflict."""
    document_id = by_score[0].document_id
    votes = Counter(_identity(ballot.value) for ballot in by_score)
    top = max(votes.values())
    leaders = [identity for identity, count in votes.items() if count == top]
    if len(leaders) > 1:
        return _conflict(work_id, question, by_score)
    supporters = [b for b in by_score if _identity(b.value) == leaders[0]]
    return _decision(
        work_id,
        question,
        document_id,
        DecisionState.ANSWERED,
        value=supporters[0].value,
        value_text=supporters[0].value_text,
        supporters=supporters,
    )


def _decide_items(
    work_id: int,
    question: Question,
    by_score: Sequence[Ballot],
    needed: int,
    *,
    may_differ: bool = False,
) -> Decision:
    """Lists: each item on its own; lists without any common item conflict or add up."""
    holders: dict[Hashable, list[Ballot]] = {}
    fullest: dict[Hashable, tuple[Any, Ballot]] = {}
    for ballot in by_score:
        for item in ballot.value:
            identity = _identity(item)
            shown = fullest.setdefault(identity, (item, ballot))
            if _tells_amount(item) and not _tells_amount(shown[0]):
                fullest[identity] = (item, ballot)
            if ballot not in holders.setdefault(identity, []):
                holders[identity].append(ballot)
    if not may_differ and all(len(held) == 1 for held in holders.values()):
        return _conflict(work_id, question, by_score)
    kept = [identity for identity, held in holders.items() if len(held) >= needed]
    if not kept:
        return _conflict(work_id, question, by_score)
    value = [_with_source(*fullest[identity]) for identity in kept]
    return _decision(
        work_id,
        question,
        by_score[0].document_id,
        DecisionState.ANSWERED,
        value=value,
        value_text="; ".join(dict.fromkeys(_label(item) for item in value)),
        supporters=list({b.answerer_id: b for i in kept for b in holders[i]}.values()),
    )


def _identity(value: object) -> Hashable:
    """What makes two values the same: canonical names, numbers and URLs, not their surface."""
    if isinstance(value, list):
        return frozenset(_identity(item) for item in value)
    if isinstance(value, Mapping):
        for key in ("verdict", "url"):
            if key in value:
                return str(value[key]).casefold().rstrip("/")
        number = value.get("number")
        amount = value.get("value") if number is None else number
        return (str(value.get("name")).casefold(), str(amount), str(value.get("unit") or ""))
    return str(value).casefold()


def _tells_amount(item: object) -> bool:
    """``resized to 512 × 512`` says more than ``resized``; of equal items it is the one shown."""
    surface = item.get("surface") if isinstance(item, Mapping) else None
    return isinstance(surface, str) and any(letter.isdigit() for letter in surface)


def _with_source(item: object, ballot: Ballot) -> object:
    """Evidence ranks count within one ballot, so an item says whose they are."""
    if isinstance(item, Mapping) and "evidence" in item:
        return {**item, "answerer_id": ballot.answerer_id}
    return item


def _label(item: object) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    if "url" in item:
        return str(item["url"])
    parts = (item.get("name"), item.get("value"), item.get("unit"))
    return " ".join(str(part) for part in parts if part is not None)


def _conflict(
    work_id: int, question: Question, ballots: Sequence[Ballot], *, reason: str | None = None
) -> Decision:
    told = sorted({ballot.value_text or "" for ballot in ballots})
    return _decision(
        work_id,
        question,
        ballots[0].document_id,
        DecisionState.CONFLICTING,
        # What each says, so that a person can judge; the database wants a value here.
        value=[{"value": b.value, "answerer_id": b.answerer_id} for b in ballots],
        value_text=" / ".join(told),
        reason=reason or f"{len(ballots)} ballots hold {len(told)} different values",
    )


def _decision(
    work_id: int,
    question: Question,
    document_id: int | None,
    state: DecisionState,
    *,
    value: object = None,
    value_text: str | None = None,
    reason: str | None = None,
    supporters: Sequence[Ballot] = (),
) -> Decision:
    return Decision(
        work_id=work_id,
        question_version_id=question.question_version_id,
        document_id=document_id,
        state=state,
        value=value,
        value_text=value_text,
        probability=None,
        reason=reason,
        supporters=tuple(sorted(ballot.answerer_id for ballot in supporters)),
    )
