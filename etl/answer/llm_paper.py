"""
Ask a language model all questions of one paper, at once and over one shared context.

Reads:    a document, its chunks, the questions and their passages
Writes:   nothing
Gives up: ServiceUnavailableError and UsageError of the client; everything else is a typed fault
Version:  those of prompt, schema and pack, in the fingerprint of the answerer
Next:     the answerer, which makes ballots of the outcomes
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from etl.answer.llm_usage import Usage
from etl.answer.llm_values import read_model_answer
from etl.answer.reading import Reading
from etl.errors import BudgetSpentError
from etl.llm.budget import fit_pack
from etl.llm.client import LlmClient
from etl.llm.pack import WORD_MARK, Pack, chosen_chunks, make_boundary, render_pack, unmarked
from etl.llm.prompt import ask_again, system_text, tail_text, yes_text
from etl.llm.schema import ModelAnswer, answer_schema, read_answer
from etl.llm.suspicion import with_neighbours
from etl.llm.wire import ChatRequest, Fault, FaultKind
from etl.ports import Allowance
from etl.records.ballot import CellState, Generation
from etl.records.chunk import Passage
from etl.records.inquiry import Inquiry
from etl.records.question import Question
from etl.settings import LlmSettings

__all__ = ["CellOutcome", "PaperTalk"]

_Result = Reading | tuple[CellState, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOutcome:
    """What became of one question."""

    result: _Result
    #: None where nothing was sent.
    generation: Generation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    question: Question
    passages: Sequence[Passage]


class PaperTalk:
    """
    One paper's questions to one model at one server.

    Args:
        client: Open; knows the model.
        settings: Layout, budgets, decoding.
        inquiry: The paper with its questions.
        allowance: Asked before each request; what the request took is told to it.
    """

    def __init__(
        self, client: LlmClient, settings: LlmSettings, inquiry: Inquiry, allowance: Allowance
    ) -> None:
        self._client = client
        self._settings = settings
        self._inquiry = inquiry
        self._document = inquiry.document
        self._chunk_set = inquiry.chunk_set
        self._allowance = allowance
        self._boundary = make_boundary()
        mark = WORD_MARK if settings.mark_words else ""
        self._system = system_text(self._boundary, mark=mark)

    async def ask(self, indices: Sequence[int], tell: Callable[[int, CellOutcome], None]) -> None:
        """
        Ask some of the inquiry's questions together.

        Args:
            indices: Which of them; each has passages.
            tell: Called with index and outcome as soon as a question has ended.

        Raises:
            ServiceUnavailableError: The server is down; what was told before stays told.
            BudgetSpentError: No more may be asked; calls under way were waited for.
        """
        cells = {
            index: _Cell(
                question=self._inquiry.questions[index], passages=self._inquiry.passages[index]
            )
            for index in indices
        }
        await self._client.preflight()
        is_shared = self._settings.layout != "passages"
        shared = await self._show(list(cells.values())) if is_shared else None

        async def ask_one(index: int, cell: _Cell) -> None:
            tell(index, await self._ask_cell(cell, shared))

        await _together([ask_one(index, cell) for index, cell in cells.items()])

    async def _show(self, cells: Sequence[_Cell]) -> Pack | Fault:
        """The context for some questions, cut to the model's window."""
        chunks = chosen_chunks(
            self._chunk_set,
            [cell.passages[: self._settings.shown_passages] for cell in cells],
            is_whole=self._settings.layout == "whole_paper",
            whole_share=1.0 if self._settings.layout == "passages" else self._whole_share,
        )
        longest = max(cells, key=lambda cell: len(cell.question.text))

        def render(taken: Sequence[int], trimmed_count: int) -> Pack:
            return render_pack(
                self._document,
                self._chunk_set,
                taken,
                boundary=self._boundary,
                trimmed_count=trimmed_count,
                is_marked=self._settings.mark_words,
            )

        return await fit_pack(
            self._client,
            self._settings,
            chunks,
            render,
            lambda pack: self._request(longest, pack, "count").messages(),
        )

    @property
    def _whole_share(self) -> float:
        return self._settings.whole_paper_share

    async def _ask_cell(self, cell: _Cell, shared: Pack | Fault | None) -> CellOutcome:
        pack = await self._show([cell]) if shared is None else shared
        if isinstance(pack, Fault):
            return CellOutcome(result=(CellState.FAILED, str(pack)), generation=None)
        suspect_count = len(pack.suspects) + pack.suspect_heading_count
        usage = Usage(
            seed=self._settings.seed,
            boundary=self._boundary,
            revision=self._settings.revision,
            suspect_count=suspect_count,
        )
        result = await self._read(cell, pack, usage, "")
        if pack.suspects and _state(result) is not CellState.FAILED:
            result = await self._confirm(cell, pack, usage, result)
            usage.is_stable = _state(result) is not CellState.FAILED
        elif _is_unstable(result):
            usage.is_stable = False
        elif self._settings.ask_probability and not pack.suspects:
            usage.yes_probability = await self._ask_yes(cell, pack)
        return CellOutcome(result=result, generation=usage.generation())

    async def _ask_yes(self, cell: _Cell, pack: Pack) -> float | None:
        """P(yes) over the paper that is in the cache by now; None where the server gives none."""
        request = replace(
            self._request(cell, pack, "yes"), question=yes_text(cell.question), max_tokens=1
        )
        async with self._client.slots:
            self._allowance.begin_call()
            try:
                found = await self._client.ask_yes(request)
            finally:
                self._allowance.end_call(prompt_tokens=0, completion_tokens=1)
        return None if isinstance(found, Fault) else found

    async def _confirm(self, cell: _Cell, pack: Pack, usage: Usage, first: _Result) -> _Result:
        """The same question without the suspect sentences and their neighbours."""
        left_out = with_neighbours(self._document, pack.suspects)
        spans = [
            chunk.chunk_index
            for chunk in self._chunk_set.chunks
            if any(chunk.first_sentence <= s <= chunk.last_sentence for s in pack.sentences)
        ]
        clean = render_pack(
            self._document,
            self._chunk_set,
            spans,
            boundary=self._boundary,
            without=left_out | self._hidden_by_trim(pack, spans),
            is_marked=self._settings.mark_words,
        )
        second: _Result = (CellState.NOT_REPORTED, "nothing is left to read")
        if clean.sentences:
            second = await self._read(cell, clean, usage, "-clean")
        if _is_same(first, second):
            return first
        detail = "the answer changes without the sentences that read like instructions"
        return CellState.FAILED, str(Fault(kind=FaultKind.UNSTABLE, detail=detail))

    def _hidden_by_trim(self, pack: Pack, spans: Sequence[int]) -> frozenset[int]:
        """Sentences of these chunks that the first context did not show either."""
        shown = frozenset(pack.sentences)
        chunks = [self._chunk_set.chunks[index] for index in spans]
        members = {i for c in chunks for i in range(c.first_sentence, c.last_sentence + 1)}
        return frozenset(members - shown)

    async def _read(self, cell: _Cell, pack: Pack, usage: Usage, suffix: str) -> _Result:
        answer = await self._ask_twice(cell, pack, usage, suffix)
        if isinstance(answer, Fault):
            return CellState.FAILED, str(answer)
        sound = tuple(index for index in answer.evidence if index not in pack.suspects)
        if answer.evidence and not sound:
            detail = "it rests on sentences that read like instructions"
            return CellState.FAILED, str(Fault(kind=FaultKind.UNSTABLE, detail=detail))
        return read_model_answer(self._document, cell.question, replace(answer, evidence=sound))

    async def _ask_twice(
        self, cell: _Cell, pack: Pack, usage: Usage, suffix: str
    ) -> ModelAnswer | Fault:
        """Once more where the answer was cut (with twice the room) or of another form."""
        request = self._request(cell, pack, f"1{suffix}")
        answer = await self._ask_once(cell, pack, request, usage)
        if not isinstance(answer, Fault) or answer.kind in (
            FaultKind.REFUSED_REQUEST,
            FaultKind.LOST,
            FaultKind.OVERSIZE,
        ):
            return answer
        again = replace(request, request_id=self._request_id(cell, f"2{suffix}"))
        if answer.kind is FaultKind.CUT:
            again = replace(again, max_tokens=2 * request.max_tokens)
        else:
            again = replace(again, question=ask_again(request.question, answer.kind.value))
        return await self._ask_once(cell, pack, again, usage)

    async def _ask_once(
        self, cell: _Cell, pack: Pack, request: ChatRequest, usage: Usage
    ) -> ModelAnswer | Fault:
        prompt = written = 0
        async with self._client.slots:
            self._allowance.begin_call()
            try:
                reply = await self._client.chat(request)
                if not isinstance(reply, Fault):
                    prompt, written = reply.prompt_tokens, reply.completion_tokens
            finally:
                self._allowance.end_call(prompt_tokens=prompt, completion_tokens=written)
        if isinstance(reply, Fault):
            return reply
        usage.add(request, reply)
        answer = read_answer(reply, cell.question.answer_type, frozenset(pack.sentences))
        if isinstance(answer, Fault) or not self._settings.mark_words:
            return answer
        return replace(answer, value=_without_marks(answer.value))

    def _request(self, cell: _Cell, pack: Pack, attempt: str) -> ChatRequest:
        first, last = (pack.sentences[0], pack.sentences[-1]) if pack.sentences else (0, 0)
        shown = frozenset(pack.sentences)
        return ChatRequest(
            system=self._system,
            context=pack.text,
            question=tail_text(cell.question, self._chunk_set, cell.passages, shown),
            schema=answer_schema(cell.question.answer_type, first, last),
            max_tokens=self._settings.max_tokens,
            request_id=self._request_id(cell, attempt),
        )

    def _request_id(self, cell: _Cell, attempt: str) -> str:
        return f"{self._document.document_id}-{cell.question.question_id}-{attempt}"


