import time
from collections.abc import Callable

import pytest

from etl.errors import OutcomeCode, PermanentError
from etl.fetch.take import full_text_of
from etl.parse.reader import IsolatedParser
from etl.records.document import Document
from etl.settings import ParseSettings
from tests.unit.parse.nasty_files import NASTY

LIMITS = ParseSettings(cpu_seconds=3, wall_seconds=20, memory_bytes=400_000_000)
#: What the limits may say of a file that would never end; which of them speaks first is chance.
STOPPED = {OutcomeCode.TIMEOUT, OutcomeCode.MEMORY, OutcomeCode.PARSER_CRASH}


def read(content: bytes, name: str) -> Document:
    return IsolatedParser(LIMITS).parse(full_text_of(content, name=name), content)


def end_of(content: bytes, name: str) -> str:
    try:
        document = read(content, name)
    except PermanentError as error:
        code = error.outcome.code
        return "stopped" if code in STOPPED else code.value
    return document.outcome.code.value if document.outcome else "parsed"


@pytest.mark.parametrize(
    ("make", "name", "end"),
    [pytest.param(*case[1:], id=case[0]) for case in NASTY],
)
def test_a_hostile_or_damaged_file_ends_as_its_class_expects(
    make: Callable[[], bytes], name: str, end: str
) -> None:
    content = make()
    started = time.monotonic()
    assert end_of(content, name) == end
    assert time.monotonic() - started < LIMITS.wall_seconds


@pytest.mark.parametrize(
    ("make", "name"),
    [pytest.param(*case[1:3], id=case[0]) for case in NASTY if case[3] == "parsed"],
)
def test_what_is_read_of_it_is_the_paper_and_nothing_else(
    make: Callable[[], bytes], name: str
) -> None:
    text = " ".join(block.text for block in read(make(), name).blocks)
    assert "The meadow was mown late" in text
    for foreign in ("root:", "stolen", "Praise"):
        assert foreign not in text


def test_every_reason_has_a_next_step_of_its_own() -> None:
    ends = {end for *_, end in NASTY} - {"parsed", "stopped"}
    steps = {OutcomeCode(end).next_step for end in ends}
    assert len(ends) >= 12
    assert len(steps) == len(ends)
