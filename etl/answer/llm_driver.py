"""
Keep the servers of a model busy: many papers in flight, each with all its questions together.

Reads:    inquiries, one after the other, when there is room
Writes:   nothing; outcomes are handed on in groups as they arrive
Gives up: ServiceUnavailableError where no server is left, BudgetSpentError, UsageError
Version:  none of its own: order and number of calls change no answer
Next:     the answerer, which makes ballots of the outcomes

One paper sticks to one server, so its context is computed once: papers are spread by rendezvous
hashing of document and address. The rule for fail-over: when a server is given up (its circuit
breaker opens, or it is busy beyond the limit), what is left of its papers goes to the next server
in each paper's own order; what was answered stays. Without a server left the work stops.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from etl.answer.llm_paper import CellOutcome, PaperTalk
from etl.errors import (
    BudgetSpentError,
    EndpointDownError,
    ServiceUnavailableError,
    UsageError,
)
from etl.keys import content_key
from etl.llm.client import LlmClient
from etl.ports import Allowance
from etl.records.inquiry import Inquiry
from etl.settings import LlmSettings

__all__ = ["Arrival", "LlmDriver"]

_log = structlog.get_logger()
_Result = TypeVar("_Result")

#: Answers that arrive within so many seconds of each other are handed on together, to be
#: committed in one transaction. Where committing is slow the groups grow, so that it takes no
#: more than about a tenth of the time; a second is the longest that an answer waits.
_GROUP_SECONDS = 0.05
_LONGEST_GROUP_SECONDS = 1.0
_GROUP_PER_COMMIT = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A question that has ended, or the fault of a whole paper."""

    inquiry: Inquiry
    #: Into the inquiry's questions; -1 for a fault.
    index: int = -1
    outcome: CellOutcome | None = None
    error: Exception | None = None


