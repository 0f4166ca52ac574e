"""
Measure what answers cost in energy, where somebody tells what the cards draw.

A page in the text form of Prometheus (the DCGM exporter for NVIDIA cards, or any other) is read
once a second. Each moment's power is shared equally by the calls then under way at the endpoint,
so the energies of all calls add up to that of the time in which there were any. What others do
on the same cards is counted in; what the cards draw between calls is not.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from etl.llm.http_line import HttpLine
from etl.settings import LlmSettings

__all__ = ["CallEnergy", "PowerMeter"]

#: Joules of a call; or None and why.
CallEnergy = tuple[float | None, str | None]
#: State of the meter when a call began: joules of one share until then, and gaps until then.
_Mark = tuple[float, int]

_NO_METER = "no power meter is set"
_SILENT = "the power meter did not answer"
_STALE_LOOKS = 10
_MILLI = "milliwatts"


class PowerMeter:
    """
    The meter of one endpoint; an asynchronous context manager.

    Args:
        url: Address of the page; None measures nothing.
        settings: Name of the gauge, and how often to look.
        clock: Seconds that only go up.
    """

    def __init__(
        self,
        url: str | None,
        settings: LlmSettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._settings = settings
        self._clock = clock
        self._gauge = re.compile(
            rf"^{re.escape(settings.power_metric)}(?:\{{[^}}\n]*\}})?\s+([-+0-9.eE]+)", re.MULTILINE
        )
        self._watts: float | None = None
        self._share = 0.0
        self._gaps = 0
        self._in_flight = 0
        self._seen_at = 0.0
        self._looked_at = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._url is not None:
            await self._look(self._url)
            self._task = asyncio.create_task(self._watch(self._url))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def begin(self) -> _Mark:
        """A call is sent."""
        self._count()
        self._in_flight += 1
        return self._share, self._gaps

    def end(self, mark: _Mark) -> CallEnergy:
        """It is answered: its joules."""
        self._count()
        self._in_flight -= 1
        share, gaps = mark
        if self._url is None:
            return None, _NO_METER
        if self._watts is None or self._gaps != gaps:
            return None, _SILENT
        return self._share - share, None

    def _count(self) -> None:
        now = self._clock()
        if self._watts is not None and self._in_flight:
            if now - self._looked_at > _STALE_LOOKS * self._settings.power_seconds:
                self._lose()
            else:
                self._share += self._watts * (now - self._seen_at) / self._in_flight
        self._seen_at = now

    def _lose(self) -> None:
        self._watts = None
        self._gaps += 1

    async def _watch(self, url: str) -> None:
        while True:
            await asyncio.sleep(self._settings.power_seconds)
            await self._look(url)

    async def _look(self, url: str) -> None:
        parts = urlsplit(url)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        # The key of the model's server is nobody else's business.
        plain = self._settings.model_copy(update={"api_key": None})
        found: list[float] = []
        with contextlib.suppress(httpx.TransportError, ValueError):
            async with HttpLine(f"{parts.scheme}://{parts.netloc}", plain) as line:
                answer = await line.send("GET", path, seconds=self._settings.connect_seconds)
            if answer.status == httpx.codes.OK and answer.body is not None:
                text = answer.body.decode("utf-8", "replace")
                found = [float(value) for value in self._gauge.findall(text)]
        self._count()
        if not found:
            # One look that fails is bridged by the last value until that is stale.
            return
        scale = 1000 if self._settings.power_metric.endswith(_MILLI) else 1
        self._watts = sum(found) / scale
        self._looked_at = self._seen_at
