"""
Decide by the votes of all answerers, with the rule spelled out.

Reads:    all verified ballots of one document and question, and claims without proof
Writes:   nothing; the journey stores the decision
Gives up: UsageError where ballots of different cells are mixed or one answerer votes twice
Version:  RULE_VERSION, in the decision's fingerprint
Next:     the calibration of the share, then what people settled, then publish
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from etl.decide.merge import merge_values
from etl.decide.rule import TIE_ORDER, Rule, rule_of
from etl.errors import UsageError
from etl.records.ballot import Ballot, CellState
from etl.records.decision import Decision, DecisionState
from etl.records.question import Question

__all__ = ["decide"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    """The votes on one question, weighed."""

    rule: Rule
    #: Ballots that are not ``failed``, by answerer.
    voters: tuple[Ballot, ...]
    #: Answerers that say yes without proof in this paper.
    unproven: tuple[int, ...]
    weights: Mapping[int, float]
    #: Proven votes an answer needs.
    quorum: int

    @property
    def voter_count(self) -> int:
        """Everybody who was heard."""
        return len(self.voters) + len(self.unproven)

    @property
    def proven(self) -> tuple[Ballot, ...]:
        """The ballots that answer; each has its evidence."""
        return tuple(b for b in self.voters if b.state is CellState.ANSWERED)

    def weight_by_state(self) -> dict[CellState, float]:
        """What was cast for each state."""
        found: dict[CellState, float] = defaultdict(float)
        for ballot in self.voters:
            found[ballot.state] += self.weights[ballot.answerer_id]
        for answerer_id in self.unproven:
            found[CellState.ANSWERED] += self.weights[answerer_id]
        return dict(found)


def decide(
    work_id: int,
    question: Question,
    ballots: Sequence[Ballot],
    *,
    unproven: Sequence[int] = (),
    names: Mapping[int, str] | None = None,
) -> Decision:
    """
    Make one decision of any number of votes.

    1. *Voters* are the ballots that are not ``failed``, and the claims without proof. Without
       one, or with fewer than ``min_votes`` (all, where fewer were asked), it is ``failed``.
    2. *State*: the state with most weight wins; a weight is 1 unless the rule is ``weighted``.
       With ``any_support``, ``answered`` wins as soon as its quorum is proven, whatever the
       others say. With ``unanimous`` an answer that some voters deny is ``conflicting``. A tie
       goes to ``not_reported``, then ``answered``, ``not_applicable``, ``unreadable``; the rule's
       ``ties`` may give one with ``answered`` to ``answered`` or call it ``conflicting``.
    3. *Quorum and proof*: ``answered`` needs ``min(min_support, voters)`` proven ballots, and at
       least one: claims without proof add weight and never answer by themselves. Else
       ``not_reported``.
    4. *Value*: see :func:`etl.decide.merge.merge_values`.

    Args:
        work_id: The work that is decided for.
        question: The question that was asked; its ``spec["decision"]`` is the rule.
        ballots: Of one document, one an answerer, in any order.
        unproven: Answerers that say the paper reports it, without proof in this document.
        names: Names of answerers for the rule's weights, by id.

    Returns:
        The decision; ``supporters`` are the answerers whose ballots carry it, ascending;
        ``share`` is the weight of yes among yes and no, None where nobody said either;
        ``yes_probability`` is one half of a conflict, the score of a single vote, if that is a
        yes with a score, else (yes + 1/2) / (votes + 1), the mean of Jeffreys' posterior;
        ``probability`` is None until a calibration gives it.

    Raises:
        UsageError: Ballots of two documents or questions, or two votes of one answerer.
    """
    _check(question, ballots, unproven)
    rule = rule_of(question)
    poll = _poll(rule, ballots, unproven, names or {})
    blank = Decision(
        work_id=work_id,
        question_version_id=question.question_version_id,
        document_id=ballots[0].document_id if ballots else None,
        state=DecisionState.FAILED,
        value=None,
        value_text=None,
        probability=None,
        reason=None,
        supporters=(),
        voters=tuple(sorted([b.answerer_id for b in poll.voters] + list(poll.unproven))),
        share=_share(poll),
        yes_probability=_yes_probability(poll),
    )
    needed = min(rule.min_votes, len(ballots) + len(unproven))
    if not poll.voters or poll.voter_count < needed:
        return replace(blank, reason=_why_failed(poll, ballots, needed))
    state = _winning_state(poll)
    if state is None:
        return _conflict_of_states(blank, question, poll)
    if state is CellState.ANSWERED:
        return _decide_value(blank, question, poll)
    winners = [ballot for ballot in poll.voters if ballot.state is state]
    return replace(
        blank,
        state=DecisionState(state.value),
        reason=next((b.reason for b in winners if b.reason), state.value),
        supporters=tuple(b.answerer_id for b in winners),
    )


def _check(question: Question, ballots: Sequence[Ballot], unproven: Sequence[int]) -> None:
    if any(b.question_version_id != question.question_version_id for b in ballots):
        raise UsageError(f"ballots of another question than {question.question_id}")
    if len({b.document_id for b in ballots}) > 1:
        raise UsageError("ballots of two documents cannot be one decision")
    if len({b.answerer_id for b in ballots} | set(unproven)) != len(ballots) + len(unproven):
        raise UsageError("an answerer votes once")


def _poll(
    rule: Rule, ballots: Sequence[Ballot], unproven: Sequence[int], names: Mapping[int, str]
) -> _Poll:
    heard = (b for b in ballots if b.state is not CellState.FAILED)
    voters = tuple(sorted(heard, key=lambda ballot: ballot.answerer_id))
    ids = [b.answerer_id for b in voters] + list(unproven)
    return _Poll(
        rule=rule,
        voters=voters,
        unproven=tuple(sorted(unproven)),
        weights={i: rule.weight_of(names.get(i, "")) for i in ids},
        quorum=max(1, min(rule.min_support, len(ids))),
    )


def _share(poll: _Poll) -> float | None:
    weight = poll.weight_by_state()
    yes, no = weight.get(CellState.ANSWERED, 0.0), weight.get(CellState.NOT_REPORTED, 0.0)
    return yes / (yes + no) if yes + no > 0 else None


def _yes_probability(poll: _Poll) -> float | None:
    """What the votes alone tell of a yes, whatever the rule makes of them."""
    yes = len(poll.proven) + len(poll.unproven)
    votes = yes + sum(b.state is CellState.NOT_REPORTED for b in poll.voters)
    if votes == 1 and poll.proven and poll.proven[0].score is not None:
        return poll.proven[0].score
    return (yes + 0.5) / (votes + 1) if votes else None


def _why_failed(poll: _Poll, ballots: Sequence[Ballot], needed: int) -> str:
    failures = [b.reason or "failed" for b in ballots if b.state is CellState.FAILED]
    if poll.voters:
        failures.insert(0, f"{poll.voter_count} voters were heard, {needed} needed")
    elif poll.unproven:
        failures.insert(0, "only claims without proof were heard")
    return "; ".join(failures) or "no ballot was cast"


def _winning_state(poll: _Poll) -> CellState | None:
    """The state that wins; None where the rule calls the disagreement a conflict."""
    rule, weight = poll.rule, poll.weight_by_state()
    if rule.name == "any_support" and len(poll.proven) >= poll.quorum:
        return CellState.ANSWERED
    if rule.name == "unanimous" and poll.proven and len(weight) > 1:
        return None
    top = max(weight.values())
    tied = [state for state in TIE_ORDER if weight.get(state, -1.0) >= top - 1e-9]
    if CellState.ANSWERED in tied and len(tied) > 1 and poll.proven:
        if rule.ties == "answered":
            return CellState.ANSWERED
        if rule.ties == "conflicting":
            return None
    return tied[0]


def _decide_value(blank: Decision, question: Question, poll: _Poll) -> Decision:
    proven = poll.proven
    if len(proven) < poll.quorum:
        claims = len(proven) + len(poll.unproven)
        told = f"answered by {claims} of {poll.voter_count} voters, "
        told += f"{poll.quorum} needed" if claims == len(proven) else (
            f"{len(proven)} with proof in this paper, {poll.quorum} needed"
        )  # fmt: skip
        return replace(blank, state=DecisionState.NOT_REPORTED, reason=told)
    winners = [(ballot, poll.weights[ballot.answerer_id]) for ballot in proven]
    merged = merge_values(question, poll.rule, winners, quorum=poll.quorum)
    return replace(
        blank,
        state=DecisionState.CONFLICTING if merged.conflict else DecisionState.ANSWERED,
        value=merged.value,
        value_text=merged.value_text,
        reason=merged.conflict,
        supporters=tuple(sorted(ballot.answerer_id for ballot in merged.supporters)),
        yes_probability=0.5 if merged.conflict else blank.yes_probability,
    )


def _conflict_of_states(blank: Decision, question: Question, poll: _Poll) -> Decision:
    """Some answer and some do not, and the rule wants that to be seen."""
    winners = [(ballot, poll.weights[ballot.answerer_id]) for ballot in poll.proven]
    merged = merge_values(question, poll.rule, winners, quorum=1)
    yes = len(poll.proven) + len(poll.unproven)
    return replace(
        blank,
        state=DecisionState.CONFLICTING,
        value=merged.value,
        value_text=merged.value_text,
        reason=f"answered by {yes} of {poll.voter_count} voters",
        yes_probability=0.5,
    )
