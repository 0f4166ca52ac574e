"""A model's server that is started by the first who asks and stopped by the last."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from etl.errors import ServiceUnavailableError, UsageError
from etl.llm.alive import is_alive
from etl.settings import LlmSettings
from etl.stack.model_server import ModelServer
from etl.stack.paths import StackPaths

ROOT = Path(__file__).parents[3]
STAND_IN = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from tests.standins.vllm import StandInVllm
with StandInVllm(port=int(sys.argv[1])):
    time.sleep(300)
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def server(tmp_path: Path, url: str | None, code: str, *arguments: object, **changes: Any) -> Any:
    command = (sys.executable, "-c", code, *map(str, arguments))
    settings = LlmSettings(
        **{
            "url": url,
            "model": "stand-in",
            "server_command": command,
            "server_start_seconds": 30.0,
            "server_stop_seconds": 2.0,
            **changes,
        }
    )
    return ModelServer(StackPaths(tmp_path), settings)


@pytest.fixture
def made(tmp_path: Path, url: str, port: int) -> Iterator[Any]:
    built = server(tmp_path, url, STAND_IN, port)
    yield built
    for holder in ("a", "b"):
        built.stop(holder)


def test_the_first_starts_it_and_the_last_stops_it(made: Any, url: str) -> None:
    assert not is_alive(url)
    assert made.start("a") == "started"
    assert is_alive(url)
    assert made.start("b") == "shared"
    assert made.start("a") == "shared"
    assert made.stop("a") == "shared"
    assert is_alive(url)
    assert made.stop("b") == "stopped"
    assert not is_alive(url)
    assert made.stop("b") == "none"


def test_another_process_can_stop_it(made: Any, tmp_path: Path, url: str, port: int) -> None:
    made.start("a")
    assert server(tmp_path, url, STAND_IN, port).stop("a") == "stopped"
    assert not is_alive(url)


def test_held_stops_it_after_an_error_too(made: Any, url: str) -> None:
    def work() -> None:
        with made.held("a"):
            assert is_alive(url)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert not is_alive(url)


def test_a_permanent_server_is_left_alone(tmp_path: Path, made: Any, url: str, port: int) -> None:
    made.start("a")
    other = server(tmp_path / "other", url, STAND_IN, port)
    assert other.start("b") == "found"
    assert other.stop("b") == "none"
    assert is_alive(url)


def test_one_that_ends_while_it_starts_is_reported_with_its_last_words(
    tmp_path: Path, url: str
) -> None:
    broken = server(tmp_path, url, "import sys; sys.exit('no such model: 7B')")
    with pytest.raises(ServiceUnavailableError, match="no such model: 7B"):
        broken.start("a")
    assert broken.stop("a") == "none"


def test_one_that_is_never_healthy_is_stopped_again(tmp_path: Path, url: str) -> None:
    slow = server(tmp_path, url, "import time; time.sleep(60)", server_start_seconds=0.5)
    with pytest.raises(ServiceUnavailableError, match="not healthy within"):
        slow.start("a")
    assert not (tmp_path / "var" / "model.json").exists()


def test_one_that_died_is_started_anew_for_whoever_still_asks(made: Any, tmp_path: Path) -> None:
    made.start("a")
    pid = json.loads((tmp_path / "var" / "model.json").read_text())["pid"]
    os.killpg(pid, 9)
    os.waitpid(pid, 0)
    assert made.start("b") == "started"


def test_it_is_not_stopped_from_another_machine(made: Any, tmp_path: Path) -> None:
    made.start("a")
    file = tmp_path / "var" / "model.json"
    text = file.read_text()
    file.write_text(json.dumps({**json.loads(text), "host": "elsewhere"}))
    with pytest.raises(ServiceUnavailableError, match="elsewhere"):
        made.stop("a")
    file.write_text(text)


def test_it_needs_an_address_and_the_name_of_its_model(tmp_path: Path, url: str) -> None:
    for broken in (server(tmp_path, None, ""), server(tmp_path, url, "", model=None)):
        with pytest.raises(UsageError, match="FLORILEGIUM_LLM__MODEL"):
            broken.start("a")


def test_without_a_command_nothing_is_done(tmp_path: Path, url: str) -> None:
    permanent = server(tmp_path, url, "", server_command=())
    assert not permanent.is_configured
    with permanent.held("a"):
        assert not (tmp_path / "var").exists()
