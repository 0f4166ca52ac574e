"""One embedded Postgres a session, one migrated template in it, one clone of that a test."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from etl.settings import DatabaseSettings
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.postgres_place import find_place
from etl.store.database import Database, open_database
from etl.store.migrate import migrate

_TEMPLATE = "florilegium_template"
_GUESTS = "florilegium_writer, florilegium_analyst"
_serial = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--crash-seeds",
        type=int,
        default=1,
        help="how many stages, chosen by seed, each kill point is tried in (tests/crash)",
    )
    parser.addoption(
        "--live",
        default=None,
        help="mail address to ask the real sources with (tests/live)",
    )
    parser.addoption(
        "--faults",
        action="store_true",
        help="disturb nights on a live stack, one fault a night (tests/e2e, a quarter of an hour)",
    )
    parser.addoption(
        "--recorded",
        default=None,
        help="folder of recorded answers of the sources (tests/unit/fetch/test_recorded.py)",
    )
    parser.addoption(
        "--corpus", default="", help="folder of hostile papers for tests/quality/test_corpus_nasty"
    )


@pytest.fixture(scope="module", autouse=True)
def no_setting_outlives_its_module() -> Iterator[None]:
    """What one module sets in the environment would reach the services that later ones start."""
    before = _settings()
    yield
    after = _settings()
    for name in after.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)
    assert after == before


def _settings() -> dict[str, str]:
    # What Airflow tells a task of itself, AIRFLOW_CTX_…, reaches nobody.
    ours = (
        "AIRFLOW__",
        "AIRFLOW_HOME",
        "AIRFLOW_CONN_",
        "FLORILEGIUM_",
        "HOME",
        "no_proxy",
        "NO_PROXY",
    )
    return {name: value for name, value in os.environ.items() if name.startswith(ours)}


@pytest.fixture(scope="session")
def recorded(request: pytest.FixtureRequest) -> Path:
    """Folder of recorded answers of the sources; the test is skipped where none is given."""
    folder: str | None = request.config.getoption("--recorded")
    if folder is None:
        pytest.skip("no folder of recorded answers: --recorded FOLDER")
    return Path(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDatabase:
    """One database of the embedded server, seen by each role."""

    __test__ = False

    postgres: EmbeddedPostgres
    name: str

    def settings(self) -> DatabaseSettings:
        """Settings of the writer and the owner, with the server's password file."""
        return DatabaseSettings(
            url=self.postgres.dsn(self.name, "florilegium_writer"),
            owner_url=self.postgres.dsn(self.name, "florilegium_owner"),
            passfile=self.postgres.passfile,
        )

    def open(self, role: str = "florilegium_writer") -> Database:
        """Open it as a role."""
        return open_database(self.settings(), url=self.postgres.dsn(self.name, role))

    def sql(self, script: str) -> list[str]:
        """Run a psql script as superuser; rows as text, fields separated by ``|``."""
        return self.postgres.run_sql(script, database=self.name).splitlines()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The server; it is stopped when the session ends."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    with server:
        # Tests kill processes, not the machine: what the server wrote is safe with the kernel.
        server.run_sql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server
    # As root the cluster lies outside the folder that pytest clears away.
    shutil.rmtree(find_place(server.home).folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> TestDatabase:
    """A migrated database that nobody connects to, so that it can be cloned."""
    postgres.create_database(_TEMPLATE, "florilegium_owner")
    made = TestDatabase(postgres=postgres, name=_TEMPLATE)
    migrate(made.open("florilegium_owner"))
    return made


@pytest.fixture(scope="session")
def clone(template: TestDatabase) -> Callable[[], TestDatabase]:
    """Make one more empty migrated database, in about a tenth of a second."""

    def make() -> TestDatabase:
        name = f"clone_{next(_serial)}"
        template.postgres.run_sql(
            f"CREATE DATABASE {name} TEMPLATE {template.name} OWNER florilegium_owner;"
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
            f"GRANT CONNECT ON DATABASE {name} TO {_GUESTS};"
        )
        return TestDatabase(postgres=template.postgres, name=name)

    return make


@pytest.fixture
def fresh(clone: Callable[[], TestDatabase]) -> TestDatabase:
    """An empty migrated database of this test's own."""
    return clone()


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """An empty folder for papers."""
    folder = tmp_path / "papers"
    folder.mkdir()
    return folder
