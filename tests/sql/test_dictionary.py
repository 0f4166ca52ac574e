"""The dictionary says what the database says, and a stale one is found."""

import csv
import io
from typing import Any

import pytest

from etl.errors import UsageError
from etl.publish.dictionary import dictionary_csv, dictionary_markdown
from etl.store.history import HistoryStore
from etl.store.queries import sql_folder

pytestmark = pytest.mark.store

_HOW = "stale: run `florilegium dictionary` against a migrated database"


@pytest.fixture(scope="module")
def rows(template: Any) -> Any:
    return HistoryStore(template.open()).dictionary()


def _stored(name: str) -> str:
    return (sql_folder() / name).read_bytes().decode("utf-8")


def test_the_page_is_fresh(rows: Any) -> None:
    assert dictionary_markdown(rows) == _stored("README.md"), _HOW


def test_the_table_is_fresh(rows: Any) -> None:
    assert dictionary_csv(rows) == _stored("dictionary.csv"), _HOW


def test_one_changed_comment_makes_both_stale(fresh: Any) -> None:
    fresh.sql("COMMENT ON COLUMN out.answers.paper IS 'Another word.'")
    changed = HistoryStore(fresh.open()).dictionary()
    assert dictionary_markdown(changed) != _stored("README.md")
    assert dictionary_csv(changed) != _stored("dictionary.csv")


def test_a_new_view_makes_it_stale(fresh: Any) -> None:
    before = dictionary_csv(HistoryStore(fresh.open()).dictionary())
    fresh.sql("CREATE VIEW out.more AS SELECT 1 AS one; COMMENT ON VIEW out.more IS 'Grain: one.';")
    with pytest.raises(UsageError, match=r"out\.more\.one"):
        dictionary_csv(HistoryStore(fresh.open()).dictionary())
    fresh.sql("COMMENT ON COLUMN out.more.one IS 'One.'")
    assert dictionary_csv(HistoryStore(fresh.open()).dictionary()) != before


def test_a_catalogue_does_not_make_it_stale(rows: Any, typed_night: Any) -> None:
    assert dictionary_csv(HistoryStore(typed_night.open()).dictionary()) == dictionary_csv(rows)


def test_every_object_and_column_is_in_the_table(rows: Any, template: Any) -> None:
    read = list(csv.DictReader(io.StringIO(dictionary_csv(rows), newline="")))
    views = {row["object"] for row in read if row["schema"] == "out" and row["kind"] == "view"}
    assert views == set(
        template.sql("SELECT viewname FROM pg_views WHERE schemaname = 'out' ORDER BY 1")
    )
    assert all(row["comment"] for row in read)


def test_the_page_shows_every_view_of_analysts_and_no_table_below(rows: Any) -> None:
    page = dictionary_markdown(rows)
    assert "### out.answers\n" in page
    assert "### out.answers_asof(moment timestamp with time zone)\n" in page
    assert "### core." not in page
