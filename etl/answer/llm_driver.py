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
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

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
from etl.records import Inquiry
from etl.settings import LlmSettings

__all__ = ["Arrival", "LlmDriver"]

_log = structlog.get_logger()

#: Answers that arrive within so many seconds of each other are handed on together, to be
#: committed in one transaction. New calls go out meanwhile. Where committing is slow the groups
#: grow, so that it takes no more than about a tenth of the time; a second is the longest that an
#: answer waits.
_GROUP_SECONDS = 0.05
_LONGEST_GROUP_SECONDS = 1.0
_GROUP_PER_COMMIT = 9
_GROUP_ANSWERS = 64


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

    Args:
        clients: One a server.
        settings: How much may be in flight.
        allowance: What may be spent.
    """

    def __init__(
        self, clients: Sequence[LlmClient], settings: LlmSettings, allowance: Allowance
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._allowance = allowance
        self._arrived: asyncio.Queue[Arrival] = asyncio.Queue()
        self._papers: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._group_seconds = _GROUP_SECONDS
        self._stop: ServiceUnavailableError | UsageError | BudgetSpentError | None = None

    def run(
        self, inquiries: Iterator[tuple[Inquiry, Sequence[int]]]
    ) -> Generator[list[Arrival], None, None]:
        """
        Take papers and yield what arrives until all are answered.

        The event loop rests while the caller works on a group; answers wait in their sockets.

        Args:
            inquiries: Papers with the indices of the questions to ask, at least one.

        Yields:
            Groups of arrivals, of any papers, in order of arrival.
        """
        with asyncio.Runner() as runner:
            # Not runner.run: it sets a signal handler each time, which costs more than a call.
            loop = runner.get_loop()
            clients = _open(self._clients)
            loop.run_until_complete(clients.__aenter__())
            try:
                yield from self._drive(loop, inquiries)
            finally:
                for task in self._papers:
                    task.cancel()
                loop.run_until_complete(_ended(self._papers))
                loop.run_until_complete(clients.__aexit__(None, None, None))

    def _drive(
        self,
        loop: asyncio.AbstractEventLoop,
        inquiries: Iterator[tuple[Inquiry, Sequence[int]]],
    ) -> Generator[list[Arrival], None, None]:
        is_open = True
        while True:
            while is_open and self._stop is None and self._has_room():
                paper = next(inquiries, None)
                if paper is None:
                    is_open = False
                    break
                task = loop.create_task(self._talk(*paper))
                self._papers.add(task)
                self._waiting += len(paper[1])
            group = loop.run_until_complete(self._next_group())
            if group:
                begun = loop.time()
                yield group
                wanted = _GROUP_PER_COMMIT * (loop.time() - begun)
                self._group_seconds = min(max(_GROUP_SECONDS, wanted), _LONGEST_GROUP_SECONDS)
            elif self._is_idle and (self._stop is not None or not is_open):
                break
        if self._stop is not None:
            raise self._stop

    @property
    def _is_idle(self) -> bool:
        return not self._papers and self._arrived.empty()

    def _has_room(self) -> bool:
        """Every slot is taken by a question that is sent: the next paper may come."""
        slots = self._settings.in_flight * len(self._clients)
        return self._waiting <= slots and len(self._papers) < self._settings.papers_at_once

    async def _next_group(self) -> list[Arrival]:
        """What arrives next and shortly after; empty when a paper ended or nothing is left."""
        found: list[Arrival] = []
        deadline: float | None = None
        clock = asyncio.get_running_loop()
        while self._papers or not self._arrived.empty():
            with suppress(asyncio.QueueEmpty):
                while len(found) < _GROUP_ANSWERS:
                    found.append(self._arrived.get_nowait())
            if found and deadline is None:
                deadline = clock.time() + self._group_seconds
            left = None if deadline is None else deadline - clock.time()
            if len(found) >= _GROUP_ANSWERS or (left is not None and left <= 0):
                break
            if not self._papers:
                continue
            getter = asyncio.ensure_future(self._arrived.get())
            done, _ = await asyncio.wait(
                {getter, *self._papers}, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            if getter in done:
                found.append(getter.result())
            else:
                getter.cancel()
            ended = done & self._papers
            self._papers -= ended
            if ended and not found:
                break
        self._waiting -= sum(arrival.error is None for arrival in found)
        return found

    async def _talk(self, inquiry: Inquiry, indices: Sequence[int]) -> None:
        """One paper from its first question to its last, whatever server it ends at."""
        left = set(indices)

        def tell(index: int, outcome: CellOutcome) -> None:
            left.discard(index)
            self._arrived.put_nowait(Arrival(inquiry=inquiry, index=index, outcome=outcome))

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
            self._arrived.put_nowait(Arrival(inquiry=inquiry, error=error))

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


async def _ended(tasks: set[asyncio.Task[None]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
