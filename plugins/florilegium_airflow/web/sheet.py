"""Style sheet, script and icon: three files by name, for those who are signed in."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from florilegium_airflow.web.room import ReadingRoom

__all__ = ["sheet_pages"]

_FOLDER = Path(__file__).parent / "static"
#: A new version of the pages is seen after this many seconds at the latest.
_FRESH = {"cache-control": "private, max-age=60"}


def sheet_pages(room: ReadingRoom) -> APIRouter:  # noqa: ARG001 - all page modules are asked alike
    """
    The files ``style.css``, ``script.js`` and ``icon.svg``.

    Args:
        room: The library; not needed.
    """
    pages = APIRouter()

    @pages.get("/style.css")
    def style() -> FileResponse:
        return FileResponse(_FOLDER / "style.css", media_type="text/css", headers=_FRESH)

    @pages.get("/script.js")
    def script() -> FileResponse:
        return FileResponse(_FOLDER / "script.js", media_type="text/javascript", headers=_FRESH)

    @pages.get("/icon.svg")
    def icon() -> FileResponse:
        return FileResponse(_FOLDER / "icon.svg", media_type="image/svg+xml", headers=_FRESH)

    return pages
