"""
A stand-in for a GROBID server, for contract tests; it recognises nothing by itself.

It keeps the protocol of ``/api/processFulltextDocument`` (POST, multipart, a part ``input``
that starts with ``%PDF``, a bounded pool of engines that answers 503 when none is free) and
gives back what our own reader saw in the PDF, written as TEI, with coordinates and sentences
only where they were asked for. Faults are scripted by file name. What a real server makes of a
real paper is tested by the same suite with ``GROBID_URL`` set.
"""

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from etl.errors import ParseError
from etl.keys import sha256_hex
from etl.records.document import Document
from tests.standins.grobid_tei import TeiForm, tei_of

__all__ = ["ANY_NAME", "Answer", "Call", "GrobidStandIn"]

#: A script under this name holds for every file.
ANY_NAME = "*"
_SERVICE = "/api/processFulltextDocument"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One scripted answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/xml; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()
    #: Seconds before it begins.
    delay: float = 0.0
    #: Say the body is longer than it is, then close: what a killed server looks like.
    is_cut: bool = False
    #: Seconds between two bytes.
    drip: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request for a full text, as it came."""

    name: str
    #: Text parts; several of one name in their order.
    form: dict[str, list[str]]
    pdf: bytes
    status: int


@dataclass(slots=True)
class _State:
    read: Callable[[bytes], Document]
    version: str
    revision: str
    engines: threading.BoundedSemaphore
    engine_count: int
    pool_wait: float
    with_hidden: bool
    health: str = "new"
    #: Tell the version as a bare text, as old servers did.
    is_version_bare: bool = False
    is_alive: bool = True
    #: The version written into TEI where it is not the one told.
    writes_as: str | None = None
    scripts: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    calls: list[Call] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class GrobidStandIn:
    """
    The server, on a free port of 127.0.0.1, while its ``with`` block lasts.

    Args:
        read: Reads a PDF; its result becomes the TEI.
        version: What ``/api/version`` tells.
        engines: Papers read at once.
        pool_wait: Seconds a call waits for a free engine before its 503 (GROBID: 1).
        with_hidden: Return hidden text as text, as GROBID does.
    """

    def __init__(
        self,
        read: Callable[[bytes], Document],
        *,
        version: str = "0.9.1",
        revision: str = "standin",
        engines: int = 4,
        pool_wait: float = 1.0,
        with_hidden: bool = False,
    ) -> None:
        self.state = _State(
            read=read,
            version=version,
            revision=revision,
            engines=threading.BoundedSemaphore(engines),
            engine_count=engines,
            pool_wait=pool_wait,
            with_hidden=with_hidden,
        )
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Address without a slash at the end; stays the same over a restart."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def calls(self) -> list[Call]:
        """Requests for a full text so far."""
        return self.state.calls

    def script(self, *answers: Answer, name: str = ANY_NAME) -> None:
        """Give these answers, one a call, to the file of this name; then work as usual."""
        self.state.scripts[name].extend(answers)

    def start(self) -> None:
        """Listen; on the port of the time before, after a stop."""
        server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self.state))
        self._port = server.server_address[1]
        self._server = server
        poll = {"poll_interval": 0.01}
        threading.Thread(target=server.serve_forever, kwargs=poll, daemon=True).start()

    def stop(self) -> None:
        """Stop listening, as a killed server does."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _handler(state: _State) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        shared = state

    return Handler


class _Handler(BaseHTTPRequestHandler):
    shared: _State
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""

    def do_GET(self) -> None:
        state = self.shared
        if self.path == "/api/isalive":
            text = b"true" if state.is_alive else b"false"
            self.give(Answer(body=text, content_type="text/plain"))
        elif self.path == "/api/version":
            told = json.dumps({"version": state.version, "revision": state.revision})
            body = state.version if state.is_version_bare else told
            self.give(Answer(body=body.encode(), content_type="application/json"))
        elif self.path == "/api/health" and state.health != "missing":
            self.give(self.health())
        else:
            self.give(Answer(status=404, body=b"<html>not found</html>"))

    def health(self) -> Answer:
        state = self.shared
        if state.health == "old":
            return Answer(content_type="text/plain")
        ready = state.health == "new"
        told = {"ready": ready, "pool": {"maxActive": state.engine_count}}
        status = 200 if ready else 503
        body = json.dumps(told).encode()
        return Answer(status=status, body=body, content_type="application/json")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if self.path != _SERVICE:
            self.give(Answer(status=404, body=b"<html>not found</html>"))
            return
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/form-data"):
            self.give(Answer(status=415))
            return
        name, pdf, form = _parts(kind, body)
        answer = self.answer(name, pdf, form)
        call = Call(name=name, form=form, pdf=pdf, status=answer.status)
        with self.shared.lock:
            self.shared.calls.append(call)
        self.give(answer)

    def answer(self, name: str, pdf: bytes, form: dict[str, list[str]]) -> Answer:
        if not pdf.startswith(b"%PDF"):
            return Answer(status=500, body=b"[BAD_INPUT_DATA] no PDF", content_type="text/plain")
        if not self.shared.engines.acquire(timeout=self.shared.pool_wait):
            return Answer(status=503)
        try:
            with self.shared.lock:
                for key in (name, ANY_NAME):
                    if self.shared.scripts[key]:
                        scripted = self.shared.scripts[key].popleft()
                        break
                else:
                    scripted = None
            if scripted is not None:
                time.sleep(scripted.delay)
                return scripted
            return self.tei(pdf, form)
        finally:
            self.shared.engines.release()

    def tei(self, pdf: bytes, form: dict[str, list[str]]) -> Answer:
        state = self.shared
        key = sha256_hex(pdf)
        try:
            if key not in state.documents:
                state.documents[key] = state.read(pdf)
        except ParseError:
            body = b"[PDFALTO_CONVERSION_FAILURE] PDF to XML conversion failed"
            return Answer(status=500, body=body, content_type="text/plain")
        asked = TeiForm(
            version=state.writes_as or state.version,
            revision=state.revision,
            coordinates=tuple(form.get("teiCoordinates", [])),
            sentences=form.get("segmentSentences") == ["1"],
            ids=form.get("generateIDs") == ["1"],
            raw_citations=form.get("includeRawCitations") == ["1"],
            with_hidden=state.with_hidden,
        )
        return Answer(body=tei_of(state.documents[key], asked))

    def give(self, answer: Answer) -> None:
        self.send_response(answer.status)
        length = len(answer.body) + (1000 if answer.is_cut else 0)
        if answer.status != 204:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(length))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        try:
            self.give_body(answer)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        if answer.is_cut:
            self.close_connection = True

    def give_body(self, answer: Answer) -> None:
        if not answer.drip:
            self.wfile.write(answer.body)
            return
        for index in range(len(answer.body)):
            self.wfile.write(answer.body[index : index + 1])
            self.wfile.flush()
            time.sleep(answer.drip)


def _parts(kind: str, body: bytes) -> tuple[str, bytes, dict[str, list[str]]]:
    """File name and bytes of the part ``input``, and all text parts."""
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
    name, pdf = "", b""
    form: dict[str, list[str]] = {}
    for part in message.iter_parts():
        field_name = str(part.get_param("name", header="content-disposition"))
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        if field_name == "input":
            name, pdf = part.get_filename() or "", content
        else:
            form.setdefault(field_name, []).append(content.decode())
    return name, pdf, form
