"""
Make a ballot of another system's recorded answer, where this paper proves it.

Reads:    a document, a question, the state of a recorded answer and where its words stand
Writes:   nothing; the night stores the ballot
Gives up: never; a claim that no sentence of the paper carries gives no ballot
Version:  FOREIGN_VERSION, part of the fingerprint of every other system
Next:     verify
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from etl.answer.ballots import empty_ballot
from etl.answer.candidates import Candidate
from etl.answer.reading import Reading
from etl.answer.typed_reading import fill_ballot, read_typed
from etl.answer.vocabulary import build_vocabulary
from etl.keys import content_key, fingerprint_sha256, sha256_hex
from etl.records.ballot import Ballot, CellState, MatchKind
from etl.records.document import Document
from etl.records.question import Question
from etl.records.recipe import Fingerprint

__all__ = ["FOREIGN_VERSION", "FoundPlace", "foreign_ballot", "foreign_fingerprint"]

FOREIGN_VERSION = "foreign/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace:
    """Where words of a recorded answer stand in the document."""

    block_index: int
    char_start: int
    #: One past the last character.
    char_end: int
    match_kind: MatchKind


def foreign_fingerprint(name: str, form: str) -> Fingerprint:
    """
    The fingerprint of another system, as far as it is known: its name.

    Args:
        name: As the import gave it.
        form: verdict, prose or empty; one system may have given more than one.
    """
    recipe = {"kind": "foreign", "version": FOREIGN_VERSION, "name": name, "form": form}
    sha256 = fingerprint_sha256(recipe)
    return Fingerprint(
        fingerprint_id=content_key("answer", sha256),
        stage="answer",
        name=f"{name} ({form})",
        sha256=sha256,
        recipe=recipe,
    )


def foreign_ballot(
    document: Document,
    question: Question,
    *,
    answerer_id: int,
    state: CellState,
    reason: str | None,
    raw: str,
    places: Sequence[FoundPlace],
) -> Ballot | None:
    """
    Read a recorded answer as a ballot on one document.

    The typed value is read off the paper's own sentences that the answer repeats, by the readers
    that every answerer uses, and never off the answer: so the value is proven by construction.

    Args:
        document: The document it is held against.
        question: What was asked.
        answerer_id: Fingerprint of the system.
        state: As the import read it.
        reason: Why there is no answer; None exactly when answered.
        raw: The answer as recorded.
        places: Where its words stand in this document; may be empty.

    Returns:
        The ballot, its evidence marked exact or fuzzy; None where it claims an answer that the
        document does not carry.
    """
    context = sha256_hex(raw)
    if state is not CellState.ANSWERED:
        told = f"the other system: {reason or state.value}"
        return empty_ballot(
            document, question, state, told, answerer_id=answerer_id, context_sha256=context
        )
    kinds = _sentences_of(document, places)
    candidates = [_candidate(document, sentence_index) for sentence_index in kinds]
    reading = read_typed(document, question, build_vocabulary(question), candidates, min_score=0.0)
    if not isinstance(reading, Reading):
        return None
    ballot = fill_ballot(
        document, question, reading, answerer_id=answerer_id, context_sha256=context
    )
    marked = tuple(
        replace(item, match_kind=kinds.get(item.sentence_index, MatchKind.FUZZY))
        for item in ballot.evidence
    )
    # A recorded answer tells no confidence of its own.
    return replace(ballot, score=None, evidence=marked)


def _sentences_of(document: Document, places: Sequence[FoundPlace]) -> dict[int, MatchKind]:
    """Sentences that share a character with a place, in order of the places."""
    found: dict[int, MatchKind] = {}
    for place in places:
        for sentence in document.sentences:
            is_here = sentence.block_index == place.block_index
            overlaps = sentence.char_start < place.char_end and place.char_start < sentence.char_end
            if is_here and overlaps:
                found.setdefault(sentence.sentence_index, place.match_kind)
    return found


def _candidate(document: Document, sentence_index: int) -> Candidate:
    sentence = document.sentences[sentence_index]
    block = document.blocks[sentence.block_index]
    return Candidate(
        sentence_index=sentence_index,
        text=document.text_of(sentence),
        section_kind=document.sections[block.section_index].kind,
        score=1.0,
    )
