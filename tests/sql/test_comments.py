"""Whoever opens the database finds a word on every object, and the grain of every row."""

import pytest

pytestmark = pytest.mark.store

_BARE_COLUMNS = """
SELECT format('%s.%s.%s', n.nspname, c.relname, a.attname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('core', 'ops', 'out') AND c.relkind IN ('r', 'p', 'v', 'm')
  AND coalesce(col_description(c.oid, a.attnum), '') = '' ORDER BY 1
"""
_RELATIONS = """
SELECT format('%s.%s|%s', n.nspname, c.relname, replace(obj_description(c.oid), '|', '/'))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'ops', 'out') AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY 1
"""
_BARE_FUNCTIONS = """
SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('core', 'ops', 'out') AND coalesce(obj_description(p.oid), '') = '' ORDER BY 1
"""
_SCHEMAS = """
SELECT nspname || '|' || coalesce(obj_description(oid), '') FROM pg_namespace
WHERE nspname IN ('core', 'ops', 'out') ORDER BY 1
"""


def test_every_column_has_a_comment(template) -> None:  # type: ignore[no-untyped-def]
    assert template.sql(_BARE_COLUMNS) == []
    probe = "ALTER TABLE core.work ADD COLUMN bare text;"
    found = template.sql(f"BEGIN; {probe} {_BARE_COLUMNS}; ROLLBACK;")
    assert found == ["core.work.bare"], "the question itself must be able to find one"


def test_every_table_and_view_has_a_comment_with_its_grain(template) -> None:  # type: ignore[no-untyped-def]
    relations = dict(line.split("|", 1) for line in template.sql(_RELATIONS))
    assert len(relations) > 35
    assert [name for name, comment in relations.items() if "Grain:" not in comment] == []


def test_every_function_and_schema_has_a_comment(template) -> None:  # type: ignore[no-untyped-def]
    assert template.sql(_BARE_FUNCTIONS) == []
    schemas = dict(line.split("|", 1) for line in template.sql(_SCHEMAS))
    assert sorted(schemas) == ["core", "ops", "out"]
    assert all(schemas.values())


def test_the_views_promised_to_analysts_are_there(template) -> None:  # type: ignore[no-untyped-def]
    views = set(template.sql("SELECT viewname FROM pg_views WHERE schemaname = 'out'"))
    promised = {
        "papers", "answers", "ballots", "evidence", "changes", "failures", "flow", "run_summary",
        "catalogue", "health",
    }  # fmt: skip
    assert promised <= views
