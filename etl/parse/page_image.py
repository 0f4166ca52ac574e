"""Draw one page of a PDF with highlighted regions, in the same kind of child as a parse."""

from collections.abc import Sequence

from etl.errors import OutcomeCode, ParseError
from etl.parse.isolated import decode_answer, run_child
from etl.records.document import Region
from etl.settings import ParseSettings

__all__ = ["render_page"]

#: Pixels a point: 108 dpi, readable on a screen at 100 kB a page.
_SCALE = 1.5


def render_page(
    content: bytes, page: int, regions: Sequence[Region], settings: ParseSettings
) -> bytes:
    """
    Render a page as an image.

    Args:
        content: The PDF.
        page: 1-based.
        regions: Marked as by a highlighter; those of other pages are left out.
        settings: Limits of the child.

    Returns:
        A PNG file, 1.5 pixels a point.

    Raises:
        ParseError: As for parsing; NO_PAGES where the page does not exist.
    """
    order = {
        "task": "render",
        "page": page,
        "boxes": [(r.x0, r.y0, r.x1, r.y1) for r in regions if r.page == page],
        "scale": _SCALE,
        "max_pages": settings.max_pages,
    }
    answer = run_child(order, content, settings)
    if answer.startswith(b"\x89PNG"):
        return answer
    code, detail = decode_answer(answer).get("error", (OutcomeCode.PARSER_CRASH, "no image"))
    raise ParseError(OutcomeCode(code), detail)
