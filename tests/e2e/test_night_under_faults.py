"""
Faults that operators meet, on a live stack: whatever is gone, the night ends right.

Slow (a night each), so it runs only where it is asked for: ``pytest --faults tests/e2e``.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from etl.stack.lifecycle import StartOptions, bring_up
from etl.stack.night import CHAIN, NightStep, open_rest, run_night
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.rest import AirflowRest
from etl.stack.state import load_state
from tests.e2e.home import Home, clear_away

QUESTIONS = 28

pytestmark = [pytest.mark.e2e, pytest.mark.airflow, pytest.mark.timeout(1500)]

#: Disturbs a night while its papers are read.
Fault = Callable[["Troubled"], None]


class Troubled(Home):
    """A stack whose nights are disturbed, one new paper a night."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.paths = StackPaths(root)
        self.papers = root / "papers"
        self.papers.mkdir()
        self.count = 0
        self.threads: list[threading.Thread] = []

    def add_paper(self) -> None:
        """One paper more for the next night."""
        self.count += 1
        text = (self.root / "samples" / "papers" / "beetles.txt").read_text()
        (self.papers / f"paper{self.count}.txt").write_text(f"{text}\nPaper {self.count}.\n")

    def disturbed_night(self, fault: Fault) -> bool:
        """Run a night over one paper more than the last, and strike once."""
        self.add_paper()
        struck: list[str] = []

        def watch(step: NightStep) -> None:
            if step.dag_id == "parse_papers" and step.state == "running" and not struck:
                struck.append(step.run_id)
                fault(self)

        result = run_night(self.paths, papers=self.papers, progress=watch)
        for thread in self.threads:
            thread.join()
        self.threads = []
        assert struck
        return result.is_success

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something in a while; the night is not over before."""

        def wait_and_do() -> None:
            time.sleep(seconds)
            action()

        self.threads.append(threading.Thread(target=wait_and_do))
        self.threads[-1].start()

    def leader(self, name: str) -> int:
        """Process id of a component."""
        state = load_state(self.paths)
        assert state is not None
        return state.components[name].pid or 0

    def rest(self) -> AirflowRest:
        """A client of the API."""
        return open_rest(self.paths)

    def check(self) -> None:
        """0 lost, 0 twice, nothing left over."""
        works = [[str(self.count * QUESTIONS), str(self.count)]]
        assert self.sql("SELECT count(*), count(DISTINCT work_id) FROM out.answers") == works
        assert self.sql("SELECT count(*) FROM ops.due") == [["0"]]
        assert self.sql("SELECT count(*) FROM out.failures") == [["0"]]
        assert self.sql("SELECT count(*) FROM ops.run WHERE state = 'running'") == [["0"]]
        for table, key in (
            ("core.document", "full_text_id, parser_id"),
            ("core.ballot", "document_id, question_version_id, answerer_id"),
        ):
            same = f"SELECT FROM {table} GROUP BY {key} HAVING count(*) > 1"
            assert self.sql(f"SELECT count(*) FROM ({same}) x") == [["0"]]  # noqa: S608


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Troubled]:
    if not request.config.getoption("--faults"):
        pytest.skip("a night for each fault: pytest --faults tests/e2e")
    root = tmp_path_factory.mktemp("faults")
    with pytest.MonkeyPatch.context() as patch:
        # A task that died is missed within half a minute, so that a night stays short.
        patch.setenv("AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT", "30")
        patch.setenv("FLORILEGIUM_ANSWER__ANSWERERS", '["rule"]')
        try:
            made = Troubled(root)
            bring_up(made.paths, StartOptions(), lambda _: None)
            yield made
        finally:
            clear_away(root)


def halt(pids: list[int], seconds: float) -> None:
    """Stop processes for a while; what is asked of them is not answered."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in pids:
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGCONT)


def family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def test_an_api_server_that_is_gone_for_40_seconds(home: Troubled) -> None:
    assert home.disturbed_night(lambda home: halt(family(home.leader("api-server")), 40))
    home.check()


def test_a_database_that_is_gone_for_60_seconds(home: Troubled) -> None:
    def strike(home: Troubled) -> None:
        state = load_state(home.paths)
        assert state is not None
        # Its supervisor would start it again at once.
        os.kill(state.pid, signal.SIGSTOP)
        postgres = EmbeddedPostgres(home.paths.home)
        os.kill(postgres.pid() or 0, signal.SIGQUIT)
        time.sleep(60)
        os.kill(state.pid, signal.SIGCONT)

    assert home.disturbed_night(strike)
    home.check()


def test_a_scheduler_that_is_killed(home: Troubled) -> None:
    assert home.disturbed_night(lambda home: os.kill(home.leader("scheduler"), signal.SIGKILL))
    home.check()


