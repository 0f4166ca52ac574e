"""
Intervals for agreement: units are drawn again and again.

Reads:    a table of labels, one row a unit
Writes:   nothing
Gives up: UsageError for a level outside (0, 1) or no draws
Version:  a fixed seed: the same labels give the same interval
Next:     ``florilegium agreement``
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from etl.agree.coefficients import Coefficient, Ratings
from etl.errors import UsageError

__all__ = ["Interval", "bootstrap_interval"]

_SEED = 20261120


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A percentile interval of one coefficient."""

    #: Bounds; None where the coefficient itself is undefined.
    low: float | None
    high: float | None
    #: Draws in which the coefficient was defined; the others had one label only.
    used_count: int
    draw_count: int


def bootstrap_interval(
    ratings: Ratings,
    coefficient: Callable[[Ratings], Coefficient],
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = _SEED,
) -> Interval:
    """
    Percentile bootstrap over units (Efron & Tibshirani 1993, chapter 13).


    Args:
        ratings: Units × raters; units are the papers or cells that were sampled.
        coefficient: One of ``COEFFICIENTS``.
        draws: How often, at least 1; 1000 is the usual least for percentiles.
        level: Between 0 and 1.
        seed: Equal seeds give equal intervals.

    Returns:
        The interval; None bounds where the coefficient is undefined.

    Raises:
        UsageError: ``draws`` or ``level`` is out of range.
    """
    if draws < 1 or not 0 < level < 1:
        raise UsageError("a bootstrap needs at least one draw and a level between 0 and 1")
    if coefficient(ratings).value is None:
        return Interval(low=None, high=None, used_count=0, draw_count=draws)
    rows = [tuple(row) for row in ratings]
    generator = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        chosen = generator.integers(0, len(rows), size=len(rows))
        value = coefficient([rows[i] for i in chosen]).value
        if value is not None:
            values.append(value)
    if not values:
        return Interval(low=None, high=None, used_count=0, draw_count=draws)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high), used_count=len(values), draw_count=draws)
