"""Whether the configured GROBID can be worked with, in one question for ``doctor``."""

from dataclasses import dataclass

from etl.errors import ServiceUnavailableError
from etl.parse.grobid.server import is_alive, read_health, read_version
from etl.settings import GrobidSettings

__all__ = ["GrobidHealth", "grobid_health"]

#: The first release whose sentence segmentation is safe under concurrent calls (GROBID issue
#: 1457: "nondeterministic text loss").
_LEAST = (0, 9, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrobidHealth:
    """What was found; *line* says it for people."""

    is_configured: bool
    is_usable: bool
    line: str
    #: What to do; empty where all is well.
    next_step: str = ""


def grobid_health(settings: GrobidSettings) -> GrobidHealth:
    """
    Look at the server once.

    Args:
        settings: As the parse stage would use them.

    Returns:
        Not configured is no fault; down, not ready and too old are. Never raises for a server
        that misbehaves.
    """
    if settings.url is None:
        line = "not configured: PDFs are read by the embedded reader"
        return GrobidHealth(is_configured=False, is_usable=True, line=line)
    try:
        version = read_version(settings)
    except ServiceUnavailableError as error:
        return _fault(str(error), "docker compose up -d grobid, or correct FLORILEGIUM_GROBID__URL")
    name = f"GROBID {version.version}"
    if not is_alive(settings):
        return _fault(f"{name} is not alive", "wait until it has started, or see its log")
    health = read_health(settings)
    if not health.is_ready:
        return _fault(
            f"{name} is {health.line}", "wait until its models are loaded, or see its log"
        )
    if _numbers(version.version) < _LEAST:
        least = ".".join(str(part) for part in _LEAST)
        return _fault(
            f"{name} is older than {least} and may lose text under concurrent calls",
            f"use the image of {least} or newer",
        )
    return GrobidHealth(
        is_configured=True, is_usable=True, line=f"{name} at {settings.url}, {health.line}"
    )


def _fault(line: str, next_step: str) -> GrobidHealth:
    return GrobidHealth(is_configured=True, is_usable=False, line=line, next_step=next_step)


def _numbers(version: str) -> tuple[int, ...]:
    """``0.9.1-SNAPSHOT`` as ``(0, 9, 1)``."""
    parts = version.partition("-")[0].split(".")
    return tuple(int(part) for part in parts if part.isdigit())
