"""A stand-in server a test, and readers that use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from etl.parse.grobid.reader import GrobidParser
from etl.settings import GrobidSettings
from tests.standins.grobid import GrobidStandIn
from tests.standins.grobid_case import OWN, QUICK, read_own


@pytest.fixture
def server() -> Iterator[GrobidStandIn]:
    with GrobidStandIn(read_own) as stand_in:
        yield stand_in


@pytest.fixture
def make(server: GrobidStandIn) -> Callable[..., GrobidParser]:
    def parser(**changed: Any) -> GrobidParser:
        return GrobidParser(GrobidSettings(url=server.url, **{**QUICK, **changed}), OWN)

    return parser


@pytest.fixture
def parser(make: Callable[..., GrobidParser]) -> GrobidParser:
    return make()


@pytest.fixture(autouse=True)
def _own_logs() -> None:
    """Commands of other tests leave a log that is closed."""
    structlog.reset_defaults()
