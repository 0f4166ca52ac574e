"""
The one client that speaks to the world for papers.

Reads:    http and https addresses, named by people, sources and papers: all untrusted
Writes:   nothing but the rate gate
Gives up: FetchError with a code of its own for each way a transfer ends badly
Version:  none
Next:     etl/fetch/sources/
"""

import random
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from urllib.parse import urljoin

import httpcore
import httpx

from etl.errors import FetchError, OutcomeCode
from etl.fetch.http_addresses import AddressPolicy, PublicAddresses
from etl.fetch.http_body import read_body
from etl.fetch.http_connect import CheckedTransport, Deadline
from etl.fetch.http_gate import RateGate
from etl.fetch.http_pause import retry_after, told_rate

__all__ = ["Answer", "GuardedClient", "Limits"]

_MOVED = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
#: What stays on a redirect to another host: it asks for less, and says nothing of us.
_CONDITIONAL = ("if-none-match", "if-modified-since")
_SERVER_FAULT = 500
#: Pause where a host says it is busy but not for how long, seconds.
_BUSY_SECONDS = 10.0
#: Sent on a redirect to another host too; whatever else the caller gave stays with the first.
_USER_AGENT = "florilegium/0.1 (nightly reading of open literature)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one request (issue 6: 5 hops, 100 MiB, 120 s, ratio 100)."""

    max_bytes: int = 104_857_600
    #: From the first connection to the last byte, all hops together.
    total_seconds: float = 120.0
    #: Longest silence.
    idle_seconds: float = 30.0
    max_hops: int = 5
    max_ratio: int = 100
    #: Tries of one request, each with its own total.
    attempts: int = 4
    #: First and longest pause between tries; drawn evenly from 0 up to it (full jitter).
    pause_seconds: tuple[float, float] = (1.0, 30.0)
    #: Longest wait for the rate gate or a busy host before the request is given up.
    max_wait_seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose bytes are all here."""

    url: str
    status: int
    #: Names in lower case.
    headers: Mapping[str, str]
    content: bytes


class _TryAgainError(Exception):
    """A try that failed in a way in which another may not."""

    def __init__(self, error: FetchError, *, wait_seconds: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_seconds = wait_seconds


class GuardedClient:
    """
    Takes one address at a time, within the limits of its host and of :class:`Limits`.

    Args:
        gate: Shared by all workers.
        policy: Which addresses may be spoken to; public ones by default. Tests hand in theirs:
            no setting can.
        limits: Bounds of one request.
        contact: Mail address that sources may write to; sent in the User-Agent.
        sleep: Waits; tests hand in their own.
    """

    def __init__(
        self,
        gate: RateGate,
        *,
        policy: AddressPolicy | None = None,
        limits: Limits | None = None,
        contact: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gate = gate
        self._policy = policy or PublicAddresses()
        self._limits = limits or Limits()
        agent = f"{_USER_AGENT}; mailto:{contact}" if contact else _USER_AGENT
        self._headers = {"user-agent": agent, "accept-encoding": "gzip, deflate"}
        self._sleep = sleep
        self._ssl = _trusted_roots()
        # Jitter is for spreading, not for secrets.
        self._random = random.Random()  # noqa: S311 - spread, no secret

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
        allowed: frozenset[int] = frozenset({200}),
    ) -> Answer:
        """
        Take what an address holds.

        Args:
            url: http or https.
            headers: Sent to the first host only, but for the conditional ones.
            max_bytes: Below the limits' own cap.
            allowed: Status codes that are an answer.

        Raises:
            FetchError: REFUSED_ADDRESS, REDIRECT, UNREACHABLE, TOO_SLOW, TOO_LARGE, INCOMPLETE,
                HTTP_STATUS or RATE_LIMITED. Details name host and path, never the query.
        """
        cap = min(max_bytes or self._limits.max_bytes, self._limits.max_bytes)
        first, longest = self._limits.pause_seconds
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return self._follow(url, dict(headers or {}), cap, allowed)
            except _TryAgainError as again:
                pause = again.wait_seconds
                if pause is None:
                    pause = self._random.uniform(0, min(longest, first * 2 ** (attempt - 1)))
                if attempt == self._limits.attempts or pause > self._limits.max_wait_seconds:
                    raise again.error from again
                self._sleep(pause)
        raise AssertionError("the loop returns or raises")

    def _follow(
        self, url: str, headers: dict[str, str], cap: int, allowed: frozenset[int]
    ) -> Answer:
        """One try: at most ``max_hops`` redirects within one deadline."""
        spent = 0.0
        seen: set[str] = set()
        for _ in range(self._limits.max_hops + 1):
            target = _checked_url(url)
            if str(target) in seen:
                raise FetchError(OutcomeCode.REDIRECT, f"{_shown(target)} leads in a circle")
            seen.add(str(target))
            ticket = self._admitted(target.host)
            began = time.monotonic()
            # Waiting for the gate costs no time of the transfer.
            left = max(self._limits.total_seconds - spent, 0.001)
            answer = self._one(target, headers, cap, ticket, Deadline(
                left, idle_seconds=self._limits.idle_seconds
            ))  # fmt: skip
            spent += time.monotonic() - began
            location = answer.headers.get("location")
            if answer.status not in _MOVED or location is None:
                return self._judged(answer, target, allowed)
            url = _joined(str(target), location)
            if _checked_url(url).host != target.host:
                headers = {name: headers[name] for name in _CONDITIONAL if name in headers}
        raise FetchError(OutcomeCode.REDIRECT, f"more than {self._limits.max_hops} redirects")

    def _admitted(self, host: str) -> int:
        waited = 0.0
        while True:
            admission = self._gate.admit(host)
            if admission.ticket is not None:
                return admission.ticket
            if waited + admission.wait_seconds > self._limits.max_wait_seconds:
                raise FetchError(
                    OutcomeCode.RATE_LIMITED,
                    f"{host} may not be asked for {admission.wait_seconds:.0f} s more",
                )
            waited += admission.wait_seconds
            self._sleep(admission.wait_seconds)

    def _one(
        self,
        url: httpx.URL,
        headers: Mapping[str, str],
        cap: int,
        ticket: int,
        deadline: Deadline,
    ) -> Answer:
        """One request of one hop; the gate always learns how it ended."""
        kind, pause, rate, count = "failed", 0.0, None, 0
        try:
            answer = self._transfer(url, headers, cap, deadline)
            rate, count = told_rate(answer.headers), len(answer.content)
            if answer.status in _BUSY:
                asked = retry_after(answer.headers.get("retry-after"), now=datetime.now(UTC))
                # Without a wish, 429 still means slower, and 503 may be any fault.
                is_limit = asked is not None or answer.status == HTTPStatus.TOO_MANY_REQUESTS
                pause = _BUSY_SECONDS if asked is None and is_limit else asked or 0.0
                kind = "limited" if is_limit else "failed"
            elif answer.status < _SERVER_FAULT:
                kind = "ok"
        except FetchError as error:
            # An item's own fault says nothing against its host.
            kind = "ok" if error.outcome.code in _ITEM_FAULTS else "failed"
            raise
        else:
            return answer
        finally:
            self._gate.finish(
                url.host,
                ticket,
                kind=kind,
                pause_seconds=pause,
                told_rate=rate,
                byte_count=count,
            )

    def _transfer(
        self, url: httpx.URL, headers: Mapping[str, str], cap: int, deadline: Deadline
    ) -> Answer:
        transport = CheckedTransport(self._policy, deadline, self._ssl)
        try:
            request = httpx.Request("GET", url, headers={**self._headers, **headers})
            with transport, closing(transport.handle_request(request)) as response:
                found = {name.lower(): value for name, value in response.headers.items()}
                if _declared(found) > cap:
                    raise FetchError(OutcomeCode.TOO_LARGE, f"{_shown(url)} is above {cap} bytes")
                content = b""
                if response.status_code not in _MOVED:
                    content = read_body(
                        response.stream,  # type: ignore[arg-type]
                        coding=found.get("content-encoding", ""),
                        max_bytes=cap,
                        max_ratio=self._limits.max_ratio,
                    )
                return Answer(
                    url=str(url), status=response.status_code, headers=found, content=content
                )
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise _TryAgainError(_failed(OutcomeCode.UNREACHABLE, url, error)) from error
        except httpcore.TimeoutException as error:
            raise _failed(OutcomeCode.TOO_SLOW, url, error) from error
        except (httpcore.ProtocolError, httpcore.NetworkError) as error:
            raise _TryAgainError(_failed(OutcomeCode.INCOMPLETE, url, error)) from error

    def _judged(self, answer: Answer, url: httpx.URL, allowed: frozenset[int]) -> Answer:
        if answer.status in allowed:
            return answer
        detail = f"{_shown(url)} answers {answer.status}"
        if answer.status in _BUSY:
            asked = retry_after(answer.headers.get("retry-after"), now=datetime.now(UTC))
            error = FetchError(OutcomeCode.RATE_LIMITED, detail)
            # The gate holds the host back; here only giving up is decided.
            is_hopeless = (asked or 0.0) > self._limits.max_wait_seconds
            raise _TryAgainError(error, wait_seconds=asked if is_hopeless else None)
        error = FetchError(OutcomeCode.HTTP_STATUS, detail)
        if answer.status >= _SERVER_FAULT:
            raise _TryAgainError(error)
        raise error


@cache
def _trusted_roots() -> ssl.SSLContext:
    """The system's certificates; reading them takes longer than a request."""
    return ssl.create_default_context()


_ITEM_FAULTS = frozenset(
    {OutcomeCode.TOO_LARGE, OutcomeCode.UNSUPPORTED_TYPE, OutcomeCode.REFUSED_ADDRESS}
)


def _checked_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise FetchError(OutcomeCode.REFUSED_ADDRESS, "the link is no address") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise FetchError(OutcomeCode.REFUSED_ADDRESS, f"{parsed.scheme or 'no'} scheme is asked")
    if parsed.userinfo:
        raise FetchError(OutcomeCode.REFUSED_ADDRESS, f"{parsed.host}: the link names a user")
    return parsed.copy_with(fragment=None)


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise FetchError(OutcomeCode.REDIRECT, "a redirect leads to no address") from error


def _declared(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _shown(url: httpx.URL) -> str:
    """For people and logs: keys and mail addresses stand in the query, so it is left out."""
    return f"{url.host}{url.path[:120]}"


def _failed(code: OutcomeCode, url: httpx.URL, error: Exception) -> FetchError:
    return FetchError(code, f"{_shown(url)}: {type(error).__name__}")
