"""
Ask one endpoint, and be patient with it in the right way.

What a server's answer means (measured on vLLM 0.32):

===========================================  ===============================================
200                                          the answer, still to be checked
400, 413, 422                                this request is wrong for good: a :class:`Fault`
401, 403, and 404 without our model          the settings are wrong: UsageError
408, 429, 503                                busy: again, with a growing and jittered pause
500, 502, 504, no connection, no answer      the engine may have died: wait for ``/health``,
                                             then send again; the same request a few times,
                                             one at a time, so that one which kills the
                                             engine is found out and its neighbours are not
                                             blamed
not back in time, or back again and again    the circuit breaker opens: EndpointDownError at
without one answer                           once for every call, until the next look
===========================================  ===============================================
"""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import structlog

from etl.errors import EndpointDownError, UsageError
from etl.llm.breaker import Breaker
from etl.llm.http_line import HttpAnswer, HttpLine, base_url
from etl.llm.power import PowerMeter
from etl.llm.probability import CHOICES, TOP_TOKENS, read_probability
from etl.llm.replies import error_text, read_json, read_reply, read_served_models
from etl.llm.wire import ChatReply, ChatRequest, Fault, FaultKind, ServedModel
from etl.settings import LlmSettings

__all__ = ["LlmClient"]

_log = structlog.get_logger()
#: Spreads repeats in time, nothing secret.
_jitter = random.Random()  # noqa: S311 - spread, no secret

_OK = 200
_REFUSED = frozenset({400, 413, 422})
_FORBIDDEN = frozenset({401, 403})
_MISSING = 404
_BUSY = frozenset({408, 429, 503})


