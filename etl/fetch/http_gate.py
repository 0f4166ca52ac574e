"""
Who may ask a host now.

Reads:    the state of each host
Writes:   the same
Gives up: never; it says how long to wait
Version:  none
Next:     etl/fetch/guard.py
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol

from etl.intake import Admission, HostRule, HostState

__all__ = ["DEFAULT_RULE", "HOST_RULES", "SLOT_SECONDS", "MemoryGate", "RateGate"]

#: A slot that its holder never gave back is free again after this long; above the longest request.
SLOT_SECONDS = 180.0
#: For hosts nobody has told us about.
DEFAULT_RULE = HostRule(rate=1.0, concurrency=2)
#: At or below what the sources publish for callers without a contract.
HOST_RULES: Mapping[str, HostRule] = {
    "www.ebi.ac.uk": HostRule(rate=8.0, concurrency=4),
    # One every three seconds, less what lateness may shorten a gap by.
    "export.arxiv.org": HostRule(rate=1 / 3.1, concurrency=1),
    "arxiv.org": HostRule(rate=1 / 3.1, concurrency=1),
    "api.crossref.org": HostRule(rate=5.0, concurrency=1),
    "api.openalex.org": HostRule(rate=8.0, concurrency=2),
    "api.unpaywall.org": HostRule(rate=5.0, concurrency=2),
    "pmc.ncbi.nlm.nih.gov": HostRule(rate=2.0, concurrency=1),
}


class RateGate(Protocol):
    """Keeps every host's limits, for all workers together."""

    def admit(self, host: str) -> Admission:
        """Take a token and a slot of a host, or learn how long to wait."""
        ...

    def finish(
        self,
        host: str,
        ticket: int,
        *,
        kind: str,
        pause_seconds: float = 0.0,
        told_rate: float | None = None,
        byte_count: int = 0,
    ) -> None:
        """Give the slot back and tell how the request ended: ok, limited or failed."""
        ...

    def usage(self, host: str) -> Mapping[str, int]:
        """Today's ledger of a host: ok, limited, failed and byte_count."""
        ...


class MemoryGate:
    """A :class:`RateGate` of one process, for dry runs and tests."""

    def __init__(
        self,
        rules: Mapping[str, HostRule] | None = None,
        *,
        default: HostRule = DEFAULT_RULE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rules = HOST_RULES if rules is None else rules
        self._default = default
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._states: dict[str, HostState] = {}
        self._slots: dict[int, tuple[str, float]] = {}
        self._usage: dict[str, Counter[str]] = {}

    def admit(self, host: str) -> Admission:
        """See :meth:`RateGate.admit`."""
        with self._lock:
            now = self._clock()
            self._slots = {t: slot for t, slot in self._slots.items() if slot[1] > now}
            in_use = sum(held == host for held, _ in self._slots.values())
            state = self._states.get(host, HostState(refilled_at=now))
            rule = self._rules.get(host, self._default)
            self._states[host], wait = state.admit(rule, now=now, in_use=in_use)
            if wait:
                return Admission(ticket=None, wait_seconds=wait)
            ticket = next(self._numbers)
            self._slots[ticket] = (host, now + SLOT_SECONDS)
            return Admission(ticket=ticket, wait_seconds=0.0)

    def finish(
        self,
        host: str,
        ticket: int,
        *,
        kind: str,
        pause_seconds: float = 0.0,
        told_rate: float | None = None,
        byte_count: int = 0,
    ) -> None:
        """See :meth:`RateGate.finish`."""
        with self._lock:
            self._slots.pop(ticket, None)
            state = self._states.get(host, HostState())
            self._states[host] = state.finish(
                kind, now=self._clock(), pause_seconds=pause_seconds, told_rate=told_rate
            )
            self._usage.setdefault(host, Counter()).update({kind: 1, "byte_count": byte_count})

    def usage(self, host: str) -> Mapping[str, int]:
        """See :meth:`RateGate.usage`."""
        with self._lock:
            counted = self._usage.get(host, Counter())
            return {name: counted[name] for name in ("ok", "limited", "failed", "byte_count")}
