"""The server of a language model around the batches: started by a command, stopped in any case."""

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow_home import REPOSITORY
from fake_night import FakeNight

pytestmark = pytest.mark.airflow

EnterNight = Callable[..., FakeNight]
GOOD = {"done": 3, "excluded": 0, "failed": 0, "open": 0}

SERVER = """
import sys, time
from tests.standins.vllm import StandInVllm
with StandInVllm(port=int(sys.argv[1])):
    print("up", flush=True)
    time.sleep(300)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> int:
    """Settings of a server that is started for each night."""
    from etl.settings import load_settings

    number = free_port()
    command = [sys.executable, "-c", SERVER, str(number)]
    for name, value in {
        "FLORILEGIUM_LLM__URL": f"http://127.0.0.1:{number}",
        "FLORILEGIUM_LLM__MODEL": "stand-in",
        "FLORILEGIUM_LLM__SERVER_COMMAND": json.dumps(command),
        "FLORILEGIUM_LLM__SERVER_STOP_SECONDS": "2",
        "PYTHONPATH": str(REPOSITORY),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    load_settings.cache_clear()
    yield number
    load_settings.cache_clear()
    file = tmp_path / "var" / "model.json"
    if file.exists():
        os.killpg(json.loads(file.read_text())["pid"], 9)


def is_up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def results(dag_run: Any) -> dict[str, tuple[str, Any]]:
    return {
        ti.task_id: (str(ti.state), ti.xcom_pull(task_ids=ti.task_id))
        for ti in dag_run.get_task_instances()
        if ti.task_id in ("start_model", "stop_model")
    }


class Watching(FakeNight):
    """Looks at the server while a batch works."""

    port = 0
    seen: bool | None = None

    def work(self, batch_id: int, *, on_item: Callable[[], None] | None = None) -> dict[str, int]:
        type(self).seen = is_up(self.port)
        return super().work(batch_id, on_item=on_item)


def enter_watching(monkeypatch: pytest.MonkeyPatch, port: int, **wishes: Any) -> Watching:
    night = Watching(**wishes)
    Watching.port, Watching.seen = port, None
    monkeypatch.setitem(sys.modules, "etl.wiring", night.as_module())
    return night


def test_the_server_is_up_while_batches_work_and_gone_afterwards(
    bag: Any, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    enter_watching(monkeypatch, port, batches={"answer": [GOOD]})
    dag_run = bag.dags["answer_questions"].test()
    assert str(dag_run.state) == "success"
    assert results(dag_run) == {
        "start_model": ("success", "started"),
        "stop_model": ("success", "stopped"),
    }
    assert Watching.seen is True
    assert not is_up(port)


@pytest.mark.usefixtures("hurry")
def test_a_batch_that_fails_does_not_leave_the_server_running(
    bag: Any, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    enter_watching(monkeypatch, port, batches={"answer": [GOOD]}, broken=frozenset({400}))
    dag_run = bag.dags["answer_questions"].test()
    assert str(dag_run.state) == "failed"
    assert results(dag_run)["stop_model"] == ("success", "stopped")
    assert not is_up(port)


def test_a_night_with_nothing_to_ask_starts_no_server(
    bag: Any, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    enter_watching(monkeypatch, port, batches={"answer": [GOOD]}, is_model_due=False)
    dag_run = bag.dags["answer_questions"].test()
    assert str(dag_run.state) == "success"
    assert results(dag_run)["start_model"] == ("success", "not needed")
    assert results(dag_run)["stop_model"] == ("success", "none")
    assert Watching.seen is False


def test_without_a_command_both_tasks_do_nothing(bag: Any, enter_night: EnterNight) -> None:
    enter_night(batches={"answer": [GOOD]})
    dag_run = bag.dags["answer_questions"].test()
    assert results(dag_run) == {
        "start_model": ("success", "none"),
        "stop_model": ("success", "none"),
    }
