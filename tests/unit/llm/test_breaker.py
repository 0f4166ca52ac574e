import pytest

from etl.errors import EndpointDownError, ServiceUnavailableError
from etl.llm.breaker import Breaker


def test_a_closed_breaker_lets_calls_pass() -> None:
    breaker = Breaker("http://a", 60)
    breaker.check()
    assert not breaker.is_half_open


def test_an_open_one_refuses_with_the_reason_until_the_next_look() -> None:
    breaker = Breaker("http://a", 60)
    error = breaker.open("it is gone")
    assert isinstance(error, ServiceUnavailableError)
    with pytest.raises(EndpointDownError, match="it is gone"):
        breaker.check()
    breaker.look_again()
    assert breaker.is_half_open
    breaker.check()


def test_an_answer_closes_it_and_forgets_the_count() -> None:
    breaker = Breaker("http://a", 0)
    breaker.fruitless = 3
    breaker.close()
    assert breaker.fruitless == 0
    breaker.open("gone")
    breaker.close()
    breaker.check()
    assert not breaker.is_half_open


def test_health_without_an_answer_keeps_the_count() -> None:
    breaker = Breaker("http://a", 0)
    breaker.fruitless = 3
    breaker.pass_calls()
    assert breaker.fruitless == 3
