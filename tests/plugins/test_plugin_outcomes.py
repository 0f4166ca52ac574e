"""Which of our errors Airflow skips, fails or tries again, and after how long."""

from datetime import timedelta

import pytest

from etl.errors import (
    CatalogueError,
    FlorilegiumError,
    OutcomeCode,
    ParseError,
    PermanentError,
    RunInProgressError,
    ServiceUnavailableError,
    StaleAttemptError,
    TransientError,
    UsageError,
)

pytestmark = pytest.mark.airflow

VERDICTS = [
    (RunInProgressError("run 7 in progress"), "skip"),
    (StaleAttemptError("a later attempt owns batch 3"), "skip"),
    (TransientError("try later"), "pause"),
    (ServiceUnavailableError("GROBID does not answer"), "pause"),
    (PermanentError(OutcomeCode.INTERNAL, "the same again"), "fail"),
    (ParseError(OutcomeCode.BROKEN_FILE, "no trailer"), "fail"),
    (CatalogueError("questions/cq01.yaml:3: no type"), "fail"),
    (UsageError("no such folder"), "fail"),
    (FlorilegiumError("too many papers failed"), "fail"),
    (KeyError("a bug"), "retry_once"),
    (MemoryError(), "retry_once"),
]
NAMES = [type(error).__name__ for error, _ in VERDICTS]


def every_error_class(
    root: type[FlorilegiumError] = FlorilegiumError,
) -> set[type[FlorilegiumError]]:
    ours = {kind for kind in root.__subclasses__() if kind.__module__ == "etl.errors"}
    return ours.union(*(every_error_class(kind) for kind in ours))


@pytest.mark.parametrize(("error", "verdict"), VERDICTS, ids=NAMES)
def test_every_kind_of_error_has_its_verdict(error: Exception, verdict: str) -> None:
    from florilegium_airflow.outcomes import verdict_of

    assert verdict_of(error) == verdict


def test_a_task_that_ran_out_of_time_goes_on_where_it_stopped() -> None:
    from airflow.sdk.exceptions import AirflowTaskTimeout

    from florilegium_airflow.outcomes import verdict_of

    assert verdict_of(AirflowTaskTimeout("one hour")) == "pause"


def test_no_error_of_the_tree_is_left_to_the_bug_verdict() -> None:
    from florilegium_airflow.outcomes import Verdict, verdict_of

    for kind in every_error_class():
        assert verdict_of(kind.__new__(kind)) is not Verdict.RETRY_ONCE


@pytest.mark.parametrize(("error", "verdict"), VERDICTS, ids=NAMES)
def test_errors_cross_the_border_as_airflows_own(error: Exception, verdict: str) -> None:
    from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

    from florilegium_airflow.outcomes import translated

    expected = {"skip": AirflowSkipException, "fail": AirflowFailException}
    with pytest.raises(expected.get(verdict, type(error))) as raised, translated():
        raise error
    if verdict in expected:
        assert str(raised.value) == str(error)
        assert raised.value.__cause__ is error


def test_a_service_that_is_away_is_awaited_with_growing_pauses() -> None:
    from airflow.sdk import RetryAction

    from florilegium_airflow.house import DEFAULT_ARGS
    from florilegium_airflow.outcomes import KindRetryPolicy

    decisions = [
        KindRetryPolicy().evaluate(TransientError("away"), try_number=n, max_tries=6)
        for n in range(1, DEFAULT_ARGS["retries"] + 1)
    ]
    assert {decision.action for decision in decisions} == {RetryAction.RETRY}
    pauses = [decision.retry_delay for decision in decisions]
    assert pauses == [timedelta(seconds=s) for s in (15, 30, 60, 120, 240, 300)]
    # The sum that the docstring promises.
    assert sum((p for p in pauses if p), timedelta()) == timedelta(minutes=12, seconds=45)
    assert decisions[0].reason == "away"


@pytest.mark.parametrize(("try_number", "action"), [(1, "retry"), (2, "fail"), (3, "fail")])
def test_a_bug_is_tried_once_more_and_then_fails(try_number: int, action: str) -> None:
    from florilegium_airflow.outcomes import KindRetryPolicy

    decision = KindRetryPolicy().evaluate(KeyError("bug"), try_number=try_number, max_tries=6)
    assert decision.action.value == action


def test_what_cannot_succeed_is_not_tried_again() -> None:
    from florilegium_airflow.outcomes import KindRetryPolicy

    decision = KindRetryPolicy().evaluate(UsageError("no such folder"), try_number=1, max_tries=6)
    assert decision.action.value == "fail"
