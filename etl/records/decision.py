"""What decide hands to publish: the ensemble's answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = [
    "Decision",
    "DecisionState",
    "SettledFact",
]


class DecisionState(StrEnum):
    """A decision's state: a cell's states, and one for voters who disagree."""

    ANSWERED = "answered"
    NOT_REPORTED = "not_reported"
    NOT_APPLICABLE = "not_applicable"
    UNREADABLE = "unreadable"
    FAILED = "failed"
    CONFLICTING = "conflicting"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledFact:
    """What people settled of one work and question."""

    #: yes, no, partly, unclear or not_applicable.
    label: str
    #: ``adjudicated``, or ``agreed`` by two or more annotators.
    basis: str
    #: The value the adjudicator named; None where none.
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The ensemble's answer to one question for one work."""

    work_id: int
    question_version_id: int
    document_id: int | None
    state: DecisionState
    value: Any
    value_text: str | None
    #: That the voters' state is right, in [0, 1]; None where nothing is calibrated yet.
    probability: float | None
    reason: str | None
    #: Answerer ids whose ballots carry this decision.
    supporters: Sequence[int]
    #: All answerer ids that were heard, ascending.
    voters: tuple[int, ...] = ()
    #: Weight of yes among the votes for yes or no, in [0, 1]; None where nobody said either.
    share: float | None = None
    #: That people would say yes, in [0, 1], as far as votes tell; None where nobody said either.
    #: Its distance from one half is the order in which people are asked.
    yes_probability: float | None = None
    #: The curve that gave the probability: a question id or ``pooled``; None without one.
    calibration_scope: str | None = None
    #: The state the votes alone gave, where people overruled it; None where they did not.
    voted_state: DecisionState | None = None
