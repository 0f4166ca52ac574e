"""What the source behind a corpus does, against a stand-in server, in memory and in Postgres."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import FetchError, OutcomeCode
from etl.fetch.corpus import Corpus
from etl.fetch.corpus_source import CorpusSource
from etl.fetch.guard import GuardedClient, Limits
from etl.fetch.http_gate import MemoryGate
from etl.fetch.memory_ledger import MemoryLedger
from etl.fetch.sources.arxiv import Arxiv
from etl.fetch.sources.crossref import Crossref
from etl.fetch.sources.europe_pmc import EuropePmc
from etl.fetch.sources.unpaywall import Unpaywall
from etl.fetch.sources.walk import Window, walk
from etl.fetch.walk_ledger import WalkLedger
from etl.intake import HostRule
from etl.records.full_text import FoundItem
from etl.store.watermarks import WalkStore
from tests.standins.sources import LoopbackOnly, Reply, StandInSources

_names = itertools.count(1)
DAY = date(2026, 3, 1)
JATS = b"<article><front/><body><p>Newts.</p></body></article>"
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
_KINDS = ("memory", pytest.param("postgres", marks=pytest.mark.store))


@dataclass
class Europe:
    """Europe PMC behind the stand-in: records by the day they were indexed, pages of three."""

    server: StandInSources
    #: Record id → day of indexing, and more fields.
    records: dict[str, tuple[date, dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server.serve("/search", self._search)

    def add(self, number: int, day: date, **more: Any) -> None:
        pmcid = f"PMC{number:06d}"
        row = {
            "id": str(number), "source": "MED", "title": f"Newts {number}", "pmcid": pmcid,
            "doi": f"10.1234/{number}", "license": "cc by", "isOpenAccess": "Y",
            "firstPublicationDate": "2026-01-01", "dateOfRevision": day.isoformat(),
        }  # fmt: skip
        self.records[str(number)] = (day, {**row, **more})
        self.server.serve(f"/{pmcid}/fullTextXML", Reply(body=JATS))

    def _search(self, _path: str, query: dict[str, str]) -> Reply:
        since, until = query["query"].split("[")[1].rstrip("]").split(" TO ")
        rows = [
            row
            for day, row in sorted(self.records.values(), key=lambda r: int(r[1]["id"]))
            if since <= day.isoformat() <= until
        ]
        start = 0 if query["cursorMark"] == "*" else int(query["cursorMark"])
        answer: dict[str, Any] = {"hitCount": len(rows)}
        answer["resultList"] = {"result": rows[start : start + 3]}
        if start + 3 < len(rows):
            answer["nextCursorMark"] = str(start + 3)
        return Reply(body=json.dumps(answer).encode())


@dataclass
class Bench:
    """One corpus with its ledger."""

    europe: Europe
    ledger: WalkLedger
    name: str

    def source(self, day: date, **more: Any) -> CorpusSource:
        client = self.client()
        base = self.europe.server.url("")
        finder = Unpaywall(client, mail="a@b.org", base=self.europe.server.url("/unpaywall"))
        return CorpusSource(
            self.corpus(**more),
            lambda: {"europe_pmc:x": EuropePmc(client, "newts", base=base)},
            self.ledger,
            client,
            today=day,
            finder=finder,
        )

    def corpus(self, **more: Any) -> Corpus:
        asked = {"name": self.name, "since": DAY, "overlap_days": 3,
                 "sources": [{"kind": "europe_pmc", "query": "newts"}]}  # fmt: skip
        return Corpus.model_validate({**asked, **more})

    def client(self) -> GuardedClient:
        return GuardedClient(
            MemoryGate({}, default=HostRule(rate=5000, concurrency=8)),
            policy=LoopbackOnly(self.europe.server.port),
            limits=Limits(attempts=2, pause_seconds=(0, 0), idle_seconds=2),
            sleep=lambda _seconds: None,
        )

    def ids(self, source: CorpusSource) -> list[str]:
        return [item.locator.split()[1] for item in source.iter_items()]


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandInSources]:
    with StandInSources().running() as running:
        yield running


@pytest.fixture(scope="module")
def walks(clone: Callable[[], Any]) -> WalkStore:
    return WalkStore(clone().open())


def _bench(server: StandInSources, ledger: WalkLedger) -> Bench:
    server.requests.clear()
    return Bench(Europe(server), ledger, f"corpus-{next(_names)}")


@pytest.fixture(params=_KINDS)
def bench(request: pytest.FixtureRequest, stand_in: StandInSources) -> Bench:
    ledger: WalkLedger = MemoryLedger()
    if request.param == "postgres":
        ledger = request.getfixturevalue("walks")
    return _bench(stand_in, ledger)


def code_of(bench: Bench, source: CorpusSource, number: int) -> OutcomeCode:
    with pytest.raises(FetchError) as caught:
        source.read_bytes(item_of(bench, number), max_bytes=1000)
    return caught.value.outcome.code


def item_of(bench: Bench, number: int) -> FoundItem:
    return FoundItem(
        source=f"corpus:{bench.name}", locator=f"europe_pmc:x MED/{number}", etag="any"
    )


def test_a_night_brings_every_paper_and_the_next_brings_only_new_ones(bench: Bench) -> None:
    for number in range(8):
        bench.europe.add(number, DAY)
    assert len(bench.ids(bench.source(DAY))) == 8
    bench.europe.add(8, DAY + timedelta(days=1))
    (report,) = bench.source(DAY + timedelta(days=1)).walk_all()
    assert (report.new, report.offers, report.pages, report.stopped) == (1, 9, 3, None)


def test_an_unchanged_record_keeps_its_stamp_and_a_changed_one_gets_another(bench: Bench) -> None:
    bench.europe.add(1, DAY)
    first = list(bench.source(DAY).iter_items())
    assert list(bench.source(DAY).iter_items()) == first
    bench.europe.add(1, DAY, dateOfRevision="2026-03-09")
    assert list(bench.source(DAY).iter_items())[0].etag != first[0].etag  # noqa: RUF015


def test_a_walk_that_broke_goes_on_in_the_middle(bench: Bench) -> None:
    for number in range(9):
        bench.europe.add(number, DAY)
    (report,) = bench.source(DAY, max_pages=1).walk_all()
    assert report.pages == 1
    assert report.stopped is not None
    bench.europe.server.requests.clear()
    bench.europe.add(9, DAY + timedelta(days=1))
    ids = bench.ids(bench.source(DAY + timedelta(days=1)))
    assert len(ids) == len(set(ids)) == 10
    assert "cursorMark=3" in bench.europe.server.requests[0][1]


def test_a_cursor_the_source_forgot_begins_the_window_again(bench: Bench) -> None:
    for number in range(9):
        bench.europe.add(number, DAY)
    bench.source(DAY, max_pages=1).walk_all()
    bench.europe.server.break_next("/search", Reply(status=404))
    (report,) = bench.source(DAY).walk_all()
    assert report.stopped is None
    assert len(bench.ids(bench.source(DAY))) == 9


def test_a_source_that_is_down_is_reported_and_what_is_known_goes_on(bench: Bench) -> None:
    bench.europe.add(1, DAY)
    bench.ids(bench.source(DAY))
    bench.europe.server.break_next("/search", *[Reply(status=503)] * 2)
    source = bench.source(DAY + timedelta(days=1))
    assert bench.ids(source) == ["MED/1"]
    bench.europe.server.break_next("/search", *[Reply(reset=True)] * 2)
    (report,) = source.walk_all()
    assert "incomplete" in (report.stopped or "")


def test_bytes_come_from_the_best_place_with_the_rule_that_let_them_in(bench: Bench) -> None:
    bench.europe.add(1, DAY)
    source = bench.source(DAY)
    (item,) = source.iter_items()
    assert source.read_bytes(item, max_bytes=1000) == JATS
    taken = source.taken(item)
    assert taken.rule == f"{bench.name}: CC-BY-4.0 is allowed"
    assert taken.link.form == "xml"
    assert {i.scheme for i in taken.offer.identifiers} == {"doi", "pmcid"}


@pytest.mark.parametrize("licence", ["cc by-nc", None, "other"])
def test_a_licence_the_policy_does_not_name_costs_no_request(
    bench: Bench, licence: str | None
) -> None:
    bench.europe.add(1, DAY, license=licence)
    source = bench.source(DAY, licences={"allow": ["CC-BY"]})
    (report,) = source.walk_all()
    assert report.refused == 1
    bench.europe.server.requests.clear()
    assert code_of(bench, source, 1) is OutcomeCode.LICENCE
    assert bench.europe.server.requests == []


def test_an_override_names_its_person_and_goes_on_record(bench: Bench) -> None:
    bench.europe.add(1, DAY, license=None)
    signed = {"override": {"by": "Ada Example", "reason": "own papers, rights held by us"}}
    source = bench.source(DAY, licences=signed)
    (item,) = source.iter_items()
    source.read_bytes(item, max_bytes=1000)
    assert "override by Ada Example" in source.taken(item).rule


def test_language_and_title_keep_papers_out(bench: Bench) -> None:
    bench.europe.add(1, DAY, language="ger")
    bench.europe.add(2, DAY, title="Frogs", language="eng")
    bench.europe.add(3, DAY, language="eng")
    source = bench.source(DAY, languages=["en"], title_terms=["newt"])
    (report,) = source.walk_all()
    assert report.refused == 2
    assert code_of(bench, source, 1) is OutcomeCode.OUT_OF_SCOPE
    assert code_of(bench, source, 2) is OutcomeCode.OUT_OF_SCOPE
    assert source.read_bytes(item_of(bench, 3), max_bytes=1000) == JATS


def test_a_web_page_and_a_cut_pdf_are_not_papers_and_the_next_place_is_tried(bench: Bench) -> None:
    server = bench.europe.server
    place = {"documentStyle": "pdf", "availabilityCode": "OA"}
    places = [{**place, "url": server.url(path)} for path in ("/page", "/cut", "/whole")]
    bench.europe.add(1, DAY, fullTextUrlList={"fullTextUrl": places})
    source = bench.source(DAY)
    source.walk_all()
    server.serve("/PMC000001/fullTextXML", Reply(status=404))
    server.serve("/page", Reply(body=b"<!DOCTYPE html><html></html>"))
    server.serve("/cut", Reply(body=PDF[:12], length=-1))
    server.serve("/whole", Reply(body=PDF, headers={"Content-Type": "text/html"}))
    assert source.read_bytes(item_of(bench, 1), max_bytes=1000) == PDF
    server.serve("/whole", Reply(body=PDF[:12], length=-1))
    assert code_of(bench, source, 1) is OutcomeCode.HTTP_STATUS


def test_a_host_that_reserves_mining_keeps_what_no_public_licence_frees(bench: Bench) -> None:
    server = bench.europe.server
    reserved = Reply(body=JATS, headers={"tdm-reservation": "1"})
    bench.europe.add(1, DAY)
    source = bench.source(DAY)
    source.walk_all()
    server.serve("/PMC000001/fullTextXML", reserved)
    assert source.read_bytes(item_of(bench, 1), max_bytes=1000) == JATS


@pytest.mark.parametrize("told_in", ["header", "file"])
def test_reserved_rights_are_kept_on_record_and_only_a_signed_override_goes_past(
    bench: Bench, told_in: str
) -> None:
    server = bench.europe.server
    bench.europe.add(1, DAY, license="https://publisher.test/tdm-licence")
    headers = {"tdm-reservation": "1"} if told_in == "header" else {}
    server.serve("/PMC000001/fullTextXML", Reply(body=JATS, headers=headers))
    if told_in == "file":
        rule = b'[{"location": "/PMC*", "tdm-reservation": 1}]'
        server.serve("/.well-known/tdmrep.json", Reply(body=rule))
    signed = {"override": {"by": "Ada Example", "reason": "lawful access, article 3"}}
    source = bench.source(DAY, licences=signed)
    (item,) = source.iter_items()
    assert source.read_bytes(item, max_bytes=1000) == JATS
    rights = source.taken(item).link.rights
    assert rights.tdm_reserved
    assert rights.tdm_basis == "tdm_licence"
    server.serve("/.well-known/tdmrep.json", Reply(status=404))
    # Without the signature no byte of it is asked for.
    server.requests.clear()
    assert code_of(bench, bench.source(DAY), 1) is OutcomeCode.LICENCE
    assert server.requests == []


def test_a_paper_whose_language_is_not_told_stays_or_goes_as_the_corpus_says(
    bench: Bench,
) -> None:
    bench.europe.add(1, DAY)
    source = bench.source(DAY, languages=["en"], unknown_language="leave")
    source.walk_all()
    assert code_of(bench, source, 1) is OutcomeCode.OUT_OF_SCOPE


def test_an_open_copy_is_found_by_the_doi(bench: Bench) -> None:
    server = bench.europe.server
    bench.europe.add(1, DAY, isOpenAccess="N")
    source = bench.source(DAY)
    source.walk_all()
    assert code_of(bench, source, 1) is OutcomeCode.NO_FULL_TEXT
    place = {
        "url_for_pdf": server.url("/open.pdf"),
        "license": "cc-by",
        "version": "acceptedVersion",
    }
    answer = {
        "is_oa": True,
        "oa_status": "green",
        "best_oa_location": place,
        "oa_locations": [place],
    }
    server.serve("/unpaywall/10.1234/1", Reply(body=json.dumps(answer).encode()))
    server.serve("/open.pdf", Reply(body=PDF))
    assert source.read_bytes(item_of(bench, 1), max_bytes=1000) == PDF
    assert source.taken(item_of(bench, 1)).link.version == "accepted"
    server.serve("/unpaywall/10.1234/1", Reply(status=404))


_FAULTS = st.sampled_from(["none"] * 6 + ["503", "reset", "cut", "html"])
_NIGHTS = st.lists(
    st.tuples(
        st.integers(0, 5),  # new papers
        st.integers(0, 3),  # how many days late they are indexed
        st.integers(1, 2),  # days until the next night: one of 2 is a missed night
        st.lists(_FAULTS, max_size=3),
        st.sampled_from([1, 2, 100]),  # pages a night
    ),
    min_size=1,
    max_size=14,
)


def _fault(name: str) -> Reply:
    return {
        "503": Reply(status=503),
        "reset": Reply(reset=True),
        "cut": Reply(body=b'{"hit', length=99),
        "html": Reply(body=b"<html></html>"),
    }[name]


def _random_nights(bench: Bench, nights: Any) -> None:
    today, numbers, expected = DAY + timedelta(days=3), itertools.count(1), set()
    for count, late, pause, faults, pages in nights:
        for _ in range(count):
            number = next(numbers)
            expected.add(f"MED/{number}")
            # Dated into the past, but within the overlap of the nights before.
            bench.europe.add(number, today - timedelta(days=late))
        bench.europe.server.break_next("/search", *(_fault(f) for f in faults if f != "none"))
        ids = bench.ids(bench.source(today, max_pages=pages))
        assert len(ids) == len(set(ids))
        assert set(ids) <= expected
        today += timedelta(days=pause)
    bench.europe.server._faults.clear()
    for _ in range(2):
        ids = bench.ids(bench.source(today))
    assert set(ids) == expected


@given(_NIGHTS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_nights_miss_nothing_and_double_nothing(
    stand_in: StandInSources, nights: Any
) -> None:
    _random_nights(_bench(stand_in, MemoryLedger()), nights)


@pytest.mark.store
def test_fourteen_nights_with_faults_bring_the_same_set_in_postgres(
    stand_in: StandInSources, walks: WalkStore
) -> None:
    nights = [(n % 5, n % 3, 1 + (n % 4 == 3), ["503", "none", "cut"][: n % 3], 2 + n % 2)
              for n in range(14)]  # fmt: skip
    _random_nights(_bench(stand_in, walks), nights)


def test_the_recorded_walk_over_crossref_is_replayed_page_by_page_within_its_limit(
    stand_in: StandInSources, recorded: Path
) -> None:
    stored = json.loads((recorded / "crossref" / "hab_test_cursor_max.json").read_text("utf-8"))
    pages: dict[str, Reply] = {}
    cursor, expected = "*", set()
    for each in stored[:2]:
        answer = each["response"]
        message = json.loads(answer["body"])["message"]
        headers = {"X-Rate-Limit-Limit": "20", "X-Rate-Limit-Interval": "1s"}
        pages[cursor] = Reply(body=answer["body"].encode(), headers=headers)
        expected |= {item["DOI"].lower() for item in message["items"]}
        cursor = message["next-cursor"]
        rows = len(message["items"])
    stand_in.serve("/works", lambda _path, query: pages[query["cursor"]])
    stand_in.break_next("/works", Reply(status=504, body=b"<html></html>"))
    stand_in.requests.clear()
    gate = MemoryGate({}, default=HostRule(rate=1000))
    client = GuardedClient(
        gate, policy=LoopbackOnly(stand_in.port), limits=Limits(pause_seconds=(0, 0))
    )
    source = Crossref(client, "widget", base=stand_in.url("/works"), rows=rows)
    window = Window(since=DAY, until=DAY)
    first = source.page(window, None)
    second = source.page(window, first.next_cursor)
    assert {o.source_id for o in (*first.offers, *second.offers)} == expected
    assert len(expected) == 2 * rows
    # The server told 20 a second with its first answer, and nobody was faster after that.
    assert stand_in.gaps()[-1] >= 0.9 / 20


def test_the_recorded_pages_of_europe_pmc_are_replayed_by_their_cursor(
    stand_in: StandInSources, recorded: Path
) -> None:
    first = (recorded / "europepmc" / "search_cancer.json").read_bytes()
    second = (recorded / "europepmc" / "search_cancer_page2.json").read_bytes()
    pages = {"*": first, json.loads(first)["nextCursorMark"]: second}
    last = json.loads(second)["nextCursorMark"]
    empty = b'{"hitCount": 0, "resultList": {"result": []}}'
    stand_in.serve("/search", lambda _p, query: Reply(body=pages.get(query["cursorMark"], empty)))
    stand_in.break_next("/search", Reply(status=503), Reply(reset=True))
    client = _quick_client(stand_in)
    source = EuropePmc(client, "cancer", base=stand_in.url(""))
    offers = [o for page in walk(source, Window(since=DAY, until=DAY), None) for o in page.offers]
    expected = [
        f"{row['source']}/{row['id']}"
        for body in (first, second)
        for row in json.loads(body)["resultList"]["result"]
    ]
    assert [offer.source_id for offer in offers] == expected
    assert last not in pages


def test_the_recorded_slices_of_arxiv_are_replayed_by_their_start(
    stand_in: StandInSources, recorded: Path
) -> None:
    slices = {}
    for path in (recorded / "arxiv").glob("q_testing_s*_m15_*.json"):
        answer = json.loads(path.read_text(encoding="utf-8"))
        slices[path.name.split("_")[2].removeprefix("s")] = answer["body"].encode()
    assert {"0", "5", "9"} == slices.keys()
    asked: list[str] = []

    def answer_to(_path: str, query: dict[str, str]) -> Reply:
        asked.append(query["start"])
        return Reply(body=slices[query["start"]])

    stand_in.serve("/api/query", answer_to)
    source = Arxiv(_quick_client(stand_in), "testing", base=stand_in.url("/api/query"))
    window = Window(since=DAY, until=DAY)
    found = {start: source.page(window, start) for start in slices}
    ids = {start: [offer.source_id for offer in page.offers] for start, page in found.items()}
    # Windows that overlap tell the same papers, and each says where the next begins.
    assert ids["0"][5:] == ids["5"][: len(ids["0"]) - 5]
    assert found["0"].next_cursor == str(len(ids["0"]))
    assert asked == list(slices)


def _quick_client(server: StandInSources) -> GuardedClient:
    return GuardedClient(
        MemoryGate({}, default=HostRule(rate=1000, concurrency=8)),
        policy=LoopbackOnly(server.port),
        limits=Limits(pause_seconds=(0, 0)),
        sleep=lambda _seconds: None,
    )