def test_a_second_scheduler_beside_the_first(home: Troubled) -> None:
    second: list[subprocess.Popen[bytes]] = []

    def strike(home: Troubled) -> None:
        first = psutil.Process(home.leader("scheduler"))
        second.append(
            subprocess.Popen(
                first.cmdline(), env=first.environ(), cwd=home.root, start_new_session=True
            )
        )

    try:
        assert home.disturbed_night(strike)
    finally:
        for process in second:
            process.terminate()
            process.wait(60)
    home.check()


def test_a_second_trigger_while_the_night_runs(home: Troubled) -> None:
    runs: list[str] = []

    def strike(home: Troubled) -> None:
        started = home.rest().trigger("fetch_papers", {"papers": str(home.papers)})
        runs.append(started.run_id)

    assert home.disturbed_night(strike)
    told = home.sql(
        f"SELECT value FROM xcom WHERE run_id = '{runs[0]}' AND key = 'skipped'",  # noqa: S608
        "airflow",
    )
    assert "in progress" in told[0][0]
    home.check()


def test_a_consumer_that_is_paused_and_woken_later(home: Troubled) -> None:
    def strike(home: Troubled) -> None:
        rest = home.rest()
        rest._call("PATCH", "/api/v2/dags/embed_chunks", json={"is_paused": True})
        home.later(25, lambda: rest.unpause("embed_chunks"))

    assert home.disturbed_night(strike)
    home.check()


def test_a_pool_that_is_missing_is_told_by_the_doctor(home: Troubled) -> None:
    said: list[str] = []
    pool = {"slots": 1, "description": "again", "include_deferred": True}

    def strike(home: Troubled) -> None:
        rest = home.rest()
        assert "embed" in rest.pools()
        rest._http.request("DELETE", "/api/v2/pools/embed").raise_for_status()
        said.append(next(c["line"] for c in doctor(home) if c["check"] == "pools"))
        home.later(15, lambda: rest.ensure_pool("embed", pool))

    assert home.disturbed_night(strike)
    assert said == ["missing: embed; tasks that need them wait for ever"]
    home.check()


def doctor(home: Troubled) -> list[dict[str, str]]:
    """What the doctor says; it may well find something."""
    finished = subprocess.run(
        [sys.executable, "-m", "etl.cli", "doctor", "--json"],
        cwd=home.root,
        capture_output=True,
        text=True,
        check=False,
    )
    checks: list[dict[str, str]] = json.loads(finished.stdout)["checks"]
    return checks


def test_past_days_are_made_up_for_one_after_the_other_each_with_its_date(home: Troubled) -> None:
    home.add_paper()
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=2), today - timedelta(days=1)]
    ended = int(home.sql("SELECT count(*) FROM ops.run WHERE state = 'done'")[0][0])
    body = {
        "dag_id": "fetch_papers",
        "from_date": f"{days[0]}T00:00:00Z",
        "to_date": f"{days[1]}T23:00:00Z",
        "dag_run_conf": {"papers": str(home.papers)},
    }
    rest = home.rest()
    for dag_id in CHAIN:
        rest.unpause(dag_id)
    rest._call("POST", "/api/v2/backfills", json=body)
    nights = (
        "SELECT extra::jsonb->>'night', count(*) FROM asset_event "
        "WHERE extra::jsonb->>'night' < current_date::text GROUP BY 1 ORDER BY 1"
    )
    deadline = time.monotonic() + 400
    while int(home.sql("SELECT count(*) FROM ops.run WHERE state = 'done'")[0][0]) < ended + 2:
        assert time.monotonic() < deadline, home.sql(nights, "airflow")
        time.sleep(1)
    # Each of the five DAGs told the date of the night that it worked for.
    assert home.sql(nights, "airflow") == [[str(day), str(len(CHAIN))] for day in days]
    assert home.sql(
        "SELECT count(*) FROM xcom WHERE key = 'skipped' AND run_id LIKE 'backfill%'", "airflow"
    ) == [["0"]]
    home.check()


def test_a_cleared_task_of_an_old_run_changes_no_fact(home: Troubled) -> None:
    prints = (
        "SELECT (SELECT count(*) FROM core.document), (SELECT count(*) FROM core.ballot), "
        "(SELECT max(xmin::text::bigint) FROM core.ballot)"
    )
    before = home.sql(prints)
    runs = home.sql("SELECT count(*) FROM ops.run WHERE state = 'done'")
    [[run_id]] = home.sql(
        "SELECT run_id FROM dag_run WHERE dag_id = 'parse_papers' AND state = 'success' "
        "ORDER BY id LIMIT 1",
        "airflow",
    )
    body = {
        "dag_run_id": run_id,
        "dry_run": False,
        "only_failed": False,
        "reset_dag_runs": True,
    }
    home.rest()._call("POST", "/api/v2/dags/parse_papers/clearTaskInstances", json=body)
    deadline = time.monotonic() + 240
    while home.sql("SELECT count(*) FROM ops.run WHERE state = 'done'") == runs:
        assert time.monotonic() < deadline
        time.sleep(1)
    assert home.sql(prints) == before
    home.check()
