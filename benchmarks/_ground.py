"""What the database benchmarks stand on: a server of their own, CPU of both sides, one table."""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from etl.settings import DatabaseSettings
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.postgres_place import find_place
from etl.store.database import Database, open_database
from etl.store.migrate import migrate

__all__ = ["Figure", "Ground", "Meter", "compare", "open_ground", "print_figures"]

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure beside its baseline and its bar."""

    name: str
    figure: str
    baseline: str
    #: Compared with the bound.
    ratio: float
    #: ``>=`` or ``<=``.
    sense: str
    bound: float

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.bound if self.sense == ">=" else self.ratio <= self.bound


def print_figures(figures: Sequence[Figure]) -> int:
    """Print the table; 0 where every bar is met, else 1."""
    print(f"{'figure':<44}{'ours':>16}{'baseline':>16}{'ratio':>9}{'bar':>9}")
    for item in figures:
        bound = f"{item.sense} {item.bound:g}"
        print(
            f"{item.name:<44}{item.figure:>16}{item.baseline:>16}{item.ratio:>9.3g}{bound:>9}"
            f"  {'met' if item.is_met else 'MISSED'}"
        )
    return 0 if all(item.is_met for item in figures) else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A migrated database on a server of its own."""

    settings: DatabaseSettings
    postgres: EmbeddedPostgres

    def open_one_connection(self, role: str = "florilegium_writer") -> tuple[Database, int]:
        """The database over a single lasting connection, and the id of its server process."""
        arguments = {"passfile": str(self.settings.passfile), "connect_timeout": 10}
        url = self.postgres.dsn("bench", role)
        engine = create_engine(url, connect_args=arguments, poolclass=StaticPool)
        database = Database(engine)
        with database.transaction() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        return database, int(pid)

    def sql(self, script: str) -> list[str]:
        """Run a script as superuser."""
        return self.postgres.run_sql(script, database="bench").splitlines()


@contextmanager
def open_ground() -> Iterator[Ground]:
    """Start a server in a temporary folder, migrate a database, stop it at the end."""
    home = Path(tempfile.mkdtemp(prefix="florilegium-bench-"))
    postgres = EmbeddedPostgres(home)
    with postgres:
        postgres.create_database("bench", "florilegium_owner")
        settings = DatabaseSettings(
            url=postgres.dsn("bench", "florilegium_writer"),
            owner_url=postgres.dsn("bench", "florilegium_owner"),
            passfile=postgres.passfile,
        )
        migrate(open_database(settings, url=settings.owner_url))
        yield Ground(settings=settings, postgres=postgres)
    # As root the cluster may lie outside of its home.
    for folder in (find_place(home).folder, home):
        shutil.rmtree(folder, ignore_errors=True)


class Meter:
    """
    CPU seconds of this process and one server process.

    Args:
        pid: The server process; ticks of 10 ms, so measure a second or more.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def seconds(self, work: Callable[[], object]) -> float:
        """CPU seconds of both sides while *work* runs."""
        server, client = self._server(), time.process_time()
        work()
        return time.process_time() - client + self._server() - server

    def _server(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def compare(
    meter: Meter, contenders: Sequence[Callable[[], object]], *, rounds: int = 3
) -> list[float]:
    """Run all in turn, after one warm-up, and give the median seconds of each."""
    for contender in contenders:
        contender()
    seconds: list[list[float]] = [[] for _ in contenders]
    for _ in range(rounds):
        for index, contender in enumerate(contenders):
            seconds[index].append(meter.seconds(contender))
    return [statistics.median(row) for row in seconds]
