"""
What a corpus has offered, in memory: for dry runs, which leave nothing behind.

Reads:    nothing
Writes:   nothing outside this process
Gives up: KeyError for an offer that was never kept; a fault of the caller
Version:  none
Next:     etl/fetch/corpus_source.py
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from etl.intake import Identifier, Offer, Validator

__all__ = ["MemoryLedger"]


@dataclass(slots=True)
class _Walk:
    watermark: date | None = None
    window: tuple[date, date] | None = None
    cursor: str | None = None


class MemoryLedger:
    """A :class:`~etl.fetch.walk_ledger.WalkLedger` of one process."""

    def __init__(self) -> None:
        self._walks: dict[tuple[str, str, str], _Walk] = {}
        self._offers: dict[tuple[str, str, str], Offer] = {}

    def open_walk(
        self,
        corpus: str,
        source: str,
        *,
        first: date,
        until: date,
        overlap_days: int,
        backfill: str = "",
    ) -> tuple[date, date, str | None]:
        """See :meth:`WalkLedger.open_walk`."""
        walk = self._walks.setdefault((corpus, source, backfill), _Walk())
        if walk.window is None:
            begin = first
            if walk.watermark is not None and not backfill:
                looked_at = walk.watermark - timedelta(days=overlap_days)
                begin = max(first, min(looked_at, until))
            walk.window = (begin, until)
        return *walk.window, walk.cursor

    def restart_walk(self, corpus: str, source: str, *, backfill: str = "") -> None:
        """See :meth:`WalkLedger.restart_walk`."""
        self._walks[corpus, source, backfill].cursor = None

    def save_page(
        self,
        corpus: str,
        source: str,
        offers: Sequence[tuple[Offer, str | None]],
        *,
        next_cursor: str | None,
        backfill: str = "",
    ) -> int:
        """See :meth:`WalkLedger.save_page`."""
        latest = {(corpus, source, offer.source_id): offer for offer, _ in offers}
        new = len(latest.keys() - self._offers.keys())
        self._offers.update(latest)
        walk = self._walks[corpus, source, backfill]
        walk.cursor = next_cursor
        if next_cursor is None and walk.window is not None:
            walk.watermark = max(walk.watermark or walk.window[1], walk.window[1])
            walk.window = None
        return new

    def note_walk(
        self,
        corpus: str,
        source: str,
        *,
        stopped: str | None,
        unmatched: Sequence[str],
        backfill: str = "",
    ) -> None:
        """See :meth:`WalkLedger.note_walk`; a dry run shows its reports at once instead."""

    def offered(self, corpus: str) -> Sequence[tuple[str, Offer]]:
        """See :meth:`WalkLedger.offered`."""
        keys = sorted(key for key in self._offers if key[0] == corpus)
        return [(key[1], self._offers[key]) for key in keys]

    def load_offer(self, corpus: str, source: str, source_id: str) -> Offer:
        """See :meth:`WalkLedger.load_offer`."""
        return self._offers[corpus, source, source_id]

    def taken_down(self, names: Iterable[Identifier]) -> str | None:
        """See :meth:`WalkLedger.taken_down`; a dry run takes nothing."""

    def validator(self, url: str) -> Validator | None:
        """See :meth:`WalkLedger.validator`; a dry run takes nothing."""
