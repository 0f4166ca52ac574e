"""
All sources of a corpus as one source of papers.

Reads:    the sources, page by page; then the bytes of one paper at a time
Writes:   the ledger: each page of offers together with the cursor behind it
Gives up: FetchError for one paper; a source that cannot be reached is reported, others go on
Version:  an offer's stamp, so an unchanged record is never fetched again
Next:     etl/fetch/take.py
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Protocol

import structlog

from etl.errors import FetchError, Outcome, OutcomeCode
from etl.fetch.corpus import Corpus
from etl.fetch.guard import Answer, GuardedClient
from etl.fetch.media_type import detect_media_type
from etl.fetch.policy import allowed_links, licence_refusal, refusal_of, rule_for
from etl.fetch.sources.unpaywall import Unpaywall
from etl.fetch.sources.walk import PagedSource, Window, walk
from etl.intake import FullTextLink, Offer, OfferPage
from etl.records import FoundItem, MediaType

__all__ = ["CorpusSource", "Taken", "WalkLedger", "WalkReport"]

_log = structlog.get_logger()

#: A PDF ends in this mark; without Content-Length nothing else shows that the end is missing.
_PDF_END = b"%%EOF"
_PDF_END_WINDOW = 4096
_TRY_FROM_START = frozenset({OutcomeCode.HTTP_STATUS, OutcomeCode.BROKEN_ANSWER})


class WalkLedger(Protocol):
    """Remembers offers and how far each walk has come."""

    def open_walk(
        self, corpus: str, source: str, *, first: date, until: date, overlap_days: int
    ) -> tuple[date, date, str | None]:
        """Take up the walk under way, or begin one from the watermark less the overlap."""
        ...

    def restart_walk(self, corpus: str, source: str) -> None:
        """Forget the cursor of the walk under way; its window stays."""
        ...

    def save_page(
        self,
        corpus: str,
        source: str,
        offers: Sequence[tuple[Offer, str | None]],
        *,
        next_cursor: str | None,
    ) -> int:
        """Keep a page and its cursor in one step; returns how many offers are new."""
        ...

    def note_walk(
        self, corpus: str, source: str, *, stopped: str | None, unmatched: Sequence[str]
    ) -> None:
        """Keep how a run left a walk: why it stopped early, and what it could not use."""
        ...

    def offered(self, corpus: str) -> Sequence[tuple[str, str, str]]:
        """Triples (source, source_id, stamp) of all offers, in a stable order."""
        ...

    def load_offer(self, corpus: str, source: str, source_id: str) -> Offer:
        """One offer in its latest form."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkReport:
    """How the walk over one source went."""

    source: str
    pages: int
    offers: int
    new: int
    refused: int
    #: Entries that could not be used, with reasons.
    unmatched: tuple[str, ...]
    #: Why it stopped early; None at its end.
    stopped: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Where bytes came from and why they were let in."""

    offer: Offer
    link: FullTextLink
    rule: str


class CorpusSource:
    """
    A :class:`~etl.ports.Source` over the sources of one corpus.

    Args:
        corpus: The definition.
        sources: By their key.
        ledger: Kept over restarts.
        client: For the bytes.
        today: Last day of the window, by the ledger's clock.
        finder: Finds open copies by DOI where an offer has none.
    """

    def __init__(
        self,
        corpus: Corpus,
        sources: Mapping[str, PagedSource],
        ledger: WalkLedger,
        client: GuardedClient,
        *,
        today: date,
        finder: Unpaywall | None = None,
    ) -> None:
        self._corpus = corpus
        self._sources = sources
        self._ledger = ledger
        self._client = client
        self._today = today
        self._finder = finder
        self._taken: dict[str, Taken] = {}

    def iter_items(self) -> Iterator[FoundItem]:
        """Walk over all sources, then yield every offer, known and refused ones too."""
        self.walk_all()
        for source, source_id, stamp in self._ledger.offered(self._corpus.name):
            yield FoundItem(
                source=f"corpus:{self._corpus.name}", locator=f"{source} {source_id}", etag=stamp
            )

    def walk_all(self) -> list[WalkReport]:
        """Walk over each source; one that cannot be reached stops no other."""
        reports = []
        for key, source in self._sources.items():
            report = self._walk(key, source)
            self._ledger.note_walk(
                self._corpus.name, key, stopped=report.stopped, unmatched=report.unmatched
            )
            _log.info("fetch.walked", source=key, pages=report.pages, new=report.new)
            reports.append(report)
        return reports

    def read_bytes(self, item: FoundItem, *, max_bytes: int) -> bytes:
        """See :meth:`etl.ports.Source.read_bytes`; what policy refuses is never asked for."""
        source, _, source_id = item.locator.partition(" ")
        offer = self._ledger.load_offer(self._corpus.name, source, source_id)
        failure: FetchError | None = None
        for link in self._links(offer):
            try:
                content = self._take(link, max_bytes)
            except FetchError as error:
                # The next place may have what this one lacks; the first reason is told.
                failure = failure or error
                continue
            rule = rule_for(link.rights, self._corpus) or ""
            self._taken[item.locator] = Taken(offer=offer, link=link, rule=rule)
            return content
        raise failure or FetchError(OutcomeCode.NO_FULL_TEXT, "no source knows an open copy")

    def taken(self, item: FoundItem) -> Taken:
        """Where the bytes of an item came from; only after ``read_bytes`` gave them."""
        return self._taken[item.locator]

    def _walk(self, key: str, source: PagedSource) -> WalkReport:
        tally = _Tally(key)
        if self._corpus.since > self._today:
            return tally.report("the corpus begins in the future")
        try:
            # A walk taken up in the middle ends at its own last day; the days since need another.
            while self._walk_once(key, source, tally) < self._today:
                continue
        except FetchError as error:
            _log.warning("fetch.walk_stopped", source=key, code=error.outcome.code)
            return tally.report(f"{error.outcome.code}: {error.outcome.detail}")
        except _PageLimitError:
            return tally.report(f"after {self._corpus.max_pages} pages; the next run goes on")
        return tally.report(None)

    def _walk_once(self, key: str, source: PagedSource, tally: "_Tally") -> date:
        name = self._corpus.name
        first, until, cursor = self._ledger.open_walk(
            name,
            key,
            first=self._corpus.since,
            until=self._today,
            overlap_days=self._corpus.overlap_days,
        )
        window = Window(since=first, until=until)
        try:
            self._keep_pages(key, walk(source, window, cursor), tally)
        except FetchError as error:
            # Sources forget cursors; then the window is walked over again from its start.
            if cursor is None or tally.pages or error.outcome.code not in _TRY_FROM_START:
                raise
            self._ledger.restart_walk(name, key)
            self._keep_pages(key, walk(source, window, None), tally)
        return until

    def _keep_pages(self, key: str, pages: Iterator[OfferPage], tally: "_Tally") -> None:
        left = self._corpus.max_pages - tally.pages
        for page in islice(pages, left):
            judged = [(offer, self._refusal(offer)) for offer in page.offers]
            new = self._ledger.save_page(
                self._corpus.name, key, judged, next_cursor=page.next_cursor
            )
            tally.add(page, new=new, refused=sum(refusal is not None for _, refusal in judged))
            if page.next_cursor is None:
                return
        raise _PageLimitError

    def _refusal(self, offer: Offer) -> str | None:
        refusal = refusal_of(offer, self._corpus)
        return None if refusal is None else f"{refusal.code}: {refusal.detail}"

    def _links(self, offer: Offer) -> tuple[FullTextLink, ...]:
        _refuse(refusal_of(offer, self._corpus))
        links = offer.links
        doi = next((i.value for i in offer.identifiers if i.scheme == "doi"), None)
        if not links and doi and self._finder:
            links = self._finder.links(doi)
        allowed = allowed_links(links, self._corpus)
        if links and not allowed:
            _refuse(licence_refusal(link.rights for link in links))
        return allowed

    def _take(self, link: FullTextLink, max_bytes: int) -> bytes:
        answer = self._client.get(link.url, max_bytes=max_bytes)
        reserved = answer.headers.get("tdm-reservation", "").strip() == "1"
        # A public licence cannot be taken back by a header; anything else can be reserved.
        if reserved and link.rights.tdm_basis != "cc":
            rights = replace(link.rights, tdm_reserved=True)
            if rule_for(rights, self._corpus) is None:
                raise FetchError(OutcomeCode.LICENCE, "the host reserves text mining")
        _check_whole(answer, link)
        return answer.content


class _PageLimitError(Exception):
    """The pages of this night are used up."""


class _Tally:
    """Counts of one source."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.pages = 0
        self._offers = 0
        self._new = 0
        self._refused = 0
        self._unmatched: list[str] = []

    def add(self, page: OfferPage, *, new: int, refused: int) -> None:
        self.pages += 1
        self._offers += len(page.offers)
        self._new += new
        self._refused += refused
        self._unmatched.extend(page.unmatched)

    def report(self, stopped: str | None) -> WalkReport:
        return WalkReport(
            source=self._source,
            pages=self.pages,
            offers=self._offers,
            new=self._new,
            refused=self._refused,
            unmatched=tuple(self._unmatched),
            stopped=stopped,
        )


def _refuse(outcome: Outcome | None) -> None:
    if outcome is not None:
        raise FetchError(outcome.code, outcome.detail)


def _check_whole(answer: Answer, link: FullTextLink) -> None:
    """
    Look at the bytes: they have to be a paper, and all of it.

    Raises:
        FetchError: EMPTY_FILE, HTML_PAGE, NOT_A_PDF, UNSUPPORTED_TYPE or INCOMPLETE.
    """
    media_type = detect_media_type(answer.content, f"paper.{link.form}")
    if media_type is MediaType.PDF and _PDF_END not in answer.content[-_PDF_END_WINDOW:]:
        raise FetchError(OutcomeCode.INCOMPLETE, "the PDF has no end")
