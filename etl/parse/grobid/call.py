"""
One call of ``processFulltextDocument``: grobid-client-python builds it, our wire carries it.

The client's own way with an answer cannot be used (parsing.md section 2.2): it calls every
fault of the connection HTTP 400 ("Failed to open file: HTTP…"), repeats a 503 by unbounded
recursion, reads answers of any size and guesses their encoding. So what it says of a call is
not looked at; what counts is the reply that our wire noted. Its import configures the root
logger and its making a logger of its own: the first is undone, the second never happens.
"""

import io
import logging
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from etl.parse.grobid.status import Ending, Reply
from etl.parse.grobid.wire import post
from etl.settings import GrobidSettings

__all__ = ["CALL_OPTIONS", "COORDINATES", "call_once"]

#: Elements whose boxes are asked for: those whose text becomes a block or a sentence. Boxes of
#: ``ref`` and ``biblStruct`` would double the answer and are not used.
COORDINATES = ("title", "head", "p", "s", "figure", "formula", "note")
#: How the server is asked to read. Nothing is consolidated: that would send the paper's header
#: and references to Crossref.
CALL_OPTIONS: Mapping[str, Any] = {
    "consolidate_header": False,
    "consolidate_citations": False,
    "include_raw_citations": True,
    "segment_sentences": True,
    "tei_coordinates": True,
}
_SILENT = logging.CRITICAL + 1


def call_once(pdf: bytes, name: str, settings: GrobidSettings) -> Reply:
    """
    Send one PDF once.

    Args:
        pdf: Its bytes.
        name: File name the server sees; echoed in its logs, so ours and not the publisher's.
        settings: Address and limits.

    Returns:
        The reply of exactly one call.

    Raises:
        RuntimeError: The client made none, which is a fault of ours or its own.
    """
    wire = _Wire(settings)
    client = _client_class()(
        wire,
        # A slash at the end would ask for ``//api/…``.
        grobid_server=(settings.url or "").rstrip("/"),
        coordinates=list(COORDINATES),
        check_server=False,
    )
    document = io.BytesIO(pdf)
    document.name = name
    _, _, complaint = client.process_pdf("processFulltextDocument", document, **CALL_OPTIONS)
    if wire.reply is None:
        raise RuntimeError(f"grobid-client-python made no call: {complaint}")
    return wire.reply


class _Wire:
    """Carries a call of the client and notes its reply."""

    def __init__(self, settings: GrobidSettings) -> None:
        self._settings = settings
        self.reply: Reply | None = None

    def carry(self, url: str, form: Mapping[str, Any], files: Mapping[str, Any]) -> int:
        self.reply = post(url, form, files, self._settings)
        return 503 if self.reply.ending is Ending.BUSY else 200


@cache
def _client_class() -> Any:  # noqa: ANN401 - a class that exists only once its base is imported
    """Import the client, which takes a tenth of a second, and put our wire into it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    from grobid_client.grobid_client import GrobidClient  # noqa: PLC0415

    root.handlers[:] = handlers
    root.setLevel(level)

    class Client(GrobidClient):
        def __init__(self, wire: _Wire, **options: Any) -> None:  # noqa: ANN401
            self._wire = wire
            super().__init__(**options)

        def _configure_logging(self) -> None:
            self.logger = logging.getLogger(f"{__name__}.client")
            self.logger.setLevel(_SILENT)

        def _handle_server_busy_retry(self, file_path: str, *_: Any, **__: Any) -> Any:  # noqa: ANN401
            return file_path, 503, None

        def post(self, url: str, *_: Any, **parts: Any) -> tuple[Any, int]:  # noqa: ANN401
            status = self._wire.carry(url, parts.get("data") or {}, parts.get("files") or {})
            return SimpleNamespace(text=""), status

    return Client
