"""From the share of votes to a probability: what was labelled, and the curve."""

from dataclasses import dataclass

__all__ = [
    "CalibrationPoint",
    "Curve",
    "LabelledShare",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledShare:
    """A cell that voters and people judged."""

    work_id: int
    question_id: str
    #: Weight of yes among the votes, in [0, 1].
    share: float
    #: What people said.
    is_yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPoint:
    """What people said where the votes had this share."""

    share: float
    label_count: int
    yes_count: int
    #: In (0, 1); never falls as the share rises.
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """From share to probability, of one question or of all."""

    #: A question id, or ``pooled``.
    scope: str
    label_count: int
    yes_count: int
    #: By share; empty exactly where there is a reason.
    points: tuple[CalibrationPoint, ...]
    #: Why there is no curve; None where there is one.
    reason: str | None
    #: Mean squared error of the bare share, and of curves on labels they were not fitted to.
    brier_raw: float | None = None
    brier: float | None = None
