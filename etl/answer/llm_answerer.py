"""
Answer by a language model behind an OpenAI-compatible API.

Reads:    a document, its chunks, the questions and their passages
Writes:   nothing; the journey stores the ballots, each with what its calls took
Gives up: ServiceUnavailableError where the model is down, UsageError where key or name are wrong
Version:  the versions in the fingerprint's recipe
Next:     verify
"""

import asyncio
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import httpx
import structlog

from etl.answer.applicability import APPLICABILITY_VERSION, closed_questions
from etl.answer.ballots import answered_ballot, empty_ballot
from etl.answer.llm_driver import Arrival, LlmDriver
from etl.answer.llm_paper import CellOutcome
from etl.answer.llm_values import LLM_VALUE_VERSION
from etl.answer.reading import Reading
from etl.context import context_sha256
from etl.errors import AnswerError, OutcomeCode
from etl.keys import content_key, fingerprint_sha256
from etl.llm.client import LlmClient
from etl.llm.pack import PACK_VERSION
from etl.llm.prompt import PROMPT_VERSION
from etl.llm.purse import Purse
from etl.llm.schema import SCHEMA_VERSION
from etl.llm.suspicion import SUSPICION_VERSION
from etl.ports import Allowance, Part
from etl.records.ballot import Ballot, CellState
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document
from etl.records.inquiry import Inquiry
from etl.records.question import Question
from etl.records.recipe import Fingerprint
from etl.settings import LlmEndpoint, LlmSettings

__all__ = ["LLM_VERSION", "LlmAnswerer"]

LLM_VERSION = "llm/1"


@dataclass(slots=True)
class _Tally:
    """What one paper took, for the log."""

    questions: int = 0
    answered: int = 0
    failed: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0

    def add(self, ballots: Sequence[Ballot]) -> None:
        """Count some ballots of the paper."""
        self.questions += len(ballots)
        for ballot in ballots:
            self.answered += ballot.state is CellState.ANSWERED
            self.failed += ballot.state is CellState.FAILED
            if ballot.generation is not None:
                self.calls += ballot.generation.call_count
                self.prompt_tokens += ballot.generation.prompt_tokens
                self.cached_tokens += ballot.generation.cached_tokens or 0
                self.completion_tokens += ballot.generation.completion_tokens


