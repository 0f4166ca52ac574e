"""The review desk: labels are added, never changed, and a second reader sees no other label."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.errors import StaleAttemptError, UsageError
from etl.store.queries import query
from etl.store.review import ReviewStore, Word
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.tiny_night import TinyNight, make_paper

pytestmark = pytest.mark.store


@pytest.fixture
def desk(tiny: TinyNight, papers: Path) -> ReviewStore:
    """Three papers, answered by one voter."""
    for number in range(3):
        (papers / f"{number}.txt").write_text(make_paper(number))
    tiny.answerers = {"fake": FakeAnswerer()}
    tiny.run(papers)
    return ReviewStore(tiny.open())


def word(tiny: TinyNight, label: str, person: str = "ada", **more: object) -> Word:
    """What a person says of TQ1 in the first paper."""
    work_id = tiny.one("SELECT work_id FROM core.work WHERE name = '0.txt'")
    fields = {"work_id": work_id, "question_id": "TQ1", "person": person, "label": label, **more}
    return Word(**fields)  # type: ignore[arg-type]


def labels(tiny: TinyNight) -> list[tuple[object, ...]]:
    return tiny.rows(
        "SELECT annotator, label, is_current, is_withdrawn FROM out.annotations "
        "ORDER BY labelled_at, annotation_id"
    )


def test_a_label_keeps_who_when_how_long_and_blind(tiny: TinyNight, desk: ReviewStore) -> None:
    said = word(tiny, "yes", value="Adam", comment="clear", seconds=12.5, is_blind=True)
    desk.record_label(said)
    kept = tiny.rows(
        "SELECT annotator, label, value, comment, seconds, is_blind, sample, about_answerer, "
        "source_name, labelled_at <= clock_timestamp() FROM out.annotations"
    )
    assert kept == [
        ("ada", "yes", "Adam", "clear", 12.5, True, "chosen", None, "review desk", True)
    ]
    gold = tiny.rows("SELECT question_id, label, basis, is_blind FROM out.gold")
    assert gold == [("TQ1", "yes", "single", True)]


def test_a_form_sent_twice_is_one_label(tiny: TinyNight, desk: ReviewStore) -> None:
    said = word(tiny, "yes")
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(desk.record_label, [said] * 8))
    assert len(ids) == 1
    assert len(labels(tiny)) == 1


def test_a_form_that_was_overtaken_writes_nothing(tiny: TinyNight, desk: ReviewStore) -> None:
    desk.record_label(word(tiny, "yes"))
    with pytest.raises(StaleAttemptError, match="another label since this form was opened"):
        desk.record_label(word(tiny, "no"))
    assert labels(tiny) == [("ada", "yes", True, False)]


def test_undo_brings_the_label_before_back_and_deletes_nothing(
    tiny: TinyNight, desk: ReviewStore
) -> None:
    first = desk.record_label(word(tiny, "yes"))
    desk.record_label(word(tiny, "no", after=first))
    cell = (word(tiny, "no").work_id, "TQ1", "ada")
    assert desk.withdraw_label(*cell) is not None
    assert [row for row in labels(tiny) if row[2]] == [("ada", "yes", True, False)]
    assert desk.withdraw_label(*cell) is not None
    assert desk.withdraw_label(*cell) is None, "nothing is left to take back"
    kept = [(row[1], row[3]) for row in labels(tiny)]
    assert kept == [("yes", True), ("no", True), ("withdrawn", False), ("withdrawn", False)]
    assert tiny.rows("SELECT * FROM out.gold") == []
    again = desk.record_label(word(tiny, "yes", after=desk.last_word(*cell)))
    assert again != first
    assert tiny.rows("SELECT label FROM out.gold") == [("yes",)]


def test_a_second_reader_is_blind_and_a_third_has_the_last_word(
    tiny: TinyNight, desk: ReviewStore
) -> None:
    first = desk.next_item("ada")
    assert first is not None
    assert first.task == "label"
    hidden = (first.probability, first.decision_state, first.share, first.voter_count)
    assert hidden == (None, None, None, None)
    said = Word(
        work_id=first.work_id, question_id=first.question_id, person="ada", label="yes",
        after=first.after, is_blind=True,
    )  # fmt: skip
    desk.record_label(said)
    other = desk.next_item("ada", question_id=first.question_id)
    assert other is not None
    assert other.work_id != first.work_id, "nobody labels a cell twice"
    queue: list[tuple[int, str]] = []
    while (item := desk.next_item("bob", skipped=queue)) is not None:
        queue.append((item.work_id, item.question_id))
        if queue[-1] == (first.work_id, first.question_id):
            assert (item.task, item.labels, item.after) == ("second label", (), None)
    assert len(queue) == len(set(queue)) == 9
    desk.record_label(replace(said, person="bob", label="no"))
    open_item = desk.next_item("eve", may_adjudicate=True)
    assert open_item is not None
    assert open_item.task == "adjudicate"
    assert [(row["annotator"], row["label"]) for row in open_item.labels] == [
        ("ada", "yes"),
        ("bob", "no"),
    ]
    for person in ("ada", "bob"):
        item = desk.next_item(person, may_adjudicate=True)
        assert item is not None
        assert item.task != "adjudicate", "who labelled a cell never adjudicates it"
    desk.adjudicate(replace(said, person="eve", label="no", value="none", after=open_item.after))
    assert tiny.rows("SELECT label, basis, adjudicator FROM out.gold") == [
        ("no", "adjudicated", "eve")
    ]
    assert desk.withdraw_adjudication(first.work_id, first.question_id, "eve") is not None
    assert tiny.rows("SELECT label, basis FROM out.gold") == [(None, "disputed")]


def test_agreement_of_a_pair_is_live(tiny: TinyNight, desk: ReviewStore) -> None:
    assert desk.live_agreement("ada", "bob") is None
    for row in tiny.rows("SELECT work_id, paper FROM out.papers ORDER BY paper"):
        for person in ("ada", "bob"):
            label = "no" if (row[1], person) == ("2.txt", "bob") or row[1] == "1.txt" else "yes"
            said = word(tiny, label, person)
            desk.record_label(replace(said, work_id=row[0], seconds=2.0))
    found = desk.live_agreement("bob", "ada", question_id="TQ1")
    assert found is not None
    assert (found["yes_yes"], found["yes_no"], found["no_yes"], found["no_no"]) == (1, 1, 0, 1)
    # Two of three cells are equal, four ninths by chance.
    assert found["cohen_kappa"] == pytest.approx(0.4)
    assert desk.live_agreement("ada", "bob") is not None
    people = [
        (row["annotator"], row["label_count"], row["seconds"]) for row in desk.people_at_work()
    ]
    assert people == [("ada", 3, 6.0), ("bob", 3, 6.0)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"label": "perhaps"}, "'perhaps' is no label"),
        ({"label": "missing"}, "'missing' is no label"),
        ({"person": " "}, "the name of who gives it"),
        ({"question_id": "TQ99"}, "no question 'TQ99'"),
        ({"work_id": 5}, "no work 5"),
        ({"seconds": -1.0}, "no duration"),
        ({"sample": "handy"}, "'handy' is no sample"),
    ],
)
def test_a_word_that_means_nothing_is_refused(
    tiny: TinyNight, desk: ReviewStore, wrong: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        desk.record_label(replace(word(tiny, "yes"), **wrong))  # type: ignore[arg-type]
    assert labels(tiny) == []


@pytest.mark.usefixtures("desk")
def test_the_queue_is_read_in_the_order_of_an_index(tiny: TinyNight) -> None:
    """Sorted of all cells at each look, it took 1.9 s at 10,000 papers."""
    values = {
        "person": "ada",
        "may_adjudicate": True,
        "question_id": None,
        "skipped_works": [],
        "skipped_questions": [],
        "row_limit": 1,
    }
    with tiny.open().transaction() as connection:
        # Of three papers everything is read at once, where it can be.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        connection.execute(text("SET LOCAL enable_sort = off"))
        body = query("pages_review", "waiting_cells").text
        plan = connection.execute(text(f"EXPLAIN (FORMAT JSON) {body}"), values).scalar_one()
    assert ["Index Scan", "decision_doubt_idx"] in [
        [below["Node Type"], below.get("Index Name")]
        for node in _nodes(plan[0]["Plan"])
        if node["Node Type"] == "Limit"
        for below in node["Plans"]
    ]


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for below in plan.get("Plans", []) for node in _nodes(below))]
