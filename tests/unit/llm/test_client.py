"""What the client makes of a server's moods."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from etl.errors import EndpointDownError, ServiceUnavailableError, UsageError
from etl.llm.client import LlmClient
from etl.llm.wire import ChatReply, ChatRequest, Fault, FaultKind
from etl.settings import LlmSettings
from tests.standins.vllm import StandInVllm

SCHEMA = {"type": "object", "properties": {"value": {"type": "string", "maxLength": 9}}}


@pytest.fixture
def server() -> Iterator[StandInVllm]:
    with StandInVllm() as made:
        yield made


def settings(**changes: Any) -> LlmSettings:
    """As in production, only the waits are short."""
    quick: dict[str, Any] = {
        "busy_seconds": 2.0,
        "pause_seconds": (0.01, 0.05),
        "recovery_seconds": 2.0,
        "health_pause_seconds": 0.02,
        "timeout_seconds": 5.0,
        "connect_seconds": 1.0,
    }
    return LlmSettings(**(quick | changes))


def request(number: int = 1) -> ChatRequest:
    return ChatRequest(
        system="read",
        context="[s0] One.\n",
        question=f"\nQuestion: {number}?\n",
        schema=SCHEMA,
        max_tokens=50,
        request_id=f"1-Q{number}-1",
    )


def ask(
    server: StandInVllm | str, count: int = 1, model: str | None = None, **changes: Any
) -> list[ChatReply | Fault]:
    url = server if isinstance(server, str) else server.url

    async def talk() -> list[ChatReply | Fault]:
        async with LlmClient(url, model, settings(**changes)) as client:
            await client.preflight()
            return await asyncio.gather(*(client.chat(request(i)) for i in range(count)))

    return asyncio.run(talk())


def test_an_answer_comes_with_all_that_the_engine_reports(server: StandInVllm) -> None:
    (found,) = ask(server)
    assert isinstance(found, ChatReply)
    assert found.finish_reason == "stop"
    assert found.system_fingerprint == "vllm-0.32.0-standin0"
    assert found.prompt_tokens > 0
    assert found.completion_tokens > 0
    assert found.cached_tokens == 0
    body = server.requests[0]
    assert (body["temperature"], body["seed"], body["max_tokens"]) == (0.0, 0, 50)
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_the_address_may_be_written_in_any_usual_way(server: StandInVllm, suffix: str) -> None:
    assert isinstance(ask(server.url + suffix)[0], ChatReply)


def test_a_refused_request_is_a_fault_of_its_own_and_not_sent_again(server: StandInVllm) -> None:
    server.script("400")
    found = ask(server, 2)
    faults = [one for one in found if isinstance(one, Fault)]
    assert [fault.kind for fault in faults] == [FaultKind.REFUSED_REQUEST]
    assert "maximum context length" in faults[0].detail
    assert server.counts["/v1/chat/completions"] == 2


def test_a_wrong_model_name_stops_at_once_and_names_what_is_served(server: StandInVllm) -> None:
    with pytest.raises(UsageError, match="serves no model 'other'; it serves: stand-in"):
        ask(server, model="other")
    assert server.counts["/v1/chat/completions"] == 0


def test_a_model_that_was_exchanged_under_the_run_stops_it(server: StandInVllm) -> None:
    async def talk() -> None:
        async with LlmClient(server.url, "stand-in", settings()) as client:
            await client.preflight()
            server.model = "newer"
            await client.chat(request())

    with pytest.raises(UsageError, match="it serves: newer"):
        asyncio.run(talk())


def test_a_lone_404_concerns_its_request_alone(server: StandInVllm) -> None:
    server.script("404")
    (found,) = ask(server)
    assert isinstance(found, Fault)
    assert found.kind is FaultKind.REFUSED_REQUEST


def test_a_busy_server_is_asked_again(server: StandInVllm) -> None:
    server.script("503", count=3)
    assert isinstance(ask(server)[0], ChatReply)
    assert server.counts["/v1/chat/completions"] == 4


def test_a_server_that_stays_busy_is_unavailable(server: StandInVllm) -> None:
    server.script("503", count=10_000)
    with pytest.raises(ServiceUnavailableError, match="busy"):
        ask(server, busy_seconds=0.2)


def test_an_engine_that_dies_and_comes_back_costs_no_answer(server: StandInVllm) -> None:
    server.script("dead")
    found = ask(server, 8)
    assert all(isinstance(one, ChatReply) for one in found)
    assert server.counts["/health"] > 1


def test_an_engine_that_does_not_come_back_is_unavailable_in_time(server: StandInVllm) -> None:
    begun = time.monotonic()
    server.script("dead")

    async def talk() -> None:
        async with LlmClient(server.url, None, settings(recovery_seconds=0.3)) as client:
            await client.preflight()
            server.die(60)
            await client.chat(request())

    with pytest.raises(ServiceUnavailableError, match="did not come back"):
        asyncio.run(talk())
    assert time.monotonic() - begun < 3


def test_nobody_at_the_address_is_unavailable() -> None:
    with pytest.raises(ServiceUnavailableError):
        ask("http://127.0.0.1:9", recovery_seconds=0.1)


def test_a_dropped_connection_is_sent_again(server: StandInVllm) -> None:
    server.script("drop")
    assert isinstance(ask(server)[0], ChatReply)


def test_a_request_that_breaks_every_time_is_found_out_and_the_others_go_on(
    server: StandInVllm,
) -> None:
    server.script("drop", count=100, when="Question: 3?")
    found = ask(server, 6)
    kinds = [one.kind if isinstance(one, Fault) else None for one in found]
    assert kinds == [None, None, None, FaultKind.LOST, None, None]


def test_a_server_that_breaks_every_request_opens_the_circuit(server: StandInVllm) -> None:
    server.script("drop", count=10_000)
    with pytest.raises(ServiceUnavailableError, match="answers nothing"):
        ask(server, 4, max_recoveries=2)


def test_a_server_that_was_given_up_is_left_alone_until_the_next_look(
    server: StandInVllm,
) -> None:
    client = LlmClient(server.url, "stand-in", settings(recovery_seconds=0.1, probe_seconds=60.0))

    async def talk() -> ChatReply | Fault:
        async with client:
            return await client.chat(request())

    async def be_refused() -> None:
        async with client:
            with pytest.raises(EndpointDownError, match="did not come back"):
                await client.chat(request())
            looks = server.counts["/health"]
            with pytest.raises(EndpointDownError, match="did not come back"):
                await client.chat(request())
            assert server.counts["/health"] == looks, "refused at once"

    assert isinstance(asyncio.run(talk()), ChatReply)
    server.die(60)
    asyncio.run(be_refused())
    looks = server.counts["/health"]
    with pytest.raises(EndpointDownError):
        asyncio.run(talk())
    assert server.counts["/health"] == looks + 1, "one look, no patience"
    server._dead_until = 0.0
    assert isinstance(asyncio.run(talk()), ChatReply)


def test_a_slow_answer_counts_as_lost(server: StandInVllm) -> None:
    server.script("slow")
    assert isinstance(ask(server, timeout_seconds=0.3)[0], ChatReply)
    assert server.counts["/v1/chat/completions"] == 2


def test_a_flood_is_cut_off(server: StandInVllm) -> None:
    server.script("flood")
    (found,) = ask(server)
    assert isinstance(found, Fault)
    assert found.kind is FaultKind.OVERSIZE


def test_the_key_is_sent_and_never_logged(server: StandInVllm) -> None:
    server.key = "s3cret-key"
    with structlog.testing.capture_logs() as logs:
        server.script("drop")
        assert isinstance(ask(server, api_key="s3cret-key")[0], ChatReply)
        with pytest.raises(UsageError) as caught:
            ask(server, api_key="wr0ng-key")
    assert logs
    told = repr(logs) + str(caught.value) + repr(settings(api_key="s3cret-key"))
    assert "s3cret-key" not in told
    assert "wr0ng-key" not in told


def test_tokens_are_counted_by_the_server_where_it_can(server: StandInVllm) -> None:
    async def count() -> int | None:
        async with LlmClient(server.url, None, settings()) as client:
            return await client.count_tokens([{"role": "user", "content": "one two three"}])

    assert asyncio.run(count()) == 3
    server.has_tokenize = False
    assert asyncio.run(count()) is None
