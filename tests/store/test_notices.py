"""Retractions, corrections and concerns are dated events with their source (row 24)."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from etl.errors import FetchError, OutcomeCode
from etl.fetch.guard import GuardedClient
from etl.fetch.http_gate import MemoryGate
from etl.fetch.notice_watch import refresh_notices
from etl.fetch.sources import crossref, europe_pmc, openalex
from etl.fetch.sources.crossref import Crossref
from etl.intake import HostRule, Notice
from etl.store.notices import NoticeStore
from tests.fakes.corpus_night import CorpusNight, OfferList, jats, made_offer, notice
from tests.fakes.tiny_night import TinyNight, make_paper
from tests.standins.sources import LoopbackOnly, Reply, StandInSources

pytestmark = pytest.mark.store


@pytest.fixture
def server() -> Iterator[StandInSources]:
    with StandInSources().running() as running:
        yield running


@pytest.fixture
def corpus(tiny: TinyNight, server: StandInSources) -> CorpusNight:
    made = CorpusNight(tiny, server, {"test:x": OfferList()})
    for number in ("1", "2"):
        link = made.link(f"/{number}.xml", jats(make_paper(int(number))))
        source = made.sources["test:x"]
        assert isinstance(source, OfferList)
        source.add(made_offer(number, link, names={"doi": f"10.1234/{number}"}, title=number * 9))
    return made


def integrity(corpus: CorpusNight) -> list[tuple[Any, ...]]:
    return corpus.tiny.rows(
        "SELECT i.value, p.integrity_status, CAST(p.integrity_date AS text) FROM out.papers p "
        "JOIN out.identifiers i USING (work_id) WHERE i.scheme = 'doi' ORDER BY 1"
    )


def test_a_retraction_told_after_the_answers_marks_the_paper_and_keeps_the_answers(
    corpus: CorpusNight,
) -> None:
    corpus.run()
    answers = corpus.tiny.rows("SELECT work_id, question_id, state FROM out.answers ORDER BY 1, 2")
    assert {row[1] for row in integrity(corpus)} == {"none_known"}
    told = notice("10.1234/1", "retraction", date="2026-02-20", notice_doi="10.1234/r")
    store = NoticeStore(corpus.tiny.open())
    assert store.save("crossref", ["10.1234/1", "10.1234/2"], [told]) == 1
    assert store.save("crossref", ["10.1234/1", "10.1234/2"], [told]) == 0
    assert integrity(corpus) == [
        ("10.1234/1", "retracted", "2026-02-20"),
        ("10.1234/2", "none_known", None),
    ]
    ((kind, day, source, where),) = corpus.tiny.rows(
        "SELECT kind, CAST(event_date AS text), source, notice_doi FROM out.work_events"
    )
    assert (kind, day, source, where) == (
        "retraction", "2026-02-20", "crossref.updated-by", "10.1234/r"
    )  # fmt: skip
    work_id, _ = corpus.tiny.reports().find_work("10.1234/1")
    assert [row["kind"] for row in corpus.tiny.reports().life(work_id)["notices"]] == ["retraction"]
    after = corpus.tiny.rows("SELECT work_id, question_id, state FROM out.answers ORDER BY 1, 2")
    assert after == answers
    flow = corpus.tiny.rows(
        "SELECT stage, reason, record_count FROM out.prisma WHERE step > 1 ORDER BY step"
    )
    assert flow == [("read_out", "retracted", 1), ("included", "", 1), ("answered", "", 1)]


def test_a_notice_that_came_before_its_paper_is_joined_when_the_paper_comes(
    corpus: CorpusNight,
) -> None:
    source = corpus.sources["test:x"]
    assert isinstance(source, OfferList)
    told = (notice("10.1234/2", "concern", source="crossref.update-to", date="2026-02-21"),)
    source.add(made_offer("9", title="A notice", names={"doi": "10.1234/9"}, notices=told))
    corpus.run(("fetch",))
    assert [row[1] for row in integrity(corpus)] == ["none_known", "concern"]


def test_a_mark_that_openalex_took_back_no_longer_stands_and_others_still_do(
    corpus: CorpusNight,
) -> None:
    corpus.run(("fetch",))
    store = NoticeStore(corpus.tiny.open())

    def openalex_says(kind: str, day: str) -> int:
        told = notice("10.1234/1", kind, source="openalex.is_retracted", date=day)
        return store.save("openalex", ["10.1234/1"], [told])

    assert openalex_says("reinstatement", "2026-01-01") == 0
    assert openalex_says("retraction", "2026-01-02") == 1
    assert integrity(corpus)[0][1] == "retracted"
    assert openalex_says("reinstatement", "2026-01-03") == 1
    assert openalex_says("reinstatement", "2026-01-04") == 0
    assert integrity(corpus)[0][1] == "none_known"
    store.save("crossref", ["10.1234/1"], [notice("10.1234/1", "correction", date="2026-01-05")])
    assert integrity(corpus)[0][1] == "corrected"
    assert openalex_says("retraction", "2026-01-06") == 1
    assert integrity(corpus)[0][1] == "retracted"


class Teller:
    """A source of notices that remembers what it was asked."""

    def __init__(self, name: str, *, is_down: bool = False) -> None:
        self.name = name
        self.asked: list[Sequence[str]] = []
        self._is_down = is_down

    def notices(self, dois: Sequence[str]) -> list[Notice]:
        self.asked.append(dois)
        if self._is_down:
            raise FetchError(OutcomeCode.UNREACHABLE, "the host does not answer")
        return [notice(doi, "correction", source=self.name) for doi in dois]


def test_each_paper_is_asked_about_once_a_week_and_a_source_that_is_down_is_asked_again(
    corpus: CorpusNight,
) -> None:
    corpus.run(("fetch",))
    store = NoticeStore(corpus.tiny.open())
    up, down = Teller("up"), Teller("down", is_down=True)
    assert refresh_notices([down, up], store) == {"down": -1, "up": 2}
    assert up.asked == [["10.1234/1", "10.1234/2"]]
    assert refresh_notices([down, up], store) == {"down": -1, "up": 0}
    assert len(up.asked) == 1
    assert len(down.asked) == 2
    with corpus.tiny.open().transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE ops.notice_check SET checked_at = checked_at - interval '8 days'"
        )
    assert refresh_notices([up], store) == {"up": 0}
    assert len(up.asked) == 2


def test_crossref_is_asked_for_many_papers_at_once(server: StandInSources) -> None:
    update = {"DOI": "10.1234/1", "type": "retraction",
              "updated": {"date-parts": [[2026, 2, 20]]}}  # fmt: skip
    other = {"DOI": "10.1234/77", "type": "correction"}
    item = {"DOI": "10.1234/r", "title": ["Retraction"], "update-to": [update, other]}
    body = json.dumps({"message": {"items": [item]}}).encode()
    server.serve("/works", Reply(body=body))
    client = GuardedClient(
        MemoryGate({}, default=HostRule(rate=1000, concurrency=1)),
        policy=LoopbackOnly(server.port),
    )
    found = Crossref(client, "", base=server.url("/works")).notices(["10.1234/1", "10.1234/2"])
    assert [(n.doi, n.kind, n.date, n.notice_doi) for n in found] == [
        ("10.1234/1", "retraction", "2026-02-20", "10.1234/r")
    ]
    assert "updates%3A10.1234%2F1%2Cupdates%3A10.1234%2F2" in server.requests[0][1]


def test_sources_word_the_same_thing_differently() -> None:
    row: dict[str, Any] = {
        "DOI": "10.1234/1",
        "updated-by": [
            {"DOI": "10.1234/c", "type": "erratum", "updated": {"date-parts": [[2026, 1]]}},
            {"DOI": "10.1234/v2", "type": "new_version"},
            {"DOI": "10.1234/w", "type": "withdrawal"},
            {"DOI": "10.1234/e", "type": "expression-of-concern"},
        ],
    }
    found = crossref.parse_work(json.dumps({"message": row}).encode()).notices
    assert [n.kind for n in found] == ["correction", "retraction", "concern"]
    assert found[0].date == "2026-01"
    comments = [
        {"type": "Retraction in", "reference": "J. 2026. doi: 10.1234/r.", "id": "5"},
        {"type": "Erratum for", "reference": "J. 2025. doi: 10.1234/older.", "id": "6"},
        {"type": "Comment in", "reference": "J. 2026. doi: 10.1234/x.", "id": "7"},
    ]
    record = {"id": "1", "source": "MED", "title": "Newts", "doi": "10.1234/1",
              "commentCorrectionList": {"commentCorrection": comments},
              "pubTypeList": {"pubType": ["Journal Article", "Retracted Publication"]}}  # fmt: skip
    answer = {"hitCount": 1, "resultList": {"result": [record]}}
    (offer,) = europe_pmc.parse_search(json.dumps(answer).encode()).offers
    assert [(n.doi, n.kind, n.notice_doi) for n in offer.notices] == [
        ("10.1234/1", "retraction", "10.1234/r"),
        ("10.1234/older", "correction", "10.1234/1"),
        ("10.1234/1", "retraction", None),
    ]
    work = {"id": "https://openalex.org/W1", "doi": "https://doi.org/10.1234/1",
            "is_retracted": True, "updated_date": "2026-01-02T00:00:00"}  # fmt: skip
    (told,) = openalex.parse_work(json.dumps(work).encode()).notices
    assert (told.kind, told.date) == ("retraction", "2026-01-02")
