"""The whole stack for real: up, every component killed, down, and nothing left."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from etl.errors import ServiceUnavailableError
from etl.stack.lifecycle import StartOptions, bring_down, bring_up
from etl.stack.network import HOST
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.rest import unhealthy_components
from etl.stack.state import ComponentState, Phase, StackState, load_state

pytestmark = [pytest.mark.airflow, pytest.mark.e2e]

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackPaths]:
    made = StackPaths(tmp_path_factory.mktemp("project"))
    made.dags.mkdir()
    made.plugins.mkdir()
    yield made
    bring_down(made, lambda _: None)
    EmbeddedPostgres(made.home).discard()
    shutil.rmtree(made.home)


@pytest.fixture
def stack(paths: StackPaths) -> StackState:
    return bring_up(paths, StartOptions(prepares=False), lambda _: None)


def now(paths: StackPaths) -> StackState:
    state = load_state(paths)
    assert state is not None
    return state


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.2)


def processes_of(paths: StackPaths) -> list[str]:
    """Everything alive that names this stack's folder or works in it."""
    found = []
    for each in psutil.process_iter(["cmdline", "cwd", "pid"]):
        words = " ".join([*(each.info["cmdline"] or ()), each.info["cwd"] or ""])
        if str(paths.root) in words and each.pid != os.getpid():
            found.append(words)
    return found


def test_a_second_start_finds_everything_running(paths: StackPaths, stack: StackState) -> None:
    again = bring_up(paths, StartOptions(prepares=False), lambda _: None)
    assert (again.pid, again.web_port) == (stack.pid, stack.web_port)
    assert {each.state for each in again.components.values()} == {"running"}
    assert set(again.components) == {"postgres", *COMPONENTS}


def test_a_second_supervisor_of_the_same_home_ends_at_once(
    paths: StackPaths, stack: StackState
) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "etl.stack.supervisor", "--root", str(paths.root), "--bare"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode != 0
    assert "another supervisor holds" in second.stderr
    assert now(paths).pid == stack.pid


@pytest.mark.parametrize("name", ["postgres", "scheduler", "api-server"])
def test_what_is_killed_is_started_again_and_healthy(
    paths: StackPaths, stack: StackState, name: str
) -> None:
    before = stack.components[name]
    killed_at = time.time()
    os.kill(before.pid or 0, signal.SIGKILL)

    def is_back() -> bool:
        current: ComponentState = now(paths).components[name]
        return current.restarts > before.restarts and current.state == "running"

    wait_for(is_back)
    address = f"http://{HOST}:{stack.web_port}"
    wait_for(lambda: not unhealthy_components(address, since=killed_at))
    assert now(paths).phase is Phase.READY


def test_no_secret_stands_in_a_command_line_or_a_log(paths: StackPaths, stack: StackState) -> None:
    secrets = [
        *json.loads(paths.secrets.read_text()).values(),
        *json.loads(paths.passwords.read_text()).values(),
        *(line.split(":")[4] for line in paths.passfile.read_text().splitlines()),
    ]
    seen = processes_of(paths) + [log.read_text() for log in paths.logs.glob("*.log")]
    assert stack.pid
    assert len(seen) > 5
    assert not [secret for secret in secrets if any(secret in text for text in seen)]


def test_a_killed_supervisor_leaves_nothing_that_the_next_start_would_meet(
    paths: StackPaths, stack: StackState
) -> None:
    os.kill(stack.pid, signal.SIGKILL)
    wait_for(lambda: not now(paths).is_supervised)
    old = stack.components["scheduler"].pid or 0
    renewed = bring_up(paths, StartOptions(prepares=False), lambda _: None)
    assert renewed.pid != stack.pid
    assert renewed.web_port == stack.web_port
    assert not psutil.pid_exists(old)


def test_down_leaves_no_process_and_says_so(paths: StackPaths, stack: StackState) -> None:
    assert stack.is_supervised
    assert bring_down(paths, lambda _: None)
    assert processes_of(paths) == []
    assert now(paths).phase is Phase.STOPPED
    assert not bring_down(paths, lambda _: None)


def test_a_start_that_fails_names_component_and_log_and_undoes_itself(
    paths: StackPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_down(paths, lambda _: None)
    monkeypatch.setenv("AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS", "no.such.module")
    with pytest.raises(ServiceUnavailableError, match=r"Airflow.* see .*/var/logs/.*\.log: \S"):
        bring_up(paths, StartOptions(prepares=False), lambda _: None)
    assert processes_of(paths) == []
    assert now(paths).phase is Phase.FAILED
