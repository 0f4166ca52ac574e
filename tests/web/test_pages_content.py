"""What the pages tell: every paper once, the proof of every answer, why there is none."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from etl.errors import ServiceUnavailableError
from etl.parse.page_shelf import PageShelf
from etl.settings import PagesSettings, ParseSettings
from etl.store.database import open_reader
from etl.store.pages_answer import AnswerStore
from etl.store.pages_matrix import MatrixFilter, MatrixStore

pytestmark = [pytest.mark.store, pytest.mark.airflow]

EVERYTHING = MatrixFilter()


@pytest.fixture(scope="module")
def matrix(night: Any) -> MatrixStore:
    return MatrixStore(open_reader(night.settings.database, night.settings.pages))


def walk(
    matrix: MatrixStore, wanted: MatrixFilter = EVERYTHING, *, row_limit: int = 2
) -> list[str]:
    """Names of the works of all screens, in order."""
    names: list[str] = []
    after = None
    while True:
        screen = matrix.screen(wanted, after=after, row_limit=row_limit)
        names += [work["paper"] for work in screen["works"]]
        if not screen["has_more"]:
            return names
        after = screen["works"][-1]["work_id"]


def test_screen_by_screen_every_work_comes_once_in_order(matrix: MatrixStore) -> None:
    expected = [
        *("broken.pdf", "cameras.jats.xml", "lichens.txt", "otters.txt", "terns-two-column.pdf"),
    ]
    assert walk(matrix) == walk(matrix, row_limit=1) == walk(matrix, row_limit=100) == expected


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"search": "OTTERS"}, ["otters.txt"]),
        ({"search": "10.5555/"}, []),
        ({"search": "%"}, []),
        ({"state": "failed"}, ["broken.pdf"]),
        ({"state": "answered", "question": "TQ2", "search": "txt"}, ["lichens.txt", "otters.txt"]),
        ({"state": "conflicting"}, []),
        ({"question": "TQ1", "state": "failed"}, ["broken.pdf"]),
        ({"year_from": 2990}, []),
        ({"probability_below": 0.5}, []),
        ({"corpus": "corpus:nowhere"}, []),
        (
            {"disagreement": True},
            ["cameras.jats.xml", "lichens.txt", "otters.txt", "terns-two-column.pdf"],
        ),
        ({"disagreement": True, "search": "terns"}, ["terns-two-column.pdf"]),
    ],
)
def test_each_filter_finds_what_it_says(
    matrix: MatrixStore, wanted: dict[str, Any], names: list[str]
) -> None:
    assert walk(matrix, replace(EVERYTHING, **wanted)) == names


def test_the_corpus_filter_knows_where_papers_came_from(matrix: MatrixStore) -> None:
    [source] = matrix.screen(EVERYTHING, after=None, row_limit=1)["sources"]
    assert source["source"].startswith("folder:")
    assert len(walk(matrix, replace(EVERYTHING, corpus=source["source"]))) == 5


def test_the_sql_of_a_view_gives_the_view(matrix: MatrixStore, night: Any) -> None:
    wanted = replace(EVERYTHING, search="otters' \"; %", state="answered")
    analyst = night.database.open("florilegium_analyst")
    assert analyst.read(text(matrix.statement(wanted).replace(":", r"\:"))) == []
    wanted = replace(EVERYTHING, state="answered")
    rows = analyst.read(text(matrix.statement(wanted).replace(":", r"\:")))
    with matrix.stream(wanted) as streamed:
        assert [tuple(row) for row in rows] == [tuple(row.values()) for row in streamed]
    assert {row.paper for row in rows} == set(walk(matrix, wanted))


def test_the_csv_holds_every_cell_of_the_view(door: Any, matrix: MatrixStore) -> None:
    answer = door().get("/florilegium/matrix.csv?search=txt")
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    works = walk(matrix, replace(EVERYTHING, search="txt"))
    assert {(row["paper"], row["question_id"]) for row in rows} == {
        (work, question) for work in works for question in ("TQ1", "TQ2", "TQ3")
    }
    answered = [row for row in rows if row["state"] == "answered"]
    assert answered
    assert all(row["quote"] for row in answered)


def test_the_matrix_shows_states_by_sign_and_word(door: Any, night: Any) -> None:
    page = door().get("/florilegium/matrix").text
    assert page.count("<tr>") == 1 + 5
    for sign, words in (("✕", "failed"), ("✓", "answered"), ("–", "not reported")):
        assert re.search(rf"{sign}</b> {words}", page)
    assert "⚑" in page
    assert f'href="answer?paper={night.work_of("otters.txt")}&amp;question=TQ1"' in page


def test_an_answer_shows_the_page_with_its_sentence_marked(door: Any, night: Any) -> None:
    work = night.work_of("terns-two-column.pdf")
    page = door().get(f"/florilegium/answer?paper={work}&question=TQ2").text
    assert 'class="split"' in page
    [source] = set(re.findall(r'<img src="([^"]+)" data-image', page))
    image = door().get(f"/florilegium/{source.replace('&amp;', '&')}")
    assert image.headers["content-type"] == "image/png"
    assert image.content.startswith(b"\x89PNG")
    assert "private" in image.headers["cache-control"]
    plain = re.sub("question=TQ2", "question=NONE", source).replace("&amp;", "&")
    unmarked = door().get(f"/florilegium/{plain}")
    assert unmarked.content != image.content, "the sentence is marked in the first alone"
    quotes = night.rows(
        f"SELECT quote FROM out.ballot_evidence WHERE work_id = {work} AND question_id = 'TQ2'"  # noqa: S608 - a number
    )
    assert quotes
    shown = re.sub(r"<[^>]+>", "", page)
    assert quotes[0][0][:40] in shown


def test_an_answer_of_a_source_without_pages_stands_in_its_context(door: Any, night: Any) -> None:
    work = night.work_of("otters.txt")
    page = door().get(f"/florilegium/answer?paper={work}&question=TQ2").text
    assert 'class="single"' in page
    assert "<img" not in page
    assert re.search(r'<span class="around"><bdi>[^<]{50,}</bdi></span>', page)


def test_a_cell_without_an_answer_says_why(door: Any, night: Any) -> None:
    work = night.work_of("broken.pdf")
    page = door().get(f"/florilegium/answer?paper={work}&question=TQ2").text
    assert "failed" in page
    assert "Nobody has voted" in page
    life = door().get(f"/florilegium/paper?paper={work}").text
    assert "broken file" in life
    assert "download it again" in life
    # Every question has the same to say: said once, and each of them below.
    assert re.search(r"</span> for all \d+ questions: <bdi>", life)
    assert life.count("<summary>Question by question</summary>") == 1


def test_the_history_of_an_edited_question_is_on_its_page(door: Any, night: Any) -> None:
    work = night.work_of("otters.txt")
    page = door().get(f"/florilegium/answer?paper={work}&question=TQ1").text
    assert "History: 2 decisions" in page
    question = door().get("/florilegium/question?question=TQ1").text
    assert "question version" in question
    assert "By which optimizer was it trained?" in question
    assert "Which optimizer trained the model?" in question


def test_counts_over_too_many_papers_are_left_to_sql(
    night: Any, open_door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from florilegium_airflow.web.room import ReadingRoom

    monkeypatch.setattr(
        "etl.store.pages_question._PATIENCE", text("SET LOCAL statement_timeout = 1")
    )
    page = open_door(ReadingRoom(settings=night.settings))().get(
        "/florilegium/question?question=TQ1"
    )
    assert page.status_code == 200
    assert "SELECT * FROM out.agreement WHERE question_id = " in page.text
    assert "Which optimizer trained the model?" in page.text


def test_the_tab_of_a_dag_run_finds_the_run_it_began(door: Any, night: Any) -> None:
    night.rows("UPDATE ops.run SET trigger = 'fetch_papers/manual__1' WHERE run_id = 1")
    answer = door().get(
        "/florilegium/dag_run?dag=fetch_papers&run=manual__1", follow_redirects=False
    )
    assert answer.headers["location"] == "run?id=1"
    other = door().get("/florilegium/dag_run?dag=fetch_papers&run=manual__2")
    assert "No run of ours yet" in other.text


def test_only_an_operator_is_offered_to_try_again(door: Any) -> None:
    assert 'data-retry="broken_file"' in door("op").get("/florilegium/run?id=1").text
    assert "data-retry" not in door("user").get("/florilegium/run?id=1").text


def test_each_release_is_counted_as_its_decisions_stand(night: Any) -> None:
    counted = night.rows(
        "SELECT release_id, question_id, state, decision_count FROM core.release_state "
        "ORDER BY 1, 2, 3"
    )
    stand = night.rows(
        "SELECT r.release_id, d.question_id, d.state, count(*) FROM core.release r "
        "JOIN core.decision d ON d.from_release <= r.release_id "
        "AND (d.to_release IS NULL OR d.to_release > r.release_id) "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    assert counted == stand
    assert {row[0] for row in counted} == {"1", "2"}


def test_a_licence_that_limits_quotes_limits_the_page_too(night: Any) -> None:
    work = night.work_of("lichens.txt")
    limited = (
        "INSERT INTO core.rights (full_text_id, source, url, version, licence_source, oa_status, "
        "tdm_basis, tdm_reserved, quote_limit, policy) SELECT full_text_id, 's', 'u', 'published', "
        "'f', 'closed', 'tdm_licence', true, 20, 'p' FROM core.full_text WHERE work_id = "
    )
    night.database.sql(f"{limited}{work}")
    reader = AnswerStore(open_reader(night.settings.database, night.settings.pages))
    cell = reader.read(work, "TQ2")
    assert cell is not None
    assert cell["evidence"]
    for proof in cell["evidence"]:
        assert len(proof["quote"]) <= 20
        assert proof["quote_cut"].startswith("cut to 20 characters")
        assert proof["text_before"] == proof["text_after"] == ""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ops.run SET note = 'x'",
        "SELECT text FROM core.block",
        "CREATE TABLE mine (a integer)",
        "SELECT pg_sleep(30)",
    ],
)
def test_pages_read_as_a_role_that_can_do_nothing_else(night: Any, statement: str) -> None:
    reader = open_reader(night.settings.database, PagesSettings(statement_seconds=1))
    with pytest.raises(
        (DBAPIError, ServiceUnavailableError), match=r"permission denied|read-only|timeout"
    ):
        reader.read(text(statement))


def test_a_page_is_drawn_once_and_old_images_make_way(tmp_path: Path, night: Any) -> None:
    [[path]] = night.rows("SELECT store_path FROM out.readings WHERE page_count > 0")
    pdf = (Path(night.settings.store.uri) / path).read_bytes()
    drawn: list[int] = []

    def content() -> bytes:
        drawn.append(1)
        return pdf

    shelf = PageShelf(tmp_path / "images", max_bytes=10**9, settings=ParseSettings())
    first = shelf.image("a" * 64, 1, (), content)
    again = PageShelf(tmp_path / "images", max_bytes=10**9, settings=ParseSettings())
    assert again.image("a" * 64, 1, (), content) == first
    assert len(drawn) == 1
    small = PageShelf(tmp_path / "images", max_bytes=1, settings=ParseSettings())
    small.image("b" * 64, 1, (), content)
    assert list((tmp_path / "images").glob("*/*")) == []
