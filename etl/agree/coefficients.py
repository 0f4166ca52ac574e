"""
How far raters agree beyond chance: five coefficients over nominal labels.

Reads:    a table of labels, one row a unit, one column a rater, None where a rater is silent
Writes:   nothing
Gives up: never; an undefined coefficient is None with a reason
Version:  the formulas and their sources are in the docstrings
Next:     intervals, and the same point values in ``out.agreement``
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["COEFFICIENTS", "Coefficient", "LabelTable", "coefficient_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One coefficient with what it was computed from."""

    name: str
    #: At most 1; None where undefined.
    value: float | None
    #: Why it is undefined; None exactly when it is defined.
    reason: str | None
    #: Units with at least two labels.
    unit_count: int
    #: How often each label was given in these units.
    labels: Mapping[str, int]


class LabelTable:
    """
    Units × raters, kept as distinct rows with their multiplicity.

    Two raters with yes and no have at most nine distinct rows however many units there are, so
    a thousand bootstrap draws are one small matrix product.
    """

    def __init__(self, ratings: Sequence[Sequence[str | None]]) -> None:
        """
        Count the distinct rows.

        Args:
            ratings: One row a unit, one column a rater, None where a rater gave no label.
        """
        rows = Counter(tuple(row) for row in ratings)
        self.rows = list(rows)
        #: ``(patterns,)`` units with each row.
        self.multiplicity: Floats = np.array([rows[row] for row in self.rows], dtype=np.float64)
        self.labels = sorted({label for row in rows for label in row if label is not None})
        #: ``(patterns, labels)`` raters that chose each label.
        self.counts: Floats = np.array(
            [[row.count(label) for label in self.labels] for row in self.rows], dtype=np.float64
        ).reshape(len(self.rows), len(self.labels))

    @property
    def unit_count(self) -> int:
        """Units with at least two labels."""
        return int(self.multiplicity[self.counts.sum(axis=1) >= 2].sum())

    @property
    def label_counts(self) -> dict[str, int]:
        """How often each label was given in the units with at least two."""
        paired = self.counts.sum(axis=1) >= 2
        totals = self.multiplicity[paired] @ self.counts[paired]
        return {label: int(n) for label, n in zip(self.labels, totals, strict=True)}


def coefficient_of(table: LabelTable, name: str) -> Coefficient:
    """
    Compute one coefficient.

    Args:
        table: The labels.
        name: A key of ``COEFFICIENTS``.

    Returns:
        Its value, or None with a reason.
    """
    value = float(COEFFICIENTS[name](table, table.multiplicity[None, :])[0])
    reason = None
    if np.isnan(value):
        if name == "cohen_kappa" and any(len(row) != 2 for row in table.rows):
            reason = "defined for two raters only"
        elif table.unit_count == 0:
            reason = "no unit has two labels"
        else:
            reason = "only one label was ever given"
    return Coefficient(
        name=name,
        value=None if reason else value,
        reason=reason,
        unit_count=table.unit_count,
        labels=table.label_counts,
    )


def _raw_agreement(table: LabelTable, weights: Floats) -> Floats:
    """
    Share of pairs of labels of one unit that are equal, averaged over units with two labels.

    ``mean_i Σ_k r_ik (r_ik − 1) / (r_i (r_i − 1))`` with ``r_ik`` raters of unit i that chose
    label k; for two raters the share of equal cells (Fleiss 1971, Psychological Bulletin 76).
    """
    sizes = table.counts.sum(axis=1)
    paired = sizes >= 2
    equal = (table.counts * (table.counts - 1)).sum(axis=1)
    shares = np.divide(equal, sizes * (sizes - 1), out=np.zeros_like(equal), where=paired)
    return _ratio(weights @ shares, weights @ paired.astype(np.float64))


