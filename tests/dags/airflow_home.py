"""A throw-away Airflow for tests: SQLite, our dags and plugins, nothing of the machine's own."""

import atexit
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DAGS = REPOSITORY / "dags"
PLUGINS = REPOSITORY / "plugins"


@cache
def make_home() -> Path:
    """One folder a process, gone with it: Airflow reads its home once, at its first import."""
    home = Path(tempfile.mkdtemp(prefix="florilegium-airflow-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


@contextmanager
def airflow_in_force(*, has_database: bool = True) -> Iterator[Path]:
    """
    That Airflow's environment, taken back at the end: no later test may inherit it.

    To be entered by a fixture of a module: pytest keeps one of a package to the end of all tests
    where the folder is no Python package.
    """
    home = make_home()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home).items():
            patch.setenv(name, value)
        if str(PLUGINS) not in sys.path:
            patch.syspath_prepend(str(PLUGINS))
        if has_database:
            _make_database()
        yield home


@cache
def _make_database() -> None:
    from airflow.utils.db import initdb

    initdb()


def environment(home: Path) -> dict[str, str]:
    """The settings of that Airflow, to be in force before its first import."""
    return {
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": "0" * 64,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        # Python reads the small letters first.
        "no_proxy": "127.0.0.1,localhost",
        "NO_PROXY": "127.0.0.1,localhost",
    }
