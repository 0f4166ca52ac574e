"""A second night over the same papers does nothing at all (bar B2)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.tiny_night import TinyNight, core_digest, make_paper

pytestmark = pytest.mark.store


@pytest.fixture
def tiny(fresh, tmp_path: Path) -> TinyNight:
    made = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    made.load()
    return made


def test_x(tiny: TinyNight, papers: Path) -> None:
    for number in range(3):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    print(tiny.run(papers))
    before = core_digest(tiny.open(), with_writes=True)
    print(before)
    print(tiny.run(papers))
    assert core_digest(tiny.open(), with_writes=True) == before
    print(tiny.reports().canonical_export()[:3])
