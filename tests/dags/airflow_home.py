"""A throw-away Airflow for tests: SQLite, our dags and plugins, nothing of the machine's own."""

import tempfile
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DAGS = REPOSITORY / "dags"
PLUGINS = REPOSITORY / "plugins"


@cache
def make_home() -> Path:
    """One folder a process: Airflow reads its home once, at its first import."""
    return Path(tempfile.mkdtemp(prefix="florilegium-airflow-"))


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
