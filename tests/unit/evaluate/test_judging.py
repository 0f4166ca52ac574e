from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from etl.answer.rule import RuleAnswerer
from etl.catalogue.golden import GoldenExpectation
from etl.errors import UsageError
from etl.evaluate.audits import audit_answers_outside, audit_evidence, audit_leak, audit_links
from etl.evaluate.facts import Fact, judge_facts, load_fact_table, load_sample_facts
from etl.evaluate.golden import judge_golden
from etl.journey import Reading, answer_questions, decide_question
from etl.records.document import Zone
from etl.records.full_text import FullText, MediaType
from etl.records.question import AnswerType
from tests.fakes.small_paper import make_chunk_set, make_document, make_question

SENTENCE = "We trained the network with the Adam optimizer on leaves."
PAPER = make_document(("methods", Zone.BODY, [SENTENCE, "The weather was fine all day."]))
OPTIMIZER = make_question(
    "Which optimizer was the network trained with?",
    AnswerType.ENTITY_LIST,
    question_id="CQ15",
    vocabulary={"Adam": [], "SGD": []},
)
SEED = make_question(
    "Which seed?", AnswerType.ENTITY_LIST, question_id="CQ24", vocabulary={"seed": []}
)
QUESTIONS = [OPTIMIZER, SEED]


def read() -> Mapping[str, Reading]:
    chunk_set = make_chunk_set(PAPER)
    ballots = answer_questions(PAPER, chunk_set, QUESTIONS, [[], []], RuleAnswerer())
    full_text = FullText(
        full_text_id=1,
        sha256="0" * 64,
        media_type=MediaType.TEXT,
        byte_count=1,
        store_path="a",
        work_id=1,
    )
    decisions = [decide_question(1, q, [b]) for q, b in zip(QUESTIONS, ballots, strict=True)]
    return {
        "a.txt": Reading(
            full_text=full_text,
            document=PAPER,
            chunk_set=chunk_set,
            ballots=tuple(ballots),
            decisions=tuple(decisions),
        )
    }


def fact(question_id: str, *, answerable: bool = True, **kwargs: Any) -> Fact:
    return Fact(paper="a.txt", question_id=question_id, is_answerable=answerable, **kwargs)


@pytest.mark.parametrize(
    ("asked", "is_right"),
    [
        (fact("CQ15", patterns=("adam",), quotes=("trained the network with",)), True),
        (fact("CQ15", patterns=("adam", "0.1")), False),
        (fact("CQ15", quotes=("The weather was fine",)), False),
        (fact("CQ15", answerable=False), False),
        (fact("CQ24"), False),
        (fact("CQ24", answerable=False), True),
        (fact("CQ99", answerable=False), False),
        (Fact(paper="b.txt", question_id="CQ15", is_answerable=True), False),
    ],
)
def test_a_fact_is_right_by_state_value_and_evidence(asked: Fact, *, is_right: bool) -> None:
    (verdict,) = judge_facts([asked], read(), QUESTIONS)

    assert verdict.is_right is is_right


def test_audits_count_what_is_carried_and_what_is_not() -> None:
    readings = read()
    strange = make_question(
        "Which optimizer was the network trained with?",
        AnswerType.ENTITY_LIST,
        question_id="CQ15",
        vocabulary={"Adam": []},
    )

    assert (
        audit_evidence(readings, QUESTIONS).hits,
        audit_evidence(readings, QUESTIONS).total,
    ) == (
        1,
        1,
    )
    assert audit_leak(readings, [strange, SEED]).hits == 0
    assert audit_links(readings, QUESTIONS).total == 0
    assert audit_answers_outside(readings, QUESTIONS).misses == ("a.txt: CQ15",)


def test_a_name_that_the_paper_does_not_hold_is_a_leak() -> None:
    reading = read()["a.txt"]
    told = reading.decisions[0]
    invented = Reading(
        full_text=reading.full_text,
        document=make_document(("methods", Zone.BODY, ["Nothing of that kind."])),
        chunk_set=None,
        ballots=reading.ballots,
        decisions=(told,),
    )

    figure = audit_leak({"a.txt": invented}, QUESTIONS)

    assert figure.misses == ("a.txt: CQ15: Adam",)
    assert not figure.is_met
    assert audit_evidence({"a.txt": invented}, QUESTIONS).hits == 0


def test_golden_cells_hold_names_or_absence() -> None:
    cells = [
        GoldenExpectation(question_id="CQ15", paper="a.txt", expected=("adam",)),
        GoldenExpectation(question_id="CQ15", paper="a.txt", expected=("SGD",)),
        GoldenExpectation(question_id="CQ24", paper="a.txt", expected=()),
        GoldenExpectation(question_id="CQ15", paper="a.txt", expected=()),
        GoldenExpectation(question_id="CQ15", paper="gone.txt", expected=("Adam",)),
    ]

    results = judge_golden(cells, read(), QUESTIONS)

    assert [result.is_met for result in results] == [True, False, True, False, False]


def test_both_forms_of_facts_are_read(tmp_path: Path) -> None:
    table, samples = tmp_path / "facts.csv", tmp_path / "facts.yaml"
    table.write_text(
        "pdf,cq,answerable,answer_must_match_all,quote,page\n8,5,yes,ImageNet;653,all 653,8\n"
        "8,24,no,,,\n",
        encoding="utf-8",
    )
    samples.write_text("a.txt:\n  CQ01: [leaves]\n  CQ02: []\n", encoding="utf-8")

    first, second = load_fact_table(table)

    assert (first.paper, first.question_id, first.patterns) == (
        "8.pdf",
        "CQ05",
        ("ImageNet", "653"),
    )
    assert not second.is_answerable
    assert [f.is_answerable for f in load_sample_facts(samples)] == [True, False]


@pytest.mark.parametrize("content", ["a: b\n", "[]\n", "- 1\n"])
def test_a_file_of_another_form_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(UsageError, match=r"facts\.yaml"):
        load_sample_facts(path)
