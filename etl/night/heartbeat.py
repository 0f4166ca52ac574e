"""Keeps leases alive while work goes on, from a thread with its own connection."""

import threading
from types import TracebackType
from typing import Self

import structlog

from etl.errors import ServiceUnavailableError
from etl.store.runs import Claim, RunStore

__all__ = ["Heartbeat"]

_log = structlog.get_logger()


class Heartbeat:
    """
    A context in which held claims and their run are renewed.

    Args:
        runs: Where leases live.
        run_id: The run to keep alive.
        interval_seconds: A quarter of the lease leaves three tries before it is lost.
    """

    def __init__(self, runs: RunStore, run_id: int, *, interval_seconds: float) -> None:
        self._runs = runs
        self._run_id = run_id
        self._interval = interval_seconds
        self._held: set[Claim] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=self._interval)

    def hold(self, claim: Claim) -> None:
        """Renew this claim from now on."""
        with self._lock:
            self._held.add(claim)

    def drop(self, claim: Claim) -> None:
        """Renew this claim no longer."""
        with self._lock:
            self._held.discard(claim)

    def _beat(self) -> None:
        while not self._stop.wait(self._interval):
            with self._lock:
                held = list(self._held)
            try:
                self._runs.renew(self._run_id)
                for claim in held:
                    self._runs.renew_claim(claim)
            except ServiceUnavailableError as error:
                # The work itself will meet the same fault and end in order.
                _log.warning("night.heartbeat_missed", run_id=self._run_id, error=str(error))
