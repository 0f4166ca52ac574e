"""Fourteen nights with faults bring exactly what was published, within every limit."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from etl.fetch.guard import Limits
from etl.fetch.http_gate import DEFAULT_RULE
from etl.fetch.sources.europe_pmc import EuropePmc
from etl.fetch.sources.oai_pmh import OaiPmh
from etl.intake import HostRule
from etl.store.quota import PostgresGate
from tests.fakes.corpus_night import CorpusNight
from tests.fakes.tiny_night import TinyNight
from tests.standins.literature import Literature
from tests.standins.sources import StandInSources

pytestmark = pytest.mark.store

NIGHTS = 14
RATE = 40.0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--crash-seeds")))


@pytest.fixture
def server() -> Iterator[StandInSources]:
    stand_in = StandInSources()
    stand_in.limit("/", rate=RATE, concurrency=2)
    with stand_in.running() as running:
        yield running


def corpus_over(tiny: TinyNight, server: StandInSources) -> CorpusNight:
    """The sources of the literature behind the gate in Postgres; times are real."""
    gate = PostgresGate(
        tiny.open(),
        {"127.0.0.1": HostRule(rate=RATE, concurrency=2)},
        default=DEFAULT_RULE,
        slot_seconds=60,
    )
    limits = Limits(attempts=4, pause_seconds=(0.01, 0.05), idle_seconds=5)
    night = CorpusNight(tiny, server, gate=gate, limits=limits, sleeps=True)
    client = night.client()
    night.sources = {
        "europe_pmc:x": EuropePmc(client, "newts", base=server.url("/epmc")),
        "oai_pmh:y": OaiPmh(client, server.url("/oai")),
    }
    return night


def texts(tiny: TinyNight) -> list[str]:
    """Which papers' bytes are in the store, one entry a file."""
    found = []
    for path in tiny.store.rglob("*.xml"):
        words = path.read_text().split(" for ")[1].split(".")[0]
        found.append(words)
    return sorted(found)


def test_fourteen_nights_with_faults_bring_exactly_what_was_published(
    tiny: TinyNight, server: StandInSources, seed: int
) -> None:
    literature = Literature(server, seed=seed, fault_share=0.05, has_web_pages=True)
    corpus = corpus_over(tiny, server)
    for night in range(1, NIGHTS + 1):
        literature.grow(night, corpus.today)
        literature.has_web_pages = night < NIGHTS
        if night not in (5, 6):  # two nights the machine is off
            corpus.run(("fetch",))
        corpus.next_day()
    assert literature.fault_count > 0
    places = tiny.rows("SELECT DISTINCT locator FROM core.location")
    assert {place for (place,) in places} == literature.expected()
    assert texts(tiny) == sorted(literature.contents())
    assert server.violations == []
    # Both copies of a paper are versions of one work, and nothing is a work twice.
    works = tiny.one("SELECT count(DISTINCT work_id) FROM core.full_text")
    assert works == len(literature.told)

    # The same night again: sources are asked, no byte of a paper is.
    literature.fault_share = 0.0
    server.requests.clear()
    run_id = corpus.run(("fetch",))
    assert set(server.count()) <= {"/epmc/search", "/oai"}
    assert set(corpus.outcomes(run_id)) <= {"known", "duplicate"}


def test_a_walk_over_a_past_window_moves_no_watermark_and_is_not_doubled(
    tiny: TinyNight, server: StandInSources
) -> None:
    literature = Literature(server)
    corpus = corpus_over(tiny, server)
    for night in range(1, 4):
        literature.grow(night, corpus.today)
        corpus.next_day()
    corpus.run(("fetch",))
    marks = tiny.rows("SELECT source, watermark FROM ops.walk WHERE backfill = '' ORDER BY 1")
    known = len(literature.told)
    # Records that turn up long before the overlap: only a backfill finds them.
    old = corpus.corpus().since
    for number in range(known + 1, known + 8):
        literature.add(number, old)
    corpus.run(("fetch",))
    assert tiny.one("SELECT count(*) FROM core.location") < len(literature.expected())
    night = corpus.build()
    units = night.walk_units("newts.yaml", since=old, until=old + timedelta(days=40))
    assert len(units) == 4, "two sources, two months"
    for unit in units:
        assert night.walk("newts.yaml", unit).stopped is None
    run_id = corpus.run(("fetch",), is_walked=True, maximum=3)
    assert corpus.outcomes(run_id)["new"] == 3
    corpus.run(("fetch",))
    assert {row[0] for row in tiny.rows("SELECT locator FROM core.location")} == (
        literature.expected()
    )
    after = tiny.rows("SELECT source, watermark FROM ops.walk WHERE backfill = '' ORDER BY 1")
    assert after == marks
    assert server.violations == []


def test_a_window_cut_in_the_middle_goes_on_there(tiny: TinyNight, server: StandInSources) -> None:
    literature = Literature(server)
    corpus = corpus_over(tiny, server)
    for number in range(1, 12):
        literature.add(number, corpus.today)
    corpus.policy = {"max_pages": 1}
    night = corpus.build()
    (unit,) = (
        u for u in night.walk_units("newts.yaml", since=corpus.today, until=corpus.today)
        if u.startswith("europe")
    )  # fmt: skip
    assert "after 1 pages" in str(night.walk("newts.yaml", unit).stopped)
    corpus.policy = {}
    server.requests.clear()
    assert night.walk("newts.yaml", unit).pages == 2
    assert "cursorMark=4" in server.requests[0][1]
