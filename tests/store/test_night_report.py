"""The report of a night holds that night's figures beside those of the night before."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from etl.errors import UsageError
from etl.publish.report import night_html
from etl.store.night_report import NightReportStore
from tests.fakes.tiny_night import TinyNight, make_paper
from tests.fakes.typed_answerer import TypedAnswerer, typed_paper, typed_questions

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


@pytest.fixture
def two_nights(fresh: Any, papers: Path, tmp_path: Path) -> TinyNight:
    """Papers about frogs, which share their code, then papers about terns, which do not."""
    tiny = TinyNight(
        database=fresh.settings(),
        store=tmp_path / "store",
        answerers={"one": TypedAnswerer("one"), "two": TypedAnswerer("two")},
    )
    tiny.load(typed_questions())
    for subject, count in (("frogs", 6), ("terns", 4)):
        for number in range(count):
            (papers / f"{subject}{number}.txt").write_text(typed_paper(f"{subject} {number}"))
        tiny.run(papers)
    return tiny


def test_drift_is_told_per_question_and_answerer(two_nights: TinyNight) -> None:
    drift = NightReportStore(two_nights.open()).read()["drift"]
    assert len(drift) == 2 * 7
    first, second, *rest = drift
    assert {row["question_key"] for row in (first, second)} == {"code_url"}
    assert {row["answerer"] for row in (first, second)} == {"one/1", "two/1"}
    assert (first["then_share"], first["now_share"]) == (1.0, 0.0)
    assert (first["then_count"], first["now_count"]) == (6, 4)
    # Pooled share 0.6: (0 - 1) / sqrt(0.6 * 0.4 * (1/6 + 1/4)).
    assert first["z"] == pytest.approx(-(10**0.5))
    assert all(row["z"] is None for row in rest), "where all say yes there is nothing to test"


def test_a_first_night_has_no_drift(two_nights: TinyNight) -> None:
    assert NightReportStore(two_nights.open()).read(1)["drift"] == []


def test_agreement_and_review_debt_are_those_of_the_views(two_nights: TinyNight) -> None:
    facts = NightReportStore(two_nights.open()).read()
    pairs = {(row["rater_a"], row["rater_b"]): row for row in facts["agreement"]}
    assert pairs["one/1", "two/1"]["label_count"] == 10 * 7
    assert pairs["one/1", "two/1"]["raw_agreement"] == 1.0
    total = two_nights.one("SELECT count(*) FROM out.review_queue")
    assert sum(row["cell_count"] for row in facts["review"]) == total > 0


def test_tokens_are_those_of_the_run_and_energy_is_not_made_up(
    two_nights: TinyNight, fresh: Any
) -> None:
    fresh.sql(
        "INSERT INTO core.generation (document_id, question_version_id, answerer_id, model, "
        "prompt_sha256, schema_sha256, seed, call_count, prompt_tokens, cached_tokens, "
        "completion_tokens, latency_seconds, finish_reason, request_id, output_text, "
        "suspect_count) "
        "SELECT document_id, question_version_id, answerer_id, 'small', 'x', 'x', 0, 1, 100, NULL, "
        "10, 0.5, 'stop', 'r', '', 0 FROM core.ballot b "
        "JOIN core.fingerprint f ON f.fingerprint_id = b.answerer_id WHERE f.name = 'one/1'"
    )
    facts = NightReportStore(two_nights.open()).read()
    (now,), (before,) = facts["spend"], facts["spend_before"]
    assert (now["cell_count"], before["cell_count"]) == (4 * 7, 6 * 7)
    assert (now["prompt_tokens"], before["completion_tokens"]) == (2800, 420)
    assert now["cached_tokens"] is None
    assert now["energy_joules"] is None
    assert now["energy_reason"]


def test_a_night_writes_its_report_where_the_settings_say(
    two_nights: TinyNight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = Path(two_nights.build().report(2))
    assert place == tmp_path / "var" / "reports" / "run-2.html"
    facts = json.loads(place.with_suffix(".json").read_text())
    assert facts["run"]["run_id"] == 2
    assert place.read_text() == night_html(NightReportStore(two_nights.open()).read(2))
    assert two_nights.build().report(2) == str(place), "a second time it takes its own place"
    assert len(list(place.parent.iterdir())) == 2
