"""The road (migrations) leads to the place (schema), and a second time it leads nowhere else."""

import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from etl.errors import UsageError
from etl.stack.postgres import EmbeddedPostgres
from etl.store.database import Database
from etl.store.migrate import install_views, migrate, needs_migration, run_sql_file
from etl.store.queries import sql_folder
from tests.fakes.tiny_night import TinyNight

pytestmark = pytest.mark.store


def _dump(database: Any) -> list[str]:
    """The schema as pg_dump tells it, without what differs between any two dumps."""
    postgres: EmbeddedPostgres = database.postgres
    finished = subprocess.run(
        [
            str(postgres._where().programs / "pg_dump"),
            *("-s", "-w", "-h", "127.0.0.1", "-p", str(postgres.port)),
            *("-U", "postgres", "-d", database.name),
            *("-n", "core", "-n", "ops", "-n", "out"),
        ],
        env={"PGPASSFILE": str(postgres.passfile), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    noise = re.compile(r"^(--|\\restrict|\\unrestrict|$)")
    return [line for line in finished.stdout.splitlines() if not noise.match(line)]


@pytest.fixture
def bare(postgres: EmbeddedPostgres, template: Any) -> Any:
    """A database with nothing but the extension."""
    name = "bare"
    postgres.run_sql(f"DROP DATABASE IF EXISTS {name}")
    postgres.create_database(name, "florilegium_owner")
    return type(template)(postgres=postgres, name=name)


def _owner(database: Any) -> Database:
    opened: Database = database.open("florilegium_owner")
    return opened


def test_all_migrations_make_the_schema_of_the_schema_files(bare: Any, template: Any) -> None:
    with _owner(bare).transaction() as connection:
        for path in sorted((sql_folder() / "schema").glob("*.sql")):
            run_sql_file(connection, path)
        install_views(connection)
    made, wanted = _dump(template), _dump(bare)
    assert len(wanted) > 500
    assert made == wanted


def test_migrating_again_changes_nothing(fresh: Any) -> None:
    before = _dump(fresh)
    result = migrate(_owner(fresh))
    assert result.before == result.after
    assert _dump(fresh) == before
    assert not needs_migration(_owner(fresh))


def test_migrating_an_empty_database_tells_where_it_came_from(bare: Any) -> None:
    assert needs_migration(_owner(bare))
    result = migrate(_owner(bare))
    assert result.before is None
    assert result.after


def test_a_migration_that_breaks_leaves_the_database_as_it_was(
    bare: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for folder in ("migrations", "views"):
        (tmp_path / folder).mkdir()
        for path in (sql_folder() / folder).glob("*.sql"):
            (tmp_path / folder / path.name).write_text(path.read_text())
    (tmp_path / "views" / "99_broken.sql").write_text("CREATE VIEW out.broken AS SELECT nothing;")
    monkeypatch.setattr("etl.store.migrate.sql_folder", lambda: tmp_path)
    with pytest.raises(ProgrammingError, match="nothing"):
        migrate(_owner(bare))
    assert bare.sql("SELECT nspname FROM pg_namespace WHERE nspname IN ('core', 'ops')") == []
    assert needs_migration(_owner(bare))


def test_views_are_made_anew_without_losing_the_analyst_s_right(
    clone: Callable[[], Any],
) -> None:
    database = clone()
    database.sql("DROP VIEW out.changes;")
    migrate(_owner(database))
    seen = database.open("florilegium_analyst")
    assert seen.read(text("SELECT count(*) FROM out.changes"))[0][0] == 0


def test_a_database_without_the_extension_is_a_wrong_use(
    postgres: EmbeddedPostgres, bare: Any
) -> None:
    bare.sql("DROP EXTENSION vector")
    with pytest.raises(UsageError, match="no extension vector"):
        migrate(_owner(bare))
    assert postgres.is_running()


def test_a_living_run_is_not_migrated_under_its_feet(fresh: Any, tmp_path: Any) -> None:
    tiny = TinyNight(database=fresh.settings(), store=tmp_path)
    tiny.load()
    with tiny.begun(None):
        assert migrate(_owner(fresh)).before is not None, "nothing to migrate: nothing to refuse"
        fresh.sql("UPDATE alembic_version SET version_num = 'older'")
        with pytest.raises(Exception, match=r"in progress|older"):
            migrate(_owner(fresh))
