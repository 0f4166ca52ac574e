"""A late attempt writes nothing, and many workers at once have each effect once (bar B7)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from etl.errors import OutcomeCode, PermanentError, ServiceUnavailableError, StaleAttemptError
from etl.night.night import Night
from etl.night.stages import work_one
from etl.records.document import Document
from etl.records.full_text import FullText
from etl.settings import BatchSettings, NightSettings
from etl.store.runs import Claim, RunStore
from tests.fakes.parser import FakeParser
from tests.fakes.tiny_night import TinyNight, core_digest, make_paper

pytestmark = pytest.mark.store

_WORKERS = 8
_ITEMS = 120


@contextmanager
def _planned(tiny: TinyNight, papers: Path, count: int) -> Iterator[tuple[Night, int, list[int]]]:
    """A night whose papers are fetched and whose parse batches are planned."""
    for number in range(count):
        (papers / f"paper{number:04}.txt").write_text(f"Paper {number}\n# methods\nIt is {number}.")
    with tiny.begun(papers) as (night, run_id):
        tiny.stage(night, run_id, "fetch")
        yield night, run_id, night.plan(run_id, "parse")


def _runs(tiny: TinyNight) -> RunStore:
    return RunStore(tiny.open(), tiny.night_settings)


def _claim(tiny: TinyNight, run_id: int) -> Claim | None:
    subject_id, recipe_id = tiny.rows("SELECT subject_id, recipe_id FROM ops.due")[0]
    return _runs(tiny).claim(
        run_id=run_id, stage="parse", subject_id=subject_id, recipe_id=recipe_id
    )


def _expire_leases(tiny: TinyNight) -> None:
    with tiny.open().transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE ops.item SET lease_until = clock_timestamp() - interval '1 second'"
        )


def _finish(tiny: TinyNight, night: Night, claim: Claim) -> None:
    """Do a claim's work and write it, as a worker does."""
    write = work_one(night._desk, claim)
    with tiny.open().transaction() as tx:
        RunStore.fence(tx, claim, "done")
        write(tx)


def test_an_orphan_whose_successor_has_finished_writes_nothing(
    tiny: TinyNight, papers: Path
) -> None:
    with _planned(tiny, papers, 1) as (night, run_id, _):
        orphan = _claim(tiny, run_id)
        _expire_leases(tiny)
        successor = _claim(tiny, run_id)
        assert orphan is not None
        assert successor is not None
        assert (orphan.attempt, successor.attempt, successor.crash_count) == (1, 2, 1)
        _finish(tiny, night, successor)
        before = core_digest(tiny.open(), with_writes=True)
        with pytest.raises(StaleAttemptError, match="attempt 1 is no longer the newest"):
            _finish(tiny, night, orphan)
        assert core_digest(tiny.open(), with_writes=True) == before


def test_an_orphan_whose_successor_still_works_writes_nothing(
    tiny: TinyNight, papers: Path
) -> None:
    with _planned(tiny, papers, 1) as (night, run_id, _):
        orphan = _claim(tiny, run_id)
        _expire_leases(tiny)
        successor = _claim(tiny, run_id)
        assert orphan is not None
        assert successor is not None
        with pytest.raises(StaleAttemptError):
            _finish(tiny, night, orphan)
        assert tiny.one("SELECT count(*) FROM core.document") == 0
        _finish(tiny, night, successor)
        assert tiny.one("SELECT count(*) FROM core.document") == 1


def test_an_orphan_can_neither_fail_nor_release_what_is_no_longer_its_own(
    tiny: TinyNight, papers: Path
) -> None:
    with _planned(tiny, papers, 1) as (_, run_id, _batches):
        orphan = _claim(tiny, run_id)
        _expire_leases(tiny)
        assert _claim(tiny, run_id) is not None
        assert orphan is not None
        with pytest.raises(StaleAttemptError):
            _runs(tiny).release(orphan)
        outcome = PermanentError(OutcomeCode.INTERNAL, "late").outcome
        with pytest.raises(StaleAttemptError), tiny.open().transaction() as tx:
            _runs(tiny).record_failure(tx, orphan, outcome)
        assert tiny.rows("SELECT state, attempt FROM ops.item WHERE stage = 'parse'") == [
            ("leased", 2)
        ]
        assert tiny.one("SELECT count(*) FROM ops.failure") == 0


