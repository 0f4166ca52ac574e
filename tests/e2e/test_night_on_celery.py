"""The same DAGs on Celery: a Redis and two workers, one of which is killed in mid-night."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.sessions import end_sessions
from etl.stack.state import ComponentState, load_state
from tests.e2e.home import Home, clear_away

PAPERS = 5
QUESTIONS = 28
#: One paper a task, so that a stage has several; a dead worker is missed within half a minute.
SETTINGS = {
    "FLORILEGIUM_STACK__EXECUTOR": "celery",
    "FLORILEGIUM_STACK__WORKERS": "2",
    "FLORILEGIUM_NIGHT__PAPERS_PER_BATCH__PARSE": "1",
    # What answers is another test's matter; the models of the others take half of the time.
    "FLORILEGIUM_ANSWER__ANSWERERS": '["rule"]',
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
}

pytestmark = [pytest.mark.e2e, pytest.mark.airflow, pytest.mark.timeout(900)]


class Disturbed(Home):
    """A night on Celery in which the worker that holds a parse task is killed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        #: The worker that was killed, its state before, and the map indexes it held.
        self.victim = ""
        self.before = ComponentState(state="")
        self.held: set[int] = set()

    def run(self) -> None:
        """Start the night, kill once, and wait for the night's end."""
        command = [sys.executable, "-m", "etl.cli", "night", "--json"]
        with subprocess.Popen(
            command, cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as night:
            try:
                self._wait(lambda: night.poll() is not None or self._is_at_work())
                with self._parses_held():
                    self._wait(lambda: night.poll() is not None or self._find_victim())
                    assert night.poll() is None, night.communicate()[1][-3000:]
                    end_sessions([(self.before.pid or 0, self.before.created)], grace_seconds=0)
                said, error = night.communicate(timeout=400)
            finally:
                night.kill()
        assert night.returncode == 0, said[-3000:] + error[-3000:]
        self.night = json.loads(said)

    @contextmanager
    def _parses_held(self) -> Iterator[None]:
        """Let no document be stored meanwhile: a parse task lives long enough to be found."""
        postgres = EmbeddedPostgres(self.root / "var")
        engine = create_engine(
            postgres.dsn("florilegium", "florilegium_owner"),
            poolclass=NullPool,
            connect_args={"passfile": str(postgres.passfile)},
        )
        with engine.begin() as connection:
            connection.execute(text("LOCK TABLE core.document IN SHARE MODE"))
            yield

    def workers(self) -> dict[str, ComponentState]:
        """Worker by name, as the supervisor tells it."""
        state = load_state(StackPaths(self.root))
        components = {} if state is None else state.components
        return {name: each for name, each in components.items() if name.startswith("worker-")}

    def _is_at_work(self) -> bool:
        """Whether there are workers, our tables, and Airflow's."""
        if not self.workers():
            return False
        found = self.sql("SELECT to_regclass('public.task_instance') IS NOT NULL", "airflow")
        return found == [["t"]]

    def _find_victim(self) -> bool:
        """Look for a worker that runs a parse task right now."""
        running = self.sql(
            "SELECT pid, map_index FROM task_instance WHERE dag_id = 'parse_papers' "
            "AND task_id = 'parse' AND state = 'running' AND pid IS NOT NULL",
            "airflow",
        )
        for name, worker in self.workers().items():
            children = _family(worker.pid or 0)
            held = {int(index) for pid, index in running if int(pid) in children}
            if held:
                self.victim, self.before, self.held = name, worker, held
                return True
        return False

    @staticmethod
    def _wait(condition: Callable[[], bool], seconds: float = 300) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited {seconds} s in vain"
            time.sleep(0.1)


def _family(pid: int) -> set[int]:
    try:
        return {each.pid for each in psutil.Process(pid).children(recursive=True)}
    except psutil.Error:
        return set()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disturbed]:
    if shutil.which("redis-server") is None:
        if os.environ.get("CI") == "true":  # noqa: TID251 - how a test knows that it must run
            pytest.fail("CI must test Celery: install redis-server")
        pytest.skip("redis-server is not installed")
    root = tmp_path_factory.mktemp("celery")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        try:
            made = Disturbed(root)
            made.run()
            yield made
        finally:
            clear_away(root)


def test_the_night_ends_well_though_a_worker_was_killed(home: Disturbed) -> None:
    assert home.night["is_success"]
    assert home.held
    assert home.sql("SELECT state FROM ops.run") == [["done"]]
    # What it held was tried again, and nothing else of the stage failed.
    tries = {
        int(index): int(number)
        for index, number in home.sql(
            "SELECT map_index, try_number FROM task_instance "
            "WHERE dag_id = 'parse_papers' AND task_id = 'parse'",
            "airflow",
        )
    }
    assert all(tries[index] >= 2 for index in home.held)
    assert len(tries) == PAPERS


def test_nothing_is_lost(home: Disturbed) -> None:
    assert home.sql("SELECT count(*), count(DISTINCT work_id) FROM out.answers") == [
        [str(PAPERS * QUESTIONS), str(PAPERS)]
    ]
    assert home.sql("SELECT count(*) FROM out.failures") == [["0"]]
    assert home.sql("SELECT count(*) FROM ops.due") == [["0"]]
    assert home.sql("SELECT found, answered, open FROM out.flow") == [[str(PAPERS), "5", "0"]]


def test_nothing_is_there_twice(home: Disturbed) -> None:
    for table, key in (
        ("core.document", "full_text_id, parser_id"),
        ("core.ballot", "document_id, question_version_id, answerer_id"),
        ("core.decision", "work_id, question_version_id"),
        ("ops.item", "stage, subject_id, recipe_id"),
    ):
        twice = f"SELECT count(*) FROM (SELECT FROM {table} GROUP BY {key} HAVING count(*) > 1) x"  # noqa: S608 - names from above
        assert home.sql(twice) == [["0"]], table


def test_both_workers_worked_and_the_killed_one_is_back(home: Disturbed) -> None:
    assert home.workers()[home.victim].restarts >= 1
    assert {each.state for each in home.workers().values()} == {"running"}
    for name in home.workers():
        log = (home.root / "var" / "logs" / f"{name}.log").read_text()
        assert "Executing workload in Celery" in log, name


def test_tasks_wait_in_the_queue_that_their_stage_is_made_for(home: Disturbed) -> None:
    queues = {
        (task, queue)
        for task, queue in home.sql(
            "SELECT DISTINCT dag_id || '.' || task_id, queue FROM task_instance", "airflow"
        )
    }
    assert {
        ("fetch_papers.plan", "fetch"),
        ("fetch_papers.fetch", "fetch"),
        ("parse_papers.parse", "cpu"),
        ("embed_chunks.embed", "gpu"),
        ("answer_questions.answer", "gpu"),
        ("publish_results.publish", "cpu"),
    } <= queues
    assert {queue for _, queue in queues} == {"cpu", "gpu", "fetch"}


def test_the_queue_is_locked_and_its_password_stands_in_no_log(home: Disturbed) -> None:
    paths = StackPaths(home.root)
    password = json.loads(paths.secrets.read_text())["broker_password"]
    state = load_state(paths)
    assert state is not None
    asked = subprocess.run(
        ["redis-cli", "-p", str(state.broker_port), "PING"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "NOAUTH" in asked.stdout
    assert (paths.broker / "redis.conf").stat().st_mode & 0o077 == 0
    logs = [log.read_text(errors="replace") for log in paths.logs.rglob("*.log")]
    assert len(logs) > PAPERS
    assert not [log for log in logs if password in log]
