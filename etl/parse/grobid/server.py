"""
What a GROBID server says of itself: alive, its version, ready to work.

Answers differ between versions: ``health`` is empty in old ones and JSON with ``ready`` and
``pool`` in new ones; ``version`` was a bare text once.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from etl.errors import ServiceUnavailableError
from etl.parse.grobid.wire import get
from etl.settings import GrobidSettings

__all__ = ["GrobidVersion", "ServerHealth", "is_alive", "read_health", "read_version"]

_PLAIN_VERSION = re.compile(r"\d[\w.+\-]{0,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrobidVersion:
    """Which GROBID it is; *revision* is empty where the server does not say."""

    version: str
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHealth:
    """Whether its models are loaded, and how many papers it reads at once; None is unsaid."""

    is_ready: bool
    engine_count: int | None
    #: What it said, in one line.
    line: str


def is_alive(settings: GrobidSettings) -> bool:
    """True where the server says so."""
    status, body = get("isalive", settings)
    return status == 200 and body.strip().lower() == b"true"


def read_version(settings: GrobidSettings) -> GrobidVersion:
    """
    Ask for version and revision.

    Raises:
        ServiceUnavailableError: No server answers, or none that is a GROBID.
    """
    status, body = get("version", settings)
    if status == 0:
        raise ServiceUnavailableError(
            f"GROBID at {settings.url} does not answer ({body.decode()}); start it, or unset "
            "FLORILEGIUM_GROBID__URL to read PDFs with the embedded reader"
        )
    told = _object(body)
    version = told.get("version")
    if status == 200 and not told and _PLAIN_VERSION.fullmatch(body.decode("utf-8", "replace")):
        version = body.decode()
    if status == 200 and isinstance(version, str) and version:
        return GrobidVersion(version=version, revision=str(told.get("revision") or ""))
    raise ServiceUnavailableError(
        f"{settings.url} answered HTTP {status} and no version of GROBID; is "
        "FLORILEGIUM_GROBID__URL its address without /api?"
    )


def read_health(settings: GrobidSettings) -> ServerHealth:
    """Ask whether it can work; a server too old for the question counts as ready when alive."""
    status, body = get("health", settings)
    told = _object(body)
    pool = told.get("pool")
    engines = pool.get("maxActive") if isinstance(pool, dict) else None
    count = engines if isinstance(engines, int) and engines > 0 else None
    if status == 404:
        alive = is_alive(settings)
        line = "alive, no health report" if alive else "not alive"
        return ServerHealth(is_ready=alive, engine_count=None, line=line)
    ready = status == 200 and told.get("ready") is not False
    if ready:
        line = f"ready, {count} engines" if count else "ready"
    else:
        line = f"not ready (HTTP {status})" if status else f"no answer ({body.decode()})"
    return ServerHealth(is_ready=ready, engine_count=count, line=line)


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
