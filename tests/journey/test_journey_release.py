"""Analysts see whole releases only, and an ad-hoc run keeps to what it was asked."""

import time
from pathlib import Path

import pytest

from etl.errors import RunInProgressError, StaleAttemptError
from etl.settings import NightSettings
from tests.fakes.tiny_night import TinyNight, make_paper, reworded, tiny_questions

pytestmark = pytest.mark.store

_SEEN = "SELECT count(*), count(DISTINCT paper) FROM out.answers"


def _write(papers: Path, *numbers: int) -> None:
    for number in numbers:
        (papers / f"paper{number}.txt").write_text(make_paper(number))


def test_half_a_night_is_invisible_until_it_is_published(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0)
    tiny.run(papers)
    _write(papers, 1)
    first, second, third = tiny_questions()
    tiny.load([reworded(first, "By which optimizer was it trained?"), second, third])
    before = tiny.rows("SELECT * FROM out.answers ORDER BY paper, question_id")
    with tiny.begun(papers) as (night, run_id):
        for stage in ("fetch", "parse", "embed", "answer", "decide"):
            tiny.stage(night, run_id, stage)
            assert tiny.rows("SELECT * FROM out.answers ORDER BY paper, question_id") == before
        night.publish(run_id)
        assert tiny.rows(_SEEN) == [(6, 2)]
        night.finish(run_id)
    assert tiny.rows("SELECT question_version FROM out.answers WHERE question_id = 'TQ1'") == [
        (2,),
        (2,),
    ]


def test_a_release_can_be_asked_again_as_it_was(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0)
    tiny.run(papers)
    first, second, third = tiny_questions()
    tiny.load([reworded(first, "By which optimizer was it trained?"), second, third])
    tiny.run(papers)
    of_release = """
    SELECT question_id, version FROM core.decision JOIN core.question_version
    USING (question_version_id, question_id)
    WHERE from_release <= :r AND (to_release IS NULL OR to_release > :r) ORDER BY 1
    """
    assert tiny.rows(of_release, r=1) == [("TQ1", 1), ("TQ2", 1), ("TQ3", 1)]
    assert tiny.rows(of_release, r=2) == [("TQ1", 2), ("TQ2", 1), ("TQ3", 1)]


def test_a_night_without_a_change_makes_no_release(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0)
    tiny.run(papers)
    tiny.run(papers)
    assert tiny.one("SELECT max(release_id) FROM core.release") == 1


def test_a_run_that_was_abandoned_publishes_nothing(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0)
    night = tiny.build()
    orphan = night.begin(kind="night", trigger="first", papers=str(papers))
    for stage in ("fetch", "parse", "embed", "answer", "decide"):
        tiny.stage(night, orphan, stage)
    night.fail(orphan, "its task was lost")
    with pytest.raises(StaleAttemptError, match="no longer running"):
        night.publish(orphan)
    assert tiny.rows(_SEEN) == [(0, 0)]


def test_a_second_run_is_refused_at_once_while_the_first_lives(
    tiny: TinyNight, papers: Path
) -> None:
    with tiny.begun(papers):
        start = time.monotonic()
        with pytest.raises(RunInProgressError, match="in progress"):
            tiny.build().begin(kind="night", trigger="other")
        with pytest.raises(RunInProgressError):
            tiny.build().begin(kind="cli", trigger="florilegium run")
        assert time.monotonic() - start < 5
    assert tiny.one("SELECT count(*) FROM ops.run") == 1


def test_a_run_whose_session_is_gone_is_taken_over_at_once(tiny: TinyNight, papers: Path) -> None:
    with tiny.begun(papers) as (_, dead):
        pass
    _write(papers, 0)
    assert tiny.run(papers)["asked"] == 3
    assert tiny.one("SELECT state FROM ops.run WHERE run_id = :r", r=dead) == "abandoned"


def test_a_run_taken_over_before_it_was_held_ends_without_work(tiny: TinyNight) -> None:
    first, second = tiny.build(), tiny.build()
    slow = first.begin(kind="cli", trigger="slow")
    quick = second.begin(kind="cli", trigger="quick")
    with (
        second.hold(quick),
        pytest.raises(RunInProgressError, match="taken over"),
        first.hold(slow),
    ):
        pytest.fail("two runs would have worked at once")


def test_a_leased_run_counts_as_dead_when_the_database_s_clock_has_passed_its_lease(
    tiny: TinyNight,
) -> None:
    tiny.night_settings = NightSettings(run_lease_seconds=900)
    late = tiny.build().begin(kind="night", trigger="first")
    with pytest.raises(RunInProgressError):
        tiny.build().begin(kind="night", trigger="second")
    # Only the database's clock counts: set the lease, not this machine's time.
    with tiny.open().transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE ops.run SET lease_until = clock_timestamp() - interval '1 second'"
        )
    new = tiny.build().begin(kind="night", trigger="second")
    assert new > late
    assert tiny.one("SELECT state FROM ops.run WHERE run_id = :r", r=late) == "abandoned"


def test_a_retried_task_joins_the_run_it_has_begun(tiny: TinyNight) -> None:
    night = tiny.build()
    run_id = night.begin(kind="night", trigger="scheduled__1")
    assert night.begin(kind="night", trigger="scheduled__1") == run_id
    assert night.attach(run_id, trigger="anything") == run_id


def test_an_ad_hoc_run_keeps_to_its_papers_and_questions(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0, 1)
    first, second, third = tiny_questions()
    tiny.load([first])
    tiny.run(papers)
    tiny.load([first, second, third])
    chosen = tiny.one("SELECT work_id FROM core.work WHERE name = 'paper1.txt'")
    counts = tiny.run(None, kind="adhoc", work_ids=[chosen], question_ids=["TQ3"])
    assert counts["asked"] == 1
    assert tiny.rows("SELECT paper, question_id FROM out.answers WHERE question_id <> 'TQ1'") == [
        ("paper1.txt", "TQ3")
    ]
    assert tiny.run(None)["asked"] == 3, "the rest is still due for the night"


def test_an_ad_hoc_run_works_on_the_papers_that_it_brings(
    tiny: TinyNight, papers: Path, tmp_path: Path
) -> None:
    _write(papers, 0)
    tiny.run(papers)
    first, second, third = tiny_questions()
    tiny.load([reworded(first, "By which optimizer was it trained?"), second, third])
    brought = tmp_path / "brought"
    brought.mkdir()
    _write(brought, 5)
    counts = tiny.run(brought, kind="adhoc", work_ids=[])
    assert (counts["parsed"], counts["asked"]) == (1, 3)
    assert (
        tiny.one("SELECT question_version FROM out.answers WHERE paper = 'paper0.txt' LIMIT 1") == 1
    )
