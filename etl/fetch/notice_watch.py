"""
Ask again about papers that are here: one may have been retracted, corrected or put in doubt.

Reads:    Crossref, Europe PMC and OpenAlex, many papers a request
Writes:   the ledger: what each said, and that it was asked
Gives up: never; a source that cannot be reached is asked again by the next run
Version:  none
Next:     core.work_event
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog

from etl.errors import FetchError
from etl.intake import Notice

__all__ = ["NoticeLedger", "NoticeSource", "refresh_notices"]

_log = structlog.get_logger()

#: Forty DOIs in one address stay below the 4,000 characters that all three take.
_BATCH = 40
#: A paper is asked about once in so many days; retractions are rare and take months.
_EVERY_DAYS = 7
#: Most papers a source and run: at eight papers a second this is two minutes.
_MOST = 4000


class NoticeSource(Protocol):
    """A source that can be asked about papers by DOI."""

    @property
    def name(self) -> str:
        """Its name in tables."""
        ...

    def notices(self, dois: Sequence[str]) -> list[Notice]:
        """What it says of these papers."""
        ...


class NoticeLedger(Protocol):
    """Remembers notices and who was asked when."""

    def due(self, source: str, *, days: int, limit: int) -> list[str]:
        """DOIs of works that a source was not asked about for so many days."""
        ...

    def save(self, source: str, dois: Sequence[str], notices: Iterable[Notice]) -> int:
        """Keep what was said; returns how many events are new."""
        ...


def refresh_notices(
    sources: Iterable[NoticeSource],
    ledger: NoticeLedger,
    *,
    days: int = _EVERY_DAYS,
    most: int = _MOST,
) -> dict[str, int]:
    """
    Ask each source about the papers it was not asked about for some days.

    Returns:
        New events by source; -1 for one that could not be asked to the end.
    """
    found: dict[str, int] = {}
    for source in sources:
        due = ledger.due(source.name, days=days, limit=most)
        found[source.name] = 0
        for start in range(0, len(due), _BATCH):
            dois = due[start : start + _BATCH]
            try:
                notices = source.notices(dois)
            except FetchError as error:
                _log.warning("notices.stopped", source=source.name, code=error.outcome.code)
                found[source.name] = -1
                break
            found[source.name] += ledger.save(source.name, dois, notices)
    return found
