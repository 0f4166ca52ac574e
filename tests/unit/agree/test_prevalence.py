"""Corrected shares: published formulas, honest edges, and the coverage that 95 % promises."""

import numpy as np
import pytest

from etl.agree.prevalence import (
    LabelCounts,
    PrevalenceEstimate,
    prediction_powered,
    rogan_gladen,
    wilson,
)

#: Papers, labelled papers, true share, sensitivity, specificity: the recorded study's size and
#: error rates, a rare and a common fact, few labels, and an answerer that hardly errs.
DESIGNS = [
    (464, 30, 0.37, 0.76, 0.91),
    (464, 30, 0.05, 0.80, 0.97),
    (464, 60, 0.90, 0.90, 0.80),
    (2000, 100, 0.03, 0.70, 0.99),
    (464, 30, 0.37, 0.98, 0.99),
    (2000, 60, 0.20, 0.60, 0.85),
    (464, 20, 0.60, 0.80, 0.80),
]


def counts_of(facts: np.ndarray, answers: np.ndarray, labelled: np.ndarray) -> LabelCounts:
    y, f = facts[labelled], answers[labelled]
    return LabelCounts(
        answered_count=len(facts),
        yes_count=int(answers.sum()),
        true_yes=int((f & y).sum()),
        false_yes=int((f & ~y).sum()),
        false_no=int((~f & y).sum()),
        true_no=int((~f & ~y).sum()),
    )


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_95_percent_intervals_cover(
    design: tuple[int, int, float, float, float], rounds: int
) -> None:
    papers, labels, share, sensitivity, specificity = design
    generator = np.random.default_rng(20261120)
    covered, told = [0, 0, 0], [0, 0, 0]
    for _ in range(rounds):
        facts = generator.random(papers) < share
        answers = np.where(
            facts,
            generator.random(papers) < sensitivity,
            generator.random(papers) >= specificity,
        )
        sample = generator.choice(papers, labels, replace=False)
        counts = counts_of(facts, answers, sample)
        corrected, by_errors = prediction_powered(counts), rogan_gladen(counts)
        # The share in papers like these, and the share in these very papers.
        for i, (estimate, truth) in enumerate(
            [(corrected, share), (corrected, facts.mean()), (by_errors, share)]
        ):
            if estimate.low is not None and estimate.high is not None:
                told[i] += 1
                covered[i] += estimate.low <= truth <= estimate.high
    assert told[0] == rounds
    assert min(c / t for c, t in zip(covered, told, strict=True)) >= 0.94


def test_the_raw_share_does_not_cover() -> None:
    # The reason for all this: 464 papers answered with the study's error rates.
    low, high = wilson(round(464 * (0.37 * 0.76 + 0.63 * 0.09)), 464)
    assert not low <= 0.37 + 0.03 <= high
    assert high - low < 0.1


def test_wilson_as_published() -> None:
    # Newcombe 1998 (Statistics in Medicine 17), table I, method 3: 81/263, 15/148, 0/20, 1/29.
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0000, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    found = {key: tuple(round(bound, 4) for bound in wilson(*key)) for key in published}
    assert found == published


def test_rogan_gladen_by_hand() -> None:
    # q = 0.4, Se = 16/20 = 0.8, Sp = 27/30 = 0.9: (0.4 + 0.9 - 1) / (0.8 + 0.9 - 1) = 3/7.
    counts = LabelCounts(
        answered_count=500, yes_count=200, true_yes=16, false_yes=3, false_no=4, true_no=27
    )
    found = rogan_gladen(counts)
    assert found.value == pytest.approx(3 / 7)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 3 / 7 < found.high


def test_prediction_powered_by_hand() -> None:
    # q = 0.4, a = 16/19, b = 4/31: 0.4 · 16/19 + 0.6 · 4/31.
    counts = LabelCounts(
        answered_count=500, yes_count=200, true_yes=16, false_yes=3, false_no=4, true_no=27
    )
    assert prediction_powered(counts).value == pytest.approx(0.4 * 16 / 19 + 0.6 * 4 / 31)


def test_a_sample_without_an_error_is_no_proof_of_perfection() -> None:
    counts = LabelCounts(
        answered_count=400, yes_count=100, true_yes=8, false_yes=0, false_no=0, true_no=22
    )
    for estimate in (prediction_powered(counts), rogan_gladen(counts)):
        assert estimate.value == pytest.approx(0.25)
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.high - estimate.low > 0.1


@pytest.mark.parametrize("yes", [0, 400])
def test_a_corpus_of_one_answer_has_an_interval_too(yes: int) -> None:
    counts = LabelCounts(
        answered_count=400,
        yes_count=yes,
        true_yes=30 if yes else 0,
        false_yes=0,
        false_no=0,
        true_no=0 if yes else 30,
    )
    found = prediction_powered(counts)
    assert found.value == (1.0 if yes else 0.0)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 0.05


def assert_reason(found: PrevalenceEstimate, words: str) -> None:
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason is not None
    assert words in found.reason


def test_what_cannot_be_had_has_a_reason() -> None:
    none = {"true_yes": 0, "false_yes": 0, "false_no": 0, "true_no": 0}
    nothing = LabelCounts(answered_count=0, yes_count=0, **none)
    unlabelled = LabelCounts(answered_count=50, yes_count=20, **none)
    few = LabelCounts(answered_count=50, yes_count=20, **{**none, "true_yes": 5, "true_no": 4})
    for estimator in (prediction_powered, rogan_gladen):
        assert_reason(estimator(nothing), "no paper")
        assert_reason(estimator(unlabelled), "no labels")
        assert_reason(estimator(few), "9 labelled papers")
    one_sided = LabelCounts(answered_count=50, yes_count=20, **{**none, "true_yes": 12})
    assert_reason(rogan_gladen(one_sided), "only one of yes and no")
    guess = LabelCounts(
        answered_count=50, yes_count=25, true_yes=5, false_yes=5, false_no=5, true_no=5
    )
    assert_reason(rogan_gladen(guess), "no better than chance")
    assert prediction_powered(guess).value == pytest.approx(0.5)
