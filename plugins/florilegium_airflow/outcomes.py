"""
What each kind of our errors means to Airflow.

=======================  ============  ======================================================
error                    verdict       what Airflow does
=======================  ============  ======================================================
``SkipError``            skip          ``AirflowSkipException``: nothing to do, and that is fine
``TransientError``       pause         tries again after a growing pause; a service is away
``AirflowTaskTimeout``   pause         the same; papers that are done stay done
other FlorilegiumError   fail          ``AirflowFailException``: the same input fails again
anything else            retry once    a bug or a broken machine; the second time it fails
=======================  ============  ======================================================
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from airflow.sdk import RetryPolicy
from airflow.sdk.definitions.context import Context
from airflow.sdk.definitions.retry_policy import RetryDecision
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
    AirflowTaskTimeout,
)

from etl.errors import FlorilegiumError, SkipError, TransientError

__all__ = ["TURN_PAUSE", "KindRetryPolicy", "Verdict", "another_turn", "translated", "verdict_of"]

#: How often a night that must wait for another one looks whether that is over.
TURN_PAUSE = timedelta(seconds=20)


class Verdict(StrEnum):
    """What becomes of a task that raised."""

    SKIP = "skip"
    PAUSE = "pause"
    FAIL = "fail"
    RETRY_ONCE = "retry_once"


#: First match wins.
_VERDICTS: tuple[tuple[type[BaseException], Verdict], ...] = (
    (SkipError, Verdict.SKIP),
    (TransientError, Verdict.PAUSE),
    (AirflowTaskTimeout, Verdict.PAUSE),
    (FlorilegiumError, Verdict.FAIL),
    (BaseException, Verdict.RETRY_ONCE),
)


def verdict_of(error: BaseException) -> Verdict:
    """Look an error up in the table above; every error has exactly one verdict."""
    return next(verdict for kind, verdict in _VERDICTS if isinstance(error, kind))


@contextmanager
def translated() -> Iterator[None]:
    """
    Turn our errors into Airflow's at a task's border; the cause is kept.

    Raises:
        AirflowSkipException: For a verdict of skip.
        AirflowFailException: For a verdict of fail.
    """
    try:
        yield
    except FlorilegiumError as error:
        verdict = verdict_of(error)
        if verdict is Verdict.SKIP:
            raise AirflowSkipException(str(error)) from error
        if verdict is Verdict.FAIL:
            raise AirflowFailException(str(error)) from error
        raise


def another_turn() -> AirflowRescheduleException:
    """What a task raises to be started again after a pause; it is no try and holds no slot."""
    again = datetime.now(UTC) + TURN_PAUSE
    return AirflowRescheduleException(reschedule_date=again)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, kw_only=True)
class KindRetryPolicy(RetryPolicy):
    """
    Decide by the kind of error whether to try again, and how long to wait.

    Airflow never goes beyond a task's ``retries``. With six of them and the pauses below, a
    service may be away for 12 minutes 45 seconds before its batch fails.
    """

    #: Pause after the first try that found a service away; it doubles with each try.
    first_pause: timedelta = timedelta(seconds=15)
    #: Longest pause.
    last_pause: timedelta = timedelta(minutes=5)
    #: Pause before the only retry of an error nobody expected.
    bug_pause: timedelta = timedelta(seconds=10)

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,  # noqa: ARG002  (Airflow passes it by name)
        context: Context | None = None,  # noqa: ARG002
    ) -> RetryDecision:
        """
        Answer Airflow after a failed try.

        Args:
            exception: What the task raised.
            try_number: 1 for the first try.
            max_tries: Airflow's own bound, which it enforces itself.
            context: Unused.

        Returns:
            Retry with a pause, or fail at once.
        """
        verdict = verdict_of(exception)
        if verdict is Verdict.PAUSE:
            pause = min(self.first_pause * 2 ** (try_number - 1), self.last_pause)
            return RetryDecision.retry(delay=pause, reason=str(exception))
        if verdict is Verdict.RETRY_ONCE and try_number == 1:
            return RetryDecision.retry(delay=self.bug_pause, reason=f"unexpected: {exception!r}")
        return RetryDecision.fail(reason=f"a retry would not help: {exception!r}")
