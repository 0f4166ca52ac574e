"""Coefficients of agreement give the figures that were published for worked examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa, to_table

from etl.agree.bootstrap import bootstrap_interval
from etl.agree.coefficients import COEFFICIENTS, LabelTable, coefficient_of
from etl.errors import UsageError

_ = None
#: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, example C (alpha 0.743); the same
#: data are ``cac.raw4raters`` of Gwet's R package irrCAC 1.0, whose vignette "Calculating
#: Chance-corrected Agreement Coefficients (CAC)" prints all coefficients to five decimals: percent
#: agreement 0.8181818, Fleiss' kappa 0.76117, AC1 0.77544, alpha 0.74342. Looked up there.
FOUR_RATERS = [
    ("1", "1", _, "1"),
    ("2", "2", "3", "2"),
    ("3", "3", "3", "3"),
    ("3", "3", "3", "3"),
    ("2", "2", "2", "2"),
    ("1", "2", "3", "4"),
    ("4", "4", "4", "4"),
    ("1", "1", "2", "1"),
    ("2", "2", "2", "2"),
    (_, "5", "5", "5"),
    (_, _, "1", "1"),
    (_, _, "3", _),
]
#: ``cont3x3abstractors`` of irrCAC, from Gwet 2014 (Handbook of Inter-Rater Reliability, 4th ed.):
#: 100 pregnancies, two abstractors. The same vignette prints Cohen's kappa 0.7964094, Scott's pi
#: 0.7962397, AC1 0.8493305, alpha 0.7972585, percent agreement 0.89. Looked up there.
ABSTRACTORS = {
    ("ectopic", "ectopic"): 13,
    ("abnormal", "abnormal"): 20,
    ("abnormal", "normal"): 7,
    ("normal", "abnormal"): 4,
    ("normal", "normal"): 56,
}
#: Krippendorff 2011, example A: ten units, two observers, binary data; alpha 0.095.
TWO_OBSERVERS = [
    ("0", "1"), ("1", "1"), ("0", "1"), ("0", "0"), ("0", "0"),
    ("0", "1"), ("0", "0"), ("0", "0"), ("1", "0"), ("0", "0"),
]  # fmt: skip
#: Fleiss 1971, table 1: 30 patients, six psychiatrists each, five diagnoses; kappa 0.430. The R
#: package irr and the tests of statsmodels give 0.4302445 for it.
DIAGNOSES = [
    "444444", "222555", "233335", "555555", "222444", "113333", "333355", "113334",
    "114444", "555555", "144444", "124444", "222333", "144444", "224445", "333335",
    "111455", "111112", "224444", "133555", "555555", "244444", "224555", "114444",
    "144445", "222224", "111155", "224444", "133333", "555555",
]  # fmt: skip
#: Wikipedia, "Fleiss' kappa": 10 subjects, 14 raters, 5 categories.
FLEISS = [
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
]  # fmt: skip


def table_of(cells: dict[tuple[str, str], int]) -> LabelTable:
    return LabelTable([pair for pair, count in cells.items() for _ in range(count)])


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("raw_agreement", 0.8182),
        ("fleiss_kappa", 0.7612),
        ("gwet_ac1", 0.7754),
        ("krippendorff_alpha", 0.7434),
    ],
)
def test_four_raters_with_missing_labels(name: str, published: float) -> None:
    found = coefficient_of(LabelTable(FOUR_RATERS), name)
    assert found.value is not None
    assert round(found.value, 4) == published
    assert found.unit_count == 11
    assert found.labels == {"1": 9, "2": 13, "3": 10, "4": 5, "5": 3}


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("raw_agreement", 0.89),
        ("cohen_kappa", 0.7964),
        ("fleiss_kappa", 0.7962),  # with two raters this is Scott's pi
        ("gwet_ac1", 0.8493),
        ("krippendorff_alpha", 0.7973),
    ],
)
def test_two_abstractors(name: str, published: float) -> None:
    found = coefficient_of(table_of(ABSTRACTORS), name)
    assert found.value is not None
    assert round(found.value, 4) == published


def test_cohen_kappa_of_fifty_grants() -> None:
    # Wikipedia, "Cohen's kappa", simple example: 20 both yes, 5 and 10 split, 15 both no.
    cells = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    found = coefficient_of(table_of(cells), "cohen_kappa").value
    assert found is not None
    assert round(found, 4) == 0.4


def test_fleiss_kappa_of_fourteen_raters() -> None:
    rows = [[str(k) for k, n in enumerate(row) for _ in range(n)] for row in FLEISS]
    found = coefficient_of(LabelTable(rows), "fleiss_kappa").value
    assert found is not None
    assert round(found, 3) == 0.210


def test_fleiss_kappa_of_the_paper_that_it_is_named_after() -> None:
    found = coefficient_of(LabelTable([tuple(row) for row in DIAGNOSES]), "fleiss_kappa").value
    assert found is not None
    assert round(found, 7) == 0.4302445


def test_alpha_of_two_observers() -> None:
    found = coefficient_of(LabelTable(TWO_OBSERVERS), "krippendorff_alpha").value
    assert found is not None
    assert round(found, 3) == 0.095


@pytest.mark.parametrize("seed", range(20))
def test_kappas_are_those_of_statsmodels_and_scikit_learn(seed: int) -> None:
    dice = np.random.default_rng(seed)
    raters, labels = int(dice.integers(2, 6)), int(dice.integers(2, 5))
    truth = dice.integers(0, labels, 60)
    noise = dice.integers(0, labels, (60, raters))
    ratings = np.where(dice.random((60, raters)) < 0.6, truth[:, None], noise)
    words = [tuple(str(label) for label in row) for row in ratings]
    pair = LabelTable([row[:2] for row in words])

    fleiss = coefficient_of(LabelTable(words), "fleiss_kappa").value
    cohen = coefficient_of(pair, "cohen_kappa").value

    assert fleiss == pytest.approx(fleiss_kappa(aggregate_raters(ratings)[0]))
    assert cohen == pytest.approx(cohen_kappa_score(ratings[:, 0], ratings[:, 1]))
    table, _ = to_table(ratings[:, :2], bins=labels)
    assert cohen == pytest.approx(cohens_kappa(table, return_results=False))


@pytest.mark.parametrize("name", ["cohen_kappa", "fleiss_kappa", "krippendorff_alpha"])
def test_one_label_throughout_leaves_nothing_beyond_chance(name: str) -> None:
    found = coefficient_of(LabelTable([("no", "no")] * 5), name)
    assert found.value is None
    assert found.reason == "only one label was ever given"


def test_ac1_stays_defined_where_all_labels_are_the_same() -> None:
    assert coefficient_of(LabelTable([("no", "no")] * 5), "gwet_ac1").value == 1.0


@pytest.mark.parametrize("name", list(COEFFICIENTS))
@pytest.mark.parametrize("rows", [[], [("yes", None)], [(None, None)]])
def test_without_two_labels_there_is_a_reason(
    name: str, rows: list[tuple[str | None, ...]]
) -> None:
    found = coefficient_of(LabelTable(rows), name)
    assert found.value is None
    assert found.reason == "no unit has two labels"
    assert found.unit_count == 0


def test_cohen_kappa_is_for_two_raters() -> None:
    found = coefficient_of(LabelTable([("a", "b", "a")]), "cohen_kappa")
    assert found.value is None
    assert found.reason == "defined for two raters only"


_rows = st.lists(
    st.tuples(st.sampled_from(["yes", "no", None]), st.sampled_from(["yes", "no", None])),
    max_size=40,
)


@given(_rows, st.randoms())
def test_order_of_units_and_of_raters_does_not_matter(
    rows: list[tuple[str | None, ...]], order
) -> None:  # type: ignore[no-untyped-def]
    shuffled = [row[::-1] for row in order.sample(rows, len(rows))]
    for name in COEFFICIENTS:
        a = coefficient_of(LabelTable(rows), name)
        b = coefficient_of(LabelTable(shuffled), name)
        assert (a.value is None) == (b.value is None)
        if a.value is not None and b.value is not None:
            assert a.value == pytest.approx(b.value)
            assert a.value <= 1 + 1e-12


def test_the_interval_holds_the_value_and_is_the_same_again() -> None:
    table = table_of(ABSTRACTORS)
    for name in COEFFICIENTS:
        value = coefficient_of(table, name).value
        first = bootstrap_interval(table, name)
        assert value is not None
        assert first.low is not None
        assert first.high is not None
        assert first.low < value < first.high
        assert first == bootstrap_interval(table, name)
    kappas = [bootstrap_interval(table, "cohen_kappa", seed=seed) for seed in (1, 2)]
    assert kappas[0] != kappas[1]


def test_the_interval_of_a_share_is_near_the_binomial_one() -> None:
    # 89 of 100 equal: the normal approximation is 0.89 ± 1.96 √(0.89·0.11/100) = 0.829 to 0.951.
    found = bootstrap_interval(table_of(ABSTRACTORS), "raw_agreement", draws=5000)
    assert found.low == pytest.approx(0.829, abs=0.01)
    assert found.high == pytest.approx(0.951, abs=0.01)


def test_an_undefined_coefficient_has_no_interval() -> None:
    found = bootstrap_interval(LabelTable([("no", "no")] * 5), "cohen_kappa")
    assert (found.low, found.high, found.used_count) == (None, None, 0)
    assert bootstrap_interval(LabelTable([]), "gwet_ac1").low is None


@pytest.mark.parametrize("wrong", [{"draws": 0}, {"level": 0.0}, {"level": 1.0}])
def test_a_senseless_interval_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        bootstrap_interval(table_of(ABSTRACTORS), "gwet_ac1", **wrong)  # type: ignore[arg-type]


def test_the_interval_covers_what_it_should() -> None:
    # 200 samples of 150 pairs whose true share of equal labels is 0.8.
    generator = np.random.default_rng(7)
    covered = 0
    for _round in range(200):
        equal = generator.random(150) < 0.8
        rows = [("yes", "yes" if same else "no") for same in equal]
        found = bootstrap_interval(LabelTable(rows), "raw_agreement", draws=400)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.8 <= found.high
    assert covered / 200 >= 0.9
