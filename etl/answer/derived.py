"""
Answer a derived question from the ballot on its parent, so that the two cannot contradict.

Reads:    the parent's verified ballot and the derived question's vocabulary
Writes:   nothing
Gives up: AnswerError where the parent's ballot breaks its contract
Version:  DERIVATION_VERSION, part of READER_VERSIONS
Next:     verify
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from etl.answer.ballots import answered_ballot, empty_ballot
from etl.answer.reading import Item, build_reading
from etl.answer.urls import host_of, squash_url
from etl.answer.vocabulary import Mention, Vocabulary, build_vocabulary
from etl.records.ballot import Ballot, CellState
from etl.records.document import Document
from etl.records.question import Question

__all__ = ["DERIVATION_VERSION", "derive_ballot"]

DERIVATION_VERSION = "from-parent/1"

#: The parts of a parent's item in which a term of the derived question may stand.
_TOLD = ("name", "surface", "value", "host")


def derive_ballot(
    ballot: Ballot, parent: Question, question: Question, document: Document
) -> Ballot:
    """
    Fill the ballot of a derived question.

    A link gives its host: the vocabulary's name for it, else the host as it stands, so that
    whoever has a link has a host. Any other item gives the terms of the derived question's
    vocabulary that its name, surface or value holds. The evidence is the parent's.

    Args:
        ballot: The verified ballot on the parent.
        parent: Its question.
        question: The derived one.
        document: The paper.

    Returns:
        A ballot of the same answerer and context; without a value where the parent has none, or
        none that concerns this question.
    """
    if ballot.state is not CellState.ANSWERED or not isinstance(ballot.value, list):
        reason = f"{parent.question_id}: {ballot.reason or ballot.state.value}"
        return _empty(ballot, question, document, ballot.state, reason)
    vocabulary = build_vocabulary(question)
    sentence_of = {e.evidence_rank: e.sentence_index for e in ballot.evidence}
    items: dict[str, Item] = {}
    for value in ballot.value:
        if not isinstance(value, Mapping):
            continue
        cited = [sentence_of[r] for r in value.get("evidence") or sentence_of if r in sentence_of]
        for name, surface in _derived_names(value, vocabulary):
            items.setdefault(
                name,
                Item(
                    value={"name": name, "surface": surface},
                    label=name,
                    sentences=tuple(dict.fromkeys(cited)),
                    score=ballot.score or 0.0,
                ),
            )
    reading = build_reading([item for item in items.values() if item.sentences])
    if reading is None:
        reason = f"{parent.question_id} names nothing of this kind"
        return _empty(ballot, question, document, CellState.NOT_REPORTED, reason)
    return answered_ballot(
        document,
        question,
        reading,
        answerer_id=ballot.answerer_id,
        context_sha256=ballot.context_sha256,
    )


def _derived_names(value: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Pairs (name, surface) that an item of the parent gives."""
    if "url" in value:
        yield _host_name(str(value["url"]), vocabulary)
        return
    for part in _TOLD:
        for mention in vocabulary.mentions(str(value.get(part) or "")):
            # The parent's canonical name need not stand in the paper; its surface does.
            stands = mention.surface if part in {"surface", "value"} else value.get("surface")
            yield mention.term, str(stands or mention.surface)


def _host_name(url: str, vocabulary: Vocabulary) -> tuple[str, str]:
    squashed, host = squash_url(url), host_of(url)
    mentions: list[Mention] = vocabulary.mentions(squashed)
    if mentions:
        return mentions[0].term, mentions[0].surface
    registrant = re.match(r"doi\.org/(10\.\d{4,9})/", squashed)
    name = registrant[1] if registrant else host
    return name, name


def _empty(
    ballot: Ballot, question: Question, document: Document, state: CellState, reason: str
) -> Ballot:
    return empty_ballot(
        document,
        question,
        state,
        reason,
        answerer_id=ballot.answerer_id,
        context_sha256=ballot.context_sha256,
        score=ballot.score,
    )
