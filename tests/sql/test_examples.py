"""The worked analyses run as an analyst would run them, and find what is there."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.store.queries import sql_folder

pytestmark = pytest.mark.store

_EXAMPLES = sorted((sql_folder() / "examples").glob("*.sql"))


def _rows(database: Any, name: str) -> list[dict[str, Any]]:
    path = next(path for path in _EXAMPLES if path.stem.startswith(name))
    statement = path.read_text(encoding="utf-8").replace(":", "\\:").replace("\\:\\:", "::")
    analyst = database.open("florilegium_analyst")
    return [dict(row._mapping) for row in analyst.read(text(statement))]


def test_there_are_ten() -> None:
    assert len(_EXAMPLES) == 10


@pytest.mark.parametrize("path", _EXAMPLES, ids=[path.stem for path in _EXAMPLES])
def test_an_example_says_its_question_and_grain_and_finds_rows(
    typed_night: Any, path: Path
) -> None:
    words = path.read_text(encoding="utf-8")
    assert re.match(r"-- [A-Z][^\n]*\?\n-- Grain: \w+", words)
    assert set(re.findall(r"\b(?:FROM|JOIN) (?:core|ops)\.", words)) == set()
    assert len(_rows(typed_night, path.stem)) > 0


def test_frameworks_are_counted_once_a_paper(typed_night: Any) -> None:
    rows = _rows(typed_night, "01")
    assert [(row["year"], row["framework"], row["paper_count"]) for row in rows] == [
        (2024, "Keras", 2),
        (2024, "PyTorch", 2),
    ]


def test_code_sharing_is_a_share_of_the_papers_that_could_be_read(typed_night: Any) -> None:
    (row,) = _rows(typed_night, "02")
    assert (row["venue"], row["paper_count"], row["with_code_count"]) == ("Samples", 2, 1)
    assert float(row["raw_share"]) == 0.5


def test_the_month_s_changes_are_those_of_its_releases(typed_night: Any) -> None:
    rows = _rows(typed_night, "03")
    by_cause = Counter[str]()
    for row in rows:
        by_cause[row["cause"]] += row["answer_count"]
    told = typed_night.sql("SELECT cause || '=' || count(*) FROM out.changes GROUP BY cause")
    assert {f"{cause}={count}" for cause, count in by_cause.items()} == set(told)
    edited = [row for row in rows if row["cause"] == "question_version" and row["old_state"]]
    changed = [row for row in edited if row["new_state"] in ("answered", "not_reported")]
    assert sum(row["answer_count"] for row in changed) == 2, "two papers, one edited question"
    typed_night.sql("UPDATE core.release SET published_at = published_at - interval '40 days'")
    try:
        assert _rows(typed_night, "03") == []
    finally:
        typed_night.sql("UPDATE core.release SET published_at = published_at + interval '40 days'")


def test_the_paper_without_code_is_named(typed_night: Any) -> None:
    assert [row["paper"] for row in _rows(typed_night, "04")] == ["paper1.txt"]


def test_numbers_keep_their_units(typed_night: Any) -> None:
    rows = {(row["hardware"], row["unit"]): row for row in _rows(typed_night, "06")}
    assert rows["GPU", "GB"]["median_number"] == 24.0
    assert rows["CPU", None]["median_number"] == 2.0


def test_metrics_of_every_paper_have_no_lift(typed_night: Any) -> None:
    (row,) = _rows(typed_night, "07")
    assert (row["one"], row["other"], float(row["lift"])) == ("accuracy", "recall", 1.0)


def test_papers_that_could_not_be_read_come_with_what_to_do(typed_night: Any) -> None:
    rows = {row["paper"]: row for row in _rows(typed_night, "08")}
    assert set(rows) == {"broken.txt", "garbled.txt"}
    assert rows["broken.txt"]["next_step"]


def test_one_answerer_is_never_at_odds_with_its_own_decisions(typed_night: Any) -> None:
    (row,) = _rows(typed_night, "05")
    assert (row["answerer"], row["vote_count"], float(row["disagreement"])) == ("fake/1", 2, 0.0)


def test_an_uncorrected_share_says_why_it_is(typed_night: Any) -> None:
    rows = _rows(typed_night, "10")
    assert [(row["year"], row["answered_count"], float(row["raw_share"])) for row in rows] == [
        (None, 2, 0.5),
        (2024, 2, 0.5),
    ]
    assert all(row["corrected_share"] is None and row["correction_reason"] for row in rows)
