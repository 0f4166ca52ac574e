"""What every answerer promises; the fake keeps it as the extractive one does."""

import pytest

from etl.answer.extractive import ExtractiveAnswerer
from etl.context import context_sha256
from etl.ports import Answerer
from etl.records.ballot import CellState
from etl.records.document import Zone
from etl.records.question import AnswerType
from etl.settings import AnswerSettings
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.small_paper import make_chunk_set, make_document, make_question, passages_of

PAPER = make_document(
    ("methods", Zone.BODY, ["We trained a network to count leaves.", "It took a day."]),
    ("results", Zone.BODY, ["It counted 12 leaves."]),
)
CHUNKS = make_chunk_set(PAPER)
QUESTIONS = [
    make_question("What did we train the network to count?", AnswerType.SHORT_TEXT),
    make_question("Who paid?", AnswerType.ENTITY_LIST, vocabulary={"the king": []}),
]
PASSAGES = [passages_of(0, 1), []]


@pytest.fixture(params=["fake", "extractive"])
def answerer(request: pytest.FixtureRequest) -> Answerer:
    if request.param == "fake":
        return FakeAnswerer()
    return ExtractiveAnswerer(FakeEmbedder(), AnswerSettings(), {})


def test_one_ballot_a_question_in_order_signed_and_with_its_context(answerer: Answerer) -> None:
    ballots = answerer.answer(PAPER, CHUNKS, QUESTIONS, PASSAGES)

    assert [b.question_version_id for b in ballots] == [q.question_version_id for q in QUESTIONS]
    assert {b.answerer_id for b in ballots} == {answerer.fingerprint.fingerprint_id}
    assert [b.context_sha256 for b in ballots] == [context_sha256(CHUNKS, p) for p in PASSAGES]


def test_value_and_evidence_stand_exactly_in_answered_ballots_and_reasons_in_all_others(
    answerer: Answerer,
) -> None:
    answered, empty = answerer.answer(PAPER, CHUNKS, QUESTIONS, PASSAGES)

    assert answered.state is CellState.ANSWERED
    assert answered.value is not None
    assert answered.value_text
    assert answered.evidence
    assert answered.reason is None
    assert empty.state is CellState.NOT_REPORTED
    assert (empty.value, empty.value_text, empty.evidence) == (None, None, ())
    assert empty.reason


def test_quotes_are_slices_of_their_blocks(answerer: Answerer) -> None:
    for ballot in answerer.answer(PAPER, CHUNKS, QUESTIONS, PASSAGES):
        for evidence in ballot.evidence:
            text = PAPER.blocks[evidence.block_index].text
            assert text[evidence.char_start : evidence.char_end] == evidence.quote


def test_an_unreadable_paper_gives_unreadable_ballots(answerer: Answerer) -> None:
    paper = make_document(("methods", Zone.BODY, ["Xyz."]), readable=False)

    ballots = answerer.answer(paper, make_chunk_set(paper), QUESTIONS, [passages_of(0), []])

    assert {ballot.state for ballot in ballots} == {CellState.UNREADABLE}


def test_equal_input_gives_equal_ballots(answerer: Answerer) -> None:
    first, second = (
        answerer.answer(PAPER, CHUNKS, QUESTIONS, [list(p) for p in PASSAGES]) for _ in range(2)
    )

    assert first == second


def test_no_question_needs_no_ballot(answerer: Answerer) -> None:
    assert answerer.answer(PAPER, CHUNKS, [], []) == []
