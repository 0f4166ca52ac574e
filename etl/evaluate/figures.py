"""One measured figure beside its anchor and its bar, with the interval that its size allows."""

import math
from dataclasses import dataclass

__all__ = ["Figure", "wilson_interval"]

#: 97.5 % quantile of the normal distribution: intervals hold 95 %.
_Z = 1.959964


def wilson_interval(hits: int, total: int) -> tuple[float, float]:
    """
    The 95 % interval of a share (Wilson, JASA 1927): honest for few cases and for 0 or 1.

    Args:
        hits: 0 … total.
        total: Number of cases; 0 gives (0, 1), which says that nothing is known.

    Returns:
        Lower and upper end, both in [0, 1].
    """
    if total == 0:
        return 0.0, 1.0
    share, square = hits / total, _Z * _Z
    centre = (share + square / (2 * total)) / (1 + square / total)
    spread = math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    half = _Z * spread / (1 + square / total)
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A share of cases, and what it must reach."""

    measure: str
    #: What others or the founding study reached on it; ``none`` where nobody measured.
    anchor: str
    hits: int
    total: int
    #: The share that is required.
    bar: float
    #: True where a smaller share is better.
    is_ceiling: bool = False
    #: The cases that failed, one line each, without a paper's text beyond its label.
    misses: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Hits of total in [0, 1]; 0 where there is no case."""
        return self.hits / self.total if self.total else 0.0

    @property
    def is_met(self) -> bool:
        """True where the share keeps its bar; a figure without a case is never met."""
        if not self.total:
            return False
        return self.share <= self.bar if self.is_ceiling else self.share >= self.bar

    @property
    def required(self) -> str:
        """The bar as people write it."""
        return f"{'<=' if self.is_ceiling else '>='} {self.bar:.3g}"

    @property
    def ours(self) -> str:
        """Share, cases and interval."""
        low, high = wilson_interval(self.hits, self.total)
        return f"{self.share:.3f} ({self.hits}/{self.total}, {low:.2f}-{high:.2f})"
