"""
Bounded HTTP for GROBID: no answer is larger, slower or stranger than the settings allow.

Neither proxies nor credentials are taken from the environment, and no redirect is followed:
the server is a neighbour, and a paper is sent to the configured address or to nobody.
"""

import time
from collections.abc import Mapping
from typing import Any

import httpx

from etl.parse.grobid.status import Ending, Reply, reply_of
from etl.settings import GrobidSettings

__all__ = ["get", "post"]

#: Answers to ``isalive``, ``version`` and ``health`` are a line or a small JSON object.
_SMALL_BYTES = 65_536
#: Content codings are not asked for, so that no small answer can swell.
_HEADERS = {"Accept": "application/xml", "Accept-Encoding": "identity"}


def get(path: str, settings: GrobidSettings) -> tuple[int, bytes]:
    """
    Ask the server something small.

    Args:
        path: Below ``/api``, e.g. ``isalive``.
        settings: Address and limits.

    Returns:
        HTTP status and body; status 0 where none came, then the body names the fault.
    """
    url = f"{(settings.url or '').rstrip('/')}/api/{path}"
    seconds = settings.connect_seconds
    try:
        with _client(settings, read_seconds=seconds) as http, http.stream("GET", url) as response:
            body = _take(response, at_most=_SMALL_BYTES, until=time.monotonic() + seconds)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return 0, type(error).__name__.encode()
    return response.status_code, body if body is not None else b""


def post(
    url: str, form: Mapping[str, Any], files: Mapping[str, Any], settings: GrobidSettings
) -> Reply:
    """
    Send one paper.

    Args:
        url: Of the service.
        form: Text parts; a list gives one part an element.
        files: File parts as ``httpx`` takes them.
        settings: Limits.

    Returns:
        What came of it; a fault of the connection is a reply too.
    """
    until = time.monotonic() + settings.timeout_seconds
    try:
        with (
            _client(settings, read_seconds=settings.timeout_seconds) as http,
            http.stream("POST", url, data=form, files=files) as response,
        ):
            coding = response.headers.get("content-encoding", "identity")
            if coding != "identity":
                return Reply(ending=Ending.NOT_TEI, detail="an encoded answer, which was not asked")
            body = _take(response, at_most=settings.max_response_bytes, until=until)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        return Reply(ending=Ending.REFUSED, detail=type(error).__name__)
    except httpx.TimeoutException as error:
        return Reply(ending=Ending.NO_ANSWER, detail=type(error).__name__)
    except httpx.HTTPError as error:
        return Reply(ending=Ending.DROPPED, detail=type(error).__name__)
    if body is None:
        detail = f"more than {settings.max_response_bytes} bytes"
        return Reply(ending=Ending.ANSWER_TOO_LARGE, detail=detail)
    return reply_of(response.status_code, body)


def _client(settings: GrobidSettings, *, read_seconds: float) -> httpx.Client:
    return httpx.Client(
        timeout=httpx.Timeout(read_seconds, connect=settings.connect_seconds),
        # Loading the certificates takes longer than the call where they are not needed.
        verify=(settings.url or "").startswith("https:"),
        trust_env=False,
        follow_redirects=False,
        headers=_HEADERS,
    )


def _take(response: httpx.Response, *, at_most: int, until: float) -> bytes | None:
    """The whole body, or None where it is larger than allowed."""
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > at_most:
            return None
        if time.monotonic() > until:
            # A server that drips keeps every single read within its limit.
            raise httpx.ReadTimeout("dripped", request=response.request)
    return bytes(body)
