"""What papers, models, people and addresses say stays text, on every page."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest

from tests.web.attack_strings import ATTACKS, plant
from tests.web.pages_night import PagesNight, add_others, fill

pytestmark = [pytest.mark.store, pytest.mark.airflow]

#: No DOI, no tag: what a page looks like when nothing is planted.
HARMLESS = "harmless words without a sign"


class Skeleton(HTMLParser):
    """Every tag with the names of its attributes, in order; and where links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.leads: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        for name, value in attrs:
            if name in ("href", "src", "action"):
                self.leads.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}",))


@pytest.fixture(scope="module")
def poisoned(clone: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> PagesNight:
    night = fill(clone(), tmp_path_factory.mktemp("inert"))
    add_others(night)
    return night


@pytest.fixture(scope="module")
def pages(poisoned: PagesNight) -> list[str]:
    """An address of every page that shows texts; none of them holds one itself."""
    works = {name: poisoned.work_of(name) for name in ("terns-two-column.pdf", "otters.txt")}
    return [
        "matrix",
        *(f"answer?paper={work}&question=TQ1" for work in works.values()),
        f"paper?paper={works['terns-two-column.pdf']}",
        "questions",
        "question?question=TQ1",
        "review",
        *(f"review_cell?paper={work}&question=TQ1" for work in works.values()),
        "runs",
        "run?id=1",
        "report?id=1",
    ]


def test_sixty_strings_change_no_tag_of_any_page(
    poisoned: PagesNight, pages: list[str], open_door: Callable[[Any], Any]
) -> None:
    from florilegium_airflow.web.room import ReadingRoom

    viewer = open_door(ReadingRoom(settings=poisoned.settings))("viewer")

    def skeletons() -> dict[str, Skeleton]:
        found = {}
        for address in pages:
            answer = viewer.get(f"/florilegium/{address}")
            assert answer.status_code == 200, address
            found[address] = Skeleton(answer.text)
        return found

    assert len(ATTACKS) == len(set(ATTACKS)) == 60
    plant(poisoned.database, HARMLESS)
    expected = skeletons()
    assert all(len(skeleton.tags) > 30 for skeleton in expected.values())
    for attack in ATTACKS:
        plant(poisoned.database, attack)
        for address, skeleton in skeletons().items():
            assert skeleton.tags == expected[address].tags, (address, attack)
            for lead in skeleton.leads - expected[address].leads:
                # A filter's own address may carry a text; it begins with a page of ours.
                assert lead.startswith(("matrix", "answer?", "paper?", "question?")), lead


def test_the_words_are_really_shown(
    poisoned: PagesNight, open_door: Callable[[Any], Any], pages: list[str]
) -> None:
    """Guards the test above: a page that showed nothing would pass it too."""
    from florilegium_airflow.web.room import ReadingRoom

    viewer = open_door(ReadingRoom(settings=poisoned.settings))("viewer")
    plant(poisoned.database, "<b>Hello & goodbye</b>")
    for address in pages:
        page = viewer.get(f"/florilegium/{address}").text
        assert "&lt;b&gt;Hello &amp; goodbye&lt;/b&gt;" in page, address
        assert "<b>Hello" not in page


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_stands_in_an_address_stays_text(door: Any, attack: str) -> None:
    viewer = door("viewer")
    harmless = Skeleton(viewer.get("/florilegium/matrix?search=zzzz").text).tags
    found = viewer.get(f"/florilegium/matrix?search={quote(attack)}")
    if found.status_code != 422:
        assert Skeleton(found.text).tags == harmless
    nothing = Skeleton(viewer.get("/florilegium/zzzz").text).tags
    assert Skeleton(viewer.get(f"/florilegium/{quote(attack, safe='')}").text).tags == nothing
    run = viewer.get(f"/florilegium/dag_run?dag={quote(attack)}&run={quote(attack)}")
    assert "<script>pwned" not in run.text
    assert run.status_code in (200, 422)


@pytest.mark.parametrize(
    ("doi", "lead"),
    [
        ("10.1000/xyz", "https://doi.org/10.1000/xyz"),
        ("10.1000/a(1);b:c", "https://doi.org/10.1000/a(1);b:c"),
        ('10.1000/x" onclick="pwned()', ""),
        ("10.1000/x#javascript:pwned()", ""),
        ("javascript:pwned()//10.1000/x", ""),
        ("10.1000/x\n", ""),
        ("https://evil.example/10.1000/x", ""),
        (None, ""),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("airflow_home")
def test_only_a_doi_becomes_a_link(doi: str | None, lead: str) -> None:
    from florilegium_airflow.web.layout import _doi_address

    assert _doi_address(doi) == lead


def test_a_file_to_take_away_holds_no_formula(
    poisoned: PagesNight, open_door: Callable[[Any], Any]
) -> None:
    from florilegium_airflow.web.room import ReadingRoom

    viewer = open_door(ReadingRoom(settings=poisoned.settings))("viewer")
    for formula in ('=HYPERLINK("https://evil.example")', "+1", "-1", "@SUM(A1)", "\t=1"):
        plant(poisoned.database, formula)
        lines = viewer.get("/florilegium/matrix.csv").text
        assert "'" + formula.replace('"', '""') in lines
        assert f"\n{formula}" not in lines
        assert f",{formula}," not in lines
