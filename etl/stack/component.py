"""One supervised component: started, started again when it dies, given up when that is no use."""

import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from etl.errors import ServiceUnavailableError
from etl.stack.sessions import end_sessions
from etl.stack.state import ComponentState

__all__ = ["Component", "RestartPolicy"]

#: A log larger than this is set aside (one generation) when its component starts, bytes.
_LOG_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """How patiently a dying component is started again."""

    #: Pause before the first restart, seconds; doubled with each death in the window.
    first_pause: float = 1.0
    #: Longest pause, seconds.
    longest_pause: float = 30.0
    #: This many deaths within the window end the patience.
    max_deaths: int = 8
    #: Deaths older than this are forgotten, seconds.
    window: float = 600.0

    def pause(self, deaths: int) -> float:
        """Seconds to wait after this many deaths in the window (>= 1)."""
        return min(self.first_pause * 2.0 ** (deaths - 1), self.longest_pause)


@dataclass(slots=True, kw_only=True)
class Component:
    """
    A program in a session of its own, its output in a log file.

    Call :meth:`start` once and :meth:`watch` often.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    folder: Path
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    restarts: int = 0
    is_given_up: bool = False
    _running: "subprocess.Popen[bytes] | None" = None
    _created: float = 0.0
    _deaths: deque[float] = field(default_factory=deque)
    _next_start: float = 0.0

    @property
    def leader(self) -> tuple[int, float] | None:
        """Process id and start time of its session's leader; None before the first start."""
        return None if self._running is None else (self._running.pid, self._created)

    @property
    def is_alive(self) -> bool:
        """True while its process runs."""
        return self._running is not None and self._running.poll() is None

    @property
    def deaths(self) -> int:
        """Deaths within the policy's window."""
        return len(self._deaths)

    def start(self) -> None:
        """
        Start the program.

        Raises:
            ServiceUnavailableError: The system refuses to start it or to write its log.
        """
        try:
            self._set_log_aside()
            with self.log.open("ab") as log:
                self._running = subprocess.Popen(
                    list(self.command),
                    cwd=self.folder,
                    env=dict(self.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise ServiceUnavailableError(f"cannot start {self.name}: {error}") from error
        self._created = _start_time(self._running.pid)

    def watch(self, *, may_restart: bool = True) -> bool:
        """
        Notice a death, clear up after it, and start again when its pause is over.

        Args:
            may_restart: False while the component could not live anyway (no database): its
                deaths are then not held against it.

        Returns:
            True where something changed.
        """
        if self.is_alive or self.is_given_up:
            return False
        if self._next_start == 0.0:
            self._note_death(counts=may_restart)
            return True
        if not may_restart or time.monotonic() < self._next_start:
            return False
        self._next_start = 0.0
        self.restarts += 1
        self.start()
        return True

    def describe(self) -> ComponentState:
        """Its state, for the state file."""
        if self.is_alive:
            state = "running"
        elif self.is_given_up:
            state = "failed"
        else:
            state = "stopped" if self._running is None else "restarting"
        pid, created = self.leader or (None, 0.0)
        return ComponentState(
            state=state, pid=pid, created=created, restarts=self.restarts, log=str(self.log)
        )

    def _note_death(self, *, counts: bool) -> None:
        if self.leader is not None:
            # What it left running would work beside its successor (tasks run twice).
            end_sessions([self.leader], grace_seconds=0)
        now = time.monotonic()
        while self._deaths and now - self._deaths[0] > self.policy.window:
            self._deaths.popleft()
        if counts:
            self._deaths.append(now)
        self.is_given_up = self.deaths >= self.policy.max_deaths
        self._next_start = now + self.policy.pause(max(self.deaths, 1))

    def _set_log_aside(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))


def _start_time(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return time.time()
