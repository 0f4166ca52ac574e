"""The plugin package under test, in the same throw-away Airflow as the DAG tests use."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "dags"))

from airflow_home import PLUGINS, environment, make_home


@pytest.fixture(scope="package", autouse=True)
def airflow_home() -> Iterator[Path]:
    """An environment in force for this folder's tests only; no metadata database is needed."""
    home = make_home()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home).items():
            patch.setenv(name, value)
        if str(PLUGINS) not in sys.path:
            patch.syspath_prepend(str(PLUGINS))
        yield home
