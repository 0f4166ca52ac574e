"""The review desk: labels by name, blind second readers, undo, the last word, who may do what."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.pages_night import PagesNight, fill

pytestmark = [pytest.mark.store, pytest.mark.airflow]

OWN = {"origin": "http://pages.test", "sec-fetch-site": "same-origin"}


class Desk:
    """The pages over a night of one's own, and what they wrote."""

    def __init__(self, door: Any, night: PagesNight) -> None:
        self.door = door
        self.night = night
        self.work = night.work_of("otters.txt")
        self.pdf = night.work_of("terns-two-column.pdf")

    def get(self, address: str, role: str = "user") -> Any:
        return self.door(role).get(f"/florilegium/{address}")

    def cell(self, role: str = "user", work: int | None = None, **more: str) -> str:
        asked = "".join(f"&{name}={value}" for name, value in more.items())
        answer = self.get(f"review_cell?paper={work or self.work}&question=TQ1{asked}", role)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, role: str, route: str, **body: Any) -> Any:
        sent = {"paper": str(self.work), "question": "TQ1", **body}
        return self.door(role).post(f"/florilegium/{route}", json=sent, headers=OWN)

    def label(self, role: str, label: str, **more: Any) -> str:
        answer = self.send(role, "label", label=label, **more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["word"])

    def rows(self) -> list[list[str]]:
        return self.night.rows(
            "SELECT annotator, label, is_current, is_blind FROM out.annotations "
            "ORDER BY labelled_at, annotation_id"
        )

    def clear(self) -> None:
        self.night.database.sql("TRUNCATE core.annotation, core.adjudication")


