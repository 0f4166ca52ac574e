"""
One endpoint over HTTP: bounded answers, no redirects, the key in a header and nowhere else.

The environment's proxies are not asked: where the model stands is said by the settings alone.
"""

import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx

from etl.settings import LlmSettings

__all__ = ["HttpAnswer", "HttpLine", "base_url"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """Status and body of one exchange."""

    status: int
    #: None where the body was larger than allowed, or encoded though that was not asked for.
    body: bytes | None
    #: Seconds the server asks to wait; None where it does not.
    retry_after: float | None


def base_url(url: str) -> str:
    """The server's address without closing slash and without ``/v1``."""
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


class HttpLine:
    """
    An open line to one endpoint; use it as an asynchronous context manager.

    Args:
        url: Address of the server, with or without ``/v1``.
        settings: Key, time limits and the largest answer.
        transport: Another way to the server, for tests.
    """

    def __init__(
        self, url: str, settings: LlmSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = base_url(url)
        self._settings = settings
        self._transport = transport
        #: One connection each, the last used on top: a pool of many looks at all of them for
        #: each request. Bare transports: there are no cookies, redirects and hooks to look for.
        self._idle: list[httpx.AsyncBaseTransport] = []
        self._made: list[httpx.AsyncBaseTransport] = []
        self._headers = {"Accept-Encoding": "identity", "Accept": "application/json"}
        if settings.api_key is not None:
            self._headers["Authorization"] = f"Bearer {settings.api_key.get_secret_value()}"
        self._is_open = False

    async def __aenter__(self) -> Self:
        self._is_open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_open = False
        made, self._made, self._idle = self._made, [], []
        for transport in made:
            await transport.aclose()

    def _new_transport(self) -> httpx.AsyncBaseTransport:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        return self._transport or httpx.AsyncHTTPTransport(
            verify=_tls(), trust_env=False, limits=limits
        )

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> HttpAnswer:
        """
        Exchange one request for one answer.

        Args:
            method: GET or POST.
            path: Below the server's address, with its leading slash.
            body: Sent as JSON.
            headers: Beside those of the line.
            seconds: Longest wait; None takes the limit of the settings.

        Raises:
            httpx.TransportError: No connection, no answer in time, or a broken one.
        """
        if not self._is_open:
            raise RuntimeError("the line is not open")
        if not self._idle:
            self._made.append(self._new_transport())
            self._idle.append(self._made[-1])
        transport = self._idle.pop()
        try:
            response = await transport.handle_async_request(
                httpx.Request(
                    method,
                    self._url + path,
                    headers={**self._headers, **(headers or {})},
                    json=body,
                    extensions={"timeout": self._timeout(seconds).as_dict()},
                )
            )
            try:
                content = await _read_bounded(response, self._settings.max_response_bytes)
            finally:
                await response.aclose()
        finally:
            # A call that was cancelled while the line closed gives back what is closed.
            if transport in self._made:
                self._idle.append(transport)
        return HttpAnswer(
            status=response.status_code, body=content, retry_after=_retry_after(response)
        )

    def _timeout(self, seconds: float | None) -> httpx.Timeout:
        if seconds is not None:
            return httpx.Timeout(seconds)
        return httpx.Timeout(self._settings.timeout_seconds, connect=self._settings.connect_seconds)


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates takes 20 ms, so it is done once, not for each paper."""
    return ssl.create_default_context()


async def _read_bounded(response: httpx.Response, max_bytes: int) -> bytes | None:
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > max_bytes:
            return None
        parts.append(part)
    return b"".join(parts)


def _retry_after(response: httpx.Response) -> float | None:
    with contextlib.suppress(ValueError):
        return max(0.0, float(response.headers.get("retry-after", "")))
    return None
