"""
What a run may spend on language models, and what it has spent.

Calls are counted when they are sent, so their limit holds exactly. What a call costs in tokens is
known when it is answered: the calls under way when the limit is reached are paid for and kept.
"""

import threading
import time

from etl.errors import BudgetSpentError
from etl.records.inquiry import Spend
from etl.settings import LlmSettings

__all__ = ["Purse"]


class Purse:
    """
    The budget of one run; calls may be counted in another thread than the one that writes down.

    Args:
        settings: The limits.
        spent: What other tasks of the run have spent before.
    """

    def __init__(self, settings: LlmSettings, spent: Spend | None = None) -> None:
        self._settings = settings
        self._calls = self._prompt = self._written = 0
        self._seconds = 0.0
        self._before = spent or Spend()
        self._taken = Spend()
        self._in_flight = 0
        self._since = 0.0
        self._lock = threading.RLock()

    def check(self) -> None:
        """
        Say whether one more call may be sent.

        Raises:
            BudgetSpentError: A limit is reached.
        """
        spent = self._spent()
        limits: tuple[tuple[str, float, float | None], ...] = (
            ("calls", self._before.calls + spent.calls, self._settings.run_calls),
            ("tokens", self._before.tokens + spent.tokens, self._settings.run_tokens),
            ("seconds", self._before.seconds + spent.seconds, self._settings.run_seconds),
        )
        for name, used, limit in limits:
            if limit is not None and used >= limit:
                raise BudgetSpentError(
                    f"the run's budget of {limit:g} {name} for language models is spent; the next "
                    f"run asks what is left, or raise FLORILEGIUM_LLM__RUN_{name.upper()}"
                )

    def begin_call(self) -> None:
        """
        Count one call that is about to be sent.

        Raises:
            BudgetSpentError: It may not be.
        """
        with self._lock:
            self.check()
            self._calls += 1
            if self._in_flight == 0:
                self._since = time.monotonic()
            self._in_flight += 1

    def end_call(self, *, prompt_tokens: int, completion_tokens: int) -> None:
        """Count what the call took; zeros where it was not answered."""
        with self._lock:
            self._prompt += prompt_tokens
            self._written += completion_tokens
            self._in_flight -= 1
            if self._in_flight == 0:
                self._seconds += time.monotonic() - self._since

    def take(self) -> Spend:
        """What was spent since this was last asked, to be written down."""
        with self._lock:
            now, last = self._spent(), self._taken
            self._taken = now
        return Spend(
            calls=now.calls - last.calls,
            prompt_tokens=now.prompt_tokens - last.prompt_tokens,
            completion_tokens=now.completion_tokens - last.completion_tokens,
            seconds=now.seconds - last.seconds,
        )

    def _spent(self) -> Spend:
        with self._lock:
            running = time.monotonic() - self._since if self._in_flight else 0.0
            return Spend(
                calls=self._calls,
                prompt_tokens=self._prompt,
                completion_tokens=self._written,
                seconds=self._seconds + running,
            )
