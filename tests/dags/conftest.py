"""Airflow is imported inside fixtures only, after its environment is set."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow_home import DAGS, airflow_in_force
from fake_night import FakeNight


@pytest.fixture(scope="module")
def airflow_home() -> Iterator[Path]:
    """An Airflow with an empty metadata database, in force for a module's tests only."""
    with airflow_in_force() as home:
        yield home


@pytest.fixture(scope="module")
def bag(airflow_home: Path) -> Any:  # noqa: ARG001  (Airflow reads its environment at import)
    """
    All DAGs of the folder; their deadlines are set aside in ``bag.deadlines``.

    ``DAG.test()`` of Airflow 3.3.2 looks a deadline up by its whole description instead of its
    id and breaks there, after the last task; the scheduler itself does it right.
    """
    from airflow.dag_processing.dagbag import DagBag

    bag: Any = DagBag(dag_folder=str(DAGS))
    bag.deadlines = {dag_id: dag.deadline for dag_id, dag in bag.dags.items()}
    for dag in bag.dags.values():
        dag.deadline = []
    return bag


@pytest.fixture
def enter_night(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeNight]:
    """Put a fake night behind the plugin's door."""

    def enter(**wishes: Any) -> FakeNight:
        night = FakeNight(**wishes)
        monkeypatch.setitem(sys.modules, "etl.wiring", night.as_module())
        return night

    return enter


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """
    What one test sets in the environment is not what the next one finds.

    Nor is what ``make run`` wrote in this checkout: a DAG under test must never reach the
    services that a person has running.
    """
    monkeypatch.chdir(tmp_path)
    from etl.settings import load_settings
    from florilegium_airflow.wiring import load_library_settings

    def forget() -> None:
        load_settings.cache_clear()
        load_library_settings.cache_clear()

    forget()
    yield
    forget()


@pytest.fixture
def hurry(bag: Any) -> Any:
    """Retries without their pauses; what the pauses are is tested in tests/plugins."""
    from florilegium_airflow.outcomes import KindRetryPolicy

    nothing = timedelta(0)
    policy = KindRetryPolicy(first_pause=nothing, bug_pause=nothing)
    tasks = [task for dag in bag.dags.values() for task in dag.tasks]
    former = [task.retry_policy for task in tasks]
    for task in tasks:
        task.retry_policy = policy
    yield
    for task, retry_policy in zip(tasks, former, strict=True):
        task.retry_policy = retry_policy
