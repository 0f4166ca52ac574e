"""All pages joined to one app: who is not signed in to Airflow sees none of it."""

from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from airflow.configuration import conf
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from etl.errors import FlorilegiumError, TransientError
from florilegium_airflow.web.access import reader
from florilegium_airflow.web.answer import answer_pages
from florilegium_airflow.web.guard import Guard, Pace
from florilegium_airflow.web.layout import render
from florilegium_airflow.web.matrix import matrix_pages
from florilegium_airflow.web.paper import paper_pages
from florilegium_airflow.web.question import question_pages
from florilegium_airflow.web.review import review_pages
from florilegium_airflow.web.review_words import word_pages
from florilegium_airflow.web.room import ReadingRoom
from florilegium_airflow.web.run import run_pages
from florilegium_airflow.web.sheet import sheet_pages
from florilegium_airflow.wiring import load_library_settings

__all__ = ["PAGES", "build_app", "open_app"]

_log = structlog.get_logger()

#: What each page module brings; a new page is one more line here and, where people should find
#: it by themselves, in ``layout.NAVIGATION``.
PAGES: tuple[Callable[[ReadingRoom], APIRouter], ...] = (
    matrix_pages,
    answer_pages,
    paper_pages,
    question_pages,
    run_pages,
    review_pages,
    word_pages,
    sheet_pages,
)
_TITLES = {
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    409: "Overtaken",
    422: "This address is not right",
    503: "Not available",
}


def open_app() -> FastAPI:
    """Build the app with the settings of this process; what Airflow's API server serves."""
    home = conf.get("api", "base_url", fallback="")
    return build_app(ReadingRoom(settings=load_library_settings()), host=urlsplit(home).netloc)


def build_app(room: ReadingRoom, *, host: str = "") -> FastAPI:
    """
    Build the app.

    Args:
        room: The library.
        host: Name and port under which people know Airflow; see :class:`Guard`.

    Returns:
        An app without documentation of itself, whose every route asks who is there.
    """
    app = FastAPI(
        title="Florilegium",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(reader)],
    )
    for pages in PAGES:
        app.include_router(pages(room))

    @app.get("/")
    def front() -> RedirectResponse:
        return RedirectResponse("matrix")

    @app.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    def nothing(rest: str) -> None:
        # A path that does not exist is told only to those who may know which ones do.
        raise HTTPException(404, f"There is no page {rest[:80]!r}.")

    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(FlorilegiumError, _failed)
    pages_settings = room.settings.pages
    pace = Pace(per_second=pages_settings.requests_per_second, burst=pages_settings.burst)
    app.add_middleware(Guard, pace=pace, host=host)
    return app


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 - as registered
    return _told(request, error.status_code, str(error.detail))


def _misunderstood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as registered
    # Only names of fields: what was sent is not repeated.
    names = sorted({str(fault["loc"][-1]) for fault in error.errors() if fault["loc"]})
    return _told(request, 422, f"Not understood: {', '.join(names) or 'what was sent'}.")


def _failed(request: Request, error: Exception) -> Response:
    _log.warning("pages.failed", path=request.url.path, error=str(error))
    if isinstance(error, TransientError):
        return _told(request, 503, f"{error}")
    return _told(request, 404, f"{error}")


def _told(request: Request, status: int, message: str) -> Response:
    return render(
        "error",
        None,
        status=status,
        title=_TITLES.get(status, f"Error {status}"),
        message=message,
        is_anonymous=status == 401,
        sign_in=f"{request.scope.get('app_root_path', '')}/auth/login",
    )
