from collections.abc import Sequence
from typing import Any

import pytest

from etl.answer.extractive import ExtractiveAnswerer
from etl.errors import AnswerError
from etl.records.ballot import Ballot, CellState, MatchKind
from etl.records.document import Document, Zone
from etl.records.question import AnswerType, Question
from etl.settings import AnswerSettings
from etl.verify.carried import verify_ballot
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.small_paper import make_chunk_set, make_document, make_question, passages_of

PAPER = make_document(
    ("abstract", Zone.ABSTRACT, ["We count leaves with deep learning."]),
    (
        "methods",
        Zone.BODY,
        [
            "A convolutional network was trained with the Adam optimizer.",
            "We set the learning rate to 0.001 and trained for 100 epochs.",
            "Dropout was not applied in any of the training runs.",
        ],
    ),
    ("code_availability", Zone.BACK, ["The code is available at https://github.com/ada/leaves."]),
)
CHUNKS = make_chunk_set(PAPER)
EVERYTHING = passages_of(1, 0, 2)

OPTIMIZER = make_question(
    "Which optimizer was the network trained with?",
    AnswerType.ENTITY_LIST,
    question_id="CQ15",
    vocabulary={"Adam": [], "SGD": ["stochastic gradient descent"]},
    applicable_if="uses_dl",
)
SETTINGS = make_question(
    "Which learning rate and how many epochs?",
    AnswerType.KEY_VALUE_LIST,
    question_id="CQ13",
    vocabulary={"learning rate": [], "epochs": ["epoch"]},
)
CODE = make_question(
    "What is the link of the code repository?", AnswerType.URL_LIST, question_id="CQ10"
)
DROPOUT = make_question(
    "Was dropout applied in training?",
    AnswerType.YES_NO,
    question_id="CQ17",
    vocabulary={"dropout": []},
)
PURPOSE = make_question("What do we count with deep learning?", AnswerType.SHORT_TEXT)
SEED = make_question(
    "Which random seed was set?", AnswerType.ENTITY_LIST, vocabulary={"random seed": []}
)


def build_answerer(embedder: FakeEmbedder | None = None, **settings: Any) -> ExtractiveAnswerer:
    return ExtractiveAnswerer(
        embedder or FakeEmbedder(), AnswerSettings(**settings), {"kind": "test"}
    )


def ask(*questions: Question, paper: Document = PAPER, **settings: Any) -> list[Ballot]:
    found = [EVERYTHING] * len(questions)
    return build_answerer(**settings).answer(paper, make_chunk_set(paper), questions, found)


def test_each_answer_type_is_read_with_the_sentence_that_carries_it() -> None:
    optimizer, settings, code, dropout, purpose = ask(OPTIMIZER, SETTINGS, CODE, DROPOUT, PURPOSE)

    assert optimizer.value == [{"name": "Adam", "surface": "Adam", "evidence": [1]}]
    assert settings.value_text == "epochs 100; learning rate 0.001"
    assert [item["number"] for item in settings.value] == [100.0, 0.001]
    assert code.value_text == "https://github.com/ada/leaves"
    assert dropout.value_text == "no"
    assert purpose.value == "We count leaves with deep learning."


def test_evidence_is_the_cited_sentence_as_stored_and_passes_the_verifier() -> None:
    for question in (OPTIMIZER, SETTINGS, CODE, DROPOUT, PURPOSE):
        (ballot,) = ask(question)

        assert ballot.state is CellState.ANSWERED
        assert ballot.reason is None
        assert 0 <= (ballot.score or 0) <= 1
        for evidence in ballot.evidence:
            assert evidence.match_kind is MatchKind.CITED
            assert evidence.quote == PAPER.text_of(PAPER.sentences[evidence.sentence_index])
        assert verify_ballot(ballot, PAPER, question) == ballot


def test_what_the_paper_does_not_say_is_not_reported_with_a_reason() -> None:
    (ballot,) = ask(SEED)

    assert ballot.state is CellState.NOT_REPORTED
    assert (ballot.value, ballot.value_text, ballot.evidence) == (None, None, ())
    assert ballot.reason


def test_nothing_is_read_below_the_threshold() -> None:
    assert ask(OPTIMIZER, min_score=1.0)[0].state is CellState.NOT_REPORTED


def test_no_passage_means_not_reported() -> None:
    (ballot,) = build_answerer().answer(PAPER, CHUNKS, [OPTIMIZER], [[]])

    assert (ballot.state, ballot.reason) == (CellState.NOT_REPORTED, "no passage was retrieved")


def test_a_paper_without_deep_learning_closes_the_gated_questions_only() -> None:
    paper = make_document(
        ("methods", Zone.BODY, ["We counted leaves by hand with a random forest."]),
        ("results", Zone.BODY, ["Adam counted 12."]),
        ("references", Zone.REFERENCES, ["Deep learning, a book."]),
    )
    gated, open_question = ask(OPTIMIZER, SEED, paper=paper)

    assert gated.state is CellState.NOT_APPLICABLE
    assert open_question.state is CellState.NOT_REPORTED


def test_an_unreadable_paper_is_never_asked() -> None:
    embedder = FakeEmbedder()
    paper = make_document(("methods", Zone.BODY, ["We used Adam."]), readable=False)

    (ballot,) = build_answerer(embedder).answer(
        paper, make_chunk_set(paper), [OPTIMIZER], [passages_of(0)]
    )

    assert (ballot.state, ballot.reason) == (CellState.UNREADABLE, "garbled_text")
    assert embedder.embedded_count == 0


def test_each_sentence_is_embedded_once_for_all_questions() -> None:
    embedder = FakeEmbedder()
    questions = [OPTIMIZER, SETTINGS, CODE]

    build_answerer(embedder).answer(PAPER, CHUNKS, questions, [EVERYTHING] * 3)

    assert embedder.embedded_count == len(questions) + len(PAPER.sentences)


def test_a_question_answered_alone_is_answered_as_among_others() -> None:
    together = ask(OPTIMIZER, SETTINGS, CODE)

    assert [ask(question)[0] for question in (OPTIMIZER, SETTINGS, CODE)] == together


def test_the_fingerprint_follows_threshold_retrieval_and_embedding_space() -> None:
    same = [build_answerer().fingerprint for _ in range(2)]
    stricter = build_answerer(min_score=0.9).fingerprint
    elsewhere = ExtractiveAnswerer(FakeEmbedder(), AnswerSettings(), {"k": 9}).fingerprint

    assert same[0] == same[1]
    assert len({same[0].sha256, stricter.sha256, elsewhere.sha256}) == 3
    assert same[0].recipe["embedding_space"] == FakeEmbedder().space.fingerprint.sha256


@pytest.mark.parametrize("passages", [[], [EVERYTHING, EVERYTHING]])
def test_questions_and_passages_must_match(passages: Sequence[Any]) -> None:
    with pytest.raises(AnswerError):
        build_answerer().answer(PAPER, CHUNKS, [OPTIMIZER], passages)
