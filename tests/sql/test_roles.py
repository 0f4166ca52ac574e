"""The analyst reads stable views and nothing else; the writer makes no table."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

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


def test_airflow_s_role_does_not_get_in(template: Any) -> None:
    with pytest.raises(Exception, match="permission denied for database"):
        template.open("airflow").read(text("SELECT 1"))
