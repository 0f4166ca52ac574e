"""A name that stands nowhere in its paper is seen, night by night, and nothing else is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.store.database import open_database
from tests.fakes.tiny_night import TinyNight
from tests.fakes.typed_answerer import TypedAnswerer, typed_paper, typed_questions

pytestmark = pytest.mark.store


@pytest.fixture
def night(clone: Callable[[], Any], tmp_path: Path) -> TinyNight:
    tiny = TinyNight(database=clone().settings(), store=tmp_path / "store")
    tiny.answerers = {"fake": TypedAnswerer()}
    tiny.load(typed_questions())
    papers = tmp_path / "papers"
    papers.mkdir()
    for number in range(3):
        (papers / f"paper{number}.txt").write_text(typed_paper(f"frogs {number}"))
    tiny.run(papers)
    return tiny


def _replace_name(night: TinyNight, old: str, new: str) -> None:
    """As an answerer that makes things up would have said; only the owner may change a ballot."""
    owner = open_database(night.database, url=night.database.owner_url)
    with owner.transaction() as tx:
        tx.execute(
            text(
                "UPDATE core.ballot SET value = CAST(replace(CAST(value AS text), :old, :new) AS "
                "jsonb) WHERE document_id = (SELECT min(document_id) FROM core.ballot) "
                "AND value @> CAST(:holds AS jsonb)"
            ),
            {"old": f'"{old}"', "new": f'"{new}"', "holds": f'[{{"name": "{old}"}}]'},
        )


def test_answers_of_the_paper_leak_nothing(night: TinyNight) -> None:
    assert night.rows("SELECT * FROM out.leaks") == []
    assert night.one("SELECT sum(answered_count) > 0 AND sum(leaked_count) = 0 FROM out.leak_audit")


def test_a_name_from_nowhere_is_counted_against_its_question_and_run(night: TinyNight) -> None:
    _replace_name(night, "PyTorch", "TensorFlow")
    assert night.rows("SELECT name, answerer, state FROM out.leaks") == [
        ("TensorFlow", "fake/1", "answered")
    ]
    rows = night.rows(
        "SELECT answered_count, leaked_count FROM out.leak_audit WHERE leaked_count > 0"
    )
    assert rows == [(3, 1)]


def test_other_writings_of_a_name_are_no_leak(night: TinyNight) -> None:
    _replace_name(night, "PyTorch", "Py-Torch")
    assert night.rows("SELECT * FROM out.leaks") == []


def test_priors_show_what_every_paper_got(night: TinyNight) -> None:
    rows = night.rows(
        "SELECT answered_ratio, answered_ratio_before, commonest_name, commonest_ratio "
        "FROM out.answer_priors WHERE commonest_name = 'Keras'"
    )
    assert rows == [(1.0, None, "Keras", 1.0)]
