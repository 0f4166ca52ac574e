"""A window is cut so that every day is walked over once and no run has too many tasks."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.fetch.corpus import Corpus
from etl.fetch.corpus_walk import CorpusWalk
from etl.fetch.memory_ledger import MemoryLedger
from tests.fakes.corpus_night import OfferList

SINCE, TODAY = date(2000, 1, 1), date(2026, 3, 1)
CORPUS = Corpus.model_validate(
    {"name": "newts", "since": SINCE, "sources": [{"kind": "arxiv", "query": "newts"}]}
)


def walk_over(count: int) -> CorpusWalk:
    sources: dict[str, Any] = {f"source{n}": OfferList() for n in range(count)}
    sources["list"] = OfferList(is_dated=False)
    return CorpusWalk(CORPUS, sources, MemoryLedger(), today=TODAY)


@given(
    st.integers(1, 8),
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
)
def test_every_day_of_a_window_is_in_one_part_of_each_source(
    count: int, one: date, other: date
) -> None:
    since, until = min(one, other), max(one, other)
    units = walk_over(count).units(since, until)
    assert len(units) <= 200 + count
    covered: dict[str, list[date]] = {}
    for unit in units:
        source, _, window = unit.partition(" ")
        first, last = (date.fromisoformat(day) for day in window.split("/"))
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        covered.setdefault(source, []).extend(days)
    first, last = max(since, SINCE), min(until, TODAY)
    expected = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert all(days == expected for days in covered.values())
    assert len(covered) == (count if expected else 0)


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (None, date(2026, 1, 5), "2000-01-01", "2026-01-05"),
        (date(2026, 2, 20), None, "2026-02-20", "2026-03-01"),
    ],
)
def test_an_open_window_goes_from_the_first_day_of_interest_to_today(
    since: date | None, until: date | None, first: str, last: str
) -> None:
    units = walk_over(1).units(since, until)
    assert units[0].split(" ")[1].startswith(first)
    assert units[-1].endswith(last)


def test_without_a_window_each_source_is_walked_over_from_its_watermark() -> None:
    assert walk_over(2).units(None, None) == ["source0", "source1", "list"]
