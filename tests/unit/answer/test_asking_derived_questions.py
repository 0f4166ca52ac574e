"""The journey asks 24 questions for 28 answers, whichever of them are missing."""

from collections.abc import Sequence

import pytest

from etl.answer.rule import RuleAnswerer
from etl.catalogue.load import load_catalogue
from etl.journey import answer_questions
from etl.records.ballot import Ballot, CellState
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document, Zone
from etl.records.question import Question
from etl.records.recipe import Fingerprint
from tests.fakes.small_paper import make_chunk_set, make_document

QUESTIONS = {question.question_id: question for question in load_catalogue().questions}
PAPER = make_document(
    (
        "methods",
        Zone.BODY,
        [
            "A convolutional network was trained with Adam at a learning rate of 0.1.",
            "The model was deployed on Android and runs in a mobile app.",
        ],
    ),
    ("code_availability", Zone.BACK, ["The code is available at https://code.example.org/leaf."]),
)
PAIRS = [("CQ08", "CQ10"), ("CQ09", "CQ11"), ("CQ15", "CQ13"), ("CQ28", "CQ27")]


class Recorder:
    """The rule answerer, and what it was asked."""

    def __init__(self) -> None:
        self._inner = RuleAnswerer()
        self.asked: list[str] = []

    @property
    def fingerprint(self) -> Fingerprint:
        return self._inner.fingerprint

    def answer(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Ballot]:
        self.asked += [question.question_id for question in questions]
        return self._inner.answer(document, chunk_set, questions, passages)


def ask(*question_ids: str) -> tuple[dict[str, Ballot], list[str]]:
    recorder = Recorder()
    questions = [QUESTIONS[question_id] for question_id in question_ids]
    passages: list[list[Passage]] = [[] for _ in questions]
    ballots = answer_questions(PAPER, make_chunk_set(PAPER), questions, passages, recorder)
    assert [b.question_version_id for b in ballots] == [q.question_version_id for q in questions]
    return dict(zip(question_ids, ballots, strict=True)), recorder.asked


def test_all_questions_are_answered_and_derived_ones_not_asked() -> None:
    ballots, asked = ask(*QUESTIONS)

    assert len(ballots) == 28
    assert len(asked) == len(set(asked)) == 24
    assert not {child for child, _ in PAIRS} & set(asked)


@pytest.mark.parametrize(("child", "parent"), PAIRS)
def test_a_derived_answer_never_contradicts_its_parent(child: str, parent: str) -> None:
    ballots, _ = ask(*QUESTIONS)

    if ballots[child].state is CellState.ANSWERED:
        assert ballots[parent].state is CellState.ANSWERED
        parent_quotes = {e.quote for e in ballots[parent].evidence}
        assert {e.quote for e in ballots[child].evidence} <= parent_quotes
    else:
        assert ballots[child].reason


def test_the_derived_answers_are_there() -> None:
    ballots, _ = ask(*QUESTIONS)

    assert [item["name"] for item in ballots["CQ08"].value] == ["code.example.org"]
    assert [item["name"] for item in ballots["CQ15"].value] == ["Adam"]
    assert "Android" in [item["name"] for item in ballots["CQ28"].value]
    assert ballots["CQ09"].state is CellState.NOT_REPORTED


@pytest.mark.parametrize(("child", "parent"), PAIRS)
def test_a_derived_question_alone_asks_its_parent_and_gets_the_same_answer(
    child: str, parent: str
) -> None:
    together, _ = ask(*QUESTIONS)
    alone, asked = ask(child)

    assert asked == [parent]
    assert alone[child] == together[child]
