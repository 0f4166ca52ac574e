"""
What people settled goes over what voters said, and never without saying so.

Reads:    a decision of the votes, and the fact that people settled
Writes:   nothing; labels stay labels, ballots stay ballots
Gives up: never
Version:  RULE_VERSION of the rule
Next:     publish
"""

from collections.abc import Sequence
from dataclasses import replace

from etl.decide.merge import merge_values
from etl.decide.rule import rule_of
from etl.records.ballot import Ballot, CellState
from etl.records.decision import Decision, DecisionState, SettledFact
from etl.records.question import Question

__all__ = ["overrule"]


def overrule(
    decision: Decision, question: Question, fact: SettledFact | None, ballots: Sequence[Ballot]
) -> Decision:
    """
    Let a settled fact decide.

    A fact is settled when it was adjudicated, or when two or more annotators gave one label; one
    label alone changes nothing. ``no`` gives ``not_reported``, ``not_applicable`` itself. ``yes``
    never makes an answer without proof: where voters answered it stays as it is (of conflicting
    values the one that the adjudicator named); where some proved an answer that the vote had
    dropped, theirs is taken; where nobody did, people and voters are ``conflicting``. ``partly``
    and ``unclear`` are kept beside the decision and change nothing.

    Args:
        decision: As the votes gave it.
        question: The question.
        fact: What people settled; None where they have not.
        ballots: The ballots that were voted with.

    Returns:
        The decision; ``voted_state`` keeps what the votes alone gave, for statistics. A settled
        one has no probability: it is not a matter of votes any more.
    """
    if fact is None or fact.label in ("partly", "unclear"):
        return decision
    voted = replace(decision, voted_state=decision.state, probability=None, calibration_scope=None)
    if fact.label == "yes":
        return _confirm(voted, question, fact, ballots)
    state = (
        DecisionState.NOT_APPLICABLE
        if fact.label == "not_applicable"
        else DecisionState.NOT_REPORTED
    )
    if decision.state is state:
        return voted
    reason = f"people: {fact.label} ({fact.basis})"
    return replace(voted, state=state, value=None, value_text=None, reason=reason, supporters=())


def _confirm(
    voted: Decision, question: Question, fact: SettledFact, ballots: Sequence[Ballot]
) -> Decision:
    proven = [ballot for ballot in ballots if ballot.state is CellState.ANSWERED]
    named = [ballot for ballot in proven if _is_named(ballot, fact)]
    if voted.state is DecisionState.ANSWERED:
        return voted
    if voted.state is DecisionState.CONFLICTING and not named:
        return voted
    if not proven:
        told = f"people: yes ({fact.basis}); no voter proved an answer"
        return replace(
            voted,
            state=DecisionState.CONFLICTING,
            value={"label": "yes", "value": fact.value},
            value_text=f"people: {fact.value or 'yes'}",
            reason=told,
            supporters=(),
        )
    chosen = named or proven
    rule = rule_of(question)
    merged = merge_values(question, rule, [(ballot, 1.0) for ballot in chosen], quorum=1)
    return replace(
        voted,
        state=DecisionState.CONFLICTING if merged.conflict else DecisionState.ANSWERED,
        value=merged.value,
        value_text=merged.value_text,
        reason=merged.conflict,
        supporters=tuple(sorted(ballot.answerer_id for ballot in merged.supporters)),
    )


def _is_named(ballot: Ballot, fact: SettledFact) -> bool:
    return bool(fact.value) and _fold(fact.value or "") == _fold(ballot.value_text or "")


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
