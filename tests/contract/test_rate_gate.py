"""What every rate gate does, in memory and in Postgres."""

import itertools
import threading
import time
from typing import Any

import pytest

from etl.fetch.http_gate import DEFAULT_RULE, HOST_RULES, MemoryGate, RateGate
from etl.intake import HostRule, HostState
from etl.store.quota import PostgresGate

_hosts = itertools.count(1)
#: Slow enough that a busy machine does not earn a request between two lines of a test.
RULE = HostRule(rate=5.0, concurrency=2)
_KINDS = ("memory", pytest.param("postgres", marks=pytest.mark.store))


class _Every(dict[str, HostRule]):
    """One rule for every host."""

    def get(self, key: str, default: Any = None) -> HostRule:
        del key, default
        return RULE


@pytest.fixture(scope="module")
def gate_database(clone: Any) -> Any:
    return clone().open()


@pytest.fixture
def host() -> str:
    return f"host{next(_hosts)}.test"


@pytest.fixture(params=_KINDS)
def gate(request: pytest.FixtureRequest) -> RateGate:
    if request.param == "memory":
        return MemoryGate(_Every())
    database = request.getfixturevalue("gate_database")
    return PostgresGate(database, _Every(), default=DEFAULT_RULE, slot_seconds=2.0)


def test_the_first_request_goes_and_the_second_waits_its_turn(gate: RateGate, host: str) -> None:
    first = gate.admit(host)
    assert first.ticket is not None
    second = gate.admit(host)
    assert second.ticket is None
    assert 0 < second.wait_seconds <= 1 / RULE.rate
    time.sleep(second.wait_seconds)
    assert gate.admit(host).ticket is not None


def test_no_more_than_the_allowed_number_run_at_once(gate: RateGate, host: str) -> None:
    held = []
    for _ in range(2):
        time.sleep(1.1 / RULE.rate)
        held.append(gate.admit(host).ticket)
    assert None not in held
    time.sleep(1.1 / RULE.rate)
    assert gate.admit(host).ticket is None
    gate.finish(host, held[0] or 0, kind="ok")
    assert gate.admit(host).ticket is not None


def test_a_pause_the_host_asked_for_holds_for_all(gate: RateGate, host: str) -> None:
    gate.finish(host, gate.admit(host).ticket or 0, kind="limited", pause_seconds=30)
    time.sleep(1.1 / RULE.rate)
    assert 25 < gate.admit(host).wait_seconds <= 30


def test_five_failures_in_a_row_rest_the_host_and_one_success_forgets_four(
    gate: RateGate, host: str
) -> None:
    for kind in ("failed", "failed", "failed", "failed", "ok", "failed", "failed", "failed"):
        time.sleep(1.1 / RULE.rate)
        gate.finish(host, gate.admit(host).ticket or 0, kind=kind)
    time.sleep(1.1 / RULE.rate)
    assert gate.admit(host).ticket is not None
    for _ in range(2):
        gate.finish(host, 0, kind="failed")
    assert gate.admit(host).wait_seconds > 50


def test_a_slower_rate_told_by_the_host_is_kept_and_a_faster_one_is_not(
    gate: RateGate, host: str
) -> None:
    gate.finish(host, gate.admit(host).ticket or 0, kind="ok", told_rate=2.0)
    assert 0.2 < gate.admit(host).wait_seconds <= 0.5
    gate.finish(host, 0, kind="ok", told_rate=1000.0)
    assert gate.admit(host).wait_seconds <= 1 / RULE.rate


def test_hosts_do_not_wait_for_each_other(gate: RateGate, host: str) -> None:
    gate.finish(host, gate.admit(host).ticket or 0, kind="limited", pause_seconds=60)
    assert gate.admit("other-" + host).ticket is not None


def test_the_ledger_counts_the_day(gate: RateGate, host: str) -> None:
    gate.finish(host, 0, kind="ok", byte_count=7)
    gate.finish(host, 0, kind="limited")
    gate.finish(host, 0, kind="ok", byte_count=5)
    assert gate.usage(host) == {"ok": 2, "limited": 1, "failed": 0, "byte_count": 12}
    assert gate.usage("never." + host)["ok"] == 0


def test_many_workers_together_stay_under_the_rate(gate: RateGate, host: str) -> None:
    began = time.monotonic()
    gone: list[float] = []

    def work() -> None:
        while time.monotonic() < began + 2.0:
            admission = gate.admit(host)
            if admission.ticket is None:
                time.sleep(admission.wait_seconds)
                continue
            gone.append(time.monotonic() - began)
            gate.finish(host, admission.ticket, kind="ok")

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(gone) <= max(gone) * RULE.rate + 1.5
    assert len(gone) >= 5


@pytest.mark.store
def test_limits_outlive_a_worker_and_its_slot_is_free_after_its_time(
    gate_database: Any, host: str
) -> None:
    def make() -> PostgresGate:
        return PostgresGate(gate_database, _Every(), default=DEFAULT_RULE, slot_seconds=1.5)

    make().admit(host)
    time.sleep(1.1 / RULE.rate)
    make().admit(host)
    time.sleep(1.1 / RULE.rate)
    assert make().admit(host).ticket is None
    time.sleep(1.6)
    assert make().admit(host).ticket is not None
    make().finish(host, 0, kind="limited", pause_seconds=90)
    assert make().admit(host).wait_seconds > 80


def test_a_clock_that_goes_back_earns_nothing() -> None:
    state, wait = HostState(refilled_at=100.0).admit(RULE, now=100.0, in_use=0)
    assert wait == 0
    _, wait = state.admit(RULE, now=50.0, in_use=0)
    assert wait == pytest.approx(1 / RULE.rate)


def test_a_waiter_that_comes_late_costs_the_next_one_no_time() -> None:
    rule = HostRule(rate=10.0)
    state, gone = HostState(refilled_at=0.0), []
    moment = 0.0
    while moment < 10.0:
        state, wait = state.admit(rule, now=moment, in_use=0)
        if wait == 0:
            gone.append(moment)
        # Every answer of the gate, and every sleep, comes a fifth of a turn late.
        moment += wait + 0.02
    assert len(gone) >= 0.97 * 10.0 * rule.rate
    assert len(gone) <= 10.0 * rule.rate + 1.5


@pytest.mark.parametrize("rate", [0.1, 10.0, 40.0, 5000.0])
def test_a_long_rest_earns_no_second_request(rate: float) -> None:
    rule = HostRule(rate=rate)
    state, wait = HostState(refilled_at=0.0).admit(rule, now=1000.0, in_use=0)
    assert wait == 0
    assert 0 <= state.tokens <= 1
    state, wait = state.admit(rule, now=1000.0, in_use=0)
    assert wait >= 0.09 / rule.rate
    assert 0 <= state.tokens <= 1


def test_arxiv_is_never_asked_twice_within_three_seconds() -> None:
    rule = HOST_RULES["export.arxiv.org"]
    state, _ = HostState(refilled_at=0.0).admit(rule, now=1000.0, in_use=0)
    _, wait = state.admit(rule, now=1000.0, in_use=0)
    assert wait >= 3.0
