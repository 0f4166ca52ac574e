"""
What stands before every page: sizes, pace, whence a write comes, and what browsers are told.

Airflow gives plugins none of this: its cookie is SameSite=Lax and nothing more, and it sends no
policy of its own. Addresses and bodies are measured before anything reads them.
"""

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

__all__ = ["PAGE_POLICY", "Guard", "Pace"]

_log = logging.getLogger(__name__)

#: Scripts, styles and images of our own and nothing else; shown in Airflow's own frame alone.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
)
_HEADERS = {
    b"content-security-policy": PAGE_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"SAMEORIGIN",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"cache-control": b"no-store",
}
#: The longest address a page makes has some 600 characters.
_QUERY_BYTES = 4096
_BODY_BYTES = 65_536
#: People whose pace is remembered at once.
_PEOPLE = 4096
_SAFE = frozenset({"GET", "HEAD"})

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Pace:
    """
    A token bucket a person.

    Args:
        per_second: Tokens that come back each second, > 0.
        burst: Tokens at most, >= 1.
        clock: Seconds that only grow.
    """

    def __init__(
        self, *, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_seconds(self, who: str) -> float:
        """Take a token; 0.0 where there was one, else how long to wait for the next."""
        now = self._clock()
        bucket = self._buckets.pop(who, None) or _Bucket(self._burst, now)
        self._buckets[who] = bucket
        while len(self._buckets) > _PEOPLE:
            self._buckets.popitem(last=False)
        bucket.tokens = min(
            self._burst, bucket.tokens + (now - bucket.filled_at) * self._per_second
        )
        bucket.filled_at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self._per_second
        bucket.tokens -= 1
        return 0.0


class Guard:
    """
    ASGI middleware around all pages.

    Args:
        app: The pages.
        pace: How much one person may ask.
        host: Name and port under which people know Airflow, where a proxy in between changes
            them; empty where none does.
    """

    def __init__(self, app: AsgiApp, pace: Pace, host: str = "") -> None:
        self._app = app
        self._pace = pace
        self._host = host.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what cannot be right; give everything that leaves its headers."""
        if scope["type"] != "http":
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        has_begun = False

        async def dressed(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in _HEADERS.items() if name not in own),
                ]
            await send(message)

        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _say(dressed, *refusal)
            return
        sent = await _taken(receive) if scope["method"] not in _SAFE else b""
        if sent is None:
            await _say(dressed, 413, "What was sent is too large.")
            return
        try:
            await self._app(scope, _again(sent, receive), dressed)
        except Exception:  # noqa: BLE001 - the last door: logged whole, told without words of it
            _log.exception("a page of florilegium failed: %s", scope["path"])
            if not has_begun:
                words = "This page failed. The log of the API server says why; please report it."
                await _say(dressed, 500, words)

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str, int] | None:
        """Status, words and seconds to wait; None where the request may go on."""
        if len(scope.get("query_string", b"")) > _QUERY_BYTES:
            return 414, "The address is too long.", 0
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > _BODY_BYTES:
            return 413, "What was sent is too large.", 0
        wait = self._pace.wait_seconds(_who(scope, headers))
        if wait > 0:
            return 429, "Too many requests at once: wait a moment.", int(wait) + 1
        if scope["method"] not in _SAFE:
            return _write_refusal(headers, self._host)
        return None


def _who(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """A name for whoever asks: the hash of what they sign in with, else their address."""
    told = headers.get(b"authorization", b"") + b"\0" + headers.get(b"cookie", b"")
    if len(told) > 1:
        return hashlib.sha256(told).hexdigest()
    client = scope.get("client")
    return str(client[0]) if client else "nobody"


def _write_refusal(headers: dict[bytes, bytes], known: str) -> tuple[int, str, int] | None:
    """
    A write comes as JSON from a page of ours, or with a token that no browser adds by itself.

    The cookie alone proves nothing: browsers add it on same-site requests of other programs too.
    """
    if headers.get(b"content-type", b"").split(b";")[0].strip().lower() != b"application/json":
        return 415, "Writes are JSON.", 0
    site = headers.get(b"sec-fetch-site")
    origin = headers.get(b"origin")
    if site is not None and site != b"same-origin":
        return 403, "This write comes from another site.", 0
    if origin is not None:
        host = urlsplit(origin.decode("latin-1")).netloc.lower()
        if not host or host not in (headers.get(b"host", b"").decode("latin-1").lower(), known):
            return 403, "This write comes from another site.", 0
    elif not headers.get(b"authorization", b"").lower().startswith(b"bearer "):
        return 403, "This write does not say where it comes from.", 0
    return None


async def _taken(receive: Receive) -> bytes | None:
    """A whole body, which may not tell its length; None where it is too large."""
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > _BODY_BYTES:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was taken once more, then whatever comes."""
    is_given = False

    async def given() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return given


async def _say(send: Send, status: int, words: str, wait: int = 0) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if wait:
        headers.append((b"retry-after", str(wait).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode() + b"\n"})
