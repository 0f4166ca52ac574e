"""
Answer by the paper's own sentences, without a language model.

Reads:    a document, its chunks, the questions and their passages
Writes:   nothing; the journey stores the ballots
Gives up: EmbedError from the embedder; AnswerError where passages and questions do not match
Version:  the versions in the fingerprint's recipe
Next:     verify
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import structlog

from etl.answer.applicability import APPLICABILITY_VERSION, count_deep_learning_terms, is_gated
from etl.answer.ballots import answered_ballot, empty_ballot
from etl.answer.candidates import (
    SCORING_VERSION,
    Candidate,
    passage_sentences,
    score_sentences,
)
from etl.answer.entities import ENTITY_VERSION, read_entities
from etl.answer.guards import GUARD_VERSION
from etl.answer.hosts import HOST_VERSION, holds_hosts, read_hosts
from etl.answer.key_values import KEY_VALUE_VERSION, read_key_values
from etl.answer.links import LINK_VERSION, read_links
from etl.answer.named_sets import NAMED_SET_VERSION, asks_for_sets, with_named_sets
from etl.answer.number_fields import build_number_fields
from etl.answer.prose import PROSE_VERSION, read_short_text, read_yes_no
from etl.answer.reading import Item, Reading, build_reading
from etl.answer.sentence_vectors import embed_distinct
from etl.answer.vocabulary import Vocabulary, build_vocabulary
from etl.context import context_sha256
from etl.errors import AnswerError, OutcomeCode
from etl.keys import content_key, fingerprint_sha256
from etl.ports import Embedder
from etl.records import (
    AnswerType,
    Ballot,
    CellState,
    ChunkSet,
    Document,
    DocumentStatus,
    Fingerprint,
    Passage,
    Question,
)
from etl.settings import AnswerSettings

__all__ = ["EXTRACTIVE_VERSION", "ExtractiveAnswerer"]

EXTRACTIVE_VERSION = "extractive/1"

_NOTHING_FOUND = {
    AnswerType.ENTITY_LIST: "no term of the vocabulary stands in a relevant sentence",
    AnswerType.ENUM_LIST: "no term of the vocabulary stands in a relevant sentence",
    AnswerType.KEY_VALUE_LIST: "no name of the vocabulary stands beside a number",
    AnswerType.URL_LIST: "no link of the paper's own stands in a relevant sentence",
    AnswerType.YES_NO: "no relevant sentence states or denies it",
    AnswerType.SHORT_TEXT: "no sentence answers it well enough",
}


class ExtractiveAnswerer:
    """
    Reads typed values off the best sentences and abstains below a threshold.

    A value is literally in the sentence that it cites, so nothing can be invented.

    Args:
        embedder: Compares sentences with questions; each distinct sentence is embedded once.
        settings: The threshold below which a sentence is not read.
        retriever: Recipe of the retrieval that finds the passages; part of the fingerprint.
    """

    def __init__(
        self, embedder: Embedder, settings: AnswerSettings, retriever: Mapping[str, Any]
    ) -> None:
        self._embedder = embedder
        self._settings = settings
        self._retriever = dict(retriever)

    @property
    def fingerprint(self) -> Fingerprint:
        """Versions, threshold, retrieval recipe and embedding space; loads no model."""
        recipe = {
            "kind": "extractive",
            "version": EXTRACTIVE_VERSION,
            "applicability": APPLICABILITY_VERSION,
            "scoring": SCORING_VERSION,
            "guards": GUARD_VERSION,
            "readers": [
                ENTITY_VERSION,
                NAMED_SET_VERSION,
                KEY_VALUE_VERSION,
                LINK_VERSION,
                HOST_VERSION,
                PROSE_VERSION,
            ],
            "min_score": self._settings.min_score,
            "retriever": self._retriever,
            "embedding_space": self._embedder.space.fingerprint.sha256,
        }
        sha256 = fingerprint_sha256(recipe)
        return Fingerprint(
            fingerprint_id=content_key("answer", sha256),
            stage="answer",
            name=EXTRACTIVE_VERSION,
            sha256=sha256,
            recipe=recipe,
        )

    def answer(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Ballot]:
        """
        Answer all questions of one document.

        Args:
            document: An unreadable one gives a ballot ``unreadable`` for each question.
            chunk_set: The chunks the passages point into.
            questions: n questions.
            passages: n lists, best first; an empty list gives ``not_reported``.

        Returns:
            n ballots in the order of the questions.

        Raises:
            AnswerError: Questions and passages differ in number.
            EmbedError: The embedder cannot embed a sentence.
        """
        if len(questions) != len(passages):
            detail = f"{len(questions)} questions but {len(passages)} lists of passages"
            raise AnswerError(OutcomeCode.BROKEN_CONTRACT, detail)
        answerer_id = self.fingerprint.fingerprint_id
        contexts = [context_sha256(chunk_set, found) for found in passages]
        states = self._states_without_reading(document, questions)
        asked = [i for i, state in enumerate(states) if state is None]
        readings = iter(
            self._read_all(
                document, chunk_set, [questions[i] for i in asked], [passages[i] for i in asked]
            )
        )
        outcomes = [state or next(readings) for state in states]
        ballots = [
            _ballot(document, question, outcome, answerer_id, context)
            for question, outcome, context in zip(questions, outcomes, contexts, strict=True)
        ]
        structlog.get_logger().info(
            "answer.questions_answered",
            document_id=document.document_id,
            answerer_id=answerer_id,
            question_count=len(questions),
            answered_count=sum(ballot.state is CellState.ANSWERED for ballot in ballots),
        )
        return ballots

    def _states_without_reading(
        self, document: Document, questions: Sequence[Question]
    ) -> list[tuple[CellState, str] | None]:
        """The questions that end before any sentence is read, with their reason."""
        if document.status is DocumentStatus.UNREADABLE:
            code = document.outcome.code.value if document.outcome else "unreadable"
            return [(CellState.UNREADABLE, code)] * len(questions)
        gated = [is_gated(question.spec.get("applicable_if")) for question in questions]
        if not any(gated) or count_deep_learning_terms(document) > 0:
            return [None] * len(questions)
        reason = "no deep-learning term stands in the paper"
        return [(CellState.NOT_APPLICABLE, reason) if closed else None for closed in gated]

    def _read_all(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Reading | tuple[CellState, str]]:
        ranks = [passage_sentences(chunk_set, found) for found in passages]
        pack = sorted({sentence_index for found in ranks for sentence_index in found})
        if not pack:
            return [(CellState.NOT_REPORTED, "no passage was retrieved")] * len(questions)
        texts = [document.text_of(document.sentences[i]) for i in pack]
        vectors = embed_distinct(self._embedder, [*(q.text for q in questions), *texts])
        cosines = vectors[: len(questions)] @ vectors[len(questions) :].T
        results = []
        for question, found, row in zip(questions, ranks, np.asarray(cosines), strict=True):
            # Half-precision models give a text another third digit in another batch; a cell
            # must not depend on what else was asked, so only two digits count.
            near = dict(zip(pack, np.round(row, 2).tolist(), strict=True))
            vocabulary = build_vocabulary(question)
            if asks_for_sets(question):
                own = (document.text_of(document.sentences[i]) for i in found)
                vocabulary = with_named_sets(vocabulary, own)
            candidates = score_sentences(document, question, vocabulary, found, near)
            results.append(self._read(document, question, vocabulary, candidates))
        return results

    def _read(
        self,
        document: Document,
        question: Question,
        vocabulary: Vocabulary,
        candidates: Sequence[Candidate],
    ) -> Reading | tuple[CellState, str]:
        floor = self._settings.min_score
        reading: Reading | None
        match question.answer_type:
            case AnswerType.ENTITY_LIST | AnswerType.ENUM_LIST:
                items = self._read_terms(document, question, vocabulary, candidates)
                reading = build_reading(items)
            case AnswerType.KEY_VALUE_LIST:
                fields = build_number_fields(question)
                items = read_key_values(candidates, vocabulary, fields, min_score=floor)
                reading = build_reading(items)
            case AnswerType.URL_LIST:
                reading = build_reading(read_links(document, question, candidates))
            case AnswerType.YES_NO:
                reading = read_yes_no(candidates, vocabulary, min_score=floor)
            case AnswerType.SHORT_TEXT:
                reading = read_short_text(candidates, min_score=floor)
        return reading or (CellState.NOT_REPORTED, _NOTHING_FOUND[question.answer_type])

    def _read_terms(
        self,
        document: Document,
        question: Question,
        vocabulary: Vocabulary,
        candidates: Sequence[Candidate],
    ) -> list[Item]:
        if holds_hosts(vocabulary):
            return read_hosts(document, question, vocabulary, candidates)
        return read_entities(candidates, vocabulary, min_score=self._settings.min_score)


def _ballot(
    document: Document,
    question: Question,
    outcome: Reading | tuple[CellState, str],
    answerer_id: int,
    context: str,
) -> Ballot:
    if isinstance(outcome, Reading):
        return answered_ballot(
            document, question, outcome, answerer_id=answerer_id, context_sha256=context
        )
    state, reason = outcome
    return empty_ballot(
        document, question, state, reason, answerer_id=answerer_id, context_sha256=context
    )
