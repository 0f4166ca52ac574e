"""Views lose no column without a line in the changelog, and a new one is promised for good."""

import csv
import io
from typing import Any

import pytest

from etl.publish.dictionary import contract_csv
from etl.store.history import HistoryStore
from etl.store.queries import sql_folder

pytestmark = pytest.mark.store

_CONTRACT = sql_folder() / "contract.csv"
_CHANGELOG = sql_folder().parent / "CHANGELOG.md"


def _broken(promised: str, rows: Any, changelog: str) -> list[str]:
    """What was promised, is not there any more (or of another type), and is nowhere told."""
    there = {
        (row["object"], row["column_name"] or ""): row["type"]
        for row in rows
        if row["schema"] == "out"
    }
    lost = []
    for line in csv.DictReader(io.StringIO(promised, newline="")):
        name = f"out.{line['object']}"
        if line["column_name"]:
            name += f".{line['column_name']}"
        is_kept = there.get((line["object"], line["column_name"])) == line["type"]
        if not is_kept and f"`{name}`" not in changelog:
            lost.append(name)
    return lost


@pytest.fixture(scope="module")
def promised() -> str:
    return _CONTRACT.read_bytes().decode("utf-8")


@pytest.fixture(scope="module")
def rows(template: Any) -> Any:
    return HistoryStore(template.open()).dictionary()


def test_every_promised_column_is_there_or_told_in_the_changelog(rows: Any, promised: str) -> None:
    assert len(promised.splitlines()) > 300
    assert _broken(promised, rows, _CHANGELOG.read_text(encoding="utf-8")) == []


def test_every_column_is_promised(rows: Any, promised: str) -> None:
    assert contract_csv(rows, promised) == promised, "run `florilegium dictionary`"


def test_a_lost_a_renamed_and_a_retyped_column_are_found(fresh: Any, promised: str) -> None:
    fresh.sql(
        "ALTER VIEW out.flow RENAME COLUMN found TO seen;"
        "DROP VIEW out.run_summary; DROP FUNCTION out.release_diff(integer, integer);"
        "CREATE VIEW out.run_summary AS SELECT CAST(run_id AS text) AS run_id FROM ops.run_stage;"
    )
    rows = HistoryStore(fresh.open()).dictionary()
    broken = _broken(promised, rows, "")
    assert {"out.flow.found", "out.run_summary.run_id", "out.run_summary.stage"} <= set(broken)
    assert "out.release_diff(old_release integer, new_release integer)" in broken
    told = " ".join(f"`{name}`" for name in broken)
    assert _broken(promised, rows, told) == []


def test_a_lost_column_stays_in_the_contract(rows: Any) -> None:
    before = contract_csv(rows, "")
    without = [row for row in rows if row["column_name"] != "quote"]
    assert contract_csv(without, before) == before
    assert contract_csv(without, "") != before
