"""
Read PDFs by a GROBID server, and everything else, or what the server cannot, by our own readers.

Reads:    the bytes of one full text; a GROBID server
Writes:   nothing; the caller stores the document
Gives up: ParseError with an outcome code; ServiceUnavailableError while the server is down
Version:  GROBID's version and revision, how it is asked, our TEI walker and our PDF reader
Next:     chunk

Our own reader looks at the same PDF too: what it sees no ink of is taken out of GROBID's text,
and how much of both readings agrees is noted in ``quality.detail``. A paper that the server cannot
read is read by our own reader alone, and says so in ``quality.detail["fallback"]``. Its document
still carries the fingerprint of this reader: it is the outcome of that recipe, so the next night
does not try again and again.
"""

import re
from dataclasses import replace

import structlog

from etl.errors import OutcomeCode, ParseError, ServiceUnavailableError
from etl.keys import content_key, fingerprint_sha256
from etl.parse.compare import compare_documents
from etl.parse.grobid.aside import set_aside
from etl.parse.grobid.call import CALL_OPTIONS, COORDINATES
from etl.parse.grobid.server import GrobidVersion, read_version
from etl.parse.grobid.status import Ending, Reply
from etl.parse.grobid.transport import GrobidTransport
from etl.ports import Parser
from etl.records.document import Document, DocumentStatus
from etl.records.full_text import FullText, MediaType
from etl.records.recipe import Fingerprint
from etl.settings import GrobidSettings

__all__ = ["GROBID_READER", "GrobidParser"]

#: Raise the number whenever the same TEI would give another document.
GROBID_READER = "grobid-reader/1"

_log = structlog.get_logger()

#: GROBID names itself in ``appInfo``, in its own attribute order.
_WRITTEN_BY = re.compile(rb'<application version="([\w.+\-]+)" ident="GROBID"')
#: Endings that no other reader would change.
_FINAL = {
    Ending.NO_TEXT_LAYER: OutcomeCode.NO_TEXT_LAYER,
    Ending.TOO_LARGE: OutcomeCode.TOO_LARGE,
}


