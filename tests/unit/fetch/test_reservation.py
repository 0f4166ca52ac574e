"""A host that reserves text mining in its tdmrep.json is believed, once a host (row 26)."""

import json
from collections.abc import Iterator

import pytest

from etl.fetch.guard import GuardedClient, Limits
from etl.fetch.http_gate import MemoryGate
from etl.fetch.reservation import Reservations
from etl.intake import HostRule
from tests.standins.sources import LoopbackOnly, Reply, StandInSources

PLACE = "/.well-known/tdmrep.json"


@pytest.fixture(scope="module")
def _server() -> Iterator[StandInSources]:
    with StandInSources().running() as running:
        yield running


@pytest.fixture
def server(_server: StandInSources) -> StandInSources:
    _server.requests.clear()
    return _server


def reservations(server: StandInSources) -> Reservations:
    client = GuardedClient(
        MemoryGate({}, default=HostRule(rate=1000, concurrency=8)),
        policy=LoopbackOnly(server.port),
        limits=Limits(attempts=1, pause_seconds=(0, 0)),
        sleep=lambda _seconds: None,
    )
    return Reservations(client)


def test_the_longest_rule_that_fits_decides_and_the_host_is_asked_once(
    server: StandInSources,
) -> None:
    rules = [
        {"location": "/", "tdm-reservation": 1},
        {"location": "/open/*.pdf$", "tdm-reservation": 0},
        {"location": "/open/closed/", "tdm-reservation": 1},
    ]
    server.serve(PLACE, Reply(body=json.dumps(rules).encode()))
    held = reservations(server)
    assert held.holds(server.url("/paper.pdf"))
    assert not held.holds(server.url("/open/paper.pdf"))
    assert held.holds(server.url("/open/paper.pdf.html"))
    assert held.holds(server.url("/open/closed/x"))
    assert server.count() == {PLACE: 1}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404),
        Reply(status=500),
        Reply(reset=True),
        Reply(body=b"<html>"),
        Reply(body=b'{"location": "/"}'),
        Reply(body=b'["/", {"location": "/other", "tdm-reservation": 1}]'),
        Reply(body=b"[" * 100_000),
    ],
)
def test_a_host_that_says_nothing_usable_reserves_nothing(
    server: StandInSources, reply: Reply
) -> None:
    server.serve(PLACE, reply)
    assert not reservations(server).holds(server.url("/paper.pdf"))
