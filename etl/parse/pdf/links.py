"""Read the outline, the title and the web addresses that a PDF carries beside its text."""

import ctypes
import html
import itertools

import pypdfium2
import pypdfium2.raw as pdfium

from etl.parse.draft import Box
from etl.parse.pdf.words import Affine, page_to_device

__all__ = ["annotated_links", "outline_titles", "stated_title"]

#: Bounds against files made to run on: entries of an outline, links of a page.
_MAX_OUTLINE = 2000
_MAX_LINKS = 2000
_OUTLINE_DEPTH = 6
_MAX_URL_BYTES = 4096


def outline_titles(document: pypdfium2.PdfDocument) -> list[str]:
    """Titles of the PDF's own table of contents, in its order; empty where it has none."""
    try:
        entries = itertools.islice(document.get_toc(max_depth=_OUTLINE_DEPTH), _MAX_OUTLINE)
        return [title for entry in entries if (title := entry.get_title())]
    except pypdfium2.PdfiumError:
        return []


def stated_title(document: pypdfium2.PdfDocument) -> str:
    """The title in the PDF's properties, which may be a file name; empty where it has none."""
    return html.unescape(str(document.get_metadata_value("Title")))


def annotated_links(
    document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, number: int
) -> list[tuple[str, Box]]:
    """
    Take the ``/URI`` link annotations of a page that lead to the web.

    Args:
        document: The open document.
        page: The open page.
        number: Of the page, 1-based.

    Returns:
        Address and box of each, in the file's order.
    """
    links: list[tuple[str, Box]] = []
    to_device = page_to_device(page)
    position = ctypes.c_int(0)
    link = pdfium.FPDF_LINK()
    while len(links) < _MAX_LINKS and pdfium.FPDFLink_Enumerate(
        page.raw, ctypes.byref(position), ctypes.byref(link)
    ):
        action = pdfium.FPDFLink_GetAction(link)
        if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_URI:
            continue
        buffer = ctypes.create_string_buffer(_MAX_URL_BYTES)
        size = pdfium.FPDFAction_GetURIPath(document.raw, action, buffer, _MAX_URL_BYTES)
        if 0 < size <= _MAX_URL_BYTES:
            url = buffer.value.decode("utf-8", errors="replace").strip()
            if url.lower().startswith(("http://", "https://", "ftp://")):
                links.append((url, (number, *_box(link, to_device))))
    return links


def _box(link: object, to_device: Affine) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an annotation on the page as displayed."""
    edges = pdfium.FS_RECTF()
    if not pdfium.FPDFLink_GetAnnotRect(link, ctypes.byref(edges)):
        return 0.0, 0.0, 0.0, 0.0
    a, b, c, d, e, f = to_device
    corners = [
        (a * x + c * y + e, b * x + d * y + f)
        for x in (edges.left, edges.right)
        for y in (edges.bottom, edges.top)
    ]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
