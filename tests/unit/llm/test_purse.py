import pytest

from etl.errors import BudgetSpentError
from etl.llm.purse import Purse
from etl.records.inquiry import Spend
from etl.settings import LlmSettings


def call(purse: Purse, prompt_tokens: int = 10, completion_tokens: int = 2) -> None:
    purse.begin_call()
    purse.end_call(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)


def test_without_a_limit_nothing_is_refused_and_all_is_counted() -> None:
    purse = Purse(LlmSettings())
    for _ in range(3):
        call(purse)
    spent = purse.take()
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens) == (3, 30, 6)
    assert spent.tokens == 36


def test_what_was_taken_is_not_told_twice() -> None:
    purse = Purse(LlmSettings())
    call(purse)
    assert purse.take().calls == 1
    assert purse.take() == Spend()
    call(purse)
    assert purse.take().prompt_tokens == 10


def test_calls_are_counted_when_sent_so_their_limit_holds_exactly() -> None:
    purse = Purse(LlmSettings(run_calls=2))
    purse.begin_call()
    purse.begin_call()
    with pytest.raises(BudgetSpentError, match=r"2 calls .*FLORILEGIUM_LLM__RUN_CALLS"):
        purse.begin_call()
    assert purse.take().calls == 2


def test_tokens_count_sent_and_written_and_what_earlier_tasks_spent() -> None:
    purse = Purse(
        LlmSettings(run_tokens=100), Spend(calls=9, prompt_tokens=60, completion_tokens=20)
    )
    call(purse, 10, 5)
    purse.check()
    call(purse, 4, 1)
    with pytest.raises(BudgetSpentError, match="100 tokens"):
        purse.check()


def test_seconds_are_those_in_which_somebody_was_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("etl.llm.purse.time.monotonic", lambda: now[0])
    purse = Purse(LlmSettings(run_seconds=50))
    now[0] = 60
    purse.begin_call()
    purse.begin_call()
    now[0] = 90
    purse.end_call(prompt_tokens=0, completion_tokens=0)
    purse.end_call(prompt_tokens=0, completion_tokens=0)
    now[0] = 1000
    purse.check()
    assert purse.take().seconds == 30
    purse.begin_call()
    now[0] = 1020
    with pytest.raises(BudgetSpentError, match="seconds"):
        purse.check()


def test_a_budget_of_nothing_asks_nothing() -> None:
    with pytest.raises(BudgetSpentError):
        Purse(LlmSettings(run_tokens=0)).begin_call()