class LlmAnswerer:
    """
    One model as a voter, served at one address or at several.

    Args:
        model: Its name at the servers; None has the first server asked, once a process.
        endpoints: Its servers, or their addresses; a paper sticks to one, where its context is
            cached.
        settings: Layout, decoding, budgets and patience.
        retriever: Recipe of the retrieval that finds the passages; part of the fingerprint.
        transport: Another way to the servers, for tests.
    """

    def __init__(
        self,
        model: str | None,
        endpoints: Sequence[LlmEndpoint | str],
        settings: LlmSettings,
        retriever: Mapping[str, Any],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._model = model
        self._settings = settings
        self._retriever = dict(retriever)
        #: For papers that are asked one by one, outside a night.
        self._purse = Purse(settings)
        places = [LlmEndpoint(url=e) if isinstance(e, str) else e for e in endpoints]
        self._clients = [
            LlmClient(place.url, model, settings, transport, power_url=place.power_url)
            for place in places
        ]

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
            "mark_words": self._settings.mark_words,
            "ask_probability": self._settings.ask_probability,
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
        inquiry = Inquiry(
            document=document,
            chunk_set=chunk_set,
            questions=tuple(questions),
            passages=tuple(passages),
        )
        found: dict[int, Ballot] = {}
        with closing(self.answer_inquiries(iter([inquiry]), self._purse)) as parts:
            for part in parts:
                if part.error is not None:
                    raise part.error
                found |= {ballot.question_version_id: ballot for ballot in part.ballots}
        return [found[question.question_version_id] for question in questions]

    def answer_inquiries(
        self, inquiries: Iterator[Inquiry], allowance: Allowance
    ) -> Generator[Part, None, None]:
        """
        Ask many papers at once, and hand on each answer soon after it has come.

        Args:
            inquiries: Papers; the next is taken when the ones before leave slots free.
            allowance: What may be spent.

        Yields:
            Ballots of one paper; those that need no model come first.

        Raises:
            ServiceUnavailableError: No server is left.
            BudgetSpentError: Nothing more may be asked; what was asked has been yielded.
            UsageError: A server refuses the key or does not serve the model.
        """
        answerer_id = self.fingerprint.fingerprint_id
        ready: list[Part] = []

        def feed() -> Iterator[tuple[Inquiry, Sequence[int]]]:
            for inquiry in inquiries:
                unasked = _unasked(inquiry.document, inquiry.questions, inquiry.passages)
                ended = [(i, outcome) for i, outcome in enumerate(unasked) if outcome is not None]
                if ended:
                    ready.append(_part(inquiry, ended, answerer_id))
                asked = [i for i, outcome in enumerate(unasked) if outcome is None]
                if asked:
                    yield inquiry, asked

        driver = LlmDriver(self._clients, self._settings, allowance)
        tallies: dict[Inquiry, _Tally] = defaultdict(_Tally)
        with closing(driver.run(feed())) as groups:
            for group in groups:
                parts, ready[:] = [*ready, *_parts(group, answerer_id)], []
                for part in parts:
                    _log_when_done(part, tallies)
                    yield part
        yield from ready


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


def _parts(group: Sequence[Arrival], answerer_id: int) -> list[Part]:
    """What arrived, paper by paper."""
    by_paper: dict[Inquiry, list[tuple[int, CellOutcome]]] = defaultdict(list)
    faults = []
    for arrival in group:
        if arrival.outcome is not None:
            by_paper[arrival.inquiry].append((arrival.index, arrival.outcome))
        else:
            faults.append(Part(inquiry=arrival.inquiry, error=arrival.error))
    return [_part(inquiry, ended, answerer_id) for inquiry, ended in by_paper.items()] + faults


def _part(inquiry: Inquiry, ended: Sequence[tuple[int, CellOutcome]], answerer_id: int) -> Part:
    ballots = tuple(_ballot(inquiry, index, outcome, answerer_id) for index, outcome in ended)
    return Part(inquiry=inquiry, ballots=ballots)


def _ballot(inquiry: Inquiry, index: int, outcome: CellOutcome, answerer_id: int) -> Ballot:
    document, question = inquiry.document, inquiry.questions[index]
    context = context_sha256(inquiry.chunk_set, inquiry.passages[index])
    if isinstance(outcome.result, Reading):
        ballot = answered_ballot(
            document, question, outcome.result, answerer_id=answerer_id, context_sha256=context
        )
    else:
        state, reason = outcome.result
        ballot = empty_ballot(
            document, question, state, reason, answerer_id=answerer_id, context_sha256=context
        )
    return replace(ballot, score=_score(ballot, outcome), generation=outcome.generation)


def _score(ballot: Ballot, outcome: CellOutcome) -> float | None:
    """The model's own probability of the verdict it gave; None where it was not asked."""
    yes = outcome.generation.yes_probability if outcome.generation else None
    if yes is None or ballot.state is not CellState.ANSWERED:
        return None
    is_no = isinstance(ballot.value, Mapping) and ballot.value.get("verdict") == "no"
    return 1.0 - yes if is_no else yes


def _log_when_done(part: Part, tallies: dict[Inquiry, _Tally]) -> None:
    tally = tallies[part.inquiry]
    tally.add(part.ballots)
    if part.error is None and tally.questions < len(part.inquiry.questions):
        return
    del tallies[part.inquiry]
    structlog.get_logger().info(
        "answer.questions_answered",
        document_id=part.inquiry.document.document_id,
        question_count=tally.questions,
        answered_count=tally.answered,
        failed_count=tally.failed,
        call_count=tally.calls,
        prompt_tokens=tally.prompt_tokens,
        cached_tokens=tally.cached_tokens,
        completion_tokens=tally.completion_tokens,
    )
