"""The plugin package under test, in the same throw-away Airflow as the DAG tests use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_home import airflow_in_force


@pytest.fixture(scope="module", autouse=True)
def airflow_home() -> Iterator[Path]:
    """An environment in force for a module's tests only; no metadata database is needed."""
    with airflow_in_force(has_database=False) as home:
        yield home