class GrobidParser:
    """
    The parser port over a GROBID server.

    Args:
        settings: Address and limits; ``url`` must be set.
        fallback: Reads the TEI, all other media types, and PDFs that the server cannot.
    """

    def __init__(self, settings: GrobidSettings, fallback: Parser) -> None:
        self._settings = settings
        self._fallback = fallback
        self._transport = GrobidTransport(settings)
        self._version: GrobidVersion | None = None

    def fingerprint(self, media_type: MediaType) -> Fingerprint:
        """
        Name the reader of a media type; for PDFs the server is asked once.

        Raises:
            ServiceUnavailableError: The server does not tell its version.
        """
        if media_type is not MediaType.PDF:
            return self._fallback.fingerprint(media_type)
        if self._version is None:
            self._version = read_version(self._settings)
        recipe = {
            "reader": GROBID_READER,
            "version": self._version.version,
            "revision": self._version.revision,
            "options": {**CALL_OPTIONS, "coordinates": list(COORDINATES)},
            "check_hidden": self._settings.check_hidden,
            "tei": self._fallback.fingerprint(MediaType.TEI).sha256,
            "fallback": self._fallback.fingerprint(MediaType.PDF).sha256,
        }
        digest = fingerprint_sha256(recipe)
        return Fingerprint(
            fingerprint_id=content_key("parse", digest),
            stage="parse",
            name=f"grobid/{self._version.version}",
            sha256=digest,
            recipe=recipe,
        )

    def parse(self, full_text: FullText, content: bytes) -> Document:
        """
        Read one paper.

        Raises:
            ParseError: No reader made a document of it; the outcome says why.
            ServiceUnavailableError: The server is down, busy or not ready.
        """
        if full_text.media_type is not MediaType.PDF:
            return self._fallback.parse(full_text, content)
        if not content:
            raise ParseError(OutcomeCode.EMPTY_FILE, "no bytes")
        if len(content) > self._settings.max_bytes:
            detail = f"{len(content)} bytes, at most {self._settings.max_bytes} go to GROBID"
            raise ParseError(OutcomeCode.TOO_LARGE, detail)
        fingerprint = self.fingerprint(MediaType.PDF)
        reply = self._transport.send(content, name=f"{full_text.sha256}.pdf")
        if reply.ending in _FINAL:
            raise ParseError(_FINAL[reply.ending], f"GROBID: {reply.detail}")
        self._check_unchanged(reply)
        document = self._read(full_text, content, reply)
        return replace(
            document,
            document_id=content_key(full_text.sha256, fingerprint.sha256),
            parser=fingerprint,
        )

    def _check_unchanged(self, reply: Reply) -> None:
        """Refuse a TEI by another version than the fingerprint names: an upgrade in mid-run."""
        written_by = _WRITTEN_BY.search(reply.body)
        known = self._version
        if written_by is None or known is None or written_by[1].decode() == known.version:
            return
        now = read_version(self._settings)
        if now != known:
            self._version = None
            raise ServiceUnavailableError(
                f"GROBID changed from {known.version} {known.revision} to {now.version} "
                f"{now.revision} during the run; begin a new one"
            )

    def _read(self, full_text: FullText, content: bytes, reply: Reply) -> Document:
        if reply.ending is not Ending.TEI:
            return self._fall_back(full_text, content, reply.ending, reply.detail)
        as_tei = replace(full_text, media_type=MediaType.TEI)
        try:
            document = self._fallback.parse(as_tei, reply.body)
        except ParseError as error:
            code = f"tei_{error.outcome.code}"
            return self._fall_back(full_text, content, code, error.outcome.detail)
        if document.status is not DocumentStatus.PARSED:
            return self._instead_of(document, full_text, content)
        inked = self._inked(full_text, content)
        seen = set_aside(document, inked)
        return _told(seen, reader="grobid", **_agreement(seen, inked))

    def _instead_of(self, refused: Document, full_text: FullText, content: bytes) -> Document:
        """GROBID's text did not pass the gate: our own reader may see more, or tell why."""
        code = refused.outcome.code if refused.outcome else "unreadable"
        reason = "no_body" if not refused.sentences else f"refused_{code}"
        detail = refused.outcome.detail if refused.outcome else ""
        try:
            return self._fall_back(full_text, content, reason, detail)
        except ParseError:
            return _told(refused, reader="grobid")

    def _fall_back(self, full_text: FullText, content: bytes, reason: str, detail: str) -> Document:
        reader = self._fallback.fingerprint(MediaType.PDF).name
        _log.warning(
            "parse.fell_back", full_text_id=full_text.full_text_id, reason=reason, detail=detail
        )
        try:
            document = self._fallback.parse(full_text, content)
        except ParseError as error:
            both = f"{error.outcome.detail} (GROBID: {reason})"
            raise ParseError(error.outcome.code, both) from error
        return _told(document, reader=reader, fallback=str(reason), fallback_detail=detail)

    def _inked(self, full_text: FullText, content: bytes) -> Document | None:
        """Our own reading of the same PDF, which knows what has ink."""
        if not self._settings.check_hidden:
            return None
        try:
            return self._fallback.parse(full_text, content)
        except ParseError as error:
            code = error.outcome.code
            _log.warning("parse.ink_not_checked", full_text_id=full_text.full_text_id, code=code)
            return None


def _agreement(document: Document, inked: Document | None) -> dict[str, bool | float]:
    """How much of both readings agrees; a low share means that one of them lost text."""
    if inked is None or inked.status is not DocumentStatus.PARSED:
        return {"ink_checked": inked is not None}
    likeness = compare_documents(document, inked)
    return {
        "ink_checked": True,
        "found_in_own": round(likeness.windows_in_other, 4),
        "own_found": round(likeness.windows_in_one, 4),
        "own_headings_found": round(likeness.headings_in_one, 4),
    }


def _told(document: Document, **notes: str | bool | float) -> Document:
    """The document with notes in its quality's detail."""
    quality = document.quality
    return replace(document, quality=replace(quality, detail={**quality.detail, **notes}))
