"""What the tests of the GROBID reader share: a paper, our own reader, and patience of moments."""

from pathlib import Path
from typing import Any

from etl.fetch.take import full_text_of
from etl.keys import sha256_hex
from etl.parse.reader import IsolatedParser
from etl.ports import Parser
from etl.records.document import Document, Zone
from etl.records.full_text import FullText, MediaType
from etl.records.recipe import Fingerprint
from etl.settings import ParseSettings

__all__ = [
    "OWN",
    "PDF",
    "QUICK",
    "ROOT",
    "TEXT",
    "Remembering",
    "body_sections",
    "paper",
    "read_own",
    "texts",
]

ROOT = Path(__file__).parents[2]
PDF = (ROOT / "samples/papers/terns-two-column.pdf").read_bytes()


class Remembering:
    """Our own readers, which read the same bytes once: a child a call would take minutes."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._read: dict[tuple[MediaType, str], Document] = {}

    def fingerprint(self, media_type: MediaType) -> Fingerprint:
        return self._parser.fingerprint(media_type)

    def parse(self, full_text: FullText, content: bytes) -> Document:
        key = (full_text.media_type, sha256_hex(content))
        if key not in self._read:
            self._read[key] = self._parser.parse(full_text, content)
        return self._read[key]


OWN = Remembering(IsolatedParser(ParseSettings()))
#: Patience of milliseconds, so that what is bounded can be seen to end.
QUICK: dict[str, Any] = {
    "connect_seconds": 2,
    "timeout_seconds": 20,
    "pause_seconds": (0.0, 0.01),
    "recovery_seconds": 0,
    "check_hidden": False,
}
TEXT = "text/plain"


def paper(content: bytes = PDF) -> FullText:
    return full_text_of(content, name="paper.pdf")


def read_own(content: bytes) -> Document:
    return OWN.parse(paper(content), content)


def texts(document: Document) -> list[str]:
    return [document.text_of(sentence) for sentence in document.sentences]


def body_sections(document: Document) -> list[tuple[int, str]]:
    titled = [s for s in document.sections if s.path and s.zone is Zone.BODY]
    return [(len(section.path), section.kind) for section in titled]
