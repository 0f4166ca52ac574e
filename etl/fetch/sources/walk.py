"""
Walk over a source, page by page.

Reads:    one page after the other, from any cursor on
Writes:   nothing; the caller keeps each page with its cursor
Gives up: FetchError BROKEN_ANSWER when a cursor repeats or pages stay empty
Version:  none
Next:     etl/fetch/corpus_source.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from etl.fetch.sources.fields import broken
from etl.intake import OfferPage

__all__ = ["PagedSource", "Window", "walk"]

#: Empty pages in a row, with a next cursor each, after which nothing more is believed to come.
_MAX_EMPTY_PAGES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Days a walk covers, both included."""

    since: date
    until: date


class PagedSource(Protocol):
    """A source that is read in pages."""

    @property
    def name(self) -> str:
        """Its name in tables and reports."""
        ...

    @property
    def is_dated(self) -> bool:
        """True where it can be asked for the days of a window."""
        ...

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        """
        Read one page.

        Args:
            window: Which days; a source without dates ignores it.
            cursor: As the page before gave it; None for the first.

        Raises:
            FetchError: The page cannot be had or breaks the contract.
        """
        ...


def walk(source: PagedSource, window: Window, cursor: str | None) -> Iterator[OfferPage]:
    """
    Yield pages from a cursor to the end.

    Raises:
        FetchError: As ``page`` does; and BROKEN_ANSWER where the walk would not end.
    """
    seen = {cursor}
    empty = 0
    while True:
        page = source.page(window, cursor)
        if page.next_cursor is not None and page.next_cursor in seen:
            raise broken(source.name, "its cursor repeats")
        empty = 0 if page.offers or page.unmatched else empty + 1
        if empty > _MAX_EMPTY_PAGES:
            raise broken(source.name, f"{empty} empty pages in a row")
        yield page
        if page.next_cursor is None:
            return
        cursor = page.next_cursor
        seen.add(cursor)
