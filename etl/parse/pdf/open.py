"""Open a PDF with pdfium, and name each way in which that can fail."""

import re

import pypdfium2
import pypdfium2.raw as pdfium

from etl.errors import OutcomeCode, ParseError
from etl.parse.pdf.unlock import unlocked_copy

__all__ = ["open_pdf"]

#: Readers accept a header anywhere in the first 1024 bytes (ISO 32000-1, annex H.3.4.1).
_HEADER_WINDOW = 1024
_ENCRYPT = re.compile(rb"/Encrypt\b")


def open_pdf(content: bytes, *, max_pages: int) -> pypdfium2.PdfDocument:
    """
    Open a document for reading; an owner password alone does not keep it shut.

    The empty password is tried, as user by pdfium and as owner by ``pdf_unlock``.

    Args:
        content: The file's bytes; the document keeps them alive.
        max_pages: Upper bound, >= 1.

    Returns:
        A document with 1 to *max_pages* pages.

    Raises:
        ParseError: NOT_A_PDF, ENCRYPTED, BROKEN_FILE, NO_PAGES or TOO_MANY_PAGES.
    """
    if b"%PDF-" not in content[:_HEADER_WINDOW]:
        raise ParseError(OutcomeCode.NOT_A_PDF, "no PDF header in the first 1024 bytes")
    document = _open(content)
    pages = len(document)
    if pages == 0:
        raise ParseError(OutcomeCode.NO_PAGES, "the page tree is empty")
    if pages > max_pages:
        raise ParseError(OutcomeCode.TOO_MANY_PAGES, f"{pages} pages, at most {max_pages}")
    return document


def _open(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        copy = unlocked_copy(content) if error.err_code == pdfium.FPDF_ERR_PASSWORD else None
        if copy is None:
            raise _refusal(error.err_code, content) from None
    try:
        return pypdfium2.PdfDocument(copy)
    except pypdfium2.PdfiumError:
        raise ParseError(OutcomeCode.ENCRYPTED, "its unlocked copy cannot be opened") from None


def _refusal(code: int | None, content: bytes) -> ParseError:
    if code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}:
        return ParseError(OutcomeCode.ENCRYPTED, "needs a password")
    if code == pdfium.FPDF_ERR_SUCCESS:
        # pdfium opened the file and found no page in it.
        return ParseError(OutcomeCode.NO_PAGES, "the page tree is empty")
    # A damaged encryption dictionary reads as a format error, but the cause is the lock.
    if _ENCRYPT.search(content):
        return ParseError(OutcomeCode.ENCRYPTED, "encrypted in a way that cannot be opened")
    detail = f"begins as a PDF, but is cut off or damaged (pdfium error {code})"
    return ParseError(OutcomeCode.BROKEN_FILE, detail)
