import pytest

from etl.answer.rule import RuleAnswerer
from etl.errors import AnswerError
from etl.records.ballot import Ballot, CellState
from etl.records.document import Document, Zone
from etl.records.question import AnswerType, Question
from etl.verify.carried import verify_ballot
from tests.fakes.small_paper import make_chunk_set, make_document, make_question

PAPER = make_document(
    ("abstract", Zone.ABSTRACT, ["We count leaves with deep learning."]),
    (
        "introduction",
        Zone.BODY,
        ["Many studies trained networks with SGD as optimizer.", "Leaves are green."],
    ),
    (
        "methods",
        Zone.BODY,
        [
            "A convolutional network was trained with the Adam optimizer.",
            "We set the learning rate to 0.001 and trained for 100 epochs on one GPU.",
            "Future models should be trained with RMSprop as optimizer.",
        ],
    ),
    (
        "results",
        Zone.BODY,
        ["The finished model was deployed.", "It runs on a TPU in the garden shed."],
    ),
    ("code_availability", Zone.BACK, ["The code is available at https://code.example.org/leaf."]),
    ("references", Zone.REFERENCES, ["Prueba 2018. Training an optimizer named Nadam."]),
)

OPTIMIZER = make_question(
    "Which optimizer was the network trained with?",
    AnswerType.ENTITY_LIST,
    question_id="CQ15",
    cues=["optimizer"],
    vocabulary={"Adam": [], "SGD": [], "RMSprop": [], "Nadam": []},
    applicable_if="uses_dl",
)
SETTINGS = make_question(
    "Which learning rate and how many epochs?",
    AnswerType.KEY_VALUE_LIST,
    question_id="CQ13",
    vocabulary={"learning rate": [], "epochs": ["epoch"]},
)
CODE = make_question("What is the link of the code?", AnswerType.URL_LIST, question_id="CQ10")
HARDWARE = make_question(
    "On which hardware was the model trained?",
    AnswerType.ENTITY_LIST,
    question_id="CQ20",
    cues=["trained", "GPU", "TPU"],
    vocabulary={"GPU": [], "TPU": []},
)
PURPOSE = make_question("What is counted?", AnswerType.SHORT_TEXT, question_id="CQ25")


def ask(*questions: Question, document: Document = PAPER) -> list[Ballot]:
    ballots = RuleAnswerer().answer(
        document, make_chunk_set(document), questions, [[] for _ in questions]
    )
    return [
        verify_ballot(ballot, document, question)
        for ballot, question in zip(ballots, questions, strict=True)
    ]


def test_it_reads_what_no_passage_shows() -> None:
    optimizer, settings, code = ask(OPTIMIZER, SETTINGS, CODE)

    assert [item["name"] for item in optimizer.value] == ["Adam"]
    assert {(item["name"], item["number"]) for item in settings.value} == {
        ("learning rate", 0.001),
        ("epochs", 100.0),
    }
    assert [item["url"] for item in code.value] == ["https://code.example.org/leaf"]


def test_the_work_of_others_advice_and_references_carry_nothing() -> None:
    (optimizer,) = ask(OPTIMIZER)
    quotes = " ".join(evidence.quote for evidence in optimizer.evidence)

    assert not any(name in quotes for name in ("SGD", "RMSprop", "Nadam"))


def test_the_device_that_runs_a_model_is_no_training_hardware() -> None:
    (hardware,) = ask(HARDWARE)

    assert [item["name"] for item in hardware.value] == ["GPU"]


def test_a_short_text_is_left_to_others() -> None:
    (purpose,) = ask(PURPOSE)

    assert purpose.state is CellState.NOT_REPORTED
    assert purpose.reason


def test_a_paper_of_another_field_or_without_text_is_not_read() -> None:
    beetles = make_document(("methods", Zone.BODY, ["Adam was our optimizer of traps."]))
    broken = make_document(("methods", Zone.BODY, ["x"]), readable=False)

    assert [b.state for b in ask(OPTIMIZER, document=beetles)] == [CellState.NOT_APPLICABLE]
    assert [b.state for b in ask(OPTIMIZER, document=broken)] == [CellState.UNREADABLE]


def test_the_same_paper_gives_the_same_ballots_whatever_else_is_asked() -> None:
    alone = ask(SETTINGS)[0]

    assert ask(OPTIMIZER, SETTINGS, CODE)[1] == alone
    assert RuleAnswerer().fingerprint == RuleAnswerer().fingerprint


def test_its_context_is_the_whole_paper() -> None:
    other = make_document(("methods", Zone.BODY, ["A neural network.", "It ran."]))
    contexts = {ballot.context_sha256 for ballot in ask(OPTIMIZER, SETTINGS, CODE)}

    assert len(contexts) == 1
    assert contexts != {ask(OPTIMIZER, document=other)[0].context_sha256}


def test_questions_and_passages_must_match() -> None:
    with pytest.raises(AnswerError):
        RuleAnswerer().answer(PAPER, make_chunk_set(PAPER), [CODE], [])
