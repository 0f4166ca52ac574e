"""
A threaded stand-in for every source: it replays bodies, scripts faults, and watches the limits.

Bodies are handed in by the test. Each fault is used up by one request of its path; a host's
limit is checked on the server's own clock, so a client that is too fast is caught, not trusted.
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

    def count(self) -> Counter[str]:
        return Counter(urlsplit(target).path for _, target in self.requests)

    def gaps(self) -> Sequence[float]:
        times = sorted(moment for moment, _ in self.requests)
        return [late - early for early, late in itertools.pairwise(times)]

    def _reply(self, target: str) -> Reply:
        parts = urlsplit(target)
        with self._lock:
            self.requests.append((time.monotonic(), target))
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
            try:
                self._send(stand_in._reply(self.path))
            except OSError:
                self.close_connection = True
            finally:
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
