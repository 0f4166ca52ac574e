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

from etl.answer.applicability import APPLICABILITY_VERSION, closed_questions
from etl.answer.candidates import (
    SCORING_VERSION,
    passage_sentences,
    score_sentences,
)
from etl.answer.named_sets import asks_for_sets, with_named_sets
from etl.answer.sentence_vectors import embed_distinct
from etl.answer.typed_reading import READER_VERSIONS, Outcome, fill_ballot, read_typed
from etl.answer.vocabulary import build_vocabulary
from etl.context import context_sha256
from etl.errors import AnswerError, OutcomeCode
from etl.keys import content_key, fingerprint_sha256
from etl.ports import Embedder
from etl.records.ballot import Ballot, CellState
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document
from etl.records.question import Question
from etl.records.recipe import Fingerprint
from etl.settings import AnswerSettings

__all__ = ["EXTRACTIVE_VERSION", "ExtractiveAnswerer"]

EXTRACTIVE_VERSION = "extractive/2"


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
            "readers": list(READER_VERSIONS),
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
        states = closed_questions(document, questions)
        asked = [i for i, state in enumerate(states) if state is None]
        readings = iter(
            self._read_all(
                document, chunk_set, [questions[i] for i in asked], [passages[i] for i in asked]
            )
        )
        outcomes = [state or next(readings) for state in states]
        ballots = [
            fill_ballot(
                document, question, outcome, answerer_id=answerer_id, context_sha256=context
            )
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

    def _read_all(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Outcome]:
        ranks = [passage_sentences(chunk_set, found) for found in passages]
        pack = sorted({sentence_index for found in ranks for sentence_index in found})
        if not pack:
            return [(CellState.NOT_REPORTED, "no passage was retrieved")] * len(questions)
        texts = [document.text_of(document.sentences[i]) for i in pack]
        vectors = embed_distinct(self._embedder, [*(q.text for q in questions), *texts])
        cosines = vectors[: len(questions)] @ vectors[len(questions) :].T
        results: list[Outcome] = []
        for question, found, row in zip(questions, ranks, np.asarray(cosines), strict=True):
            # Half-precision models give a text another third digit in another batch; a cell
            # must not depend on what else was asked, so only two digits count.
            near = dict(zip(pack, np.round(row, 2).tolist(), strict=True))
            vocabulary = build_vocabulary(question)
            if asks_for_sets(question):
                own = (document.text_of(document.sentences[i]) for i in found)
                whole = " ".join(block.text for block in document.blocks)
                vocabulary = with_named_sets(vocabulary, own, whole_text=whole)
            candidates = score_sentences(document, question, vocabulary, found, near)
            floor = self._settings.min_score
            results.append(read_typed(document, question, vocabulary, candidates, min_score=floor))
        return results
