"""What has to be right in Airflow before a night can run: its tables and its pools."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from etl.errors import ServiceUnavailableError
from etl.settings import Settings
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.private_file import read_json, write_private

__all__ = ["airflow_components", "clean_airflow", "declared_pools", "is_migrated", "note_migrated"]


def airflow_components(web_port: int) -> Mapping[str, tuple[str, ...]]:
    """Command of each component, in the order they start."""
    airflow = (sys.executable, "-m", "airflow")
    return {
        "api-server": (*airflow, "api-server", "--port", str(web_port)),
        # Without their log servers: those listen on all interfaces and cost 300 MB.
        "scheduler": (*airflow, "scheduler", "--skip-serve-logs"),
        "dag-processor": (*airflow, "dag-processor"),
        "triggerer": (*airflow, "triggerer", "--skip-serve-logs"),
    }


def is_migrated(paths: StackPaths, postgres: EmbeddedPostgres) -> bool:
    """
    True where the metadata tables are those of the installed Airflow.

    Asked of the database and not of Airflow: importing that costs 3 s each time.
    """
    known = read_json(paths.airflow / "migrated.json")
    return known == {"airflow": version("apache-airflow"), "revision": _revision(postgres)}


def note_migrated(paths: StackPaths, postgres: EmbeddedPostgres) -> None:
    """Remember which Airflow migrated the tables, and to which revision."""
    note = {"airflow": version("apache-airflow"), "revision": _revision(postgres)}
    write_private(paths.airflow / "migrated.json", json.dumps(note) + "\n")


def clean_airflow(settings: Settings, environment: Mapping[str, str], paths: StackPaths) -> bool:
    """
    Delete old runs, events and logs from Airflow's own database; the newest of each DAG stays.

    Airflow's command does it, told the address anew: a task is not let near that database.

    Args:
        settings: Address and how long things are kept.
        environment: What to start the command with.
        paths: Where Airflow's home is, unless the environment names it.

    Returns:
        False where no address is set, so that nothing was done.

    Raises:
        ServiceUnavailableError: The command failed or left a table as it was; its last line is
            named.
    """
    if settings.stack.airflow_database_url is None:
        return False
    before = datetime.now(UTC) - timedelta(days=settings.stack.airflow_keep_days)
    # Without the first, a table that cannot be cleaned is a warning and exit code 0.
    options = ("--error-on-cleanup-failure", "--skip-archive", "--yes", "--clean-before-timestamp")
    # A terminal knows neither; Airflow would make a home in that of the user.
    here = {"AIRFLOW_HOME": str(paths.airflow)}
    if settings.database.passfile is not None:
        here["PGPASSFILE"] = str(settings.database.passfile)
    finished = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "clean", *options, before.isoformat()],
        env={
            **here,
            **environment,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": settings.stack.airflow_database_url,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        said = (finished.stderr.strip() or finished.stdout.strip()).splitlines()
        # SQLAlchemy ends with where to read about an error, not with the error.
        lines = [line for line in said if line.strip() and not line.startswith("(Background")]
        raise ServiceUnavailableError(f"airflow db clean failed: {''.join(lines[-1:])[-300:]}")
    return True


def declared_pools(
    paths: StackPaths, environment: Mapping[str, str]
) -> Mapping[str, Mapping[str, object]]:
    """
    The pools that the project's plugin declares, by name; none where it has no plugin.

    The declaration is run and not imported: the library knows nothing of the plugin.

    Raises:
        ServiceUnavailableError: The declaration does not run.
    """
    if not (paths.plugins / "florilegium_airflow" / "pools.py").exists():
        return {}
    finished = subprocess.run(
        [sys.executable, "-m", "florilegium_airflow.pools"],
        cwd=paths.plugins,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        pools: Mapping[str, Mapping[str, object]] = json.loads(finished.stdout)
    except ValueError as error:
        raise ServiceUnavailableError(
            f"the plugin's pools cannot be read: {finished.stderr.strip()[-300:]}"
        ) from error
    return pools


def _revision(postgres: EmbeddedPostgres) -> str:
    """Alembic's revision of the metadata database; empty before the first migration."""
    table = postgres.run_sql("SELECT to_regclass('public.alembic_version')", database="airflow")
    if not table:
        return ""
    return postgres.run_sql("SELECT version_num FROM public.alembic_version", database="airflow")
