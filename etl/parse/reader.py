"""
Read papers, each in a fresh and limited child.

Reads:    the bytes of one full text
Writes:   nothing; the caller stores the document
Gives up: ParseError with the outcome code of whatever ended the child
Version:  one fingerprint a media type, of reader, libraries and shared steps
Next:     chunk
"""

import unicodedata
from functools import cache
from importlib.metadata import version

from etl.errors import OutcomeCode, ParseError
from etl.keys import content_key, fingerprint_sha256
from etl.parse.document import document_from_wire
from etl.parse.isolated import decode_answer, run_child
from etl.records.document import Document
from etl.records.full_text import FullText, MediaType
from etl.records.recipe import Fingerprint
from etl.settings import ParseSettings

__all__ = ["IsolatedParser"]

#: Name and version of each reader; raise the number in the reader's own module and here
#: whenever the same file would give another document (a test compares both).
_READERS = {
    MediaType.PDF: ("pdf-layout/3", ("pypdfium2", "pypdf")),
    MediaType.JATS: ("jats-walker/3", ("lxml",)),
    MediaType.TEI: ("tei-walker/2", ("lxml",)),
    MediaType.TEXT: ("plain-text/1", ()),
}
#: Steps that all readers share: cleaning, sentences, section kinds, links, quality gate.
_SHARED_STEPS = "shared-steps/4"


class IsolatedParser:
    """The parser port over our own readers; every parse runs in a child of its own."""

    def __init__(self, settings: ParseSettings) -> None:
        self._settings = settings

    def fingerprint(self, media_type: MediaType) -> Fingerprint:
        """Reader, libraries and shared steps; limits are no part, they change no result."""
        return _fingerprint(media_type)

    def parse(self, full_text: FullText, content: bytes) -> Document:
        """
        Read one paper.

        Args:
            full_text: Whose media type picks the reader.
            content: Its bytes.

        Returns:
            The document; one that the quality gate refused says so in its status.

        Raises:
            ParseError: No document came of it; the outcome says why.
        """
        order = {
            "task": "read",
            "media_type": full_text.media_type,
            "max_pages": self._settings.max_pages,
        }
        if not content:
            raise ParseError(OutcomeCode.EMPTY_FILE, "no bytes")
        answer = decode_answer(run_child(order, content, self._settings))
        if "error" in answer:
            code, detail = answer["error"]
            raise ParseError(OutcomeCode(code), detail)
        fingerprint = self.fingerprint(full_text.media_type)
        return document_from_wire(answer, full_text=full_text, fingerprint=fingerprint)


@cache
def _fingerprint(media_type: MediaType) -> Fingerprint:
    name, libraries = _READERS[media_type]
    recipe = {
        "reader": name,
        "shared": _SHARED_STEPS,
        "libraries": {library: version(library) for library in libraries},
        "unicode": unicodedata.unidata_version,
    }
    digest = fingerprint_sha256(recipe)
    return Fingerprint(
        fingerprint_id=content_key("parse", digest),
        stage="parse",
        name=name,
        sha256=digest,
        recipe=recipe,
    )
