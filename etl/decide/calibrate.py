"""
Turn a share of votes into a probability, by what people said of the same cells.

Reads:    (share, label) pairs of labelled cells
Writes:   nothing; the store keeps the calibration with the labels it was made of
Gives up: never; too few labels give a scope without a curve, and its reason
Version:  CALIBRATION_VERSION, part of the calibration's key
Next:     every decision, which names the curve it used
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from etl.keys import content_key
from etl.records.calibration import CalibrationPoint, Curve, LabelledShare
from etl.records.decision import Decision, DecisionState

__all__ = [
    "CALIBRATION_VERSION",
    "MIN_EACH",
    "MIN_LABELS",
    "POOLED",
    "calibrate",
    "probability_of",
    "with_probability",
]

CALIBRATION_VERSION = "isotonic/1"
#: Name of the scope that takes all questions together.
POOLED = "pooled"
#: Our choice: a handful of voters has about six distinct shares, so 50 labels are some eight a
#: share; isotonic curves overfit scarce data (Niculescu-Mizil & Caruana 2005, ICML), hence the
#: pooling of equal shares, the half labels, and an error that is told out of fold.
MIN_LABELS = 50
MIN_EACH = 10
_FOLDS = 10


def calibrate(labels: Sequence[LabelledShare]) -> list[Curve]:
    """
    Fit one curve over all labels, and one for each question that has enough of its own.

    Isotonic regression (Zadrozny & Elkan 2002, KDD) of the labels at each distinct share, each
    with half a label of either kind added (Jeffreys), so that ten cells without an error do not
    make a certainty. A scope needs ``MIN_LABELS`` labels, ``MIN_EACH`` of them yes and as many
    no; below that it has no curve and says why.

    Args:
        labels: Of labelled cells with votes, one a cell, in any order.

    Returns:
        The pooled curve, then one entry a question by id.
    """
    by_question: dict[str, list[LabelledShare]] = defaultdict(list)
    for label in sorted(labels, key=lambda one: (one.question_id, one.work_id)):
        by_question[label.question_id].append(label)
    everything = [label for found in by_question.values() for label in found]
    scopes = [(POOLED, everything), *sorted(by_question.items())]
    return [_curve(scope, found) for scope, found in scopes]


def probability_of(curve: Curve, share: float) -> float:
    """What a curve with points gives for a share: straight between two points, level beyond."""
    xs = [point.share for point in curve.points]
    return float(np.interp(share, xs, [point.probability for point in curve.points]))


def with_probability(decision: Decision, curves: Mapping[str, Curve]) -> Decision:
    """
    Give a decision the probability that its state is right.

    The question's own curve goes before the pooled one. ``answered`` and ``conflicting`` have the
    probability that people say yes, ``not_reported`` the rest to 1; other states, and cells on
    which nobody said yes or no, have none.

    Args:
        decision: As the votes gave it, with its share.
        curves: Of the calibration in force that apply to its question, by scope: the question
            id and ``pooled``; those without points are passed over.

    Returns:
        The decision with both probabilities and the scope, or as it was.
    """
    usable = [curve for scope, curve in curves.items() if curve.points and scope != POOLED]
    usable += [curve for scope, curve in curves.items() if curve.points and scope == POOLED]
    if decision.share is None or not usable or decision.state not in _SPOKEN:
        return decision
    yes = probability_of(usable[0], decision.share)
    is_no = decision.state is DecisionState.NOT_REPORTED
    return replace(
        decision,
        probability=1 - yes if is_no else yes,
        yes_probability=yes,
        calibration_scope=usable[0].scope,
    )


_SPOKEN = (DecisionState.ANSWERED, DecisionState.CONFLICTING, DecisionState.NOT_REPORTED)


def _curve(scope: str, labels: Sequence[LabelledShare]) -> Curve:
    yes = sum(label.is_yes for label in labels)
    blank = Curve(
        scope=scope, label_count=len(labels), yes_count=yes, points=(), reason=_reason(labels, yes)
    )
    if blank.reason is not None:
        return blank
    facts = np.array([label.is_yes for label in labels], dtype=np.float64)
    shares = np.array([label.share for label in labels], dtype=np.float64)
    return replace(
        blank,
        points=_fit(labels),
        brier_raw=float(np.mean((shares - facts) ** 2)),
        brier=float(np.mean((_out_of_fold(labels) - facts) ** 2)),
    )


def _reason(labels: Sequence[LabelledShare], yes: int) -> str | None:
    count, no = len(labels), len(labels) - yes
    if count < MIN_LABELS:
        return f"{count} labelled cells with votes, at least {MIN_LABELS} needed"
    if min(yes, no) < MIN_EACH:
        return f"{yes} of them yes and {no} no, at least {MIN_EACH} of each needed"
    if len({label.share for label in labels}) < 2:
        return "all of them have the same share of votes"
    return None


def _fit(labels: Sequence[LabelledShare]) -> tuple[CalibrationPoint, ...]:
    # SciPy takes a second to import; only a calibration needs it.
    from scipy.optimize import isotonic_regression  # noqa: PLC0415

    counts: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for label in labels:
        counts[label.share][0] += 1
        counts[label.share][1] += label.is_yes
    shares = sorted(counts)
    sizes = np.array([counts[share][0] for share in shares], dtype=np.float64)
    yes = np.array([counts[share][1] for share in shares], dtype=np.float64)
    fitted = isotonic_regression((yes + 0.5) / (sizes + 1), weights=sizes + 1).x
    return tuple(
        CalibrationPoint(
            share=share,
            label_count=counts[share][0],
            yes_count=counts[share][1],
            probability=float(probability),
        )
        for share, probability in zip(shares, fitted, strict=True)
    )


def _out_of_fold(labels: Sequence[LabelledShare]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Each label's probability by a curve that saw no label of the same paper."""
    fold_of = [content_key("fold", label.work_id) % _FOLDS for label in labels]
    found = np.zeros(len(labels))
    for fold in set(fold_of):
        seen = [label for label, own in zip(labels, fold_of, strict=True) if own != fold]
        points = _fit(seen) if seen else ()
        for i, (label, own) in enumerate(zip(labels, fold_of, strict=True)):
            if own == fold:
                curve = Curve(scope="", label_count=0, yes_count=0, points=points, reason=None)
                found[i] = probability_of(curve, label.share) if points else 0.5
    return found
