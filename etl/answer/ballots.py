"""
Make ballots: a value never without evidence, an absence never without a reason.

Reads:    readings of the extractive answerer
Writes:   nothing
Gives up: AnswerError where a reading points outside the document
Version:  none of its own
Next:     verify
"""

from etl.answer.reading import Reading
from etl.errors import AnswerError, OutcomeCode
from etl.records.ballot import Ballot, CellState, Evidence, MatchKind
from etl.records.document import Document
from etl.records.question import Question

__all__ = ["answered_ballot", "empty_ballot"]


def answered_ballot(
    document: Document,
    question: Question,
    reading: Reading,
    *,
    answerer_id: int,
    context_sha256: str,
) -> Ballot:
    """
    A ballot with the reading's value and its sentences as evidence.

    Raises:
        AnswerError: The reading cites no sentence, or one the document does not have.
    """
    if not reading.sentences:
        raise AnswerError(OutcomeCode.BROKEN_CONTRACT, "a value without a sentence")
    return Ballot(
        document_id=document.document_id,
        question_version_id=question.question_version_id,
        answerer_id=answerer_id,
        state=CellState.ANSWERED,
        value=reading.value,
        value_text=reading.value_text,
        score=max(0.0, min(1.0, reading.score)),
        reason=None,
        evidence=tuple(
            _evidence(document, sentence_index, rank)
            for rank, sentence_index in enumerate(reading.sentences, start=1)
        ),
        context_sha256=context_sha256,
    )


def empty_ballot(
    document: Document,
    question: Question,
    state: CellState,
    reason: str,
    *,
    answerer_id: int,
    context_sha256: str,
    score: float | None = None,
) -> Ballot:
    """A ballot without a value: its state and one line that says why."""
    return Ballot(
        document_id=document.document_id,
        question_version_id=question.question_version_id,
        answerer_id=answerer_id,
        state=state,
        value=None,
        value_text=None,
        score=score,
        reason=reason,
        evidence=(),
        context_sha256=context_sha256,
    )


def _evidence(document: Document, sentence_index: int, rank: int) -> Evidence:
    if not 0 <= sentence_index < len(document.sentences):
        raise AnswerError(OutcomeCode.BROKEN_CONTRACT, f"no sentence {sentence_index}")
    sentence = document.sentences[sentence_index]
    return Evidence(
        evidence_rank=rank,
        block_index=sentence.block_index,
        sentence_index=sentence_index,
        char_start=sentence.char_start,
        char_end=sentence.char_end,
        quote=document.text_of(sentence),
        match_kind=MatchKind.CITED,
    )