@pytest.fixture(scope="module")
def desk_of_all(
    open_door: Callable[[Any], Any],
    clone: Callable[[], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Desk:
    from florilegium_airflow.web.room import ReadingRoom

    night = fill(clone(), tmp_path_factory.mktemp("desk"))
    return Desk(open_door(ReadingRoom(settings=night.settings)), night)


@pytest.fixture
def desk(desk_of_all: Desk) -> Desk:
    desk_of_all.clear()
    return desk_of_all


def test_a_label_is_kept_under_the_name_that_is_signed_in(desk: Desk) -> None:
    desk.label("user", "yes", value=" Adam ", comment="clear", seconds=4.25)
    kept = desk.night.rows(
        "SELECT annotator, label, value, comment, seconds, sample, source_name, is_blind "
        "FROM out.annotations"
    )
    assert kept == [["user", "yes", "Adam", "clear", "4.25", "chosen", "review desk", "f"]]
    for field in ("annotator", "person", "labelled_at"):
        assert desk.send("user", "label", label="no", **{field: "anna"}).status_code == 422


def test_a_double_click_is_one_row_and_a_stale_form_none(desk: Desk) -> None:
    assert desk.label("user", "yes") == desk.label("user", "yes")
    overtaken = desk.send("user", "label", label="no")
    assert overtaken.status_code == 409
    assert "another label since this form was opened" in overtaken.text
    assert [row[:2] for row in desk.rows()] == [["user", "yes"]]


def test_a_viewer_may_look_but_not_label(desk: Desk) -> None:
    page = desk.cell("viewer")
    assert "labelling needs the role user" in page
    assert "data-label" not in page
    assert "Votes" in page
    for route, body in {
        "label": {"label": "yes"},
        "adjudicate": {"label": "yes"},
        "withdraw": {"word": "1"},
    }.items():
        assert desk.send("viewer", route, **body).status_code == 403, route
    assert desk.get("review", "viewer").status_code == 200
    assert urlsplit(str(desk.get("review_cell", "viewer").url)).path.endswith("/review")
    assert desk.rows() == []


def test_a_first_reader_sees_the_proof_and_may_choose_to_read_blind(desk: Desk) -> None:
    shown = desk.cell()
    assert 'data-route="label"' in shown
    assert "data-blind" not in shown
    assert "<mark>" in shown
    assert "Votes" in shown
    hidden = desk.cell(blind="1")
    assert "data-blind" in hidden
    assert "<mark>" not in hidden
    assert "Votes" not in hidden


def test_a_second_reader_is_blind_until_they_have_labelled(desk: Desk) -> None:
    desk.label("user", "yes", value="secret value", comment="secret comment")
    page = desk.cell("op")
    assert "Somebody labelled this before you" in page
    for told in ("secret", "<mark>", "Votes", "Adam", "nothing found", ">second<", ">silent<"):
        assert told not in page, told
    image = desk.cell("op", work=desk.pdf, blind="1")
    assert "page.png?document=" in image
    assert ' src="page.png' not in image, "no page with marks"
    desk.label("op", "no", is_blind=True)
    after = desk.cell("op")
    assert "secret value" in after
    assert "Votes" in after
    assert desk.rows() == [["user", "yes", "t", "f"], ["op", "no", "t", "t"]]


def test_who_came_from_the_answer_or_labels_again_is_not_blind(desk: Desk) -> None:
    desk.label("user", "yes")
    assert "data-blind" not in desk.cell("op", seen="1")
    first = desk.label("op", "no", is_blind=True)
    desk.label("op", "yes", is_blind=True, after=first)
    assert desk.rows()[1:] == [["op", "no", "f", "t"], ["op", "yes", "t", "f"]]


def test_undo_takes_back_one_label_however_often_it_is_sent(desk: Desk) -> None:
    first = desk.label("user", "yes")
    second = desk.label("user", "no", after=first)
    page = desk.cell()
    assert f'data-word="{second}"' in page
    told = [desk.send("user", "withdraw", word=second).json() for _ in range(3)]
    assert told == [{"withdrawn": True}, {"withdrawn": False}, {"withdrawn": False}]
    current = [row[:2] for row in desk.rows() if row[2] == "t"]
    assert current == [["user", "yes"]], "the label before counts again, nothing is deleted"
    assert len(desk.rows()) == 3
    assert desk.send("op", "withdraw", word=first).json() == {"withdrawn": False}, "not theirs"


def test_the_last_word_is_for_operators_who_did_not_label(desk: Desk) -> None:
    assert desk.send("op", "adjudicate", label="yes").status_code == 409, "nobody disagrees"
    desk.label("user", "yes", comment="see the methods")
    desk.label("op", "no")
    overview = desk.get("review", "admin").text
    assert "see the methods" in overview
    assert ">Adjudicate</a>" in overview
    assert ">Adjudicate</a>" not in desk.get("review", "user").text
    page = desk.cell("admin")
    assert 'data-route="adjudicate"' in page
    assert page.index("see the methods") < page.index("data-label"), "both are seen first"
    assert desk.send("user", "adjudicate", label="yes").status_code == 403
    assert desk.send("op", "adjudicate", label="yes").status_code == 403, "op labelled it"
    said = {"label": "partly", "comment": "half of it"}
    words = [desk.send("admin", "adjudicate", **said).json()["word"] for _ in range(2)]
    assert words[0] == words[1]
    gold = "SELECT label, basis, adjudicator FROM out.gold"
    assert desk.night.rows(gold) == [["partly", "adjudicated", "admin"]]
    assert f'data-word="{words[0]}"' in desk.cell("admin")
    body = {"kind": "adjudication", "word": words[0]}
    assert desk.send("user", "withdraw", **body).status_code == 403
    assert desk.send("admin", "withdraw", **body).json() == {"withdrawn": True}
    assert desk.night.rows(gold) == [["", "disputed", ""]]


def test_kappa_lives_and_says_why_where_it_is_undefined(desk: Desk) -> None:
    works = [desk.work, desk.pdf, desk.night.work_of("lichens.txt")]
    assert "no κ yet" in desk.cell("op")
    for work, (mine, other) in zip(
        works, [("yes", "yes"), ("yes", "yes"), ("no", "no")], strict=True
    ):
        desk.label("user", mine, paper=str(work))
        desk.label("op", other, paper=str(work))
        told = re.search(r"data-kappa>([^<]+)<.*?n = (\d)", desk.cell("op"), re.DOTALL)
        assert told is not None
        expected = "1.00" if work == works[-1] else "undefined"
        assert told.groups() == (expected, str(works.index(work) + 1))
    assert "only one label was ever given" not in desk.get("review").text
    assert "κ </span><b data-kappa>1.00</b>" in desk.get("review").text


def test_the_next_cell_comes_until_nothing_is_left(desk: Desk) -> None:
    client = desk.door("user")
    address = "review_cell?only=TQ1"
    seen = []
    while True:
        answer = client.get(f"/florilegium/{address}")
        where = urlsplit(str(answer.url))
        if where.path.endswith("/review"):
            assert "Nothing is left for you" in answer.text
            break
        asked = parse_qs(where.query)
        seen.append((asked["paper"][0], asked["question"][0]))
        if len(seen) == 1:
            # Put the first one aside: it does not come back while the address says so.
            address = re.search(r'href="([^"]*)" data-key="s"', answer.text)[1].replace(
                "&amp;", "&"
            )  # type: ignore[index]
            continue
        desk.label("user", "yes", paper=seen[-1][0])
    assert len(seen) == len(set(seen)) == 4
    assert {question for _, question in seen} == {"TQ1"}


def test_an_answer_and_a_matrix_lead_to_the_desk_for_those_who_may(desk: Desk) -> None:
    answer = f"answer?paper={desk.work}&question=TQ1"
    link = f'href="review_cell?paper={desk.work}&amp;question=TQ1&amp;seen=1">label this cell'
    assert link in desk.get(answer).text
    assert "label this cell" not in desk.get(answer, "viewer").text
    assert 'href="review_cell?only=TQ2"' in desk.get("matrix?question=TQ2").text


@pytest.mark.parametrize(
    "body",
    [
        {"label": "maybe"},
        {"label": "withdrawn"},
        {"label": "yes", "seconds": -1},
        {"label": "yes", "seconds": "NaN"},
        {"label": "yes", "value": "x" * 2001},
        {"label": "yes", "comment": "x" * 4001},
        {"label": "yes", "paper": "';drop"},
        {"label": "yes", "paper": str(2**63)},
        {"label": "yes", "question": "TQ1;"},
        {"label": "yes", "after": "x"},
        {},
    ],
)
def test_a_form_that_makes_no_sense_writes_nothing(desk: Desk, body: dict[str, Any]) -> None:
    assert desk.send("user", "label", **body).status_code == 422
    assert desk.rows() == []


def test_a_cell_that_is_not_there_is_not_labelled(desk: Desk) -> None:
    assert desk.send("user", "label", label="yes", paper="12").status_code == 404
    assert desk.send("user", "label", label="yes", question="NOPE").status_code == 404


def test_a_sign_that_no_database_holds_is_kept_escaped(desk: Desk) -> None:
    desk.label("user", "yes", comment="a\x00b")
    assert desk.night.rows("SELECT comment FROM out.annotations") == [["a\\x00b"]]
