import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.evaluate.figures import Figure, wilson_interval


def make(hits: int, total: int, bar: float, *, is_ceiling: bool = False) -> Figure:
    return Figure(
        measure="m", anchor="none", hits=hits, total=total, bar=bar, is_ceiling=is_ceiling
    )


def test_the_interval_is_wilsons() -> None:
    low, high = wilson_interval(8, 10)

    assert math.isclose(low, 0.4902, abs_tol=1e-4)
    assert math.isclose(high, 0.9433, abs_tol=1e-4)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_bounds(case: tuple[int, int]) -> None:
    hits, total = case
    low, high = wilson_interval(hits, total)

    assert 0 <= low <= hits / total + 1e-12
    assert hits / total - 1e-12 <= high <= 1
    assert low < high


@pytest.mark.parametrize(
    ("figure", "is_met"),
    [
        (make(7, 10, 0.7), True),
        (make(6, 10, 0.7), False),
        (make(0, 10, 0.0, is_ceiling=True), True),
        (make(1, 10, 0.0, is_ceiling=True), False),
        (make(0, 0, 0.0), False),
    ],
)
def test_a_bar_is_a_floor_or_a_ceiling_and_nothing_measured_meets_none(
    figure: Figure, *, is_met: bool
) -> None:
    assert figure.is_met is is_met
