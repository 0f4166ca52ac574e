"""
What is remembered of a corpus: how far each walk has come, what was offered, what was taken.

Reads:    nothing; this is the contract of ``etl/store/watermarks.py`` and of the memory ledger
Writes:   nothing
Gives up: never
Version:  none
Next:     etl/fetch/corpus_walk.py, etl/fetch/corpus_source.py
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from etl.intake import Identifier, Offer, Validator

__all__ = ["WalkLedger"]


class WalkLedger(Protocol):
    """Remembers offers and how far each walk has come."""

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
        """
        Take up the walk under way, or begin one from the watermark less the overlap.

        Args:
            corpus: Name of the corpus.
            source: Key of the source.
            first: First day of interest.
            until: Last day, where the watermark will stand.
            overlap_days: Looked at again before the watermark.
            backfill: ``first/until`` of a window somebody asked for: a walk of its own over
                exactly these days, which moves no other watermark. Empty for the nightly walk.

        Returns:
            First and last day, and the cursor to go on from.
        """
        ...

    def restart_walk(self, corpus: str, source: str, *, backfill: str = "") -> None:
        """Forget the cursor of the walk under way; its window stays."""
        ...

    def save_page(
        self,
        corpus: str,
        source: str,
        offers: Sequence[tuple[Offer, str | None]],
        *,
        next_cursor: str | None,
        backfill: str = "",
    ) -> int:
        """Keep a page and its cursor in one step; returns how many offers are new."""
        ...

    def note_walk(
        self,
        corpus: str,
        source: str,
        *,
        stopped: str | None,
        unmatched: Sequence[str],
        backfill: str = "",
    ) -> None:
        """Keep how a run left a walk: why it stopped early, and what it could not use."""
        ...

    def offered(self, corpus: str) -> Sequence[tuple[str, Offer]]:
        """Pairs (source, offer) of all offers in their latest form, in a stable order."""
        ...

    def load_offer(self, corpus: str, source: str, source_id: str) -> Offer:
        """One offer in its latest form."""
        ...

    def taken_down(self, names: Iterable[Identifier]) -> str | None:
        """A name among these whose work was taken down; None where there is none."""
        ...

    def validator(self, url: str) -> Validator | None:
        """What an address said to ask with; None where it was never taken, or said nothing."""
        ...
