"""HTML of the pages: one environment that escapes everything, and the words they share."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from florilegium_airflow.web.access import Person
from florilegium_airflow.web.inputs import State, address

__all__ = ["GLYPHS", "NAVIGATION", "render", "words"]

#: Sign of each state: a colour is never the only one.
GLYPHS: Mapping[str, str] = {
    State.ANSWERED: "✓",
    State.CONFLICTING: "≠",
    State.NOT_REPORTED: "–",
    State.NOT_APPLICABLE: "∅",
    State.UNREADABLE: "?",
    State.FAILED: "✕",
}
#: Pages of the head line in order: last part of the path, and what people call it.
NAVIGATION = (
    ("matrix", "Matrix"),
    ("questions", "Questions"),
    ("review", "Review"),
    ("runs", "Runs"),
)

#: A DOI as Crossref recommends to recognise it, without signs that end an attribute or a tag.
_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:a-z0-9]+", re.IGNORECASE)


def render(
    template: str, person: Person | None, *, status: int = 200, **facts: Any
) -> HTMLResponse:
    """
    Write a page.

    Args:
        template: Below ``templates``, without ending.
        person: Who reads it; None where nobody is signed in.
        status: HTTP status.
        facts: What the template tells; all texts may come from papers and are escaped.
    """
    page = _ENVIRONMENT.get_template(f"{template}.html.j2").render(person=person, **facts)
    return HTMLResponse(page, status_code=status)


def words(name: str | None) -> str:
    """A name of the database as people write it."""
    return "" if name is None else name.replace("_", " ")


def _moment(value: datetime | None) -> str:
    return "not yet" if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def _duration(value: float | Decimal | None) -> str:
    if value is None:
        return "–"
    seconds = max(0.0, float(value))
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _percent(value: float | Decimal | None) -> str:
    return "–" if value is None else f"{100 * float(value):.0f} %"


def _figure(value: float | Decimal | None) -> str:
    return "–" if value is None else f"{float(value):.2f}"


def _thousands(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}".replace(",", " ")


def _doi_address(doi: str | None) -> str:
    """Where a DOI leads; empty for a text that is none."""
    return f"https://doi.org/{quote(doi, safe='/:;()')}" if doi and _DOI.fullmatch(doi) else ""


def _short(text: str | None, length: int) -> str:
    told = text or ""
    return told if len(told) <= length else f"{told[: length - 1].rstrip()}…"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "words": words,
        "moment": _moment,
        "duration": _duration,
        "percent": _percent,
        "figure": _figure,
        "thousands": _thousands,
        "doi_address": _doi_address,
        "short": _short,
    }
    made.globals |= {
        "glyphs": GLYPHS,
        "states": [state.value for state in State],
        "navigation": NAVIGATION,
        "address": address,
    }
    return made


_ENVIRONMENT = _environment()
