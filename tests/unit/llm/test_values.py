from typing import Any

from etl.answer.llm_values import read_model_answer
from etl.answer.reading import Reading
from etl.llm.schema import ModelAnswer
from etl.records.ballot import CellState
from etl.records.document import Zone
from etl.records.question import AnswerType
from tests.fakes.small_paper import make_document, make_question

PAPER = make_document(
    (
        "methods",
        Zone.BODY,
        [
            "We trained with the Adam optimizer.",
            "The learning rate was 0.01 and training took 3 h.",
            "Our code is at https://github.com/ada/leaves/tree.",
        ],
    )
)


def read(answer_type: AnswerType, value: Any, *evidence: int, verdict: str = "yes") -> Any:
    question = make_question(
        "Which?", answer_type, vocabulary={"Adam": ["adaptive moments"], "learning rate": ["LR"]}
    )
    answer = ModelAnswer(evidence=evidence, value=value, verdict=verdict)
    found = read_model_answer(PAPER, question, answer)
    return found.value if isinstance(found, Reading) else found


def test_names_take_the_spelling_of_the_vocabulary_and_cite_their_own_sentence() -> None:
    found = read(AnswerType.ENTITY_LIST, ["Adam optimizer", "learning rate"], 0, 1)
    assert found == [
        {"name": "Adam", "surface": "Adam optimizer", "evidence": [1]},
        {"name": "learning rate", "surface": "learning rate", "evidence": [2]},
    ]


def test_a_name_outside_the_vocabulary_stays_in_an_open_list_and_leaves_a_closed_one() -> None:
    assert read(AnswerType.ENTITY_LIST, ["Lion"], 0)[0]["name"] == "Lion"
    state, _ = read(AnswerType.ENUM_LIST, ["Lion"], 0)
    assert state is CellState.NOT_REPORTED


def test_numbers_are_parsed_and_a_unit_written_twice_is_cut_once() -> None:
    rows = [
        {"name": "LR", "value": "0.01", "unit": ""},
        {"name": "training", "value": "3 h", "unit": "h"},
    ]
    first, second = read(AnswerType.KEY_VALUE_LIST, rows, 1)
    assert (first["name"], first["number"], first["unit"]) == ("learning rate", 0.01, None)
    assert (second["value"], second["number"], second["unit"]) == ("3", 3.0, "h")


def test_an_address_must_stand_whole_in_a_cited_sentence() -> None:
    whole = "https://github.com/ada/leaves/tree"
    assert read(AnswerType.URL_LIST, ["github.com/ada/leaves/tree"], 2)[0]["url"] == whole
    for wrong in ("https://github.com/ada", "https://github.com/eve/x"):
        assert read(AnswerType.URL_LIST, [wrong], 2)[0] is CellState.NOT_REPORTED
    assert read(AnswerType.URL_LIST, [whole], 0)[0] is CellState.NOT_REPORTED


def test_yes_and_no_are_both_answers_to_a_question_of_yes_or_no_only() -> None:
    found = read(AnswerType.YES_NO, "Adam", 0, verdict="no")
    assert found == {"verdict": "no", "surface": "Adam"}
    assert read(AnswerType.ENTITY_LIST, None, verdict="no")[0] is CellState.NOT_REPORTED
    assert read(AnswerType.YES_NO, None, verdict="not_stated")[0] is CellState.NOT_REPORTED