def _cohen_kappa(table: LabelTable, weights: Floats) -> Floats:
    """
    Cohen's κ, unweighted, for two raters; units with one label are left out.

    ``(p_o − p_e) / (1 − p_e)``, ``p_e = Σ_k p_1k p_2k`` from each rater's own share of label k
    (Cohen 1960, Educational and Psychological Measurement 20).
    """
    if any(len(row) != 2 for row in table.rows):
        return np.full(len(weights), np.nan)
    both = np.array([None not in row for row in table.rows], dtype=np.float64)
    first, second = (
        np.array(
            [[row[i] == label for label in table.labels] for row in table.rows], dtype=np.float64
        ).reshape(len(table.rows), len(table.labels))
        for i in (0, 1)
    )
    used = weights * both
    units = used.sum(axis=1)
    chance = _ratio(((used @ first) * (used @ second)).sum(axis=1), units**2)
    observed = _ratio(used @ (first * second).sum(axis=1), units)
    return _beyond_chance(observed, chance)


def _fleiss_kappa(table: LabelTable, weights: Floats) -> Floats:
    """
    Fleiss' κ for any number of raters; units may have different numbers of labels.

    ``(p_o − p_e) / (1 − p_e)``, ``p_e = Σ_k π_k²``, π_k the mean over units of the share of label
    k (Fleiss 1971; with missing labels as in Gwet 2014, Handbook of Inter-Rater Reliability,
    4th ed., chapter 2: p_o over units with two labels, π_k over units with one).
    """
    chance = (_mean_shares(table, weights) ** 2).sum(axis=1)
    return _beyond_chance(_raw_agreement(table, weights), chance)


def _gwet_ac1(table: LabelTable, weights: Floats) -> Floats:
    """
    Gwet's AC1, which stays defined and stable where nearly all labels are the same.

    ``(p_o − p_e) / (1 − p_e)``, ``p_e = Σ_k π_k (1 − π_k) / (q − 1)`` for q labels in use
    (Gwet 2008, British Journal of Mathematical and Statistical Psychology 61). With one label in
    use there is no chance agreement to take off: q = 2 then, and p_e = 0.
    """
    shares = _mean_shares(table, weights)
    chance = (shares * (1 - shares)).sum(axis=1) / (max(len(table.labels), 2) - 1)
    return _beyond_chance(_raw_agreement(table, weights), chance)


def _krippendorff_alpha(table: LabelTable, weights: Floats) -> Floats:
    """
    Krippendorff's alpha for nominal labels, any number of raters, missing labels allowed.

    ``1 − D_o / D_e`` from the coincidence matrix: a unit with m ≥ 2 labels gives each ordered pair
    the weight 1 / (m − 1); ``D_e = Σ_k n_k (n − n_k) / (n − 1)`` over all n paired labels
    (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, nominal case).
    """
    sizes = table.counts.sum(axis=1, keepdims=True)
    paired = np.where(sizes >= 2, table.counts, 0.0)
    differ = (paired * (sizes - paired)).sum(axis=1) / np.maximum(sizes[:, 0] - 1, 1)
    totals = weights @ paired
    n = totals.sum(axis=1)
    expected = (totals * (n[:, None] - totals)).sum(axis=1)
    return 1 - _ratio((weights @ differ) * (n - 1), expected)


#: Name to a function of a table and ``(draws, patterns)`` weights that gives ``(draws,)``
#: values, NaN where undefined.
COEFFICIENTS: Mapping[str, Callable[[LabelTable, Floats], Floats]] = {
    "raw_agreement": _raw_agreement,
    "cohen_kappa": _cohen_kappa,
    "fleiss_kappa": _fleiss_kappa,
    "gwet_ac1": _gwet_ac1,
    "krippendorff_alpha": _krippendorff_alpha,
}


def _mean_shares(table: LabelTable, weights: Floats) -> Floats:
    """``(draws, labels)`` mean over labelled units of each label's share."""
    sizes = table.counts.sum(axis=1, keepdims=True)
    shares = table.counts / np.maximum(sizes, 1)
    labelled = weights @ (sizes[:, 0] >= 1).astype(np.float64)
    return _ratio(weights @ shares, labelled[:, None])


def _beyond_chance(observed: Floats, chance: Floats) -> Floats:
    # Rounding must not make a defined value of 0 / 0.
    room = np.where(1 - chance < 1e-12, 0.0, 1 - chance)
    return _ratio(observed - chance, room)


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotient, NaN where the divisor is 0."""
    divisor = np.broadcast_to(below, above.shape)
    quotient: Floats = np.full(above.shape, np.nan)
    np.divide(above, divisor, out=quotient, where=divisor != 0)
    return quotient
