"""
Connections that go to checked addresses only and end when their time is over.

Reads:    the network
Writes:   the network
Gives up: FetchError of the address policy; httpcore's timeouts when the deadline has passed
Version:  none
Next:     etl/fetch/guard.py
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from etl.fetch.http_addresses import AddressPolicy

__all__ = ["CheckedTransport", "Deadline"]

_SocketOptions = Iterable[httpcore.SOCKET_OPTION]


class Deadline:
    """A point in time that all steps of one request share."""

    def __init__(self, seconds: float, *, idle_seconds: float) -> None:
        self._at = time.monotonic() + seconds
        self._idle = idle_seconds

    @property
    def is_over(self) -> bool:
        """True when no step may begin any more."""
        return time.monotonic() >= self._at

    def step(self) -> float:
        """
        Seconds the next step may take.

        Raises:
            httpcore.ReadTimeout: The time is over.
        """
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return min(left, self._idle)


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every step is bounded by the deadline, drip by drip."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, timeout=self._deadline.step())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, timeout=self._deadline.step())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        secure = self._stream.start_tls(
            ssl_context, server_hostname=server_hostname, timeout=self._deadline.step()
        )
        return _TimedStream(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the parent's type
        return self._stream.get_extra_info(info)


class _CheckedBackend(httpcore.NetworkBackend):
    """Opens connections to addresses that the policy has passed; names are resolved here only."""

    def __init__(self, policy: AddressPolicy, deadline: Deadline) -> None:
        self._policy = policy
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        failure: Exception | None = None
        for address in self._policy.addresses(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address,
                    port,
                    timeout=self._deadline.step(),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure or httpcore.ConnectError(f"{host} has no address")


class _Body(httpx.SyncByteStream):
    """The bytes as they come."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class CheckedTransport(httpx.BaseTransport):
    """
    An httpx transport without proxies, over connections of this module.

    Host header and TLS name stay the original host's, while the socket goes to the address
    that was checked: between check and use nothing is resolved again.
    """

    def __init__(
        self, policy: AddressPolicy, deadline: Deadline, ssl_context: ssl.SSLContext
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_keepalive_connections=0,
            network_backend=_CheckedBackend(policy, deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; redirects are the caller's."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