class LlmDriver:
    """
    Drives the clients of one model within one event loop.

    The loop has a thread of its own, so calls go out and answers come in while the caller
    commits a group or opens the next paper.

    Args:
        clients: One a server.
        settings: How much may be in flight.
        allowance: What may be spent; asked from the loop's thread.
    """

    def __init__(
        self, clients: Sequence[LlmClient], settings: LlmSettings, allowance: Allowance
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._allowance = allowance
        #: Set by the caller's thread, as it sees how long a commit takes.
        self._group_seconds = _GROUP_SECONDS
        # All that follows belongs to the loop's thread.
        self._papers: set[asyncio.Task[None]] = set()
        #: Questions without an outcome.
        self._waiting = 0
        self._arrived: list[Arrival] = []
        #: On the loop's clock: when the first of those arrived has to be handed on.
        self._due_at: float | None = None
        self._changed = asyncio.Event()
        self._stop: ServiceUnavailableError | UsageError | BudgetSpentError | None = None

    def run(
        self, inquiries: Iterator[tuple[Inquiry, Sequence[int]]]
    ) -> Generator[list[Arrival], None, None]:
        """
        Take papers and yield what arrives until all are answered.

        Args:
            inquiries: Papers with the indices of the questions to ask, at least one; taken in
                the caller's thread.

        Yields:
            Groups of arrivals, of any papers, in order of arrival.
        """
        with _loop_thread() as loop:
            clients = _open(self._clients)
            _wait_for(loop, clients.__aenter__())
            try:
                yield from self._drive(loop, inquiries)
            finally:
                _wait_for(loop, self._end())
                _wait_for(loop, clients.__aexit__(None, None, None))

    def _drive(
        self,
        loop: asyncio.AbstractEventLoop,
        inquiries: Iterator[tuple[Inquiry, Sequence[int]]],
    ) -> Generator[list[Arrival], None, None]:
        is_open = True
        while (group := _wait_for(loop, self._next_group(is_open=is_open))) is not None:
            if group:
                begun = time.monotonic()
                yield group
                wanted = _GROUP_PER_COMMIT * (time.monotonic() - begun)
                self._group_seconds = min(max(_GROUP_SECONDS, wanted), _LONGEST_GROUP_SECONDS)
            elif (paper := next(inquiries, None)) is None:
                is_open = False
            else:
                _wait_for(loop, self._begin(*paper))
        if self._stop is not None:
            raise self._stop

    async def _begin(self, inquiry: Inquiry, indices: Sequence[int]) -> None:
        if self._stop is not None:
            # It came while this paper was opened.
            return
        task = asyncio.create_task(self._talk(inquiry, indices))
        self._papers.add(task)
        self._waiting += len(indices)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._papers.discard(task)
        self._changed.set()

    async def _end(self) -> None:
        papers = list(self._papers)
        for task in papers:
            task.cancel()
        await asyncio.gather(*papers, return_exceptions=True)

    async def _next_group(self, *, is_open: bool) -> list[Arrival] | None:
        """What has arrived, once it is due; empty where a paper may come; None at the end."""
        clock = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            is_due = self._due_at is not None and clock.time() >= self._due_at
            if self._arrived and (is_due or not self._papers):
                group, self._arrived, self._due_at = self._arrived, [], None
                return group
            if is_open and self._stop is None and self._has_room():
                return []
            if not self._papers:
                return None
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._due_at):
                    await self._changed.wait()

    def _has_room(self) -> bool:
        """Every slot is taken by a question that is sent: the next paper may come."""
        slots = self._settings.in_flight * len(self._clients)
        return self._waiting <= slots and len(self._papers) < self._settings.papers_at_once

    def _arrive(self, arrival: Arrival) -> None:
        self._arrived.append(arrival)
        if self._due_at is None:
            self._due_at = asyncio.get_running_loop().time() + self._group_seconds
            self._changed.set()
        elif self._has_room():
            self._changed.set()

    async def _talk(self, inquiry: Inquiry, indices: Sequence[int]) -> None:
        """One paper from its first question to its last, whatever server it ends at."""
        left = set(indices)

        def tell(index: int, outcome: CellOutcome) -> None:
            left.discard(index)
            self._waiting -= 1
            self._arrive(Arrival(inquiry=inquiry, index=index, outcome=outcome))

        try:
            for client, is_last in self._servers(inquiry):
                try:
                    talk = PaperTalk(client, self._settings, inquiry, self._allowance)
                    await talk.ask(sorted(left), tell)
                except EndpointDownError as error:
                    if is_last:
                        raise
                    _log.warning("llm.paper_moved", url=client.url, left=len(left), why=str(error))
                else:
                    return
        except (ServiceUnavailableError, UsageError, BudgetSpentError) as error:
            # The first error is the cause; those of other papers follow from it.
            self._stop = self._stop or error
            self._waiting -= len(left)
            if not isinstance(error, BudgetSpentError):
                for task in self._papers - {asyncio.current_task()}:
                    task.cancel()
        except Exception as error:  # noqa: BLE001 - one paper's fault, even ours, is its own
            self._waiting -= len(left)
            self._arrive(Arrival(inquiry=inquiry, error=error))

    def _servers(self, inquiry: Inquiry) -> Iterator[tuple[LlmClient, bool]]:
        document_id = inquiry.document.document_id
        # Rendezvous by hash: a server that is added takes only its own share of the papers.
        order = sorted(self._clients, key=lambda c: -content_key(c.url, document_id))
        for client in order:
            yield client, client is order[-1]


@asynccontextmanager
async def _open(clients: Sequence[LlmClient]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for client in clients:
            await stack.enter_async_context(client)
        yield


@contextmanager
def _loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs in a thread of its own."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever, name="llm-driver", daemon=True)
        thread.start()
        try:
            yield loop
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


def _wait_for(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, _Result]) -> _Result:
    """Have the loop do something; who is interrupted while waiting calls it off."""
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
