"""
Bring a database to the newest schema: numbered SQL files by Alembic, then all views anew.

``sql/migrations`` is the road, ``sql/schema`` the place it leads to; a test compares the two.
"""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from etl.errors import ServiceUnavailableError, UsageError
from etl.store.database import Database
from etl.store.queries import sql_folder

__all__ = [
    "MigrationResult",
    "ServerState",
    "install_views",
    "migrate",
    "needs_migration",
    "read_server",
    "run_sql_file",
]

_ROLES = ("florilegium_owner", "florilegium_writer", "florilegium_analyst")
#: pgvector before 0.8.3 could corrupt an HNSW index at vacuum (its changelog).
_MIN_PGVECTOR = (0, 8, 3)
_EXTENSION = text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
_LOCK = text("SELECT pg_advisory_xact_lock(4242002)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationResult:
    """From which revision to which; None stands for an empty database."""

    before: str | None
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """A database server as found."""

    #: As Postgres gives it, e.g. ``18.4``.
    server_version: str
    #: None where the extension is missing.
    pgvector_version: str | None
    #: True where the schema is the newest here.
    is_current: bool


def migrate(database: Database) -> MigrationResult:
    """
    Apply missing migrations and install all views, in one transaction under a lock.

    Args:
        database: Opened as the owner role.

    Raises:
        UsageError: A role or the vector extension is missing or too old, or a run is active.
        ServiceUnavailableError: The database does not answer.
    """
    with database.transaction() as connection:
        connection.execute(_LOCK)
        _check_server(connection)
        before = MigrationContext.configure(connection).get_current_revision()
        if before is not None:
            _refuse_while_running(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        # The writer may see which schema it works on: doctor and the night check it.
        connection.execute(text("GRANT SELECT ON alembic_version TO florilegium_writer"))
        install_views(connection)
        after = MigrationContext.configure(connection).get_current_revision()
    if after is None:
        raise ServiceUnavailableError("migration left no revision; look at the database log")
    return MigrationResult(before=before, after=after)


def needs_migration(database: Database) -> bool:
    """True where the database's revision is not the newest one here."""
    with database.transaction() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current != ScriptDirectory.from_config(_config()).get_current_head()


def install_views(connection: Connection) -> None:
    """Drop and recreate all views in ``out``; they hold nothing, so nothing can be lost."""
    views = connection.execute(
        text("SELECT viewname FROM pg_views WHERE schemaname = 'out' ORDER BY viewname")
    ).scalars()
    for view in views:
        # The name comes from our own schema's catalogue and is quoted as an identifier.
        connection.execute(text(f'DROP VIEW IF EXISTS out."{view}" CASCADE'))
    for path in sorted((sql_folder() / "views").glob("*.sql")):
        run_sql_file(connection, path)


def run_sql_file(connection: Connection, path: Path) -> None:
    """Run a file of statements as the driver would, without parameters."""
    connection.exec_driver_sql(path.read_text(encoding="utf-8").replace("%", "%%"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _check_server(connection: Connection) -> None:
    missing = connection.execute(
        text("SELECT r FROM unnest(CAST(:roles AS text[])) AS r WHERE to_regrole(r) IS NULL"),
        {"roles": list(_ROLES)},
    ).scalars()
    absent = list(missing)
    if absent:
        raise UsageError(f"the server has no role {', '.join(absent)}; create it as in the README")
    version = connection.execute(_EXTENSION).scalar_one_or_none()
    if version is None:
        raise UsageError("the database has no extension vector; run CREATE EXTENSION vector in it")
    if tuple(int(part) for part in version.split(".")) < _MIN_PGVECTOR:
        raise UsageError(f"pgvector {version} is too old; 0.8.3 or newer is needed")


def _refuse_while_running(connection: Connection) -> None:
    needs = MigrationContext.configure(connection).get_current_revision() != (
        ScriptDirectory.from_config(_config()).get_current_head()
    )
    running = connection.execute(
        text("SELECT run_id FROM ops.run WHERE state = 'running' AND lease_until > now()")
    ).scalar_one_or_none()
    if needs and running is not None:
        raise UsageError(f"run {running} is in progress; migrate when it has ended")


def read_server(database: Database) -> ServerState:
    """
    What ``doctor`` wants to know of a database.

    Raises:
        ServiceUnavailableError: It does not answer.
    """
    with database.transaction() as connection:
        server = str(connection.execute(text("SHOW server_version")).scalar_one())
        extension = connection.execute(_EXTENSION).scalar_one_or_none()
    return ServerState(
        server_version=server.split(maxsplit=1)[0],
        pgvector_version=extension,
        is_current=not needs_migration(database),
    )
