"""The analyst reads stable views and nothing else; the writer makes no table."""

import time
from typing import Any

import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from etl.stack.postgres_roles import END_LONG_READS

pytestmark = pytest.mark.store

_VIEWS = "SELECT format('%I.%I', schemaname, viewname) FROM pg_views WHERE schemaname = 'out'"
_HIDDEN = (
    "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname IN ('core', 'ops') AND c.relkind IN ('r', 'v')"
)
_ATTEMPTS = [
    "CREATE TABLE out.mine (a integer)",
    "CREATE TABLE public.mine (a integer)",
    "CREATE TABLE core.mine (a integer)",
    "CREATE SCHEMA mine",
    "DROP VIEW out.answers",
    "TRUNCATE core.work",
    "ALTER TABLE core.work ADD COLUMN more text",
    "CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "DROP TRIGGER evidence_is_source_slice ON core.evidence",
    "ALTER TABLE core.evidence DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "COPY core.work TO PROGRAM 'cat'",
    "CREATE EXTENSION dblink",
]


def _refused(database: Any, role: str, statement: str) -> str:
    """The server's words where it refuses the statement, else an empty text."""
    with database.open(role)._engine.connect() as connection:
        try:
            # A session may lift its own default; what refuses has to be a missing grant.
            connection.execute(text("SET TRANSACTION READ WRITE"))
            connection.execute(text(statement))
        except DBAPIError as error:
            return str(error.orig)
        finally:
            connection.rollback()
    return ""


def test_the_analyst_reads_every_view_of_out(template: Any) -> None:
    views = template.sql(_VIEWS)
    assert len(views) >= 10
    analyst = template.open("florilegium_analyst")
    for view in views:
        analyst.read(text(f"SELECT * FROM {view} LIMIT 1"))  # noqa: S608 - from the catalogue


def test_the_analyst_sees_nothing_below(template: Any) -> None:
    hidden = template.sql(_HIDDEN)
    assert len(hidden) > 25
    for relation in hidden:
        words = _refused(template, "florilegium_analyst", f"SELECT * FROM {relation} LIMIT 1")  # noqa: S608 - names of ours
        assert "permission denied for schema" in words, relation


@pytest.mark.parametrize(
    "statement",
    [
        *_ATTEMPTS,
        "INSERT INTO core.work VALUES (1, 'x')",
        "DELETE FROM out.catalogue",
        "UPDATE out.catalogue SET catalogue = 'mine'",
        "SELECT core.refuse_foreign_quote()",
    ],
)
def test_the_analyst_can_change_nothing(template: Any, statement: str) -> None:
    assert _refused(template, "florilegium_analyst", statement)


@pytest.mark.parametrize("statement", _ATTEMPTS)
def test_the_writer_has_no_ddl(template: Any, statement: str) -> None:
    assert _refused(template, "florilegium_writer", statement)


def test_the_writer_writes_rows(template: Any) -> None:
    assert not _refused(template, "florilegium_writer", "INSERT INTO core.work VALUES (1, 'x')")


def test_no_function_lends_the_analyst_another_s_rights(template: Any) -> None:
    lent = (
        "SELECT oid::regprocedure FROM pg_proc WHERE prosecdef "
        "AND has_function_privilege('florilegium_analyst', oid, 'EXECUTE')"
    )
    assert template.sql(lent) == []
    probe = "CREATE FUNCTION out.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
    assert template.sql(f"BEGIN; {probe} {lent}; ROLLBACK;") == ['"out".f()']


def _connect_plainly(database: Any) -> Any:
    """As psql, pandas or Metabase connect; our own engine asks for a timeout of its own."""
    address = database.postgres.dsn(database.name, "florilegium_analyst")
    return psycopg2.connect(
        address.replace("+psycopg2", ""), passfile=str(database.postgres.passfile)
    )


def test_the_analyst_s_session_starts_with_limits(template: Any) -> None:
    connection = _connect_plainly(template)
    cursor = connection.cursor()
    told = []
    for name in ("statement_timeout", "default_transaction_read_only", "temp_file_limit"):
        cursor.execute(f"SHOW {name}")
        told += cursor.fetchone()
    connection.close()
    assert told == ["1min", "on", "4GB"]
    assert template.sql(
        "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'florilegium_analyst'"
    ) == ["40"]


@pytest.mark.parametrize(
    "statement",
    [
        "SET temp_file_limit = -1",
        "ALTER ROLE florilegium_analyst SET temp_file_limit = -1",
        "ALTER ROLE florilegium_analyst CONNECTION LIMIT -1",
        "SELECT ops.end_long_reads(0)",
    ],
)
def test_an_analyst_cannot_lift_what_holds_for_all_sessions(template: Any, statement: str) -> None:
    words = _refused(template, "florilegium_analyst", statement)
    assert "permission denied" in words or "must be" in words


def _ended(database: Any, role: str, max_seconds: int) -> int:
    rows = database.open(role).read(
        text("SELECT ops.end_long_reads(:seconds) AS n"), seconds=max_seconds
    )
    return int(rows[0].n)


def test_what_runs_too_long_is_ended_whatever_the_analyst_set_for_himself(fresh: Any) -> None:
    connection = _connect_plainly(fresh)
    cursor = connection.cursor()
    cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
    cursor.execute("SELECT count(*) FROM out.answers")
    time.sleep(1.1)
    assert _ended(fresh, "florilegium_writer", 600) == 0, "a young transaction is left alone"
    assert _ended(fresh, "florilegium_writer", 1) == 1
    with pytest.raises(psycopg2.OperationalError):
        cursor.execute("SELECT 1")
    connection.close()


def test_the_local_stack_ends_long_reads_before_and_after_the_schema_is_there(
    template: Any, postgres: Any
) -> None:
    assert template.sql(END_LONG_READS) == []
    postgres.run_sql("DROP DATABASE IF EXISTS unmigrated")
    postgres.create_database("unmigrated", "florilegium_owner")
    assert postgres.run_sql(END_LONG_READS, database="unmigrated") == ""


def test_airflow_s_role_does_not_get_in(template: Any) -> None:
    with pytest.raises(Exception, match="permission denied for database"):
        template.open("airflow").read(text("SELECT 1"))
