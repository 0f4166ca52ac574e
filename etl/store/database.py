"""One engine, short transactions, and errors that say what to do."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
from sqlalchemy import URL, Connection, Engine, Row, TextClause, create_engine, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool

from etl.errors import ServiceUnavailableError, UsageError
from etl.settings import DatabaseSettings, PagesSettings

__all__ = ["Database", "Transaction", "open_database", "open_reader", "rows_of"]

#: What stages of a night are handed to write with; they never name the driver's own type.
Transaction = Connection


class Database:
    """A Postgres database reached as one role."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: By thread: ``connection``, while it is held.
        self._held = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """
        Open one transaction; commit at the end, roll back on any error.

        Raises:
            ServiceUnavailableError: The database does not answer or went away.
        """
        with _translated(), self._begin() as connection:
            yield connection

    @contextmanager
    def rollback(self) -> Iterator[Connection]:
        """Open one transaction that never commits: to see what a change would do."""
        with self.transaction() as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """
        Hold one connection in autocommit, for session-level advisory locks.

        Raises:
            ServiceUnavailableError: The database does not answer or went away.
        """
        with _translated(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def held(self) -> Iterator[None]:
        """
        Have the transactions of this thread share one connection, one after the other.

        For work with many small ones a second: a new connection costs more than most of them,
        and its server process has to read the catalogue anew.

        Raises:
            ServiceUnavailableError: The database does not answer or went away.
        """
        with _translated(), self._engine.connect() as connection:
            self._held.connection = connection
            try:
                yield
            finally:
                self._held.connection = None

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        held: Connection | None = getattr(self._held, "connection", None)
        # A transaction within another gets a connection of its own; so does the one after a
        # loss, which has to write down what is left open.
        if held is None or held.invalidated or held.in_transaction():
            with self._engine.begin() as connection:
                yield connection
        else:
            with held.begin():
                yield held

    def read(self, statement: TextClause, **parameters: Any) -> Sequence[Row[Any]]:  # noqa: ANN401 - SQL values
        """Run one SELECT in a transaction of its own and return all its rows."""
        with self.transaction() as connection:
            return connection.execute(statement, parameters).all()

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """COPY runs on the driver's own cursor, so the driver's bare errors come here too."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise _unavailable(error.orig) from error
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise _unavailable(error) from error


def _unavailable(cause: BaseException | None) -> ServiceUnavailableError:
    words = str(cause).strip().splitlines() if cause else []
    reason = words[0] if words else "no answer"
    return ServiceUnavailableError(f"database: {reason}; run `florilegium doctor`, then run again")


def open_database(settings: DatabaseSettings, *, url: str | None = None) -> Database:
    """
    Build an engine; connects at first use.

    Args:
        settings: Where, and with which password file.
        url: Another role's URL; the writer's by default.

    Raises:
        UsageError: The URL cannot be used as it is.
    """
    options = f"-c statement_timeout={settings.statement_timeout_seconds * 1000} -c timezone=UTC"
    arguments = {"options": options, "application_name": "florilegium", "connect_timeout": 10}
    if settings.passfile is not None:
        arguments["passfile"] = str(settings.passfile.resolve())
    if settings.password is not None and url in (None, settings.url):
        arguments["password"] = settings.password.get_secret_value()
    engine = create_engine(
        _checked_url(url or settings.url),
        connect_args=arguments,
        # A night holds a connection for seconds and then works for minutes: keep none open.
        poolclass=NullPool,
    )
    return Database(engine)


def open_reader(settings: DatabaseSettings, pages: PagesSettings) -> Database:
    """
    Build an engine of the analyst role, for pages that people wait for; connects at first use.

    What it cannot do rests on missing grants; that sessions are read-only is a second lock.

    Args:
        settings: The writer's URL with another role is the reader's.
        pages: How many connections are kept, and how long a statement may take.
    """
    options = (
        f"-c statement_timeout={pages.statement_seconds * 1000} -c timezone=UTC "
        # Compiling a plan takes longer than a page; and one reader must not take every core.
        "-c default_transaction_read_only=on -c jit=off -c max_parallel_workers_per_gather=0"
    )
    arguments = {"options": options, "application_name": "florilegium pages", "connect_timeout": 5}
    if settings.passfile is not None:
        arguments["passfile"] = str(settings.passfile.resolve())
    engine = create_engine(
        _checked_url(settings.url).set(username="florilegium_analyst"),
        connect_args=arguments,
        poolclass=QueuePool,
        pool_size=pages.connections,
        max_overflow=pages.connections,
        pool_timeout=10,
        pool_pre_ping=True,
    )
    return Database(engine)


def writer_url(*, host: str, port: int | None, database: str, role: str) -> str:
    """An address of the parts that a form asks for; no password belongs into it."""
    return URL.create(
        "postgresql+psycopg2", username=role, host=host, port=port or 5432, database=database
    ).render_as_string()


def _checked_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UsageError("the database setting is no URL; see FLORILEGIUM_DATABASE__URL") from error
    # SQLAlchemy 2.1 reads a bare postgresql:// as psycopg 3, which is not what we install.
    if parsed.drivername != "postgresql+psycopg2":
        raise UsageError(f"write postgresql+psycopg2:// instead of {parsed.drivername}://")
    if parsed.password is not None:
        raise UsageError("the database URL holds a password; put it into the password file")
    return parsed


def rows_of(rows: Iterable[Row[Any]]) -> list[Mapping[str, Any]]:
    """Rows as plain mappings, for records and JSON."""
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it
