"""The environment of the stack's programs: what Airflow and the stages are told, in one place."""

import os
from collections.abc import Mapping
from types import MappingProxyType

from etl.stack.broker import broker_url
from etl.stack.credentials import USERS, Credentials
from etl.stack.network import HOST
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.workers import QUEUES

__all__ = ["airflow_environment", "etl_environment", "inherited_environment"]


#: What a user may set otherwise, by the same variable.
_CUSTOMS = {
    # Each worker holds about 150 MB; the work itself is bound by the cores (default 32).
    "AIRFLOW__CORE__PARALLELISM": "4",
    # A task outlives the default token (airflow issue 67939): one day.
    "AIRFLOW__EXECUTION_API__JWT_EXPIRATION_TIME": "86400",
    # Three missed heartbeats kill a healthy task while the API server restarts (PR 73244).
    "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
    # A task that was handed to a worker that died is handed out again (default 600 s).
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "180",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "30",
    # A new DAG file is noticed within half a minute (default 300 s), and so is a changed one; to
    # read the others again as often (default 30 s) took a twentieth of a core.
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
}

#: The same for every stack.
_HOUSE_RULES = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__AUTH_MANAGER": (
        "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
    ),
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
        f"{user}:{role}" for user, role in USERS.items()
    ),
    "AIRFLOW__API__HOST": HOST,
    "AIRFLOW__API__WORKERS": "1",
}


def inherited_environment() -> dict[str, str]:
    """What this program was given, to be passed on whole; no setting is read from it here."""
    return dict(os.environ)  # noqa: TID251 - handed to children unread


def etl_environment(paths: StackPaths, postgres: EmbeddedPostgres) -> dict[str, str]:
    """What ``etl.settings`` reads from ``var/florilegium.env``: addresses, no secrets."""
    return {
        "FLORILEGIUM_DATABASE__URL": postgres.dsn("florilegium", "florilegium_writer"),
        "FLORILEGIUM_DATABASE__OWNER_URL": postgres.dsn("florilegium", "florilegium_owner"),
        "FLORILEGIUM_DATABASE__PASSFILE": str(postgres.passfile),
        "FLORILEGIUM_STORE__URI": str(paths.home / "store"),
        "FLORILEGIUM_STACK__AIRFLOW_DATABASE_URL": postgres.dsn("airflow", "airflow"),
        "FLORILEGIUM_PUBLISH__REPORTS": str(paths.home / "reports"),
    }


def airflow_environment(
    paths: StackPaths,
    credentials: Credentials,
    postgres: EmbeddedPostgres,
    *,
    web_port: int,
    broker_port: int | None = None,
    given: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """
    Settings of Airflow's components.

    Args:
        paths: Where things are.
        credentials: Keys; they travel in the environment, never in an argument or a log.
        postgres: The started server.
        web_port: Port of the API server.
        broker_port: Port of the Redis that Celery workers listen to; None: no such workers.
        given: What the user has set; of our customs, his own win.

    Returns:
        Environment variables to add to the inherited ones.
    """
    base_url = f"http://{HOST}:{web_port}"
    metadata = postgres.dsn("airflow", "airflow")
    customs = {name: given.get(name, value) for name, value in _CUSTOMS.items()}
    return (
        customs
        | _HOUSE_RULES
        | _past_the_proxy(given)
        | _executor(credentials, metadata, broker_port)
        | {
            "AIRFLOW_HOME": str(paths.airflow),
            "PGPASSFILE": str(postgres.passfile),
            "AIRFLOW__CORE__DAGS_FOLDER": str(paths.dags),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(paths.plugins),
            "AIRFLOW__CORE__FERNET_KEY": credentials.fernet_key,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{base_url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(paths.passwords),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
            # Set explicitly: Airflow would derive it, and from 3.4 derives another driver.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": metadata.replace("+psycopg2", "+asyncpg"),
            "AIRFLOW__API__PORT": str(web_port),
            "AIRFLOW__API__BASE_URL": base_url,
            "AIRFLOW__API__SECRET_KEY": credentials.api_secret,
            "AIRFLOW__API_AUTH__JWT_SECRET": credentials.jwt_secret,
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(paths.logs / "tasks"),
        }
    )


def _past_the_proxy(given: Mapping[str, str]) -> dict[str, str]:
    """Our own servers are reached without a proxy; so are those that the user has named."""
    own = given.get("no_proxy") or given.get("NO_PROXY")
    hosts = ",".join(filter(None, (own, HOST, "localhost")))
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def _executor(credentials: Credentials, metadata: str, broker_port: int | None) -> dict[str, str]:
    if broker_port is None:
        return {"AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CELERY__BROKER_URL": broker_url(
            port=broker_port, password=credentials.broker_password
        ),
        # Set explicitly: derived, it would take another driver where psycopg 3 is installed.
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{metadata}",
        # No task runs longer than an hour; Redis gives a lost one out again after a day.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "86400",
        "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
        # Tasks that name no queue (other people's DAGs) go where a worker listens.
        "AIRFLOW__OPERATORS__DEFAULT_QUEUE": QUEUES[0],
    }
