"""What an address of ours may hold; everything else is a clean 4xx before any work is done."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

__all__ = [
    "DocumentId",
    "OptionalQuestionId",
    "PageNumber",
    "Plain",
    "QuestionId",
    "RunId",
    "State",
    "WorkId",
    "address",
]

#: No control character: Postgres refuses NUL, and no name that people type has any.
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
_LAST_KEY = 2**63 - 1


class State(StrEnum):
    """How a cell may have ended; the order is that of the legend."""

    ANSWERED = "answered"
    CONFLICTING = "conflicting"
    NOT_REPORTED = "not_reported"
    NOT_APPLICABLE = "not_applicable"
    UNREADABLE = "unreadable"
    FAILED = "failed"


WorkId = Annotated[int, Query(alias="paper", ge=0, le=_LAST_KEY)]
DocumentId = Annotated[int, Query(alias="document", ge=0, le=_LAST_KEY)]
RunId = Annotated[int, Query(alias="id", ge=1, le=_LAST_KEY)]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]
QuestionId = Annotated[
    str, Query(alias="question", min_length=1, max_length=64, pattern=r"^[\w.-]+$")
]
OptionalQuestionId = Annotated[
    str, Query(alias="question", max_length=64, pattern=r"^[\w.-]*$", default_factory=str)
]
#: Free words: parts of titles, names of corpora, ids of Airflow.
Plain = Annotated[str, Query(max_length=300, pattern=_PLAIN, default_factory=str)]


def address(page: str, values: Mapping[str, object]) -> str:
    """
    An address relative to the page it stands on; values that are empty are left out.

    Args:
        page: Last part of the path: all pages are siblings.
        values: Query parameters.
    """
    given = {name: value for name, value in values.items() if value not in (None, "", False)}
    return f"{page}?{urlencode(given)}" if given else page
