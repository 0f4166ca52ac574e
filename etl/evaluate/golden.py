"""Try the golden cells of a catalogue: the regression gate of a changed question."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from etl.catalogue.golden import GoldenExpectation
from etl.journey import Reading
from etl.records.decision import DecisionState
from etl.records.question import Question

__all__ = ["GoldenResult", "judge_golden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenResult:
    """One golden cell and what the paper gave."""

    cell: GoldenExpectation
    is_met: bool
    #: The answer, or the state and reason.
    given: str


def judge_golden(
    cells: Sequence[GoldenExpectation],
    readings: Mapping[str, Reading],
    questions: Sequence[Question],
) -> list[GoldenResult]:
    """
    Compare golden cells with decisions.

    A cell that expects values is met when the answer holds each of them as a name, value or
    link; one that expects ``not_reported``, when the decision is that. A paper that was not
    read meets nothing.
    """
    version = {question.question_id: question.question_version_id for question in questions}
    return [_judge(cell, readings.get(cell.paper), version[cell.question_id]) for cell in cells]


def _judge(cell: GoldenExpectation, reading: Reading | None, version_id: int) -> GoldenResult:
    decisions = reading.decisions if reading else ()
    decision = next((d for d in decisions if d.question_version_id == version_id), None)
    if decision is None:
        return GoldenResult(cell=cell, is_met=False, given="the paper was not read")
    given = decision.value_text or f"{decision.state.value}: {decision.reason}"
    if not cell.expected:
        is_met = decision.state is DecisionState.NOT_REPORTED
        return GoldenResult(cell=cell, is_met=is_met, given=given)
    told = _leaves(decision.value)
    is_met = decision.state is DecisionState.ANSWERED and all(
        expected.casefold() in told for expected in cell.expected
    )
    return GoldenResult(cell=cell, is_met=is_met, given=given)


def _leaves(value: object) -> set[str]:
    """All names, values and links of an answer, in lower case."""
    if isinstance(value, Mapping):
        return set().union(*(_leaves(v) for k, v in value.items() if k != "evidence"))
    if isinstance(value, list):
        return set().union(*map(_leaves, value))
    text = value if isinstance(value, str) else json.dumps(value)
    return {text.casefold()}
