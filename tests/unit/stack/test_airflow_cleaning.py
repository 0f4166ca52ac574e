"""What Airflow's own cleaning is told, from a terminal and from a task; a stand-in is told it."""

import json
from pathlib import Path

import pytest

from etl.errors import ServiceUnavailableError
from etl.settings import DatabaseSettings, Settings, StackSettings
from etl.stack.airflow_setup import clean_airflow
from etl.stack.paths import StackPaths

ADDRESS = "postgresql+psycopg2://airflow@127.0.0.1:5433/airflow"

#: Writes down how it was started; ends as Airflow does where a table cannot be cleaned.
STAND_IN = """
import json, os, sys
told = {"arguments": sys.argv[1:], "environment": dict(os.environ)}
open(os.environ["TOLD"], "w").write(json.dumps(told))
if "FULL" in os.environ and "--error-on-cleanup-failure" in sys.argv:
    raise RuntimeError("errors on: ['dag_version']\\n(Background on this error at: somewhere)")
"""


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "airflow").mkdir()
    (tmp_path / "airflow" / "__init__.py").touch()
    (tmp_path / "airflow" / "__main__.py").write_text(STAND_IN)
    return {"PYTHONPATH": str(tmp_path), "TOLD": str(tmp_path / "told.json")}


def settings(tmp_path: Path, address: str | None = ADDRESS) -> Settings:
    return Settings(
        database=DatabaseSettings(passfile=tmp_path / "pgpass"),
        stack=StackSettings(airflow_database_url=address),
    )


def told(given: dict[str, str]) -> dict[str, str]:
    environment: dict[str, str] = json.loads(Path(given["TOLD"]).read_text())["environment"]
    return environment


def test_from_a_terminal_it_is_told_the_database_its_password_and_its_home(
    tmp_path: Path, given: dict[str, str]
) -> None:
    paths = StackPaths(tmp_path)
    assert clean_airflow(settings(tmp_path), given, paths)
    assert told(given)["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == ADDRESS
    assert told(given)["PGPASSFILE"] == str(tmp_path / "pgpass")
    assert told(given)["AIRFLOW_HOME"] == str(paths.airflow)


def test_in_a_task_its_own_home_and_password_file_win(
    tmp_path: Path, given: dict[str, str]
) -> None:
    own = {"AIRFLOW_HOME": "/opt/airflow", "PGPASSFILE": "/run/pgpass"}
    assert clean_airflow(settings(tmp_path), given | own, StackPaths(tmp_path))
    assert {name: told(given)[name] for name in own} == own


def test_a_table_that_cannot_be_cleaned_is_no_success(
    tmp_path: Path, given: dict[str, str]
) -> None:
    with pytest.raises(ServiceUnavailableError, match="dag_version"):
        clean_airflow(settings(tmp_path), given | {"FULL": "1"}, StackPaths(tmp_path))


def test_without_an_address_nothing_is_done(tmp_path: Path, given: dict[str, str]) -> None:
    assert not clean_airflow(settings(tmp_path, None), given, StackPaths(tmp_path))
    assert not Path(given["TOLD"]).exists()
