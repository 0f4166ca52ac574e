"""
Intervals for agreement: units are drawn again and again.

Reads:    a table of labels
Writes:   nothing
Gives up: UsageError for a level outside (0, 1) or no draws
Version:  a fixed seed: the same labels give the same interval
Next:     ``florilegium agreement``
"""

from dataclasses import dataclass

import numpy as np

from etl.agree.coefficients import COEFFICIENTS, LabelTable
from etl.errors import UsageError

__all__ = ["Interval", "bootstrap_interval"]

_SEED = 20261120


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A percentile interval of one coefficient."""

    #: Bounds; None where the coefficient is undefined.
    low: float | None
    high: float | None
    #: Draws in which the coefficient was defined; the others had one label only.
    used_count: int
    draw_count: int


def bootstrap_interval(
    table: LabelTable,
    name: str,
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = _SEED,
) -> Interval:
    """
    Percentile bootstrap over units (Efron & Tibshirani 1993, chapter 13).

    Args:
        table: Labels; its units are the papers or cells that were sampled.
        name: A key of ``COEFFICIENTS``.
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
    compute = COEFFICIENTS[name]
    units = int(table.multiplicity.sum())
    if units == 0 or np.isnan(compute(table, table.multiplicity[None, :])[0]):
        return Interval(low=None, high=None, used_count=0, draw_count=draws)
    # Drawing units with replacement is drawing how often each distinct row comes.
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(units, table.multiplicity / units, size=draws)
    values = compute(table, weights.astype(np.float64))
    values = values[~np.isnan(values)]
    if not len(values):
        return Interval(low=None, high=None, used_count=0, draw_count=draws)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high), used_count=len(values), draw_count=draws)
