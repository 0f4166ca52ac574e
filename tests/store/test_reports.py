"""What people ask of the database is answered by the statements that the night runs."""

from pathlib import Path

import pytest

from etl.errors import UsageError
from etl.store.runs import RunStore
from tests.fakes.parser import FakeParser
from tests.fakes.tiny_night import CATALOGUE, TinyNight, make_paper, reworded, tiny_questions

pytestmark = pytest.mark.store


@pytest.fixture
def told(tiny: TinyNight, papers: Path) -> TinyNight:
    """A night over two papers and a broken one."""
    for number in range(2):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    (papers / "broken.txt").write_text("BROKEN\n")
    tiny.run(papers)
    return tiny


def test_a_plan_says_what_an_edited_question_costs_and_changes_nothing(told: TinyNight) -> None:
    first, second, third = tiny_questions()
    edited = [first, reworded(second, "By what were the images split?"), third]
    night = told.build()
    plan = told.reports().plan(night._recipes(), CATALOGUE, edited)
    assert plan["catalogue"] == {"changed": ["TQ2"], "retired": []}
    assert plan["due"].keys() == {"answer", "decide"}
    assert plan["due"]["answer"] == 2
    assert [(c["question_id"], c["reason"], c["cell_count"]) for c in plan["cells"]] == [
        ("TQ2", "question changed", 2)
    ]
    assert told.one("SELECT count(*) FROM core.question_version") == 3


def test_a_plan_names_the_new_reader_s_work(told: TinyNight) -> None:
    told.parser = FakeParser("2")
    plan = told.reports().plan(told.build()._recipes(), CATALOGUE, tiny_questions())
    assert plan["due"] == {"parse": 3}
    assert {paper["name"] for paper in plan["papers"]} == {
        "broken.txt",
        "paper0.txt",
        "paper1.txt",
    }


def test_a_plan_with_nothing_to_do_is_empty(told: TinyNight) -> None:
    plan = told.reports().plan(told.build()._recipes(), CATALOGUE, tiny_questions())
    assert (plan["due"], plan["cells"], plan["papers"]) == ({}, [], [])


def test_a_paper_s_life_is_told_from_sighting_to_answer(told: TinyNight) -> None:
    work_id, name = told.reports().find_work("paper1")
    life = told.reports().life(work_id)
    assert name == "paper1.txt"
    assert [row["final_outcome"] for row in life["sightings"]] == ["answered"]
    assert [row["is_current"] for row in life["documents"]] == [True]
    assert [(row["state"], row["ballot_count"]) for row in life["ballots"]] == [("answered", 3)]
    assert [row["cause"] for row in life["changes"]] == ["new_paper"]
    assert [(row["version"], row["is_canonical"]) for row in life["full_texts"]] == [
        ("unknown", True)
    ]
    assert life["failures"] == life["due"] == life["notices"] == life["takedowns"] == []


def test_a_failed_paper_s_life_says_why_and_what_to_do(told: TinyNight) -> None:
    work_id, _ = told.reports().find_work("broken.txt")
    [failure] = told.reports().life(work_id)["failures"]
    assert (failure["stage"], failure["code"]) == ("parse", "broken_file")
    assert "download it again" in failure["next_step"]


def test_a_file_that_was_never_taken_in_is_told_why(tiny: TinyNight, papers: Path) -> None:
    (papers / "paper.txt").write_text(make_paper(0))
    (papers / "landing.pdf").write_text("<!DOCTYPE html><html><body>Buy access</body></html>")
    tiny.run(papers)
    with pytest.raises(UsageError, match=r"never taken in; run \d+: html_page, .*fetch the PDF"):
        tiny.reports().find_work("landing.pdf")


def test_a_name_that_fits_none_or_several_is_a_wrong_use(told: TinyNight) -> None:
    with pytest.raises(UsageError, match="no paper fits"):
        told.reports().find_work("whale")
    with pytest.raises(UsageError, match="several papers fit"):
        told.reports().find_work("paper")


def test_status_tells_the_last_run(told: TinyNight) -> None:
    status = told.reports().status()
    assert status["health"]["work_count"] == 3
    assert status["health"]["due_count"] == 0
    assert [run["state"] for run in status["runs"]] == ["done"]
    assert [row["stage"] for row in status["stages"]] == [
        "fetch", "parse", "embed", "answer", "decide",
    ]  # fmt: skip
    assert [row["code"] for row in status["failures"]] == ["broken_file"]


def test_a_reopened_failure_is_tried_again_and_only_that(told: TinyNight, papers: Path) -> None:
    runs = RunStore(told.open(), told.night_settings)
    assert runs.reopen("timeout") == 0
    answered, _ = told.reports().find_work("paper0")
    assert runs.reopen(None, work_id=answered) == 0
    broken = told.one("SELECT work_id FROM out.failures WHERE code = 'broken_file'")
    assert runs.reopen("broken_file", work_id=broken) == 1
    told.parser = FakeParser()
    told.run(papers)
    assert told.parser.call_count == 1


def test_answers_of_a_work_carry_their_quote(told: TinyNight) -> None:
    work_id, _ = told.reports().find_work("paper0")
    answers = told.reports().answers_of(work_id)
    assert [answer["question_id"] for answer in answers] == ["TQ1", "TQ2", "TQ3"]
    assert all(answer["quote"] for answer in answers)
