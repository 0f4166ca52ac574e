import json
from typing import Any

import pytest

from etl.llm.schema import ModelAnswer, answer_schema, read_answer
from etl.llm.wire import ChatReply, Fault, FaultKind
from etl.records.question import AnswerType
from tests.standins.vllm import FAULT_REPLIES

SHOWN = frozenset({3, 4, 7})


def reply(text: str, ending: str = "stop", *, refusal: bool = False) -> ChatReply:
    return ChatReply(
        text=text,
        finish_reason=ending,
        is_refusal=refusal,
        model="m",
        system_fingerprint=None,
        prompt_tokens=1,
        cached_tokens=None,
        completion_tokens=1,
        latency_seconds=0.0,
        request_id="r",
    )


def read(answer_type: AnswerType = AnswerType.ENTITY_LIST, **answer: Any) -> ModelAnswer | Fault:
    whole = {"evidence": [3], "value": ["Adam"], "verdict": "yes"} | answer
    return read_answer(reply(json.dumps(whole)), answer_type, SHOWN)


def kind(found: ModelAnswer | Fault) -> FaultKind:
    assert isinstance(found, Fault)
    return found.kind


@pytest.mark.parametrize("answer_type", AnswerType)
def test_keys_come_as_place_then_value_then_judgement_and_everything_is_bounded(
    answer_type: AnswerType,
) -> None:
    schema = answer_schema(answer_type, 3, 7)
    assert list(schema["properties"]) == schema["required"] == ["evidence", "value", "verdict"]
    assert schema["properties"]["evidence"]["items"] == {
        "type": "integer",
        "minimum": 3,
        "maximum": 7,
    }

    def check(part: dict[str, Any]) -> None:
        if part["type"] == "string":
            assert "maxLength" in part or "enum" in part
        if part["type"] == "array":
            assert part["maxItems"] <= 12
            check(part["items"])
        if part["type"] == "object":
            assert part["additionalProperties"] is False
            for inner in part["properties"].values():
                check(inner)

    check(schema)


def test_a_good_answer_is_read() -> None:
    found = read(evidence=[4, 3, 4], value=["Adam", " Adam ", ""])
    assert found == ModelAnswer(evidence=(4, 3), value=["Adam"], verdict="yes")


def test_rows_of_name_value_and_unit_are_read() -> None:
    row = {"name": "rate", "value": "0.1", "unit": ""}
    found = read(AnswerType.KEY_VALUE_LIST, value=[row, {**row, "name": ""}])
    assert found == ModelAnswer(evidence=(3,), value=[row], verdict="yes")


def test_not_stated_is_an_answer() -> None:
    found = read(evidence=[], value=[], verdict="not_stated")
    assert found == ModelAnswer(evidence=(), value=None, verdict="not_stated")


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"evidence": [5]}, FaultKind.UNKNOWN_SENTENCE),
        ({"evidence": [-1]}, FaultKind.UNKNOWN_SENTENCE),
        ({"evidence": ["3"]}, FaultKind.WRONG_TYPE),
        ({"evidence": [True]}, FaultKind.WRONG_TYPE),
        ({"evidence": [3.0]}, FaultKind.WRONG_TYPE),
        ({"evidence": 3}, FaultKind.WRONG_TYPE),
        ({"evidence": [3] * 13}, FaultKind.WRONG_TYPE),
        ({"evidence": []}, FaultKind.CONTRADICTORY),
        ({"value": []}, FaultKind.CONTRADICTORY),
        ({"value": "Adam"}, FaultKind.WRONG_TYPE),
        ({"value": [None]}, FaultKind.WRONG_TYPE),
        ({"value": ["a" * 81]}, FaultKind.WRONG_TYPE),
        ({"value": ["a\u0001"]}, FaultKind.CONTROL_CHARACTERS),
        ({"value": ["\ud800"]}, FaultKind.CONTROL_CHARACTERS),
        ({"verdict": "Yes"}, FaultKind.WRONG_TYPE),
        ({"verdict": None}, FaultKind.WRONG_TYPE),
        ({"verdict": "not_stated"}, FaultKind.CONTRADICTORY),
        ({"more": 1}, FaultKind.WRONG_TYPE),
    ],
)
def test_another_form_is_a_typed_fault(change: dict[str, Any], wanted: FaultKind) -> None:
    assert kind(read(**change)) is wanted


@pytest.mark.parametrize("name", FAULT_REPLIES)
def test_no_scripted_fault_is_ever_read_as_an_answer(name: str) -> None:
    text, ending = FAULT_REPLIES[name]
    assert isinstance(read_answer(reply(text, ending), AnswerType.ENTITY_LIST, SHOWN), Fault)


def test_the_fault_says_what_it_was() -> None:
    kinds = {
        name: kind(read_answer(reply(*FAULT_REPLIES[name]), AnswerType.ENTITY_LIST, SHOWN))
        for name in ("cut", "not_json", "control_characters", "escaped_control", "empty", "refusal")
    }
    assert kinds == {
        "cut": FaultKind.CUT,
        "not_json": FaultKind.NOT_JSON,
        "control_characters": FaultKind.CONTROL_CHARACTERS,
        "escaped_control": FaultKind.CONTROL_CHARACTERS,
        "empty": FaultKind.EMPTY,
        "refusal": FaultKind.REFUSAL,
    }


def test_a_whole_answer_that_did_not_end_by_itself_is_not_believed() -> None:
    good = '{"evidence":[3],"value":["Adam"],"verdict":"yes"}'
    assert kind(read_answer(reply(good, "length"), AnswerType.ENTITY_LIST, SHOWN)) is FaultKind.CUT
    assert kind(read_answer(reply(good, "abort"), AnswerType.ENTITY_LIST, SHOWN)) is FaultKind.CUT
    refused = read_answer(reply(good, refusal=True), AnswerType.ENTITY_LIST, SHOWN)
    assert kind(refused) is FaultKind.REFUSAL


def test_no_needs_proof_where_yes_or_no_was_asked() -> None:
    assert (
        kind(read(AnswerType.YES_NO, evidence=[], value="", verdict="no"))
        is FaultKind.CONTRADICTORY
    )
    assert isinstance(read(AnswerType.YES_NO, value="no test set", verdict="no"), ModelAnswer)
