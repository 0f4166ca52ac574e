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

__all__ = [
    "COEFFICIENTS",
    "Coefficient",
    "Ratings",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "krippendorff_alpha",
    "raw_agreement",
]

#: Units × raters; all rows equally long; None where a rater gave no label.
Ratings = Sequence[Sequence[str | None]]


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


def raw_agreement(ratings: Ratings) -> Coefficient:
    """
    Share of pairs of labels of one unit that are equal, averaged over units.

    ``mean_i Σ_k r_ik (r_ik − 1) / (r_i (r_i − 1))`` with ``r_ik`` raters of unit i that chose
    label k; for two raters the share of equal cells (Fleiss 1971, Psychological Bulletin 76).

    Args:
        ratings: Units × raters.

    Returns:
        A value in [0, 1], or None without a unit that two raters labelled.
    """
    units = _paired_units(ratings)
    if not units:
        return _undefined("raw_agreement", units, "no unit has two labels")
    return _defined("raw_agreement", units, _observed(units))


def cohen_kappa(ratings: Ratings) -> Coefficient:
    """
    Cohen's κ, unweighted, for two raters.

    ``(p_o − p_e) / (1 − p_e)``, ``p_e = Σ_k p_1k p_2k`` from each rater's own share of label k
    (Cohen 1960, Educational and Psychological Measurement 20). Units with one label are left out.

    Args:
        ratings: Units × 2 raters.

    Returns:
        A value in [−1, 1], or None where both raters use one and the same label only.
    """
    name = "cohen_kappa"
    pairs = [(row[0], row[1]) for row in ratings if row[0] is not None and row[1] is not None]
    units = [Counter(pair) for pair in pairs]
    if any(len(row) != 2 for row in ratings):
        return _undefined(name, units, "defined for two raters only")
    if not pairs:
        return _undefined(name, units, "no unit has two labels")
    first = Counter(pair[0] for pair in pairs)
    second = Counter(pair[1] for pair in pairs)
    chance = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    observed = sum(a == b for a, b in pairs) / len(pairs)
    return _beyond_chance(name, units, observed, chance)


def fleiss_kappa(ratings: Ratings) -> Coefficient:
    """
    Fleiss' κ for any number of raters; units may have different numbers of labels.

    ``(p_o − p_e) / (1 − p_e)``, ``p_e = Σ_k π_k²``, π_k the mean over units of the share of label
    k (Fleiss 1971; with missing labels as in Gwet 2014, Handbook of Inter-Rater Reliability,
    4th ed., chapter 2: p_o over units with two labels, π_k over units with one).

    Args:
        ratings: Units × raters.

    Returns:
        A value at most 1, or None where only one label was ever given.
    """
    units = _paired_units(ratings)
    if not units:
        return _undefined("fleiss_kappa", units, "no unit has two labels")
    shares = _mean_shares(ratings)
    chance = sum(share**2 for share in shares.values())
    return _beyond_chance("fleiss_kappa", units, _observed(units), chance)


def gwet_ac1(ratings: Ratings) -> Coefficient:
    """
    Gwet's AC1, which stays defined and stable where nearly all labels are the same.

    ``(p_o − p_e) / (1 − p_e)``, ``p_e = Σ_k π_k (1 − π_k) / (q − 1)`` for q labels in use
    (Gwet 2008, British Journal of Mathematical and Statistical Psychology 61). With one label in
    use there is no chance agreement to take off: yes and no are then counted as possible, p_e = 0.

    Args:
        ratings: Units × raters.

    Returns:
        A value in [−1, 1], or None without a unit that two raters labelled.
    """
    units = _paired_units(ratings)
    if not units:
        return _undefined("gwet_ac1", units, "no unit has two labels")
    shares = _mean_shares(ratings)
    possible = max(len(shares), 2)
    chance = sum(share * (1 - share) for share in shares.values()) / (possible - 1)
    return _beyond_chance("gwet_ac1", units, _observed(units), chance)


def krippendorff_alpha(ratings: Ratings) -> Coefficient:
    """
    Krippendorff's α for nominal labels, any number of raters, missing labels allowed.

    ``1 − D_o / D_e`` from the coincidence matrix: a unit with m ≥ 2 labels gives each ordered pair
    the weight 1 / (m − 1); ``D_e = 1 − Σ_k n_k (n_k − 1) / (n (n − 1))``
    (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, nominal case).

    Args:
        ratings: Units × raters.

    Returns:
        A value at most 1, or None where only one label was ever given.
    """
    name = "krippendorff_alpha"
    units = _paired_units(ratings)
    if not units:
        return _undefined(name, units, "no unit has two labels")
    totals: Counter[str] = Counter()
    for unit in units:
        totals.update(unit)
    n = totals.total()
    observed = sum(
        sum(count * (unit.total() - count) for count in unit.values()) / (unit.total() - 1)
        for unit in units
    )
    expected = sum(count * (n - count) for count in totals.values()) / (n - 1)
    if expected == 0:
        return _undefined(name, units, "only one label was ever given")
    return _defined(name, units, 1 - observed / expected)


COEFFICIENTS: Mapping[str, Callable[[Ratings], Coefficient]] = {
    "raw_agreement": raw_agreement,
    "cohen_kappa": cohen_kappa,
    "fleiss_kappa": fleiss_kappa,
    "gwet_ac1": gwet_ac1,
    "krippendorff_alpha": krippendorff_alpha,
}


def _paired_units(ratings: Ratings) -> list[Counter[str]]:
    """Label counts of the units that at least two raters labelled."""
    counts = (Counter(label for label in row if label is not None) for row in ratings)
    return [unit for unit in counts if unit.total() >= 2]


def _observed(units: Sequence[Counter[str]]) -> float:
    shares = (
        sum(count * (count - 1) for count in unit.values()) / (unit.total() * (unit.total() - 1))
        for unit in units
    )
    return sum(shares) / len(units)


def _mean_shares(ratings: Ratings) -> dict[str, float]:
    """Mean over all labelled units of each label's share."""
    shares: dict[str, float] = {}
    labelled = 0
    for row in ratings:
        unit = Counter(label for label in row if label is not None)
        labelled += bool(unit)
        for label, count in unit.items():
            shares[label] = shares.get(label, 0.0) + count / unit.total()
    return {label: share / labelled for label, share in shares.items()}


def _beyond_chance(
    name: str, units: Sequence[Counter[str]], observed: float, chance: float
) -> Coefficient:
    if 1 - chance < 1e-12:
        return _undefined(name, units, "only one label was ever given")
    return _defined(name, units, (observed - chance) / (1 - chance))


def _defined(name: str, units: Sequence[Counter[str]], value: float) -> Coefficient:
    return Coefficient(
        name=name, value=value, reason=None, unit_count=len(units), labels=_labels(units)
    )


def _undefined(name: str, units: Sequence[Counter[str]], reason: str) -> Coefficient:
    return Coefficient(
        name=name, value=None, reason=reason, unit_count=len(units), labels=_labels(units)
    )


def _labels(units: Sequence[Counter[str]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for unit in units:
        total.update(unit)
    return {str(label): count for label, count in sorted(total.items())}
