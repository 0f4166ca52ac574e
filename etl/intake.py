"""
What intake passes between a source, the guarded client and the tables.

All are frozen. Times are seconds since 1970 by the clock of whoever keeps the state; dates are
ISO texts (``2026``, ``2026-03`` or ``2026-03-09``), as exact as the source gave them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = [
    "Admission",
    "FullTextLink",
    "HostRule",
    "HostState",
    "Identifier",
    "Notice",
    "Offer",
    "OfferPage",
    "Rights",
    "Validator",
]

#: Failures in a row after which a host is left alone.
_BREAKER_FAILURES = 5
#: So much of a waiter's lateness (its clock, the database) is made up for by the next, seconds;
#: without it a busy machine uses three quarters of a rate of ten a second.
_LATENESS_SECONDS = 0.05
#: First and longest rest of a host that fails, seconds.
_BREAKER_SECONDS = (60.0, 1800.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """How often one host may be asked."""

    #: Requests a second, > 0.
    rate: float
    #: Requests under way at once, >= 1.
    concurrency: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a request may go now."""

    #: The slot to give back; None where the request has to wait.
    ticket: int | None
    #: Seconds until asking again makes sense; 0 with a ticket.
    wait_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """One host's bucket and breaker; a pure value, so memory and database decide alike."""

    #: Share of the next request that has been earned, 0..1: two at once are never earned.
    tokens: float = 1.0
    refilled_at: float = 0.0
    paused_until: float = 0.0
    failure_count: int = 0
    #: Requests a second the host itself told, or None.
    told_rate: float | None = None

    def admit(self, rule: HostRule, *, now: float, in_use: int) -> tuple["HostState", float]:
        """
        Take a token where there is one.

        Args:
            rule: The host's limits.
            now: Seconds; a clock that went back earns nothing and costs nothing.
            in_use: Slots held by others.

        Returns:
            The state afterwards, and the seconds to wait: 0 means go.
        """
        rate = min(rule.rate, self.told_rate or rule.rate)
        earned = max(0.0, now - self.refilled_at) * rate
        # Never two at once, however fast the host may be asked.
        most = 1.0 + min(0.9, _LATENESS_SECONDS * rate)
        tokens = min(most, self.tokens + earned)
        filled = replace(self, tokens=min(1.0, tokens), refilled_at=now)
        if now < self.paused_until:
            return filled, self.paused_until - now
        if in_use >= rule.concurrency:
            return filled, 1.0 / rate
        # A hair's breadth of rounding must not cost a whole turn.
        if filled.tokens < 1.0 - 1e-9:
            return filled, (1.0 - filled.tokens) / rate
        return replace(filled, tokens=max(0.0, tokens - 1.0)), 0.0

    def finish(
        self, kind: str, *, now: float, pause_seconds: float = 0.0, told_rate: float | None = None
    ) -> "HostState":
        """
        Take in how a request ended.

        Args:
            kind: ok, limited (the host asked for a pause) or failed (no usable answer).
            now: Seconds.
            pause_seconds: What the host asked for.
            told_rate: Requests a second by the host's own headers.
        """
        failures = 0 if kind == "ok" else self.failure_count + (kind == "failed")
        pause = pause_seconds
        if kind == "failed" and failures >= _BREAKER_FAILURES:
            shortest, longest = _BREAKER_SECONDS
            pause = max(pause, min(longest, shortest * 2.0 ** (failures - _BREAKER_FAILURES)))
        return replace(
            self,
            failure_count=failures,
            paused_until=max(self.paused_until, now + pause) if pause else self.paused_until,
            told_rate=told_rate or self.told_rate,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A name of a work that others know it by."""

    #: doi, pmid, pmcid, arxiv, openalex or oai.
    scheme: str
    #: In its normal form: a DOI in lower case, without ``https://doi.org/``.
    value: str
    #: Who told us.
    source: str
    #: Who gives these names out, e.g. crossref; unknown where the source does not say.
    authority: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that happened to a paper after it was published."""

    #: DOI of the paper, not of the notice.
    doi: str
    #: retraction, correction, concern or reinstatement.
    kind: str
    #: Who told it, with its field, e.g. ``crossref.updated-by``.
    source: str
    #: Day, ``2026-03-09``; None where the source tells none.
    date: str | None = None
    #: DOI of the notice itself.
    notice_doi: str | None = None
    #: The source's own word for it.
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What may be done with one version, and where that is written."""

    #: SPDX name, e.g. ``CC-BY-4.0``; None where unknown.
    licence_spdx: str | None
    #: The licence as the source writes it; None where it is silent.
    licence_raw: str | None
    #: Which field of which source it was read from.
    licence_source: str
    #: gold, hybrid, green, bronze, diamond, closed, open or unknown.
    oa_status: str
    #: cc, tdm_licence or unknown: why the text may be mined.
    tdm_basis: str
    #: True where rights are reserved in machine-readable form.
    tdm_reserved: bool
    #: Longest quote in characters; None where the licence sets no limit.
    quote_limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FullTextLink:
    """One place where a version can be had."""

    url: str
    #: published, accepted, preprint or unknown.
    version: str
    rights: Rights
    #: xml or pdf, as far as the source tells; the bytes decide.
    form: str = "pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One paper as one source tells of it. All texts are untrusted."""

    source: str
    #: The source's own id, unique within it.
    source_id: str
    title: str
    date: str
    identifiers: tuple[Identifier, ...]
    #: Best first; empty where the source knows none.
    links: tuple[FullTextLink, ...]
    rights: Rights
    #: Changes when the source changed the record.
    stamp: str
    language: str | None = None
    #: Family name of the first author.
    first_author: str | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPage:
    """One answer of a source to a walk."""

    offers: Sequence[Offer]
    #: Where the next page begins; None at the end.
    next_cursor: str | None
    #: Entries that could not be used, with reasons.
    unmatched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """What an address said to ask with, so that unchanged bytes are not sent again."""

    etag: str | None
    last_modified: str | None
    #: Where the bytes it gave then are kept.
    store_path: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a conditional request (RFC 9110, section 13.1)."""
        told = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in told.items() if value}
