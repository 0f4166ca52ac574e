"""
Read a typed answer off scored sentences, whoever scored them.

Reads:    a document, a question, its vocabulary and its candidates
Writes:   nothing
Gives up: never; nothing found is a state with its reason
Version:  READER_VERSIONS, part of the fingerprint of every answerer that reads
Next:     the rule and the extractive answerer
"""

from collections.abc import Sequence
from dataclasses import replace

from etl.answer.accessions import ACCESSION_VERSION, read_accessions
from etl.answer.ballots import answered_ballot, empty_ballot
from etl.answer.candidates import Candidate
from etl.answer.derived import DERIVATION_VERSION
from etl.answer.entities import ENTITY_VERSION, read_entities
from etl.answer.guards import GUARD_VERSION, is_other_phase
from etl.answer.hosts import HOST_VERSION, holds_hosts, read_hosts
from etl.answer.key_values import KEY_VALUE_VERSION, read_key_values
from etl.answer.links import LINK_VERSION, read_links
from etl.answer.named_sets import NAMED_SET_VERSION
from etl.answer.number_fields import build_number_fields
from etl.answer.prose import PROSE_VERSION, read_short_text, read_yes_no
from etl.answer.reading import Item, Reading, build_reading
from etl.answer.vocabulary import Vocabulary
from etl.records.ballot import Ballot, CellState
from etl.records.document import Document
from etl.records.question import AnswerType, Question

__all__ = ["READER_VERSIONS", "Outcome", "fill_ballot", "read_typed"]

READER_VERSIONS = (
    ENTITY_VERSION,
    NAMED_SET_VERSION,
    KEY_VALUE_VERSION,
    LINK_VERSION,
    ACCESSION_VERSION,
    HOST_VERSION,
    PROSE_VERSION,
    GUARD_VERSION,
    DERIVATION_VERSION,
)

#: What became of a question: a reading, or a state without a value and its reason.
Outcome = Reading | tuple[CellState, str]

_NOTHING_FOUND = {
    AnswerType.ENTITY_LIST: "no term of the vocabulary stands in a relevant sentence",
    AnswerType.ENUM_LIST: "no term of the vocabulary stands in a relevant sentence",
    AnswerType.KEY_VALUE_LIST: "no name of the vocabulary stands beside a number",
    AnswerType.URL_LIST: "no link of the paper's own stands in a relevant sentence",
    AnswerType.YES_NO: "no relevant sentence states or denies it",
    AnswerType.SHORT_TEXT: "no sentence answers it well enough",
}


def read_typed(
    document: Document,
    question: Question,
    vocabulary: Vocabulary,
    candidates: Sequence[Candidate],
    *,
    min_score: float,
) -> Outcome:
    """
    Read what the question's type asks for.

    Args:
        document: Gives links that run over line breaks.
        question: Its type says which reader reads.
        vocabulary: Terms and their forms.
        candidates: Scored sentences, best first.
        min_score: In [0, 1]; weaker sentences carry no value. Links are judged by their words
            alone, whatever the score.

    Returns:
        A reading, or ``not_reported`` with the reason.
    """
    told = [c for c in candidates if not is_other_phase(question.text, c.text)]
    reading: Reading | None
    match question.answer_type:
        case AnswerType.ENTITY_LIST | AnswerType.ENUM_LIST:
            if holds_hosts(vocabulary):
                reading = build_reading(read_hosts(document, question, vocabulary, told))
            else:
                reading = build_reading(read_entities(told, vocabulary, min_score=min_score))
        case AnswerType.KEY_VALUE_LIST:
            reading = build_reading(_read_numbers(question, vocabulary, told, min_score))
        case AnswerType.URL_LIST:
            links = read_links(document, question, candidates)
            reading = build_reading([*links, *read_accessions(question, candidates)])
        case AnswerType.YES_NO:
            reading = read_yes_no(told, vocabulary, min_score=min_score)
        case AnswerType.SHORT_TEXT:
            reading = read_short_text(told, min_score=min_score)
    return reading or (CellState.NOT_REPORTED, _NOTHING_FOUND[question.answer_type])


def fill_ballot(
    document: Document,
    question: Question,
    outcome: Outcome,
    *,
    answerer_id: int,
    context_sha256: str,
) -> Ballot:
    """Make the ballot of an outcome; see :mod:`etl.answer.ballots`."""
    if isinstance(outcome, Reading):
        return answered_ballot(
            document, question, outcome, answerer_id=answerer_id, context_sha256=context_sha256
        )
    state, reason = outcome
    return empty_ballot(
        document, question, state, reason, answerer_id=answerer_id, context_sha256=context_sha256
    )


def _read_numbers(
    question: Question,
    vocabulary: Vocabulary,
    candidates: Sequence[Candidate],
    min_score: float,
) -> list[Item]:
    """Names with numbers, and the plain terms of the questions that derive from this one."""
    plain = set(question.spec.get("plain_terms") or ())
    names = vocabulary.limited_to({k: v for k, v in vocabulary.terms.items() if k not in plain})
    terms = vocabulary.limited_to({k: v for k, v in vocabulary.terms.items() if k in plain})
    fields = build_number_fields(question)
    numbers = read_key_values(candidates, names, fields, min_score=min_score)
    entities = read_entities(candidates, terms, min_score=min_score)
    return [*numbers, *(_without_number(item) for item in entities)]


def _without_number(item: Item) -> Item:
    return replace(item, value={**item.value, "value": None, "number": None, "unit": None})