class LlmClient:
    """
    A client of one endpoint and one model; keeps what it learned of the server's health.

    Args:
        url: Address of the server.
        model: Name of the model there; None takes the first that the server lists.
        settings: Limits and patience.
        transport: Another way to the server, for tests.
        power_url: Page with the power its cards draw; None measures none.
    """

    def __init__(
        self,
        url: str,
        model: str | None,
        settings: LlmSettings,
        transport: httpx.AsyncBaseTransport | None = None,
        power_url: str | None = None,
    ) -> None:
        self.url = base_url(url)
        self._model = model
        self._settings = settings
        self._line = HttpLine(url, settings, transport)
        self._meter = PowerMeter(power_url, settings)
        self._breaker = Breaker(self.url, settings.probe_seconds)
        self._served: ServedModel | None = None
        #: Counts how often the server was waited for; calls lost together wait once.
        self._epoch = 0
        self._new_locks()

    def _new_locks(self) -> None:
        """A lock belongs to the event loop it was first waited on, and each batch has its own."""
        self._recovery, self._resend = asyncio.Lock(), asyncio.Lock()
        #: First come, first served: the questions of a paper go before those of the next.
        self.slots = asyncio.Semaphore(self._settings.in_flight)

    async def __aenter__(self) -> Self:
        self._new_locks()
        self._breaker.look_again()
        await self._line.__aenter__()
        await self._meter.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._meter.__aexit__(kind, error, trace)
        await self._line.__aexit__(kind, error, trace)

    async def preflight(self) -> ServedModel:
        """
        Ask once what the server serves, and wait for a server that is starting.

        Raises:
            UsageError: It does not serve the model, or refuses the key.
            ServiceUnavailableError: It does not answer in time.
        """
        if self._served is None:
            self._served = await self._find_model()
            _log.info("llm.model_found", url=self.url, model=self._served.name)
        return self._served

    async def _find_model(self) -> ServedModel:
        answer = await self._patiently("GET", "/v1/models")
        if answer.status != _OK:
            raise UsageError(f"{self.url}/v1/models: {answer.status} {error_text(answer.body)}")
        served = read_served_models(answer.body)
        named = [model for model in served if self._model in (None, model.name)]
        if not named:
            known = ", ".join(model.name for model in served) or "none"
            raise UsageError(f"{self.url} serves no model {self._model!r}; it serves: {known}")
        return named[0]

    async def count_tokens(self, messages: Sequence[Mapping[str, str]]) -> int | None:
        """
        Tokens of a conversation by the model's own tokenizer, template included.

        Returns:
            None where the server has no ``/tokenize``.

        Raises:
            ServiceUnavailableError: The server does not answer in time.
        """
        served = await self.preflight()
        body = {"model": served.name, "messages": list(messages), "add_generation_prompt": True}
        answer = await self._patiently("POST", "/tokenize", body)
        found = read_json(answer.body) if answer.status == _OK else None
        count = found.get("count") if isinstance(found, Mapping) else None
        return count if isinstance(count, int) and count > 0 else None

    async def chat(self, request: ChatRequest) -> ChatReply | Fault:
        """
        Ask one question.

        Returns:
            What the server answered, unchecked; or a fault that concerns this request alone.

        Raises:
            UsageError: Key or model name are wrong.
            ServiceUnavailableError: The server is down, or busy for too long.
        """
        served = await self.preflight()
        begun, mark = time.monotonic(), self._meter.begin()
        try:
            answer = await self._complete(self._body(request, served), request.request_id)
        finally:
            joules, reason = self._meter.end(mark)
        seconds = time.monotonic() - begun
        if answer.status != _OK:
            return await self._refused(answer)
        reply = read_reply(
            answer.body, model=served.name, request_id=request.request_id, seconds=seconds
        )
        if isinstance(reply, Fault):
            return reply
        return replace(
            reply,
            root=served.root,
            endpoint=urlsplit(self.url).netloc.rpartition("@")[2],
            energy_joules=joules,
            energy_reason=reason,
        )

    async def ask_yes(self, request: ChatRequest) -> float | Fault:
        """
        The model's probability that the answer to a question is yes, in [0, 1].

        Args:
            request: Its schema and its longest answer are not used.

        Returns:
            The probability; or a fault, also where the server gives no probabilities.

        Raises:
            UsageError: Key or model name are wrong.
            ServiceUnavailableError: The server is down, or busy for too long.
        """
        served = await self.preflight()
        body = self._body(request, served)
        del body["response_format"]
        choice = {
            "structured_outputs": {"choice": list(CHOICES)},
            "max_tokens": 8,
            "temperature": 0.0,
            "logprobs": True,
            "top_logprobs": TOP_TOKENS,
        }
        answer = await self._complete(body | choice, request.request_id)
        if answer.status != _OK:
            return await self._refused(answer)
        return read_probability(answer.body)

    async def _complete(self, body: Mapping[str, Any], request_id: str) -> HttpAnswer:
        headers = {"X-Request-Id": request_id}
        return await self._patiently("POST", "/v1/chat/completions", body, headers=headers)

    async def _refused(self, answer: HttpAnswer) -> Fault:
        if answer.status == _MISSING:
            # Found once and gone now: ask what the server serves, which says it in words.
            self._served = None
            await self.preflight()
        kind = FaultKind.REFUSED_REQUEST if answer.status < 500 else FaultKind.LOST
        return Fault(kind=kind, detail=f"{answer.status} {error_text(answer.body)}")

    def _body(self, request: ChatRequest, served: ServedModel) -> dict[str, Any]:
        schema = {"name": "answer", "strict": True, "schema": request.schema}
        return {
            **self._settings.extra_body,
            "model": served.name,
            "messages": request.messages(),
            "temperature": self._settings.temperature,
            "seed": self._settings.seed,
            "max_tokens": request.max_tokens,
            "response_format": {"type": "json_schema", "json_schema": schema},
        }

    async def _patiently(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Repeat what may be repeated; a request lost too often comes back as status 599."""
        self._breaker.check()
        if self._breaker.is_half_open:
            await self._wait_for_health(self._epoch)
        busy_until = time.monotonic() + self._settings.busy_seconds
        busy_count = lost_count = 0
        while True:
            epoch = self._epoch
            answer = await self._send(method, path, body, headers=headers, is_resend=lost_count > 0)
            if answer is None:
                lost_count += 1
                await self._wait_for_health(epoch)
                if lost_count >= self._settings.lost_attempts:
                    return _lost(lost_count)
            elif answer.status in _BUSY:
                busy_count += 1
                await self._pause(busy_count, answer.retry_after, busy_until)
            else:
                self._breaker.close()
                if answer.status in _FORBIDDEN:
                    raise UsageError(f"{self.url} refuses the key (status {answer.status})")
                return answer

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        headers: Mapping[str, str] | None,
        is_resend: bool,
    ) -> HttpAnswer | None:
        """One attempt; None where connection or engine broke under it."""
        try:
            if is_resend:
                async with self._resend:
                    answer = await self._line.send(method, path, body, headers=headers)
            else:
                answer = await self._line.send(method, path, body, headers=headers)
        except httpx.TransportError as error:
            _log.warning("llm.call_lost", url=self.url, path=path, error=type(error).__name__)
            return None
        if answer.status >= 500 and answer.status not in _BUSY:
            _log.warning("llm.engine_failed", url=self.url, path=path, status=answer.status)
            return None
        return answer

    async def _pause(self, count: int, retry_after: float | None, until: float) -> None:
        shortest, longest = self._settings.pause_seconds
        ceiling = min(longest, shortest * 2**count)
        pause = max(_jitter.uniform(shortest, ceiling), min(retry_after or 0.0, longest))
        if time.monotonic() + pause > until:
            limit = self._settings.busy_seconds
            raise EndpointDownError(f"the model at {self.url} was busy for {limit:.0f} s")
        await asyncio.sleep(pause)

    async def _wait_for_health(self, epoch: int) -> None:
        """
        Wait until the server is healthy; calls that broke together wait together.

        Raises:
            EndpointDownError: It does not come back in time, or comes back without ever
                answering; from now on nothing is sent there.
        """
        async with self._recovery:
            if self._epoch != epoch:
                return
            self._breaker.check()
            self._breaker.fruitless += 1
            if self._breaker.fruitless > self._settings.max_recoveries:
                raise self._breaker.open(f"the model at {self.url} answers nothing any more")
            # A server that was given up gets one look and no more patience.
            limit = 0.0 if self._breaker.is_half_open else self._settings.recovery_seconds
            deadline = time.monotonic() + limit
            while not await self._is_healthy():
                if time.monotonic() >= deadline:
                    reason = f"the model at {self.url} did not come back within {limit:.0f} s"
                    raise self._breaker.open(reason)
            self._breaker.pass_calls()
            self._epoch += 1

    async def _is_healthy(self) -> bool:
        """Look after a pause: a dying engine still reports health for a moment."""
        await asyncio.sleep(self._settings.health_pause_seconds)
        seconds = self._settings.connect_seconds
        try:
            answer = await self._line.send("GET", "/health", seconds=seconds)
        except httpx.TransportError:
            return False
        # A server without /health (other makes) is taken as alive once it answers at all.
        return answer.status in (_OK, _MISSING)


def _lost(count: int) -> HttpAnswer:
    message = f'{{"message": "lost {count} times, the server lived on"}}'
    return HttpAnswer(status=599, body=message.encode(), retry_after=None)