def test_a_good_lease_keeps_others_off_until_the_database_s_clock_has_passed_it(
    tiny: TinyNight, papers: Path
) -> None:
    with _planned(tiny, papers, 1) as (_, run_id, _batches):
        first = _claim(tiny, run_id)
        assert first is not None
        assert _claim(tiny, run_id) is None
        _expire_leases(tiny)
        _runs(tiny).renew_claim(first)
        assert _claim(tiny, run_id) is None, "a renewed lease is good again"
        _expire_leases(tiny)
        assert _claim(tiny, run_id) is not None


def test_a_released_item_is_free_at_once_and_not_burnt(tiny: TinyNight, papers: Path) -> None:
    with _planned(tiny, papers, 1) as (_, run_id, _batches):
        first = _claim(tiny, run_id)
        assert first is not None
        _runs(tiny).release(first)
        second = _claim(tiny, run_id)
        assert second is not None
        assert second.crash_count == 0


def test_a_lease_of_a_run_that_has_ended_holds_nobody_up(tiny: TinyNight, papers: Path) -> None:
    with _planned(tiny, papers, 1) as (night, run_id, _):
        assert _claim(tiny, run_id) is not None
        night.fail(run_id, "cut short")
    with tiny.begun(None) as (_, next_run):
        assert _claim(tiny, next_run) is not None


def test_a_paper_that_kills_its_holders_is_set_down_as_failed(
    tiny: TinyNight, papers: Path
) -> None:
    tiny.night_settings = NightSettings(max_crashes=2)
    with _planned(tiny, papers, 1) as (night, run_id, batches):
        for _ in range(2):
            assert _claim(tiny, run_id) is not None
            _expire_leases(tiny)
        assert night.work(batches[0]) == {"done": 0, "excluded": 0, "failed": 1, "open": 0}
    assert tiny.rows("SELECT code, detail FROM out.failures") == [
        ("parser_crash", "2 tasks died while they held this paper")
    ]


def test_a_service_that_is_down_burns_no_paper(tiny: TinyNight, papers: Path) -> None:
    class Down(FakeParser):
        def parse(self, full_text: FullText, content: bytes) -> Document:  # noqa: ARG002
            raise ServiceUnavailableError("the reader's service does not answer")

    tiny.parser = Down()
    with _planned(tiny, papers, 2) as (night, _, batches):
        with pytest.raises(ServiceUnavailableError):
            night.work(batches[0])
        assert tiny.rows(
            "SELECT DISTINCT state, crash_count FROM ops.item WHERE stage = 'parse'"
        ) == [("todo", 0)]
    assert tiny.one("SELECT count(*) FROM ops.failure") == 0


def _at_once(work: Callable[[], object], count: int) -> list[BaseException]:
    """Run the same work in many threads at the same moment; returns what they raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_eight_workers_on_the_same_batches_have_each_effect_once(
    tiny: TinyNight, papers: Path
) -> None:
    tiny.night_settings = NightSettings(
        papers_per_batch=BatchSettings(decide=30, answer=30, embed=30, parse=30, fetch=30)
    )
    with _planned(tiny, papers, _ITEMS) as (_, run_id, batches):
        assert len(batches) == _ITEMS // 30

        def work() -> None:
            night = tiny.build()
            for batch_id in batches:
                night.work(batch_id)

        assert _at_once(work, _WORKERS) == []
        assert isinstance(tiny.parser, FakeParser)
        assert tiny.parser.call_count == _ITEMS
        assert tiny.one("SELECT count(*) FROM core.document") == _ITEMS
        states = "SELECT state, attempt, count(*) FROM ops.item WHERE stage = 'parse' GROUP BY 1, 2"
        assert tiny.rows(states) == [("done", 1, _ITEMS)]
        counts = tiny.build().settle(run_id, "parse", max_failed_ratio=0)
        assert counts["in_count"] == counts["done_count"] == _ITEMS


def test_of_many_runs_that_begin_at_once_exactly_one_does(tiny: TinyNight, papers: Path) -> None:
    (papers / "paper.txt").write_text(make_paper(0))
    begun: list[int] = []

    def begin() -> None:
        trigger = f"run {threading.get_ident()}"
        begun.append(tiny.build().begin(kind="night", trigger=trigger))

    errors = _at_once(begin, _WORKERS)
    assert len(begun) == 1
    assert {type(error).__name__ for error in errors} == {"RunInProgressError"}
    assert len(errors) == _WORKERS - 1
