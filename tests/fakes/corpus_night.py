"""Nights over a corpus whose sources are lists of offers and whose bytes lie on a stand-in."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from etl.fetch.corpus import Corpus
from etl.fetch.corpus_source import CorpusSource
from etl.fetch.guard import GuardedClient, Limits
from etl.fetch.http_gate import MemoryGate, RateGate
from etl.fetch.sources.rights import rights_of
from etl.fetch.sources.walk import PagedSource, Window
from etl.intake import FullTextLink, HostRule, Identifier, Notice, Offer, OfferPage
from etl.night.night import STAGE_ORDER, Night
from etl.store.watermarks import WalkStore
from tests.fakes.tiny_night import TinyNight
from tests.standins.sources import LoopbackOnly, Reply, StandInSources

__all__ = ["CorpusNight", "OfferList", "jats", "made_offer", "pdf"]

DAY = date(2026, 3, 1)
CC_BY = rights_of("cc by", source="test.license", oa_status="gold")


def jats(words: str) -> bytes:
    """A small article, marked up for :class:`FakeParser` too."""
    return f"<article>\n\n# methods\n{words}\n\n</article>".encode()


def pdf(words: str) -> bytes:
    """Bytes that count as a PDF; no reader opens them here."""
    return b"%PDF-1.7\n" + words.encode() + b"\n%%EOF\n"


def made_offer(
    source_id: str,
    *links: FullTextLink,
    source: str = "test",
    title: str = "Counting newts in ponds",
    names: Mapping[str, str] | None = None,
    authority: str = "crossref",
    **more: Any,
) -> Offer:
    """An offer; names are scheme to value."""
    return Offer(
        source=source,
        source_id=source_id,
        title=title,
        date=more.pop("date", "2026-02-01"),
        identifiers=tuple(
            Identifier(scheme=scheme, value=value, source=source, authority=authority)
            for scheme, value in (names or {}).items()
        ),
        links=links,
        rights=more.pop("rights", CC_BY),
        stamp=more.pop("stamp", "1"),
        first_author=more.pop("first_author", "Example"),
        **more,
    )


@dataclass
class OfferList:
    """A source that offers what it is given, three a page, by the day it was given."""

    name: str = "test"
    is_dated: bool = True
    offers: list[tuple[date, Offer]] = field(default_factory=list)
    page_size: int = 3

    def add(self, offer: Offer, day: date = DAY) -> None:
        self.offers = [(d, o) for d, o in self.offers if o.source_id != offer.source_id]
        self.offers.append((day, offer))

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        rows = [o for day, o in self.offers if window.since <= day <= window.until]
        start = int(cursor or 0)
        end = start + self.page_size
        return OfferPage(offers=rows[start:end], next_cursor=str(end) if end < len(rows) else None)


@dataclass
class CorpusNight:
    """One corpus over one tiny night."""

    tiny: TinyNight
    server: StandInSources
    sources: dict[str, PagedSource] = field(default_factory=dict)
    today: date = DAY
    policy: dict[str, Any] = field(default_factory=dict)
    gate: RateGate = field(
        default_factory=lambda: MemoryGate({}, default=HostRule(rate=5000, concurrency=8))
    )
    notices: Callable[[], dict[str, int]] = dict
    #: False lets no wait pass: for tests in which time plays no part.
    sleeps: bool = False
    limits: Limits = field(
        default_factory=lambda: Limits(attempts=2, pause_seconds=(0, 0), idle_seconds=2)
    )

    def corpus(self) -> Corpus:
        asked = {"name": "newts", "since": "2026-01-01", "overlap_days": 7,
                 "sources": [{"kind": "europe_pmc", "query": "newts"}]}  # fmt: skip
        return Corpus.model_validate({**asked, **self.policy})

    def link(self, path: str, body: bytes | None = None, **more: Any) -> FullTextLink:
        """A place on the stand-in, which serves *body* there from now on."""
        if body is not None:
            self.server.serve(path, Reply(body=body, headers=more.pop("headers", {})))
        values = {"version": "published", "rights": CC_BY, "form": "xml", **more}
        return FullTextLink(url=self.server.url(path), **values)

    def client(self) -> GuardedClient:
        return GuardedClient(
            self.gate,
            policy=LoopbackOnly(self.server.port),
            limits=self.limits,
            sleep=time.sleep if self.sleeps else lambda _seconds: None,
        )

    def source(self) -> CorpusSource:
        client = self.client()
        return CorpusSource(
            self.corpus(),
            lambda: self.sources,
            WalkStore(self.tiny.open()),
            client,
            today=self.today,
            kept=self.tiny.build()._desk.file_store.get,
        )

    def build(self) -> Night:
        night = self.tiny.build()
        night._desk = replace(
            night._desk,
            open_source=lambda _papers: self.source(),
            refresh_notices=self.notices,
        )
        return night

    def run(self, stages: Sequence[str] = STAGE_ORDER, **options: Any) -> int:
        """One night; with all stages it publishes."""
        night = self.build()
        run_id = night.begin(kind="cli", trigger="test", papers="newts.yaml", **options)
        with night.hold(run_id):
            for stage in stages:
                self.tiny.stage(night, run_id, stage)
            if tuple(stages) == STAGE_ORDER:
                night.publish(run_id)
            night.finish(run_id)
        return run_id

    def next_day(self) -> None:
        self.today += timedelta(days=1)

    def outcomes(self, run_id: int) -> dict[str, int]:
        """How many sightings of a run ended how."""
        return dict(
            self.tiny.rows(
                "SELECT outcome, count(*) FROM ops.sighting WHERE run_id = :r GROUP BY 1",
                r=run_id,
            )
        )


def notice(doi: str, kind: str, **more: Any) -> Notice:
    return Notice(doi=doi, kind=kind, source=more.pop("source", "crossref.updated-by"), **more)
