"""A night over a corpus: papers arrive once, with their names and rights, and limits are kept."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from etl.fetch.corpus import Corpus
from etl.fetch.corpus_source import CorpusSource
from etl.fetch.guard import GuardedClient, Limits
from etl.fetch.http_gate import DEFAULT_RULE
from etl.fetch.sources.europe_pmc import EuropePmc
from etl.intake import HostRule
from etl.night.night import STAGE_ORDER, Night
from etl.store.quota import PostgresGate
from etl.store.watermarks import WalkStore
from tests.fakes.tiny_night import TinyNight, core_digest, make_paper
from tests.standins.sources import LoopbackOnly, Reply, StandInSources

pytestmark = pytest.mark.store

TODAY = date(2026, 3, 2)
LICENCES = ("cc by", "cc by-nc", None, "cc0", "cc by", "cc by")
RATE = 200.0


@pytest.fixture
def server() -> Iterator[StandInSources]:
    rows: list[dict[str, Any]] = []
    stand_in = StandInSources()
    for number, licence in enumerate(LICENCES):
        row = {
            "id": str(number),
            "source": "MED",
            "title": f"Newts {number}",
            "pmcid": f"PMC{number:04d}",
            "pmid": str(number),
            "doi": f"10.1234/{number}",
            "isOpenAccess": "Y",
            "license": licence,
        }
        rows.append(row)
        body = f"<article><body><p>Counting newts in pond {number}.</p></body></article>"
        stand_in.serve(f"/PMC{number:04d}/fullTextXML", Reply(body=body.encode()))
    answer = {"hitCount": len(rows), "resultList": {"result": rows}}
    stand_in.serve("/search", Reply(body=json.dumps(answer).encode()))
    with stand_in.running() as running:
        yield running


def _night(tiny: TinyNight, server: StandInSources) -> Night:
    """The night of the wiring, with the stand-in for the public internet."""
    corpus = Corpus.model_validate(
        {
            "name": "newts",
            "since": "2026-03-01",
            "licences": {"allow": ["CC-BY", "CC0-1.0"]},
            "sources": [{"kind": "europe_pmc", "query": "newts"}],
        }
    )

    def open_source(_papers: str) -> CorpusSource:
        gate = PostgresGate(
            tiny.open(),
            {"127.0.0.1": HostRule(rate=RATE, concurrency=2)},
            default=DEFAULT_RULE,
            slot_seconds=60,
        )
        client = GuardedClient(
            gate,
            policy=LoopbackOnly(server.port),
            limits=Limits(attempts=2, pause_seconds=(0, 0)),
        )
        search = EuropePmc(client, "newts", base=server.url(""))
        return CorpusSource(
            corpus, lambda: {"europe_pmc:x": search}, WalkStore(tiny.open()), client, today=TODAY
        )

    night = tiny.build()
    night._desk = replace(night._desk, open_source=open_source)
    return night


def _run(tiny: TinyNight, server: StandInSources, stages: tuple[str, ...] = STAGE_ORDER) -> int:
    night = _night(tiny, server)
    run_id = night.begin(kind="cli", trigger="test", papers="newts.yaml")
    with night.hold(run_id):
        for stage in stages:
            tiny.stage(night, run_id, stage)
        night.finish(run_id)
    return run_id


def test_a_night_takes_what_the_policy_allows_and_says_why_the_rest_stays_out(
    tiny: TinyNight, server: StandInSources
) -> None:
    run_id = _run(tiny, server)
    ends = dict(
        tiny.rows(
            "SELECT outcome, count(*) FROM ops.sighting WHERE run_id = :r GROUP BY 1", r=run_id
        )
    )
    assert ends == {"new": 4, "excluded": 2}
    codes = tiny.rows("SELECT DISTINCT code FROM ops.failure WHERE run_id = :r", r=run_id)
    assert ("licence",) in codes
    fetched = [path for path in server.count() if "fullTextXML" in path]
    assert len(fetched) == 4
    assert not {"/PMC0001/fullTextXML", "/PMC0002/fullTextXML"} & set(fetched)


def test_names_and_rights_are_kept_with_each_version(
    tiny: TinyNight, server: StandInSources
) -> None:
    _run(tiny, server, ("fetch",))
    rights = tiny.rows(
        "SELECT licence_spdx, tdm_basis, policy FROM core.rights ORDER BY licence_spdx"
    )
    assert [row[0] for row in rights] == ["CC-BY-4.0"] * 3 + ["CC0-1.0"]
    assert rights[0][1:] == ("cc", "newts: CC-BY-4.0 is allowed")
    schemes = dict(tiny.rows("SELECT scheme, count(*) FROM core.identifier GROUP BY scheme"))
    assert schemes == {"doi": 4, "pmid": 4, "pmcid": 4}


def test_a_second_night_downloads_nothing_and_changes_no_fact(
    tiny: TinyNight, server: StandInSources
) -> None:
    _run(tiny, server)
    before = core_digest(tiny.open(), with_writes=True)
    server.requests.clear()
    _run(tiny, server)
    assert set(server.count()) == {"/search"}
    assert core_digest(tiny.open(), with_writes=True) == before


def test_the_watermark_stands_at_the_last_day_and_the_ledger_knows_each_request(
    tiny: TinyNight, server: StandInSources
) -> None:
    _run(tiny, server, ("fetch",))
    walk = tiny.rows("SELECT watermark, window_from, next_cursor, page_count FROM ops.walk")
    assert walk == [(TODAY, None, None, 1)]
    asked = tiny.one("SELECT sum(ok + limited + failed) FROM ops.host_usage")
    assert asked == len(server.requests) == 5
    assert tiny.one("SELECT count(*) FROM ops.host_slot") == 0
    assert min(server.gaps()) >= 0.9 / RATE


def test_a_paper_whose_transfer_breaks_fails_with_its_reason_and_comes_the_next_night(
    tiny: TinyNight, server: StandInSources
) -> None:
    server.break_next("/PMC0000/fullTextXML", *[Reply(reset=True)] * 2)
    server.break_next("/PMC0004/fullTextXML", Reply(body=b"<html><body/></html>"))
    run_id = _run(tiny, server, ("fetch",))
    codes = tiny.rows(
        "SELECT code FROM ops.failure WHERE run_id = :r AND NOT is_exclusion ORDER BY code",
        r=run_id,
    )
    assert codes == [("html_page",), ("incomplete",)]
    _run(tiny, server, ("fetch",))
    assert tiny.one("SELECT count(*) FROM core.full_text") == 4


def test_ten_thousand_known_records_cost_no_request(
    tiny: TinyNight, server: StandInSources
) -> None:
    walks = WalkStore(tiny.open())
    _run(tiny, server, ("fetch",))
    place = {"first": TODAY, "until": TODAY, "overlap_days": 1}
    walks.open_walk("newts", "europe_pmc:x", **place)
    offer = walks.load_offer("newts", "europe_pmc:x", "MED/0")
    many = [(replace(offer, source_id=f"MED/1{n:06d}"), None) for n in range(10_000)]
    walks.save_page("newts", "europe_pmc:x", many, next_cursor=None)
    with tiny.open().transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO core.location (source, locator, etag, full_text_id) "
            "SELECT 'corpus:newts', 'europe_pmc:x ' || source_id, stamp, "
            "(SELECT min(full_text_id) FROM core.full_text) FROM ops.offer ON CONFLICT DO NOTHING"
        )
    server.requests.clear()
    _run(tiny, server, ("fetch",))
    assert set(server.count()) <= {"/search", "/PMC0001/fullTextXML", "/PMC0002/fullTextXML"}


def test_a_folder_may_belong_to_a_corpus(tiny: TinyNight, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "paper.txt").write_text(make_paper(1))
    file = tmp_path / "corpus.yaml"
    file.write_text("name: own\nsince: 2026-01-01\nsources: [{kind: folder, folder: mine}]\n")
    for new in (1, 0):
        assert tiny.run(file)["new"] == new
    assert (
        tiny.rows("SELECT found, answered, open FROM out.flow ORDER BY run_id DESC")
        == [(1, 1, 0)] * 2
    )
