"""What a stack with Celery workers is made of, before anything is started."""

import shutil
from pathlib import Path

import pytest

from etl.errors import ServiceUnavailableError
from etl.settings import StackSettings
from etl.stack.broker import broker_command
from etl.stack.credentials import ensure_credentials
from etl.stack.environment import airflow_environment
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.workers import QUEUES, worker_components

PLUGINS = Path(__file__).parents[3] / "plugins"


@pytest.fixture
def paths(tmp_path: Path) -> StackPaths:
    made = StackPaths(tmp_path / "a folder's name")
    made.home.mkdir(parents=True)
    return made


def environment(paths: StackPaths, **more: object) -> dict[str, str]:
    postgres = EmbeddedPostgres(paths.home)
    postgres._port = 5999
    return airflow_environment(paths, ensure_credentials(paths), postgres, web_port=8080, **more)


def test_without_a_broker_tasks_run_in_the_scheduler(paths: StackPaths) -> None:
    told = environment(paths)
    assert told["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert not [name for name in told if "CELERY" in name]


def test_with_a_broker_its_password_is_in_the_environment_alone(paths: StackPaths) -> None:
    told = environment(paths, broker_port=6400)
    password = ensure_credentials(paths).broker_password
    assert told["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert told["AIRFLOW__CELERY__BROKER_URL"] == f"redis://:{password}@127.0.0.1:6400/0"
    assert told["AIRFLOW__CELERY__RESULT_BACKEND"].startswith("db+postgresql+psycopg2://airflow@")
    assert password not in str(worker_components(StackSettings()))


def test_customs_yield_to_the_user_and_house_rules_do_not(paths: StackPaths) -> None:
    given = {"AIRFLOW__CORE__PARALLELISM": "32", "AIRFLOW__API__HOST": "0.0.0.0"}  # noqa: S104
    told = environment(paths, given=given)
    assert told["AIRFLOW__CORE__PARALLELISM"] == "32"
    assert told["AIRFLOW__API__HOST"] == "127.0.0.1"


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_our_own_servers_need_no_proxy_and_neither_do_those_of_the_user(
    paths: StackPaths, name: str
) -> None:
    told = environment(paths, given={name: "grobid.example.org"})
    assert told["no_proxy"] == told["NO_PROXY"] == "grobid.example.org,127.0.0.1,localhost"
    assert environment(paths)["no_proxy"] == "127.0.0.1,localhost"


def test_each_worker_takes_from_every_queue_under_a_name_of_its_own() -> None:
    found = worker_components(StackSettings(workers=3, worker_slots=4))
    assert list(found) == ["worker-1", "worker-2", "worker-3"]
    for name, command in found.items():
        assert command[command.index("--celery-hostname") + 1] == name
        assert command[command.index("--queues") + 1] == ",".join(QUEUES)
        assert command[command.index("--concurrency") + 1] == "4"


def test_the_queues_of_the_workers_are_those_of_the_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGINS))
    from florilegium_airflow.queues import DEFAULT_QUEUE, STAGE_QUEUES  # noqa: PLC0415

    assert {DEFAULT_QUEUE, *STAGE_QUEUES.values()} == set(QUEUES)


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_the_broker_s_password_is_in_a_file_of_its_own_and_in_no_argument(
    paths: StackPaths,
) -> None:
    command = broker_command(paths, port=6400, password="not-shown")  # noqa: S106
    assert "not-shown" not in " ".join(command)
    file = Path(command[-1])
    assert "requirepass not-shown" in file.read_text()
    assert "bind 127.0.0.1" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_a_machine_without_redis_is_told_what_to_install(
    paths: StackPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(ServiceUnavailableError, match="apt install redis-server"):
        broker_command(paths, port=6400, password="x")  # noqa: S106
