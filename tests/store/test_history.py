"""What was published once can be read again for ever, and what differs says why."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.errors import UsageError
from etl.publish.bibtex import bibtex_entries
from etl.publish.crate import CrateSource, write_crate
from etl.publish.export import ExportFormat, export_rows
from etl.publish.orkg import orkg_lines
from etl.publish.parquet import write_parquet
from etl.store.history import HistoryStore, ReleasePart
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.parser import FakeParser
from tests.fakes.tiny_night import TinyNight, make_paper, reworded, tiny_questions

pytestmark = pytest.mark.store

_DIFF = "SELECT paper, question_id, change, cause FROM out.release_diff(:a, :b) ORDER BY 1, 2"
_LAST_CHANGES = (
    "SELECT paper, question_id, cause FROM out.changes "
    "WHERE release_id = (SELECT max(release_id) FROM out.releases) ORDER BY 1, 2"
)


def _write(papers: Path, *numbers: int) -> None:
    for number in numbers:
        (papers / f"paper{number}.txt").write_text(make_paper(number))


def _exports(tiny: TinyNight, release_id: int, folder: Path) -> dict[str, str]:
    """SHA-256 of a release in every form."""
    store = HistoryStore(tiny.open())
    release = store.find_release(release_id)

    def part(name: ReleasePart) -> Callable[[], Any]:
        return lambda: store.stream(name, release_id)

    made: dict[str, str] = {}
    for form in (ExportFormat.CSV, ExportFormat.RAW_CSV, ExportFormat.JSONL):
        with store.stream(ReleasePart.ANSWERS, release_id) as rows:
            made[form] = _sha256("".join(export_rows(rows, form)))
    with store.stream(ReleasePart.WORKS, release_id) as rows:
        made["bibtex"] = _sha256("".join(bibtex_entries(rows)))
    keys = [row["question_key"] for row in store.questions(release_id)]
    with store.stream(ReleasePart.WORKS, release_id) as rows:
        made["orkg"] = _sha256("".join(orkg_lines(rows, keys)))
    with store.stream(ReleasePart.ANSWERS, release_id) as rows:
        folder.mkdir()
        assert write_parquet(rows, folder / "answers.parquet") == release.decision_count
    made["parquet"] = hashlib.sha256((folder / "answers.parquet").read_bytes()).hexdigest()
    source = CrateSource(
        release_id=release_id,
        run_id=release.run_id,
        decision_count=release.decision_count,
        started_at=release.started_at,
        published_at=release.published_at,
        software={"florilegium": "0"},
        recipes=store.recipes(release_id),
        questions=store.questions(release_id),
        answers=part(ReleasePart.ANSWERS),
        works=part(ReleasePart.WORKS),
        evidence=part(ReleasePart.EVIDENCE),
    )
    return made | write_crate(source, folder / "crate")


def _sha256(content: str) -> str:
    assert content
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def test_a_release_is_exported_again_bit_for_bit_after_all_that_can_change(
    tiny: TinyNight, papers: Path, tmp_path: Path
) -> None:
    _write(papers, 0, 1)
    tiny.run(papers)
    exported = _exports(tiny, 1, tmp_path / "first")
    first, second, third = tiny_questions()
    changes: list[Callable[[], object]] = [
        lambda: tiny.load([reworded(first, "By which optimizer was it trained?"), second, third]),
        lambda: _write(papers, 2),
        lambda: setattr(tiny, "answerers", {"other": FakeAnswerer("other")}),
        lambda: setattr(tiny, "parser", FakeParser("2", barred=("discussion",))),
        lambda: tiny.load([second]),
    ]
    for number, change in enumerate(changes, start=2):
        change()
        tiny.run(papers)
        assert HistoryStore(tiny.open()).find_release().release_id == number
        assert _exports(tiny, 1, tmp_path / f"again{number}") == exported
    assert _exports(tiny, 6, tmp_path / "last") != exported


def test_as_of_shows_what_analysts_saw_at_that_moment(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0)
    tiny.run(papers)
    seen = tiny.rows("SELECT * FROM out.answers ORDER BY paper, question_id")
    _write(papers, 1)
    tiny.run(papers)
    first, second = (
        row[0] for row in tiny.rows("SELECT published_at FROM out.releases ORDER BY 1")
    )
    statement = "SELECT * FROM out.answers_asof(:moment) ORDER BY paper, question_id"
    assert tiny.rows(statement, moment=first) == seen
    assert tiny.rows(statement, moment=second - timedelta(microseconds=1)) == seen
    assert len(tiny.rows(statement, moment=second)) == 6
    assert tiny.rows(statement, moment=first - timedelta(microseconds=1)) == []
    assert tiny.rows("SELECT * FROM out.answers_of_release(3)") == [], "never published"


def test_the_current_release_asked_by_number_is_what_the_view_shows(
    tiny: TinyNight, papers: Path
) -> None:
    _write(papers, 0, 1)
    tiny.run(papers)
    (papers / "paper0.txt").write_text(make_paper(0, extra="One more sentence."))
    tiny.run(papers)
    order = "ORDER BY work_id, question_id"
    now = tiny.rows(f"SELECT * FROM out.answers {order}")  # noqa: S608 - names of ours
    assert now
    assert tiny.rows(f"SELECT * FROM out.answers_of_release(2) {order}") == now  # noqa: S608 - names of ours


def test_history_shows_nothing_of_a_night_under_way(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0)
    tiny.run(papers)
    before = tiny.rows("SELECT * FROM out.answers_history ORDER BY paper, question_id")
    tiny.load([reworded(question, question.text + " Why?") for question in tiny_questions()])
    with tiny.begun(papers) as (night, run_id):
        for stage in ("fetch", "parse", "embed", "answer", "decide"):
            tiny.stage(night, run_id, stage)
        assert tiny.rows("SELECT * FROM out.answers_history ORDER BY paper, question_id") == before
        assert tiny.rows("SELECT * FROM out.changes WHERE release_id > 1") == []
        night.publish(run_id)
        night.finish(run_id)
    held = tiny.rows(
        "SELECT DISTINCT since_release, until_release, valid_from < valid_to "
        "FROM out.answers_history ORDER BY 1"
    )
    assert held == [(1, 2, True), (2, None, None)]


def test_each_change_names_exactly_its_cells_and_its_cause(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0, 1)
    tiny.run(papers)
    first, second, third = tiny_questions()

    tiny.load([reworded(first, "By which optimizer was it trained?"), second, third])
    tiny.run(papers)
    edited = [("paper0.txt", "TQ1"), ("paper1.txt", "TQ1")]
    assert tiny.rows(_LAST_CHANGES) == [(*cell, "question_version") for cell in edited]

    _write(papers, 2)
    tiny.run(papers)
    assert tiny.rows(_LAST_CHANGES) == [("paper2.txt", f"TQ{n}", "new_paper") for n in (1, 2, 3)]

    tiny.answerers = {"other": FakeAnswerer("other")}
    tiny.run(papers)
    assert {row[2] for row in tiny.rows(_LAST_CHANGES)} == {"answerer"}
    assert len(tiny.rows(_LAST_CHANGES)) == 9

    tiny.load([second, third])
    tiny.run(papers)
    assert tiny.rows(_LAST_CHANGES) == [(f"paper{n}.txt", "TQ1", "retired") for n in (0, 1, 2)]


def test_a_re_parse_is_named_as_the_cause(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0)
    tiny.run(papers)
    tiny.parser = FakeParser("2", barred=("discussion",))
    tiny.run(papers)
    assert {row[2] for row in tiny.rows(_LAST_CHANGES)} == {"re_parse"}


def test_two_releases_are_compared_over_all_that_lies_between(
    tiny: TinyNight, papers: Path
) -> None:
    _write(papers, 0)
    tiny.run(papers)
    first, second, third = tiny_questions()
    tiny.load([reworded(first, "What remains slower than the model?"), second, third])
    tiny.run(papers)
    tiny.load([first, second])
    _write(papers, 1)
    tiny.run(papers)
    assert tiny.rows(_DIFF, a=1, b=3) == [
        ("paper0.txt", "TQ1", "same", "question_version"),
        ("paper0.txt", "TQ3", "removed", "retired"),
        ("paper1.txt", "TQ1", "added", "new_paper"),
        ("paper1.txt", "TQ2", "added", "new_paper"),
    ]
    assert tiny.rows(_DIFF, a=3, b=3) == []
    assert [row["paper"] for row in HistoryStore(tiny.open()).diff(1, 2)] == ["paper0.txt"]


def test_a_release_that_was_never_published_is_a_wrong_use(tiny: TinyNight, papers: Path) -> None:
    store = HistoryStore(tiny.open())
    with pytest.raises(UsageError, match="no release;"):
        store.find_release()
    _write(papers, 0)
    tiny.run(papers)
    for wrong in (lambda: store.find_release(2), lambda: store.diff(1, 2)):
        with pytest.raises(UsageError, match="no release 2"):
            wrong()
    with pytest.raises(UsageError, match="published by 1999"):
        store.find_release(moment=datetime(1999, 1, 1, tzinfo=UTC))


def test_recipes_of_a_release_are_those_of_its_own_time(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0)
    tiny.run(papers)
    tiny.answerers = {"other": FakeAnswerer("other")}
    tiny.run(papers)
    store = HistoryStore(tiny.open())

    def answerers(release_id: int) -> list[str]:
        return [row["name"] for row in store.recipes(release_id) if row["stage"] == "answer"]

    assert answerers(1) == ["fake/1"]
    assert "other/1" in answerers(2)
    stages = {row["stage"] for row in store.recipes(1)}
    assert stages == {"parse", "chunk", "embed", "answer", "decide"}


def test_an_analyst_may_ask_for_any_release(fresh: Any, tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0)
    tiny.run(papers)
    analyst = fresh.open("florilegium_analyst")
    for source in ("answers_of_release(1)", "answers_asof(now())", "release_diff(0, 1)"):
        counted = analyst.read(text(f"SELECT count(*) FROM out.{source}"))  # noqa: S608 - names of ours
        assert counted[0][0] == 3