async def _together(asked: Sequence[Coroutine[Any, Any, None]]) -> None:
    """
    Wait for all; an error ends the others at once.

    A spent budget only keeps those from being sent that wait: what is under way is paid for.
    """
    tasks = [asyncio.ensure_future(one) for one in asked]
    spent: BudgetSpentError | None = None
    try:
        for task in asyncio.as_completed(tasks):
            try:
                await task
            except BudgetSpentError as error:
                spent = error
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if spent is not None:
        raise spent


def _without_marks(value: Any) -> Any:  # noqa: ANN401 - typed by the question
    if isinstance(value, str):
        return unmarked(value)
    if isinstance(value, dict):
        return {name: unmarked(text) for name, text in value.items()}
    return value if value is None else [_without_marks(item) for item in value]


def _state(result: _Result) -> CellState:
    return CellState.ANSWERED if isinstance(result, Reading) else result[0]


def _is_unstable(result: _Result) -> bool:
    return not isinstance(result, Reading) and result[1].startswith(f"{FaultKind.UNSTABLE}:")


def _is_same(first: _Result, second: _Result) -> bool:
    """Equal states, and equal values or, for prose, a sentence in common."""
    if not isinstance(first, Reading) or not isinstance(second, Reading):
        return _state(first) is _state(second) is not CellState.ANSWERED
    if isinstance(first.value, str):
        return bool(set(first.sentences) & set(second.sentences))
    return bool(_gist(first.value) == _gist(second.value))


def _gist(value: Any) -> Any:  # noqa: ANN401 - typed by the question
    """What of a value counts: not which words or sentences carried it."""
    if isinstance(value, dict):
        return value.get("verdict")
    kept = ("name", "value", "unit", "url")
    return {tuple(str(item.get(name, "")).casefold() for name in kept) for item in value}
