"""One small night with typed answers, for all tests that only read."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.tiny_night import TinyNight
from tests.fakes.typed_answerer import TypedAnswerer, typed_paper, typed_questions


@pytest.fixture(scope="session")
def typed_night(clone: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two runs over four papers, one of them unreadable and one broken; two releases."""
    database = clone()
    folder = tmp_path_factory.mktemp("typed")
    papers = folder / "papers"
    papers.mkdir()
    for number, subject in enumerate(("frogs", "terns")):
        (papers / f"paper{number}.txt").write_text(typed_paper(subject))
    (papers / "garbled.txt").write_text("GARBLED\n\n# methods\nwords\n")
    (papers / "broken.txt").write_text("BROKEN\n")
    tiny = TinyNight(
        database=database.settings(),
        store=folder / "store",
        answerers={"typed": TypedAnswerer()},
    )
    tiny.load(typed_questions())
    tiny.run(papers)
    # The fake parser states no year, and what a paper states is no concern of these tests.
    database.sql("UPDATE core.document SET year = 2024, venue = 'Samples' WHERE status = 'parsed'")
    tiny.load(typed_questions(2)[:1] + typed_questions()[1:])
    tiny.run(papers)
    return database
