"""
Answer by a language model behind an OpenAI-compatible API.

Reads:    a document, its chunks, the questions and their passages
Writes:   nothing; the journey stores the ballots, each with what its calls took
Gives up: ServiceUnavailableError where the model is down, UsageError where key or name are wrong
Version:  the versions in the fingerprint's recipe
Next:     verify
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
import structlog

from etl.answer.applicability import APPLICABILITY_VERSION, closed_questions
from etl.answer.ballots import answered_ballot, empty_ballot
from etl.answer.llm_paper import CellOutcome, PaperTalk
from etl.answer.llm_values import LLM_VALUE_VERSION
from etl.answer.reading import Reading
from etl.context import context_sha256
from etl.errors import AnswerError, OutcomeCode, ServiceUnavailableError
from etl.keys import content_key, fingerprint_sha256
from etl.llm.client import LlmClient
from etl.llm.pack import PACK_VERSION
from etl.llm.prompt import PROMPT_VERSION
from etl.llm.schema import SCHEMA_VERSION
from etl.llm.suspicion import SUSPICION_VERSION
from etl.records import (
    Ballot,
    CellState,
    ChunkSet,
    Document,
    Fingerprint,
    Passage,
    Question,
)
from etl.settings import LlmSettings

__all__ = ["LLM_VERSION", "LlmAnswerer"]

LLM_VERSION = "llm/1"


class LlmAnswerer:
    """
    One model as a voter, served at one address or at several.

    Args:
        model: Its name at the servers; None has the first server asked, once a process.
        urls: Addresses; a paper always goes to the same one, so that its context is cached there.
        settings: Layout, decoding, budgets and patience.
        retriever: Recipe of the retrieval that finds the passages; part of the fingerprint.
        transport: Another way to the servers, for tests.
    """

    def __init__(
        self,
        model: str | None,
        urls: Sequence[str],
        settings: LlmSettings,
        retriever: Mapping[str, Any],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._model = model
        self._settings = settings
        self._retriever = dict(retriever)
        self._clients = [LlmClient(url, model, settings, transport) for url in urls]
        self._call_count = 0

    @property
    def fingerprint(self) -> Fingerprint:
        """
        Model, revision, prompt, schema, decoding, layout and retrieval; addresses do not count.

        Raises:
            ServiceUnavailableError: No model is named and the server does not tell its own.
        """
        recipe = {
            "kind": "llm",
            "version": LLM_VERSION,
            "model": self._model_name(),
            "revision": self._settings.revision,
            "prompt": PROMPT_VERSION,
            "schema": SCHEMA_VERSION,
            "pack": PACK_VERSION,
            "suspicion": SUSPICION_VERSION,
            "values": LLM_VALUE_VERSION,
            "applicability": APPLICABILITY_VERSION,
            "temperature": self._settings.temperature,
            "seed": self._settings.seed,
            "max_tokens": self._settings.max_tokens,
            "extra_body": self._settings.extra_body,
            "layout": self._settings.layout,
            "shown_passages": self._settings.shown_passages,
            "whole_paper_share": self._settings.whole_paper_share,
            "context_tokens": self._settings.context_tokens,
            "retriever": self._retriever,
        }
        sha256 = fingerprint_sha256(recipe)
        return Fingerprint(
            fingerprint_id=content_key("answer", sha256),
            stage="answer",
            name=f"llm:{self._model_name()}",
            sha256=sha256,
            recipe=recipe,
        )

    def _model_name(self) -> str:
        if self._model is None:
            self._model = asyncio.run(_first_model(self._clients[0]))
        return self._model

    def answer(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Ballot]:
        """
        Ask all questions of one document.

        Args:
            document: An unreadable one gives a ballot ``unreadable`` for each question.
            chunk_set: The chunks the passages point into.
            questions: n questions.
            passages: n lists, best first; an empty list gives ``not_reported`` unasked.

        Returns:
            n ballots in the order of the questions. What concerns one question alone (an answer
            of another form, a refused request) is its ballot, ``failed`` with the reason.

        Raises:
            AnswerError: Questions and passages differ in number.
            ServiceUnavailableError: The model is down; nothing of this paper is kept.
            UsageError: The server refuses the key or does not serve the model.
        """
        if len(questions) != len(passages):
            detail = f"{len(questions)} questions but {len(passages)} lists of passages"
            raise AnswerError(OutcomeCode.BROKEN_CONTRACT, detail)
        unasked = _unasked(document, questions, passages)
        asked = [i for i in range(len(questions)) if unasked[i] is None]
        own = [questions[i] for i in asked], [passages[i] for i in asked]
        outcomes = iter(self._ask(document, chunk_set, *own))
        answerer_id = self.fingerprint.fingerprint_id
        ballots = [
            _ballot(
                document,
                question,
                before or next(outcomes),
                answerer_id,
                context_sha256(chunk_set, found),
            )
            for question, found, before in zip(questions, passages, unasked, strict=True)
        ]
        _log_paper(document, ballots)
        return ballots

    def _ask(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[CellOutcome]:
        if not questions:
            return []
        # Rendezvous by hash: a server that is added takes only its own share of the papers.
        client = max(self._clients, key=lambda c: content_key(c.url, document.document_id))

        async def talk() -> list[CellOutcome]:
            async with client:
                paper = PaperTalk(
                    client, self._settings, document, chunk_set, count_call=self._count_call
                )
                return await paper.ask(questions, passages)

        return asyncio.run(talk())

    def _count_call(self) -> None:
        limit = self._settings.max_calls
        if limit is not None and self._call_count >= limit:
            raise ServiceUnavailableError(f"the budget of {limit} model calls is spent")
        self._call_count += 1


async def _first_model(client: LlmClient) -> str:
    async with client:
        return (await client.preflight()).name


def _unasked(
    document: Document, questions: Sequence[Question], passages: Sequence[Sequence[Passage]]
) -> list[CellOutcome | None]:
    """The questions that end before the model is asked."""
    no_passage = (CellState.NOT_REPORTED, "no passage was retrieved")
    endings = [
        closed or (None if found else no_passage)
        for closed, found in zip(closed_questions(document, questions), passages, strict=True)
    ]
    return [ending and CellOutcome(result=ending, generation=None) for ending in endings]


def _ballot(
    document: Document,
    question: Question,
    outcome: CellOutcome,
    answerer_id: int,
    context: str,
) -> Ballot:
    if isinstance(outcome.result, Reading):
        ballot = answered_ballot(
            document, question, outcome.result, answerer_id=answerer_id, context_sha256=context
        )
    else:
        state, reason = outcome.result
        ballot = empty_ballot(
            document, question, state, reason, answerer_id=answerer_id, context_sha256=context
        )
    # The model states no confidence of its own.
    return replace(ballot, score=None, generation=outcome.generation)


def _log_paper(document: Document, ballots: Sequence[Ballot]) -> None:
    calls = [ballot.generation for ballot in ballots if ballot.generation is not None]
    structlog.get_logger().info(
        "answer.questions_answered",
        document_id=document.document_id,
        question_count=len(ballots),
        answered_count=sum(ballot.state is CellState.ANSWERED for ballot in ballots),
        failed_count=sum(ballot.state is CellState.FAILED for ballot in ballots),
        call_count=sum(call.call_count for call in calls),
        prompt_tokens=sum(call.prompt_tokens for call in calls),
        cached_tokens=sum(call.cached_tokens or 0 for call in calls),
        completion_tokens=sum(call.completion_tokens for call in calls),
    )
