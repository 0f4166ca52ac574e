"""
Decide by content what a file is.

Reads:    the first bytes of a fetched file, and its name for the error text only
Writes:   nothing
Gives up: FetchError with EMPTY_FILE, HTML_PAGE, NOT_A_PDF, WRONG_ENCODING or UNSUPPORTED_TYPE
Version:  none; a wrong guess ends as a typed error in the parser
Next:     parse
"""

import re
from pathlib import PurePosixPath

from etl.errors import FetchError, OutcomeCode
from etl.records.full_text import MediaType

__all__ = ["detect_media_type"]

#: A PDF's header may stand anywhere in the first 1024 bytes (ISO 32000-1, annex H.3.4.1).
_PDF_HEADER_WINDOW = 1024

#: Enough for prolog, comments, processing instructions and DOCTYPE of the papers we know.
_XML_WINDOW = 65_536

_TEXT_SUFFIXES = frozenset({"", ".txt", ".text", ".md"})

_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_DOCTYPE = re.compile(r"<!DOCTYPE\s+([A-Za-z_][\w.:-]*)([^\[>]*)", re.IGNORECASE)
_SKIPPED = re.compile(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_JATS_PUBLIC_ID = re.compile(
    r"//DTD (?:JATS|JATS \(|TaxonX|TaxPub|Journal|NLM)|archivearticle|JATS"
)

_JATS_ROOTS = frozenset({"article", "sub-article", "pmc-articleset"})
_TEI_ROOTS = frozenset({"TEI", "teiCorpus"})


def detect_media_type(content: bytes, name: str) -> MediaType:
    """
    Tell PDF, JATS, TEI and plain text apart by their bytes.

    Args:
        content: The whole file, or at least its first 64 KiB.
        name: The file's name; decides only which error is told, and whether text without
            any mark of a format may count as a paper (``.txt``, ``.text``, ``.md`` or no
            suffix).

    Returns:
        The media type. It is a promise about the format, not about the file's health.

    Raises:
        FetchError: EMPTY_FILE, HTML_PAGE, NOT_A_PDF, WRONG_ENCODING or UNSUPPORTED_TYPE.
    """
    if not content:
        raise FetchError(OutcomeCode.EMPTY_FILE, f"{name!r} has no bytes")
    if b"%PDF-" in content[:_PDF_HEADER_WINDOW]:
        return MediaType.PDF
    head = _decoded_head(content)
    xml_type = _xml_type(head) if head is not None else None
    if xml_type is not None:
        return xml_type
    if head is not None and _looks_like_html(head):
        raise FetchError(OutcomeCode.HTML_PAGE, f"{name!r} holds a web page")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".pdf":
        raise FetchError(OutcomeCode.NOT_A_PDF, f"{name!r} has no PDF header")
    if suffix in _TEXT_SUFFIXES and b"\x00" not in content:
        if _is_utf8(content):
            return MediaType.TEXT
        raise FetchError(OutcomeCode.WRONG_ENCODING, f"{name!r} is no UTF-8 text")
    raise FetchError(OutcomeCode.UNSUPPORTED_TYPE, f"{name!r} is none of PDF, JATS, TEI, text")


def _decoded_head(content: bytes) -> str | None:
    """The first bytes as text where a byte order mark or plain ASCII markup allows it."""
    window = content[:_XML_WINDOW]
    if window.startswith((b"\xff\xfe", b"\xfe\xff")):
        return window[: len(window) & ~1].decode("utf-16", errors="replace")
    if window.startswith(b"\xef\xbb\xbf"):
        window = window[3:]
    stripped = window.lstrip()
    return stripped.decode("latin-1") if stripped.startswith(b"<") else None


def _xml_type(head: str) -> MediaType | None:
    doctype = _DOCTYPE.search(head)
    if doctype and doctype[1].lower() != "html" and _JATS_PUBLIC_ID.search(doctype[2]):
        return MediaType.JATS
    root = _ROOT.search(_SKIPPED.sub("", head))
    if root is None:
        return None
    # HTML5 has an <article> element too, but never as the outermost one.
    if root[1] in _JATS_ROOTS:
        return MediaType.JATS
    return MediaType.TEI if root[1] in _TEI_ROOTS else None


def _looks_like_html(head: str) -> bool:
    doctype = _DOCTYPE.search(head)
    if doctype and doctype[1].lower() == "html":
        return True
    root = _ROOT.search(_SKIPPED.sub("", head))
    return root is not None and root[1].lower() in {"html", "head", "body"}


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
