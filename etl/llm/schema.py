"""
The form an answer must have, and the reading of it without trust.

Keys stand in the order evidence, value, verdict, because an engine writes them in the order of
the schema: first the place, then what stands there, then the judgement. Texts and lists are
bounded (an unbounded text runs to the token limit), ids lie between the first and the last
sentence shown, and ``response_format`` carries the schema. Optional white space is a setting of
the server: ``--structured-outputs-config '{"backend":"guidance","disable_any_whitespace":true}'``;
other backends write broken JSON into bounded texts.

Whatever a server promises, every answer is read here again: some take the schema and ignore it.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from etl.llm.wire import ChatReply, Fault, FaultKind
from etl.records.question import AnswerType

__all__ = ["SCHEMA_VERSION", "ModelAnswer", "answer_schema", "read_answer"]

SCHEMA_VERSION = "evidence-value-verdict/1"

#: Lists name several things, each with a sentence of its own; a single value needs few.
_MAX_EVIDENCE = {True: 12, False: 4}
_MAX_ITEMS = 12
_MAX_NAME = 80
_MAX_NUMBER = 40
_MAX_UNIT = 20
_MAX_URL = 300
_MAX_PROSE = {AnswerType.YES_NO: 160, AnswerType.SHORT_TEXT: 400}
_VERDICTS = ("yes", "no", "not_stated")
_KEY_VALUE = {"name": _MAX_NAME, "value": _MAX_NUMBER, "unit": _MAX_UNIT}

#: Control characters, lone surrogates, private use and unassigned code points.
_UNWRITABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
#: A refusal in prose, as chat models word it; counted apart from other answers without JSON.
_REFUSALS = ("i'm sorry", "i am sorry", "i cannot", "i can't", "as an ai", "i'm unable")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """An answer of the right form; whether the paper carries it is still to be checked."""

    #: Sentence indices, each shown to the model, without repeats.
    evidence: tuple[int, ...]
    #: A text, a list of texts, or a list of ``{"name", "value", "unit"}``; None where empty.
    value: Any
    #: yes, no or not_stated.
    verdict: str


def answer_schema(answer_type: AnswerType, first_id: int, last_id: int) -> dict[str, Any]:
    """
    JSON schema of an answer.

    Args:
        answer_type: Decides the form of ``value``.
        first_id: Smallest sentence id shown.
        last_id: Largest sentence id shown, >= first_id.
    """
    is_list = answer_type not in _MAX_PROSE
    return {
        "type": "object",
        "properties": {
            "evidence": {
                "type": "array",
                "items": {"type": "integer", "minimum": first_id, "maximum": last_id},
                "maxItems": _MAX_EVIDENCE[is_list],
            },
            "value": _value_schema(answer_type),
            "verdict": {"type": "string", "enum": list(_VERDICTS)},
        },
        "required": ["evidence", "value", "verdict"],
        "additionalProperties": False,
    }


def _value_schema(answer_type: AnswerType) -> dict[str, Any]:
    if answer_type in _MAX_PROSE:
        return _text_schema(_MAX_PROSE[answer_type])
    item = _text_schema(_MAX_URL if answer_type is AnswerType.URL_LIST else _MAX_NAME)
    if answer_type is AnswerType.KEY_VALUE_LIST:
        item = {
            "type": "object",
            "properties": {name: _text_schema(size) for name, size in _KEY_VALUE.items()},
            "required": list(_KEY_VALUE),
            "additionalProperties": False,
        }
    return {"type": "array", "items": item, "maxItems": _MAX_ITEMS}


def _text_schema(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}


class _BrokenFormError(Exception):
    """The answer has another form; carries the fault."""

    def __init__(self, kind: FaultKind, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(kind=kind, detail=detail)


def read_answer(
    reply: ChatReply, answer_type: AnswerType, shown: frozenset[int]
) -> ModelAnswer | Fault:
    """
    Read an answer strictly: nothing is repaired and nothing is guessed.

    Args:
        reply: What the server gave.
        answer_type: Of the question.
        shown: Sentence ids that stood in the prompt.
    """
    try:
        _check_ending(reply)
        return _read_object(_parse(reply.text), answer_type, shown)
    except _BrokenFormError as error:
        return error.fault


def _check_ending(reply: ChatReply) -> None:
    if reply.is_refusal:
        _fail(FaultKind.REFUSAL, "the model declined to answer")
    if reply.finish_reason == "length":
        _fail(FaultKind.CUT, "the answer was cut at the token limit")
    if not reply.text.strip():
        _fail(FaultKind.EMPTY, "the answer holds no text")
    if reply.text.strip().lower().startswith(_REFUSALS):
        _fail(FaultKind.REFUSAL, "the model declined to answer")
    if reply.finish_reason not in ("stop", "eos", "end_turn"):
        _fail(FaultKind.CUT, f"the answer ended by {reply.finish_reason[:20]!r}")


def _parse(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        if error.msg.startswith("Invalid control character"):
            _fail(FaultKind.CONTROL_CHARACTERS, "a text holds a raw control character")
        _fail(FaultKind.NOT_JSON, f"{error.msg} at character {error.pos}")
    except (ValueError, RecursionError):
        _fail(FaultKind.NOT_JSON, "a number or a nesting that cannot be read")
    if not isinstance(found, dict):
        _fail(FaultKind.WRONG_TYPE, "the answer is no object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    _fail(FaultKind.NOT_JSON, f"{name} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _fail(FaultKind.WRONG_TYPE, "a key stands twice")
    return found


def _read_object(
    found: Mapping[str, Any], answer_type: AnswerType, shown: frozenset[int]
) -> ModelAnswer:
    if set(found) != {"evidence", "value", "verdict"}:
        _fail(FaultKind.WRONG_TYPE, "keys other than evidence, value and verdict")
    if found["verdict"] not in _VERDICTS:
        _fail(FaultKind.WRONG_TYPE, "verdict is none of yes, no, not_stated")
    value = _read_value(found["value"], answer_type)
    evidence = _read_evidence(found["evidence"], shown, is_list=answer_type not in _MAX_PROSE)
    verdict = found["verdict"]
    is_claim = verdict == "yes" or (verdict == "no" and answer_type is AnswerType.YES_NO)
    if is_claim and (value is None or not evidence):
        _fail(FaultKind.CONTRADICTORY, f"{verdict} without a value or without evidence")
    if verdict == "not_stated" and value is not None:
        _fail(FaultKind.CONTRADICTORY, "not_stated with a value")
    return ModelAnswer(evidence=evidence, value=value, verdict=verdict)


def _read_evidence(found: object, shown: frozenset[int], *, is_list: bool) -> tuple[int, ...]:
    if not isinstance(found, list) or len(found) > _MAX_EVIDENCE[is_list]:
        _fail(FaultKind.WRONG_TYPE, "evidence is no short list")
    if any(not isinstance(item, int) or isinstance(item, bool) for item in found):
        _fail(FaultKind.WRONG_TYPE, "evidence is no list of integers")
    if not shown.issuperset(found):
        _fail(FaultKind.UNKNOWN_SENTENCE, "evidence names a sentence that was not shown")
    return tuple(dict.fromkeys(found))


def _read_value(found: object, answer_type: AnswerType) -> Any:  # noqa: ANN401 - by answer type
    if answer_type in _MAX_PROSE:
        return _read_text(found, _MAX_PROSE[answer_type]) or None
    if not isinstance(found, list) or len(found) > _MAX_ITEMS:
        _fail(FaultKind.WRONG_TYPE, "value is no short list")
    if answer_type is AnswerType.KEY_VALUE_LIST:
        rows = [_read_key_value(item) for item in found]
        return [row for row in rows if row["name"] and row["value"]] or None
    longest = _MAX_URL if answer_type is AnswerType.URL_LIST else _MAX_NAME
    texts = [_read_text(item, longest) for item in found]
    return list(dict.fromkeys(text for text in texts if text)) or None


def _read_key_value(found: object) -> dict[str, str]:
    if not isinstance(found, dict) or set(found) != set(_KEY_VALUE):
        _fail(FaultKind.WRONG_TYPE, "an item is no name, value and unit")
    return {name: _read_text(found[name], size) for name, size in _KEY_VALUE.items()}


def _read_text(found: object, longest: int) -> str:
    if not isinstance(found, str):
        _fail(FaultKind.WRONG_TYPE, "a text is no text")
    if len(found) > longest:
        _fail(FaultKind.WRONG_TYPE, f"a text is longer than {longest} characters")
    if any(unicodedata.category(c) in _UNWRITABLE and c not in "\n\r\t" for c in found):
        _fail(FaultKind.CONTROL_CHARACTERS, "a text holds control characters")
    return " ".join(found.split())


def _fail(kind: FaultKind, detail: str) -> NoReturn:
    raise _BrokenFormError(kind, detail)
