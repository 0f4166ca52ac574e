"""Energy of calls: shares that add up, and honest silence."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from etl.llm.power import CallEnergy, PowerMeter
from etl.settings import LlmSettings
from tests.standins.vllm import StandInVllm

SILENT = (None, "the power meter did not answer")


class Clock:
    """Time that passes when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cards() -> Iterator[StandInVllm]:
    with StandInVllm(watts=100.0) as made:
        yield made


def measure(
    cards: StandInVllm,
    clock: Clock,
    talk: Callable[[PowerMeter], Awaitable[list[CallEnergy]]],
    **changes: Any,
) -> list[CallEnergy]:
    settings = LlmSettings(**({"power_seconds": 1000} | changes))

    async def run() -> list[CallEnergy]:
        async with PowerMeter(f"{cards.url}/metrics", settings, clock) as meter:
            return await talk(meter)

    return asyncio.run(run())


def call_of(clock: Clock, seconds: float) -> Callable[[PowerMeter], Awaitable[list[CallEnergy]]]:
    async def talk(meter: PowerMeter) -> list[CallEnergy]:
        mark = meter.begin()
        clock.now += seconds
        return [meter.end(mark)]

    return talk


def test_calls_at_once_share_the_power_and_add_up(cards: StandInVllm, clock: Clock) -> None:
    async def talk(meter: PowerMeter) -> list[CallEnergy]:
        first = meter.begin()
        clock.now += 1
        second = meter.begin()
        clock.now += 2
        found = [meter.end(first)]
        clock.now += 1
        return [*found, meter.end(second)]

    (a, _), (b, _) = measure(cards, clock, talk)
    assert (a, b) == (pytest.approx(200), pytest.approx(200))
    assert (a or 0) + (b or 0) == pytest.approx(100 * 4)


def test_what_is_drawn_between_calls_belongs_to_none(cards: StandInVllm, clock: Clock) -> None:
    async def talk(meter: PowerMeter) -> list[CallEnergy]:
        clock.now += 50
        return await call_of(clock, 1)(meter)

    assert measure(cards, clock, talk) == [(pytest.approx(100), None)]


def test_milliwatts_are_divided(cards: StandInVllm, clock: Clock) -> None:
    cards.gauge, cards.watts = "x_milliwatts", 5000.0
    found = measure(cards, clock, call_of(clock, 2), power_metric="x_milliwatts")
    assert found == [(pytest.approx(10), None)]


def test_a_new_look_counts_from_its_own_time(cards: StandInVllm, clock: Clock) -> None:
    async def talk(meter: PowerMeter) -> list[CallEnergy]:
        mark = meter.begin()
        clock.now += 1
        cards.watts = 300.0
        await meter._look(f"{cards.url}/metrics")
        clock.now += 1
        return [meter.end(mark)]

    assert measure(cards, clock, talk) == [(pytest.approx(400), None)]


def test_a_page_without_the_gauge_gives_no_number_but_a_reason(
    cards: StandInVllm, clock: Clock
) -> None:
    assert measure(cards, clock, call_of(clock, 1), power_metric="other") == [SILENT]
    cards.watts = None
    assert measure(cards, clock, call_of(clock, 1)) == [SILENT]


def test_a_value_that_is_stale_is_not_used(cards: StandInVllm, clock: Clock) -> None:
    assert measure(cards, clock, call_of(clock, 11_000)) == [SILENT]


def test_the_key_of_the_model_is_not_shown_to_the_meter(cards: StandInVllm, clock: Clock) -> None:
    measure(cards, clock, call_of(clock, 1), api_key="s3cret")
    assert cards.power_keys == [None]


def test_without_a_meter_the_reason_is_said() -> None:
    meter = PowerMeter(None, LlmSettings())
    assert meter.end(meter.begin()) == (None, "no power meter is set")
