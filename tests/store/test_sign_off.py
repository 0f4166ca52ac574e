"""Verdicts on releases: who said what and when; nothing is replaced."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl.errors import UsageError
from etl.store.sign_off import SignOffStore
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.tiny_night import TinyNight, make_paper

pytestmark = pytest.mark.store

MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def releases(tiny: TinyNight, papers: Path) -> SignOffStore:
    (papers / "0.txt").write_text(make_paper(0))
    tiny.answerers = {"fake": FakeAnswerer()}
    tiny.run(papers)
    return SignOffStore(tiny.open())


def sign(store: SignOffStore, verdict: str, at: datetime, person: str = "ada") -> None:
    store.sign(
        1,
        person=person,
        verdict=verdict,
        signed_at=at,
        comment=None,
        disputed_count=0,
        conflicting_count=0,
    )


def test_before_the_first_release_there_is_nothing_to_sign(tiny: TinyNight) -> None:
    assert SignOffStore(tiny.open()).release_to_sign() is None


def test_the_release_is_told_with_its_counts_until_somebody_signs(
    tiny: TinyNight, releases: SignOffStore
) -> None:
    told = releases.release_to_sign()
    assert told is not None
    cells = tiny.one("SELECT count(*) FROM out.answers")
    expected = {"release_id": 1, "decision_count": cells, "changed_count": cells}
    expected |= {"conflicting_count": 0, "disputed_count": 0, "labelled_count": 0}
    assert expected.items() <= told.items()
    assert told["is_signed"] is False
    sign(releases, "approved", MORNING)
    signed = releases.release_to_sign()
    assert signed is not None
    assert signed["is_signed"] is True


def test_a_verdict_told_twice_is_one_row_and_a_later_one_stands_beside_it(
    tiny: TinyNight, releases: SignOffStore
) -> None:
    sign(releases, "approved", MORNING)
    sign(releases, "approved", MORNING)
    sign(releases, "rejected", NOON, "bob")
    kept = tiny.rows("SELECT person, verdict, is_current FROM out.sign_offs ORDER BY signed_at")
    assert kept == [("ada", "approved", False), ("bob", "rejected", True)]


@pytest.mark.parametrize(("verdict", "person"), [("maybe", "ada"), ("approved", " ")])
def test_a_verdict_without_a_name_or_sense_is_refused(
    releases: SignOffStore, verdict: str, person: str
) -> None:
    with pytest.raises(UsageError):
        sign(releases, verdict, MORNING, person)
