"""What fetch hands to parse: a found item and the bytes it brought."""

from dataclasses import dataclass
from enum import StrEnum

from etl.errors import Outcome

__all__ = [
    "FoundItem",
    "FullText",
    "MediaType",
]


class MediaType(StrEnum):
    """What a file is, decided by its bytes and never by its name."""

    PDF = "application/pdf"
    JATS = "application/jats+xml"
    TEI = "application/tei+xml"
    TEXT = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItem:
    """One thing a source offers, before its bytes are taken."""

    #: The source's key, e.g. ``folder:file:///papers``.
    source: str
    #: Where the source keeps it: a relative path, a URL, an identifier. Untrusted text.
    locator: str
    #: Changes when the content may have changed (size and mtime, ETag).
    etag: str
    #: Why its corpus does not take it, known before any byte was asked for.
    refusal: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText:
    """The fetched bytes of one version of one work."""

    full_text_id: int
    #: SHA-256 of the bytes.
    sha256: str
    media_type: MediaType
    byte_count: int
    #: Where the bytes are kept, relative to the file store: ``ab/abcd….pdf``.
    store_path: str
    #: The work this is a version of; a folder source makes one work per distinct content.
    work_id: int
