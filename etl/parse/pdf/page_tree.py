"""
Ask a PDF on which hardly any text was found whether it is whole.

pdfium mends in silence: of a file that was cut off it reads what is left, and from one that
states 0 or 9,999,999,999 pages it makes one page with whatever it can find. Such a file is
damaged, and to call it a scan or a cover would send its owner the wrong way.
"""

import io

from etl.errors import OutcomeCode, ParseError

__all__ = ["check_page_tree"]

#: Readers look for the end mark in the last 1024 bytes (ISO 32000-1, annex H.3.4.4).
_END_WINDOW = 1024


def check_page_tree(content: bytes, found: int) -> None:
    """
    Look for the file's end, and hold the number of pages it states against those found.

    Args:
        content: A file that pdfium opened.
        found: Pages that pdfium counted.

    Raises:
        ParseError: NO_PAGES where the file states none; BROKEN_FILE where it states another
            number, none that is a number, or has no end.
    """
    if b"%%EOF" not in content[-_END_WINDOW:]:
        raise ParseError(OutcomeCode.BROKEN_FILE, "it was cut off: its end mark is missing")
    stated = _stated_count(content)
    if stated is None or stated == found:
        return
    if not isinstance(stated, int):
        raise ParseError(OutcomeCode.BROKEN_FILE, "its number of pages is no number")
    if stated == 0:
        raise ParseError(OutcomeCode.NO_PAGES, "its page tree states no page")
    detail = f"its page tree states {stated} pages, {found} can be found"
    raise ParseError(OutcomeCode.BROKEN_FILE, detail)


def _stated_count(content: bytes) -> object:
    """What stands as ``/Count`` at the root of the pages; None where nothing can be read."""
    # Imported here: only files without text come this far.
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.generic import DictionaryObject  # noqa: PLC0415

    try:
        root = PdfReader(io.BytesIO(content)).root_object["/Pages"]
        if not isinstance(root, DictionaryObject):
            return None
        counted = root.raw_get("/Count")
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  a hostile file raises whatever it finds: no second opinion
        return None
    try:
        return counted.get_object()
    except Exception:  # noqa: BLE001  it points at an object that is none
        return counted
