import pytest

from etl.llm.prompt import system_text, tail_text
from etl.records.document import Zone
from etl.records.question import AnswerType
from tests.fakes.small_paper import make_chunk_set, make_document, make_question, passages_of

PAPER = make_document(("methods", Zone.BODY, ["One.", "Two."]), ("results", Zone.BODY, ["Three."]))
CHUNKS = make_chunk_set(PAPER)


def test_neither_terms_nor_cues_nor_examples_enter_a_prompt() -> None:
    question = make_question(
        "Which optimiser?",
        AnswerType.ENUM_LIST,
        cues=["momentum"],
        vocabulary={"Adam": ["adaptive moments"]},
        examples_for_humans=["SGD"],
    )
    text = system_text("b") + tail_text(question, CHUNKS, passages_of(0), frozenset({0, 1}))
    assert "Which optimiser?" in text
    assert not any(word in text for word in ("Adam", "adaptive", "momentum", "SGD"))


def test_the_hint_names_only_sentences_that_are_shown() -> None:
    question = make_question("Which?", AnswerType.ENTITY_LIST)
    tail = tail_text(question, CHUNKS, passages_of(1, 0), frozenset({1}))
    assert tail.endswith("Look first at: [s1]\n")
    whole = tail_text(question, CHUNKS, passages_of(1, 0), frozenset({0, 1, 2}))
    assert whole.endswith("Look first at: [s2], [s0] to [s1]\n")


@pytest.mark.parametrize("answer_type", AnswerType)
def test_each_type_says_what_its_value_is(answer_type: AnswerType) -> None:
    tail = tail_text(make_question("Which?", answer_type), CHUNKS, [], frozenset())
    assert "\nvalue: " in tail
    assert "Look first" not in tail
