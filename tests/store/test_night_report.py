"""The report of a night holds that night's figures beside those of the night before."""

import re
from pathlib import Path

import pytest

from etl.errors import UsageError
from etl.publish.report import night_html
from etl.store.night_report import NightReportStore
from tests.fakes.tiny_night import TinyNight, make_paper

pytestmark = pytest.mark.store


def test_a_first_night_has_nothing_to_compare_with(tiny: TinyNight, papers: Path) -> None:
    (papers / "one.txt").write_text(make_paper(0))
    tiny.run(papers)
    facts = NightReportStore(tiny.open()).read()
    assert facts["before"] is None
    assert (facts["run"]["found"], facts["run"]["answered"], facts["new_count"]) == (1, 1, 1)
    assert [row["stage"] for row in facts["stages"]] == [
        "fetch",
        "parse",
        "embed",
        "answer",
        "decide",
    ]
    assert all(row["seconds"] >= 0 for row in facts["stages"])
    assert facts["release"]["is_own"]
    assert "no earlier run" in night_html(facts)


def test_a_second_night_is_told_against_the_first(tiny: TinyNight, papers: Path) -> None:
    (papers / "one.txt").write_text(make_paper(0))
    tiny.run(papers)
    (papers / "<b>two.txt").write_text(make_paper(1))
    (papers / "three.txt").write_text("BROKEN\n")
    tiny.run(papers)
    facts = NightReportStore(tiny.open()).read()
    assert facts["before"]["found"] == 1
    assert facts["run"]["found"] == 3
    assert [row["code"] for row in facts["failures"]]
    assert {row["cause"] for row in facts["change_counts"]} == {"new_paper"}
    now = sum(row["answer_count"] for row in facts["states"])
    before = sum(row["answer_count"] for row in facts["states_before"])
    assert (now, before) == (9, 3)
    page = night_html(facts)
    assert "&lt;b&gt;two" in page
    assert "<b>two" not in page


def test_a_night_without_changes_says_so(tiny: TinyNight, papers: Path) -> None:
    (papers / "one.txt").write_text(make_paper(0))
    tiny.run(papers)
    tiny.run(papers)
    facts = NightReportStore(tiny.open()).read()
    assert not facts["release"]["is_own"]
    assert facts["change_counts"] == facts["changes"] == facts["new_papers"] == []
    page = night_html(facts)
    assert "Nothing changed" in page
    assert "No answer changed" in page


def test_an_older_run_is_told_as_it_was(tiny: TinyNight, papers: Path) -> None:
    (papers / "one.txt").write_text(make_paper(0))
    first = tiny.run(papers)["run_id"]
    (papers / "two.txt").write_text(make_paper(1))
    tiny.run(papers)
    facts = NightReportStore(tiny.open()).read(first)
    assert facts["release"]["release_id"] == 1
    assert sum(row["answer_count"] for row in facts["states"]) == 3
    assert re.search(rf"Run {first}: done", night_html(facts))


def test_a_run_that_never_was_is_a_wrong_use(tiny: TinyNight) -> None:
    store = NightReportStore(tiny.open())
    with pytest.raises(UsageError, match="no run has ended yet"):
        store.read()
    with pytest.raises(UsageError, match="no run has the number 7"):
        store.read(7)
