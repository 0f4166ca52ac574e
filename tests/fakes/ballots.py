"""Ballots of voters nobody else needs to know, for one question about names."""

from typing import Any

from etl.records.ballot import Ballot, CellState, Evidence, MatchKind
from etl.records.question import AnswerType, Question
from tests.fakes.small_paper import make_question

TERMS = make_question("Which terms?", AnswerType.ENTITY_LIST)

EVIDENCE = Evidence(
    evidence_rank=1,
    block_index=0,
    sentence_index=0,
    char_start=0,
    char_end=4,
    quote="text",
    match_kind=MatchKind.CITED,
)


def cast(
    answerer_id: int,
    value: Any = None,
    *,
    question: Question = TERMS,
    state: CellState | None = None,
    score: float = 0.5,
    document_id: int = 1,
) -> Ballot:
    state = state or (CellState.NOT_REPORTED if value is None else CellState.ANSWERED)
    return Ballot(
        document_id=document_id,
        question_version_id=question.question_version_id,
        answerer_id=answerer_id,
        state=state,
        value=value,
        value_text=None if value is None else str(value),
        score=score,
        reason=None if state is CellState.ANSWERED else f"said {answerer_id}",
        evidence=(EVIDENCE,) if state is CellState.ANSWERED else (),
        context_sha256="0" * 64,
    )


def names(*terms: str) -> list[dict[str, Any]]:
    return [{"name": term, "surface": term.lower(), "evidence": [1]} for term in terms]
