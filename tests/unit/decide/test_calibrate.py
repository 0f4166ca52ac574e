"""A share becomes a probability only where enough people said enough."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from etl.decide.calibrate import (
    MIN_EACH,
    MIN_LABELS,
    calibrate,
    probability_of,
    with_probability,
)
from etl.decide.vote import decide
from etl.records.ballot import CellState
from etl.records.calibration import LabelledShare
from etl.records.decision import DecisionState
from tests.fakes.ballots import TERMS, cast, names


def made(
    count: int, *, seed: int = 3, question: str = "Q1", curve: float = 2.0
) -> list[LabelledShare]:
    """Cells of five voters whose people say yes with probability share ** curve."""
    dice = random.Random(seed)  # noqa: S311 - a made-up corpus
    found = []
    for work_id in range(count):
        share = dice.randrange(6) / 5
        is_yes = dice.random() < share**curve
        found.append(
            LabelledShare(work_id=work_id, question_id=question, share=share, is_yes=is_yes)
        )
    return found


def test_a_curve_finds_what_people_say_at_each_share() -> None:
    pooled, own = calibrate(made(6000))

    assert (pooled.scope, own.scope) == ("pooled", "Q1")
    assert pooled.reason is None
    for point in pooled.points:
        assert point.probability == pytest.approx(point.share**2, abs=0.05)
    assert pooled.brier is not None
    assert pooled.brier_raw is not None
    assert pooled.brier < pooled.brier_raw - 0.01


def test_the_curve_is_that_of_scikit_learn_on_the_smoothed_shares() -> None:
    labels = made(300, seed=11)
    (curve, _) = calibrate(labels)
    xs = [point.share for point in curve.points]
    smooth = [(point.yes_count + 0.5) / (point.label_count + 1) for point in curve.points]
    weights = [point.label_count + 1 for point in curve.points]
    expected = IsotonicRegression().fit(xs, smooth, sample_weight=weights).predict(xs)

    assert [point.probability for point in curve.points] == pytest.approx(list(expected))


def test_too_few_labels_give_no_curve_and_the_reason() -> None:
    few = calibrate(made(MIN_LABELS - 1))[0]
    lonely = [
        LabelledShare(work_id=i, question_id="Q1", share=i % 2, is_yes=i < MIN_EACH - 1)
        for i in range(80)
    ]
    flat = [LabelledShare(work_id=i, question_id="Q1", share=0.5, is_yes=i < 40) for i in range(80)]

    assert (few.points, few.brier) == ((), None)
    assert few.reason == "49 labelled cells with votes, at least 50 needed"
    assert calibrate(lonely)[0].reason == "9 of them yes and 71 no, at least 10 of each needed"
    assert calibrate(flat)[0].reason == "all of them have the same share of votes"
    assert calibrate([])[0].reason == "0 labelled cells with votes, at least 50 needed"


def test_a_question_with_few_labels_takes_the_pooled_curve() -> None:
    curves = {c.scope: c for c in calibrate([*made(200), *made(10, question="Q2", seed=4)])}
    decision = decide(5, TERMS, [cast(1, names("Adam")), cast(2)])

    pooled = with_probability(decision, {s: curves[s] for s in ("Q2", "pooled")})
    own = with_probability(decision, {s: curves[s] for s in ("Q1", "pooled")})

    assert curves["Q2"].reason is not None
    assert (pooled.calibration_scope, own.calibration_scope) == ("pooled", "Q1")
    assert decision.state is DecisionState.NOT_REPORTED
    assert pooled.probability == pytest.approx(1 - probability_of(curves["pooled"], 0.5))


def test_the_probability_is_that_the_state_is_right() -> None:
    curves = {c.scope: c for c in calibrate(made(400))}
    curves.pop("Q1")
    yes = with_probability(decide(5, TERMS, [cast(1, names("Adam"))]), curves)
    no = with_probability(decide(5, TERMS, [cast(1)]), curves)
    silent = decide(5, TERMS, [cast(1, state=CellState.NOT_APPLICABLE)])

    assert yes.probability is not None
    assert no.probability is not None
    assert yes.probability > 0.8
    assert no.probability > 0.8
    # The other one, by which people are asked, is always that of a yes.
    assert yes.yes_probability == yes.probability
    assert no.yes_probability == pytest.approx(1 - no.probability)
    assert with_probability(silent, curves) is silent
    assert with_probability(yes, {}) is yes


def test_ten_cells_without_an_error_are_no_certainty() -> None:
    labels = [
        LabelledShare(work_id=i, question_id="Q1", share=float(i % 2), is_yes=bool(i % 2))
        for i in range(60)
    ]
    curve = calibrate(labels)[0]

    assert all(0 < point.probability < 1 for point in curve.points)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(MIN_LABELS, 300))
def test_a_curve_never_falls_and_never_leaves_0_to_1(seed: int, count: int) -> None:
    labels = made(count, seed=seed)
    curve = calibrate(labels)[0]
    shuffled = random.Random(seed).sample(labels, len(labels))  # noqa: S311 - an order

    assert calibrate(shuffled)[0] == curve
    if curve.reason is None:
        found = [probability_of(curve, x) for x in np.linspace(0, 1, 21)]
        assert found == sorted(found)
        assert 0 < found[0] <= found[-1] < 1
