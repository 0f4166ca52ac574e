"""
How common something is, when most papers were only answered by a machine.

Reads:    counts of a corpus and of a labelled sample of it
Writes:   nothing
Gives up: never; an estimate that cannot be had is None with a reason
Version:  the formulas and their sources are in the docstrings; ``out.prevalence`` holds the same
Next:     ``florilegium prevalence``
"""

import math
from dataclasses import dataclass

__all__ = ["LabelCounts", "PrevalenceEstimate", "prediction_powered", "rogan_gladen", "wilson"]

#: 97.5 % point of the normal distribution, for 95 % intervals.
Z_95 = 1.959963984540054
#: With fewer labels an interval says next to nothing, and its coverage was not simulated.
MIN_LABELS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCounts:
    """A corpus of answers and a random sample of it that people labelled."""

    #: Papers the machine answered yes or no, and those with yes.
    answered_count: int
    yes_count: int
    #: Labelled papers by (machine, person): yes-yes, yes-no, no-yes, no-no.
    true_yes: int
    false_yes: int
    false_no: int
    true_no: int

    @property
    def label_count(self) -> int:
        """All labelled papers that have an answer."""
        return self.true_yes + self.false_yes + self.false_no + self.true_no


@dataclass(frozen=True, slots=True, kw_only=True)
class PrevalenceEstimate:
    """A share with its 95 % interval, all in [0, 1], or the reason why there is none."""

    value: float | None
    low: float | None
    high: float | None
    reason: str | None


def wilson(successes: int, trials: int, *, z: float = Z_95) -> tuple[float, float]:
    """
    Wilson's score interval (Wilson 1927, JASA 22); never of zero width.

    Args:
        successes: In [0, trials].
        trials: 0 gives [0, 1].
        z: Normal quantile.

    Returns:
        Lower and upper bound in [0, 1].
    """
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    half *= z / (1 + z * z / trials)
    return max(0.0, centre - half), min(1.0, centre + half)


def prediction_powered(counts: LabelCounts, *, z: float = Z_95) -> PrevalenceEstimate:
    """
    Prediction-powered share, stratified by the machine's answer.

    ``θ = q·a + (1 − q)·b``: q the machine's share of yes over the whole corpus, a and b the
    persons' share of yes among labelled papers that the machine answered yes and no (Angelopoulos
    et al. 2023, Science 382; stratified by Fisch et al. 2024, arXiv:2406.04291: for a yes/no
    answer this is the estimator with the best weight). A stratum without a label takes the
    machine's word for its point and [0, 1] for its interval.

    The interval joins the Wilson intervals of q, a and b by MOVER (Zou & Donner 2008, Statistics
    in Medicine 27), so a sample without any error does not give an interval of zero width.

    Args:
        counts: Of one question.
        z: Normal quantile.

    Returns:
        The estimate, or None with fewer than ``MIN_LABELS`` labels.
    """
    if counts.label_count < MIN_LABELS or counts.answered_count == 0:
        return _none(_too_few(counts))
    share = counts.yes_count / counts.answered_count
    yes, no = counts.true_yes + counts.false_yes, counts.false_no + counts.true_no
    among_yes = counts.true_yes / yes if yes else 1.0
    among_no = counts.false_no / no if no else 0.0
    value = share * among_yes + (1 - share) * among_no
    parts = (
        (share, among_yes, wilson(counts.true_yes, yes, z=z)),
        (1 - share, among_no, wilson(counts.false_no, no, z=z)),
        (among_yes - among_no, share, wilson(counts.yes_count, counts.answered_count, z=z)),
    )
    below = above = 0.0
    for weight, point, (low, high) in parts:
        down, up = weight * (point - low), weight * (high - point)
        below += (down if weight >= 0 else up) ** 2
        above += (up if weight >= 0 else down) ** 2
    return PrevalenceEstimate(
        value=value,
        low=max(0.0, value - math.sqrt(below)),
        high=min(1.0, value + math.sqrt(above)),
        reason=None,
    )


def rogan_gladen(counts: LabelCounts, *, z: float = Z_95) -> PrevalenceEstimate:
    """
    Rogan and Gladen's share: the raw share with the machine's errors taken off.

    ``(q + Sp − 1) / (Se + Sp − 1)`` (Rogan & Gladen 1978, American Journal of Epidemiology 107),
    cut to [0, 1]; interval of Lang & Reiczigel 2014 (Preventive Veterinary Medicine 113), which
    adds z² trials to q and two to Se and Sp, so it never has zero width.

    Args:
        counts: Of one question.
        z: Normal quantile.

    Returns:
        The estimate, or None where labels are too few or the machine is no better than chance.
    """
    yes, no = counts.true_yes + counts.false_no, counts.false_yes + counts.true_no
    if counts.label_count < MIN_LABELS or counts.answered_count == 0:
        return _none(_too_few(counts))
    if not yes or not no:
        return _none("the labels hold only one of yes and no, so one error rate is unknown")
    sensitivity, specificity = counts.true_yes / yes, counts.true_no / no
    share = counts.yes_count / counts.answered_count
    se, sp = (counts.true_yes + 1) / (yes + 2), (counts.true_no + 1) / (no + 2)
    if sensitivity + specificity <= 1 or se + sp <= 1:
        return _none("the answers are no better than chance on the labelled papers")
    size = counts.answered_count + z * z
    raw = (counts.yes_count + z * z / 2) / size
    youden = se + sp - 1
    shifted = min(1.0, max(0.0, (raw + sp - 1) / youden))
    v_se, v_sp = se * (1 - se) / (yes + 2), sp * (1 - sp) / (no + 2)
    centre = shifted + 2 * z * z * (shifted * v_se - (1 - shifted) * v_sp)
    variance = raw * (1 - raw) / size + v_se * shifted**2 + v_sp * (1 - shifted) ** 2
    half = z * math.sqrt(variance) / youden
    value = (share + specificity - 1) / (sensitivity + specificity - 1)
    return PrevalenceEstimate(
        value=min(1.0, max(0.0, value)),
        low=min(1.0, max(0.0, centre - half)),
        high=max(0.0, min(1.0, centre + half)),
        reason=None,
    )


def _too_few(counts: LabelCounts) -> str:
    if counts.answered_count == 0:
        return "no paper has a yes or no answer"
    if counts.label_count == 0:
        return "no labels: nobody has labelled a sample of these papers"
    return f"{counts.label_count} labelled papers, at least {MIN_LABELS} needed"


def _none(reason: str) -> PrevalenceEstimate:
    return PrevalenceEstimate(value=None, low=None, high=None, reason=reason)
