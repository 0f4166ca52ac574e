"""The recorded study's own files, imported, give its published figures by SELECT alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.catalogue.load import load_catalogue
from etl.store.questions import QuestionStore
from tests.fakes.import_door import import_file

pytestmark = pytest.mark.store

_STUDY = Path(__file__).parents[3] / "shared" / "corpus" / "study" / "ir_subset"
_DL = "DL_method_availability"
_AS_PUBLISHED = "raw_label <> 'No'"
_CLEANED = "label <> 'no'"


@pytest.fixture(scope="module")
def study(clone: Callable[[], Any]) -> Any:
    """The study imported: verdicts, prose, labels on prose, labels on facts."""
    if not _STUDY.is_dir():
        pytest.skip("the recorded study is not beside this checkout (../shared/corpus)")
    database = clone()
    catalogue = load_catalogue(None)
    QuestionStore(database.open()).load_catalogue(catalogue.name, catalogue.questions)
    expected = json.loads((_STUDY / "expected.json").read_text())
    for model in expected["models"]:
        # Prose first: a verdict wins over what is inferred from prose, in whatever order.
        run_import(database, "answers", f"answers_v1_{model}.jsonl")
        run_import(database, "answers", f"binary_{model}.csv", "--answerer", model)
        options = ("--annotator", "study", "--about", model)
        run_import(database, "annotations", f"human_gt_{model}.csv", *options)
    options = ("--annotator", "study", "--other-question", _DL)
    run_import(database, "annotations", "DL_methods_identify.csv", *options)
    variables = expected["earlier_human_study"]["variables"]
    columns = [f"{found['question']}={name}" for name, found in variables.items()]
    columns += ["paper=no"]  # it also has a column DOI, which the other files do not use
    options = ("--annotator", "earlier", *(f"--column={column}" for column in columns))
    run_import(database, "annotations", "Final_data.csv", *options)
    return database, expected


def run_import(database: Any, kind: str, name: str, *options: str) -> dict[str, Any]:
    code, found = import_file(database.settings(), kind, _STUDY / name, *options)
    assert (code, found["refused"]) == (0, 0)
    return found


def select(study: Any, statement: str) -> list[Any]:
    database, _ = study
    return list(database.open("florilegium_analyst").read(text(statement)))


def question_of(name: str) -> str:
    """``CQ1`` in the study is ``CQ01`` here."""
    return f"CQ{int(name.removeprefix('CQ')):02d}"


def test_cells_and_yes_of_each_model(study: Any) -> None:
    expected = study[1]
    found = select(
        study,
        "SELECT answerer, count(*) AS cells, count(*) FILTER (WHERE is_yes) AS yes, "
        "count(DISTINCT work_id) AS works, count(DISTINCT question_id) AS questions "
        "FROM out.votes GROUP BY answerer",
    )
    assert {row.answerer: row.yes for row in found} == expected["yes_per_model"]
    assert {row.cells for row in found} == {expected["binary_cells_per_model"]}
    assert {row.works for row in found} == {expected["publications"]}
    assert {row.questions for row in found} == {expected["questions"]}


def test_the_vote(study: Any) -> None:
    expected = study[1]
    histogram = select(
        study,
        "SELECT yes_count, count(*) AS cells FROM out.vote_counts WHERE panel = 'foreign' "
        "GROUP BY yes_count ORDER BY yes_count",
    )
    assert [row.cells for row in histogram] == expected["votes_for_yes_histogram_0_to_5"]
    (total,) = select(
        study,
        "SELECT count(*) FILTER (WHERE is_unanimous) AS unanimous, "
        "count(*) FILTER (WHERE is_yes) AS yes, avg(CAST(is_yes AS integer)) AS share "
        "FROM out.vote_counts WHERE panel = 'foreign'",
    )
    assert total.unanimous == expected["unanimous_cells"]
    assert total.yes == expected["vote_positive_total"]
    assert round(float(total.share), 6) == expected["vote_positive_share"]


def test_the_vote_by_question_is_the_raw_share_of_prevalence(study: Any) -> None:
    expected = study[1]
    found = select(
        study,
        "SELECT question_id, yes_count FROM out.prevalence "
        "WHERE rater_kind = 'vote' AND year IS NULL",
    )
    assert {row.question_id: row.yes_count for row in found} == {
        question_of(name): count for name, count in expected["vote_positive_per_question"].items()
    }


@pytest.mark.parametrize(
    ("key", "rule"), [("filter_as_published", _AS_PUBLISHED), ("filter_cleaned", _CLEANED)]
)
def test_both_rules_of_the_filter(study: Any, key: str, rule: str) -> None:
    expected = study[1][key]
    kept = (
        "FROM out.vote_counts v JOIN out.annotations a USING (work_id) "
        f"WHERE v.panel = 'foreign' AND a.question_id = '{_DL}' AND a.{rule}"
    )
    (total,) = select(
        study,
        "SELECT count(DISTINCT work_id) AS works, count(*) FILTER (WHERE v.is_yes) AS yes, "
        f"avg(CAST(v.is_yes AS integer)) AS share {kept}",
    )
    assert total.works == expected["publications"]
    assert total.yes == expected["vote_positive_total"]
    assert round(float(total.share), 6) == expected["share"]
    if "per_question" in expected:
        found = select(
            study,
            f"SELECT v.question_id, count(*) FILTER (WHERE v.is_yes) AS yes {kept} "
            "GROUP BY v.question_id",
        )
        assert {row.question_id: row.yes for row in found} == {
            question_of(name): count for name, count in expected["per_question"].items()
        }


def as_published(rows: list[Any]) -> dict[frozenset[str], dict[str, float]]:
    return {
        frozenset((row.rater_a, row.rater_b)): {
            "kappa": round(row.kappa, 4),
            "agreement": round(float(row.agreement), 4),
        }
        for row in rows
    }


def by_pair(published: dict[str, Any]) -> dict[frozenset[str], Any]:
    return {frozenset(pair.split(" | ")): figures for pair, figures in published.items()}


def test_pairwise_kappa_over_all_cells(study: Any) -> None:
    found = select(
        study,
        "SELECT rater_a, rater_b, cohen_kappa AS kappa, raw_agreement AS agreement "
        "FROM out.agreement "
        "WHERE question_id IS NULL AND kind_a = 'foreign' AND kind_b = 'foreign'",
    )
    assert as_published(found) == by_pair(study[1]["pairwise_kappa_all"])


def test_pairwise_kappa_over_the_filtered_publications(study: Any) -> None:
    found = select(
        study,
        "SELECT rater_a, rater_b, out.cohen_kappa(a_is_yes, b_is_yes) AS kappa, "  # noqa: S608
        "avg(CAST(a_is_yes = b_is_yes AS integer)) AS agreement "
        "FROM out.rating_pairs WHERE kind_a = 'foreign' AND kind_b = 'foreign' AND work_id IN "
        f"(SELECT work_id FROM out.annotations WHERE question_id = '{_DL}' AND {_AS_PUBLISHED}) "
        "GROUP BY rater_a, rater_b",
    )
    assert as_published(found) == by_pair(study[1]["pairwise_kappa_filter_as_published"])


def test_people_and_each_model(study: Any) -> None:
    found = select(
        study,
        "SELECT rater_a, pair_count, missing_count, equal_count, cohen_kappa FROM out.agreement "
        "WHERE question_id IS NULL AND rater_b = 'study' AND about_answerer = rater_a",
    )
    assert {
        row.rater_a: {
            "pairs": row.pair_count,
            "blank_human_decisions": row.missing_count,
            "agreements": row.equal_count,
            "kappa_without_blanks": round(row.cohen_kappa, 4),
        }
        for row in found
    } == study[1]["human_annotation"]
    assert {
        "agreements": sum(row.equal_count for row in found),
        "pairs": sum(row.pair_count for row in found),
    } == study[1]["human_annotation_total"]


def test_the_earlier_study_s_variables(study: Any) -> None:
    expected = study[1]["earlier_human_study"]
    found = select(
        study,
        "SELECT question_id, equal_count, pair_count FROM out.agreement "
        "WHERE kind_a = 'vote' AND rater_b = 'earlier' AND question_id IS NOT NULL",
    )
    assert {row.question_id: (row.equal_count, row.pair_count) for row in found} == {
        question_of(one["question"]): (one["agreements"], one["publications"])
        for one in expected["variables"].values()
    }
    (total,) = select(
        study,
        "SELECT equal_count, pair_count FROM out.agreement "
        "WHERE kind_a = 'vote' AND rater_b = 'earlier' AND question_id IS NULL",
    )
    assert total.equal_count == expected["agreements"]
    assert total.pair_count == expected["comparisons"]


def test_a_second_import_changes_nothing(study: Any) -> None:
    database, expected = study
    again = run_import(database, "answers", f"answers_v1_{expected['models'][0]}.jsonl")
    assert (again["written"], again["unchanged"]) == (0, again["read"])
