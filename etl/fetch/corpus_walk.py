"""
Walks over the sources of a corpus.

Reads:    the sources, page by page
Writes:   the ledger: each page of offers together with the cursor behind it
Gives up: never; a source that cannot be reached is reported, others go on
Version:  the watermark of each source, which never goes back
Next:     etl/fetch/corpus_source.py
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from math import ceil

import structlog

from etl.errors import FetchError, OutcomeCode
from etl.fetch.corpus import Corpus
from etl.fetch.policy import refusal_of
from etl.fetch.sources.walk import PagedSource, Window, walk
from etl.fetch.walk_ledger import WalkLedger
from etl.intake import Offer, OfferPage

__all__ = ["CorpusWalk", "WalkReport"]

_log = structlog.get_logger()

_TRY_FROM_START = frozenset({OutcomeCode.HTTP_STATUS, OutcomeCode.BROKEN_ANSWER})
#: A window somebody asks for is cut into months, one task each, or into longer parts where there
#: would be more tasks than Airflow draws well (airflow.md, section d: 200).
_MONTH_DAYS = 31
_MAX_UNITS = 200


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
    #: True where the source could not be asked, False where the night's pages were used up.
    is_failed: bool


class CorpusWalk:
    """
    Brings the ledger up to date.

    Args:
        corpus: The definition.
        sources: By their key.
        ledger: Kept over restarts.
        today: Last day of a window, by the ledger's clock.
        on_page: Called when a page is kept; the crash suite kills here.
    """

    def __init__(
        self,
        corpus: Corpus,
        sources: Mapping[str, PagedSource],
        ledger: WalkLedger,
        *,
        today: date,
        on_page: Callable[[], None] = lambda: None,
    ) -> None:
        self._corpus = corpus
        self._sources = sources
        self._ledger = ledger
        self._today = today
        self._on_page = on_page

    def units(self, since: date | None, until: date | None) -> list[str]:
        """
        What one task each can walk over: a source, or a source in a month of a window.

        Args:
            since: First day of a window somebody asks for; None for the nightly walk.
            until: Its last day; today where it is None or later.

        Returns:
            ``source``, or ``source first/until``. A list knows no days: it is in no window.
        """
        if since is None and until is None:
            return list(self._sources)
        first = max(since or self._corpus.since, self._corpus.since)
        last = min(until or self._today, self._today)
        dated = [key for key, source in self._sources.items() if source.is_dated]
        days = max(_MONTH_DAYS, ceil(((last - first).days + 1) * len(dated) / _MAX_UNITS))
        return [f"{key} {a}/{b}" for key in dated for a, b in _parts(first, last, days)]

    def walk(self, unit: str) -> WalkReport:
        """Walk over one unit; one that cannot be reached ends with its reason, not an error."""
        key, _, backfill = unit.partition(" ")
        report = self._walk(key, self._sources[key], backfill)
        self._ledger.note_walk(
            self._corpus.name,
            key,
            stopped=report.stopped,
            unmatched=report.unmatched,
            backfill=backfill,
        )
        _log.info("fetch.walked", source=unit, pages=report.pages, new=report.new)
        return report

    def _walk(self, key: str, source: PagedSource, backfill: str) -> WalkReport:
        tally = _Tally(key)
        if self._corpus.since > self._today:
            return tally.report("the corpus begins in the future")
        try:
            # A walk taken up in the middle ends at its own last day; the days since need another.
            while self._walk_once(key, source, tally, backfill) < self._today and not backfill:
                continue
        except FetchError as error:
            _log.warning("fetch.walk_stopped", source=key, code=error.outcome.code)
            return tally.report(f"{error.outcome.code}: {error.outcome.detail}", is_failed=True)
        except _PageLimitError:
            return tally.report(f"after {self._corpus.max_pages} pages; the next run goes on")
        return tally.report(None)

    def _walk_once(self, key: str, source: PagedSource, tally: "_Tally", backfill: str) -> date:
        name = self._corpus.name
        asked = _days(backfill) if backfill else (self._corpus.since, self._today)
        first, until, cursor = self._ledger.open_walk(
            name,
            key,
            first=asked[0],
            until=asked[1],
            overlap_days=self._corpus.overlap_days,
            backfill=backfill,
        )
        window = Window(since=first, until=until)
        try:
            self._keep_pages(key, walk(source, window, cursor), tally, backfill)
        except FetchError as error:
            # Sources forget cursors; then the window is walked over again from its start.
            if cursor is None or tally.pages or error.outcome.code not in _TRY_FROM_START:
                raise
            self._ledger.restart_walk(name, key, backfill=backfill)
            self._keep_pages(key, walk(source, window, None), tally, backfill)
        return until

    def _keep_pages(
        self, key: str, pages: Iterator[OfferPage], tally: "_Tally", backfill: str
    ) -> None:
        left = self._corpus.max_pages - tally.pages
        for page in islice(pages, left):
            judged = [(offer, self._refusal(offer)) for offer in page.offers]
            new = self._ledger.save_page(
                self._corpus.name, key, judged, next_cursor=page.next_cursor, backfill=backfill
            )
            tally.add(page, new=new, refused=sum(refusal is not None for _, refusal in judged))
            self._on_page()
            if page.next_cursor is None:
                return
        raise _PageLimitError

    def _refusal(self, offer: Offer) -> str | None:
        refusal = refusal_of(offer, self._corpus)
        return None if refusal is None else f"{refusal.code}: {refusal.detail}"


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

    def report(self, stopped: str | None, *, is_failed: bool = False) -> WalkReport:
        return WalkReport(
            source=self._source,
            pages=self.pages,
            offers=self._offers,
            new=self._new,
            refused=self._refused,
            unmatched=tuple(self._unmatched),
            stopped=stopped,
            is_failed=is_failed,
        )


def _parts(first: date, last: date, days: int) -> Iterator[tuple[date, date]]:
    """Consecutive windows that cover the days from first to last, none twice."""
    while first <= last:
        end = min(last, first + timedelta(days=days - 1))
        yield first, end
        first = end + timedelta(days=1)


def _days(backfill: str) -> tuple[date, date]:
    first, _, until = backfill.partition("/")
    return date.fromisoformat(first), date.fromisoformat(until)
