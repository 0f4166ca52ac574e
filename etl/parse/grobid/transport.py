"""
Bring one PDF to a GROBID server and its TEI back, with bounded patience.

What passes is tried again: a server without a free engine, one that died and comes back, one
strange answer. What would not pass by waiting is handed to the caller as the reply it is. A
server that is down, not ready or in the wrong place is ``ServiceUnavailableError``: then no
paper is at fault and none may be marked.
"""

import random
import time
from dataclasses import dataclass

import structlog

from etl.errors import ServiceUnavailableError
from etl.parse.grobid.call import call_once
from etl.parse.grobid.server import is_alive, read_health
from etl.parse.grobid.status import Ending, Reply
from etl.settings import GrobidSettings

__all__ = ["GrobidTransport"]

_log = structlog.get_logger()

#: Endings that say nothing about the paper, only about the moment.
_LOST = frozenset({Ending.NO_ANSWER, Ending.DROPPED})
#: Worth one more call after a pause: seen in bursts from overloaded servers and proxies.
_ONCE_MORE = frozenset({Ending.BAD_INPUT, Ending.NOT_TEI})
#: Between two questions whether a server is back; a GROBID takes 10 to 40 s to start.
_ALIVE_SECONDS = 1.0


@dataclass(slots=True)
class _Patience:
    """What was spent on one paper."""

    started: float
    calls: int = 0
    busy: int = 0
    lost: int = 0
    strange: int = 0


class GrobidTransport:
    """Calls one server; remembers only how many papers in a row got no answer."""

    def __init__(self, settings: GrobidSettings) -> None:
        self._settings = settings
        self._lost_papers = 0

    def send(self, pdf: bytes, *, name: str) -> Reply:
        """
        Have one PDF read.

        Args:
            pdf: Its bytes.
            name: File name the server sees.

        Returns:
            TEI, or an ending that another call would not change.

        Raises:
            ServiceUnavailableError: The server is down, busy for too long, not ready, no
                GROBID, or left several papers in a row without an answer.
        """
        patience = _Patience(started=time.monotonic())
        while True:
            reply = call_once(pdf, name, self._settings)
            patience.calls += 1
            _log.info(
                "parse.grobid_called",
                ending=reply.ending,
                detail=reply.detail,
                call=patience.calls,
                seconds=round(time.monotonic() - patience.started, 2),
            )
            if self._is_final(reply, patience):
                return reply

    def _is_final(self, reply: Reply, patience: _Patience) -> bool:
        """Wait where another call makes sense; False asks for it."""
        ending = reply.ending
        if ending is Ending.WRONG_ADDRESS:
            raise ServiceUnavailableError(
                f"{self._settings.url} answered {reply.detail} to a PDF; is "
                "FLORILEGIUM_GROBID__URL the address of a GROBID, without /api?"
            )
        if ending in {Ending.BUSY, Ending.REFUSED}:
            self._wait_for_engine(reply, patience)
            return False
        if ending in _LOST:
            return self._is_lost_for_good(reply, patience)
        self._lost_papers = 0
        if ending in _ONCE_MORE and patience.strange == 0:
            patience.strange += 1
            time.sleep(self._pause())
            return False
        if ending is Ending.SERVER_ERROR:
            self._check_ready()
        return True

    def _wait_for_engine(self, reply: Reply, patience: _Patience) -> None:
        patience.busy += 1
        pause = self._pause()
        spent = time.monotonic() - patience.started
        settings = self._settings
        if patience.busy >= settings.busy_attempts or spent + pause > settings.busy_seconds:
            raise ServiceUnavailableError(
                f"GROBID at {settings.url} had no free engine in {patience.busy} calls and "
                f"{spent:.0f} s ({reply.detail}); ask it for less at once, or give it more engines"
            )
        if reply.ending is Ending.REFUSED:
            self._wait_until_alive(reply)
        time.sleep(pause)

    def _is_lost_for_good(self, reply: Reply, patience: _Patience) -> bool:
        """True where this paper has cost the server its answer often enough."""
        patience.lost += 1
        if patience.lost < self._settings.lost_attempts:
            self._wait_until_alive(reply)
            time.sleep(self._pause())
            return False
        self._lost_papers += 1
        if self._lost_papers >= self._settings.max_lost_papers:
            raise ServiceUnavailableError(
                f"GROBID at {self._settings.url} left {self._lost_papers} papers in a row without "
                f"an answer ({reply.detail}); look at its log"
            )
        return True

    def _wait_until_alive(self, reply: Reply) -> None:
        deadline = time.monotonic() + self._settings.recovery_seconds
        while not is_alive(self._settings):
            if time.monotonic() + _ALIVE_SECONDS > deadline:
                raise ServiceUnavailableError(
                    f"GROBID at {self._settings.url} is gone ({reply.detail}) and did not come "
                    f"back in {self._settings.recovery_seconds:.0f} s"
                )
            time.sleep(_ALIVE_SECONDS)

    def _check_ready(self) -> None:
        """A server whose models are not all loaded fails on every paper alike."""
        health = read_health(self._settings)
        if not health.is_ready:
            raise ServiceUnavailableError(f"GROBID at {self._settings.url} is {health.line}")

    def _pause(self) -> float:
        # Spreads the calls of many tasks; nothing secret hangs on it.
        return random.uniform(*self._settings.pause_seconds)  # noqa: S311 - spread, no secret
