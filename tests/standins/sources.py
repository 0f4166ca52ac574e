"""
A threaded stand-in for every source: it replays bodies, scripts faults, and watches the limits.

Bodies are handed in by the test. Each fault is used up by one request of its path. Limits are
checked on the server's own clock: a client that is too fast, or asks before a wish to wait has
passed, is written down in ``violations``, not trusted.
"""

import gzip
import itertools
import ssl
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

__all__ = ["LoopbackOnly", "Reply", "StandInSources"]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One scripted answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    #: Sent as Content-Length; the real length by default, none where negative.
    length: int | None = None
    #: Bytes of one drip; the whole body at once by default.
    drip: int | None = None
    drip_seconds: float = 0.05
    #: Close the socket before a single byte.
    reset: bool = False
    #: Send the body over and over until this many bytes went out.
    endless: int = 0


class LoopbackOnly:
    """The tests' address policy: every name leads to the stand-in's own port and nowhere else."""

    def __init__(self, *ports: int) -> None:
        self._ports = ports

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        assert port in self._ports, f"{host}:{port} is not the stand-in"
        return ("127.0.0.1",)


Answerer = Callable[[str, dict[str, str]], Reply]


class StandInSources:
    """Paths → answers; ``requests`` remembers every request with its time."""

    def __init__(self) -> None:
        self.requests: list[tuple[float, str]] = []
        self.agents: set[str] = set()
        self.headers: list[dict[str, str]] = []
        self.bytes_sent = 0
        self.most_at_once = 0
        #: What a client did that the host did not allow.
        self.violations: list[str] = []
        self._limits: list[tuple[str, float, int]] = []
        self._under_way: Counter[str] = Counter()
        self._not_before: dict[str, float] = {}
        self._now = 0
        self._answers: dict[str, Answerer] = {}
        self._faults: dict[str, list[Reply]] = defaultdict(list)
        self._lock = threading.Lock()
        self.port = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def serve(self, path: str, answer: Reply | Answerer) -> None:
        self._answers[path] = answer if callable(answer) else lambda _path, _query: answer

    def break_next(self, path: str, *faults: Reply) -> None:
        self._faults[path].extend(faults)

    def limit(self, prefix: str, *, rate: float, concurrency: int = 1) -> None:
        """
        Watch the paths that begin so.

        Any second may hold *rate* requests and two more: one that was held up on its way, and
        one that had been earned before.
        """
        self._limits.append((prefix, rate, concurrency))

    def rest_after(self, reply: Reply, prefix: str) -> None:
        """Requests below the prefix are violations until the reply's Retry-After has passed."""
        self._not_before[prefix] = time.monotonic() + float(reply.headers["Retry-After"])

    def _watch(self, target: str) -> None:
        """Under the lock, with the request just written down."""
        now = self.requests[-1][0]
        for prefix, rate, _ in self._limits:
            if target.startswith(prefix):
                recent = sum(
                    moment > now - 1.0 and other.startswith(prefix)
                    for moment, other in reversed(self.requests[-int(rate) - 8 :])
                )
                if recent > rate + 2:
                    self.violations.append(f"{recent} requests to {prefix} in a second")
        for prefix, moment in self._not_before.items():
            # A hundredth of a second between two clocks is nobody's fault.
            if target.startswith(prefix) and now < moment - 0.01:
                self.violations.append(f"{prefix} was asked {moment - now:.2f} s too early")

    def _enter(self, target: str, change: int) -> None:
        with self._lock:
            for prefix, _, concurrency in self._limits:
                if target.startswith(prefix):
                    self._under_way[prefix] += change
                    if self._under_way[prefix] > concurrency:
                        self.violations.append(f"{self._under_way[prefix]} at once on {prefix}")

    def count(self) -> Counter[str]:
        return Counter(urlsplit(target).path for _, target in self.requests)

    def gaps(self) -> Sequence[float]:
        times = sorted(moment for moment, _ in self.requests)
        return [late - early for early, late in itertools.pairwise(times)]

    def _reply(self, target: str) -> Reply:
        parts = urlsplit(target)
        with self._lock:
            self.requests.append((time.monotonic(), target))
            self._watch(target)
            if self._faults[parts.path]:
                return self._faults[parts.path].pop(0)
        answer = self._answers.get(parts.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return answer(parts.path, query) if answer else Reply(status=404, body=b"no such path")

    @contextmanager
    def running(self, tls: ssl.SSLContext | None = None) -> Iterator["StandInSources"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(stand_in: StandInSources) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with stand_in._lock:
                stand_in._now += 1
                stand_in.most_at_once = max(stand_in.most_at_once, stand_in._now)
                stand_in.agents.add(self.headers.get("user-agent", ""))
                stand_in.headers.append({k.lower(): v for k, v in self.headers.items()})
            stand_in._enter(self.path, 1)
            try:
                self._send(stand_in._reply(self.path))
            except OSError:
                self.close_connection = True
            finally:
                stand_in._enter(self.path, -1)
                with stand_in._lock:
                    stand_in._now -= 1

        def _send(self, reply: Reply) -> None:
            self.close_connection = True
            if reply.reset:
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value.encode().decode("latin-1"))
            length = len(reply.body) if reply.length is None else reply.length
            if length >= 0 and not reply.endless:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            for piece in _pieces(reply):
                self.wfile.write(piece)
                stand_in.bytes_sent += len(piece)
                if reply.drip:
                    time.sleep(reply.drip_seconds)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def _pieces(reply: Reply) -> Iterator[bytes]:
    if reply.endless:
        for _ in range(0, reply.endless, len(reply.body)):
            yield reply.body
    elif reply.drip:
        for start in range(0, len(reply.body), reply.drip):
            yield reply.body[start : start + reply.drip]
    else:
        yield reply.body


def bomb(size: int) -> bytes:
    """*size* zeros, packed by gzip."""
    return gzip.compress(bytes(size))
