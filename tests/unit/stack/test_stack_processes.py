import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from etl.errors import ServiceUnavailableError
from etl.stack.component import Component, RestartPolicy
from etl.stack.network import HOST, choose_port, is_listening, is_port_free
from etl.stack.sessions import end_sessions, is_same_process, session_members

#: Starts a child of the same session and one that left for a session of its own.
FAMILY = """
import signal, subprocess, sys, time
{extra}
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
time.sleep(60)
"""
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited 10 s in vain"
        time.sleep(0.02)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_port_that_the_user_insists_on_must_be_free(taken_port: int) -> None:
    with pytest.raises(ServiceUnavailableError, match=f"port {taken_port} for the web pages"):
        choose_port(wanted=taken_port, preferred=None, purpose="the web pages")


def test_a_preferred_port_that_is_taken_is_replaced_by_a_free_one(taken_port: int) -> None:
    chosen = choose_port(wanted=None, preferred=taken_port, purpose="x")
    assert chosen != taken_port
    assert is_port_free(chosen)
    assert is_listening(taken_port)


def test_a_free_preferred_port_is_kept() -> None:
    free = choose_port(wanted=None, preferred=None, purpose="x")
    assert choose_port(wanted=None, preferred=free, purpose="x") == free


@pytest.mark.parametrize("extra", ["", DEAF], ids=["obedient", "deaf to SIGTERM"])
def test_a_session_ends_with_all_its_children(extra: str) -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", FAMILY.format(extra=extra)], start_new_session=True
    )
    created = psutil.Process(leader.pid).create_time()
    wait_for(lambda: len(session_members(leader.pid, created)) == 3)
    members = session_members(leader.pid, created)
    killed = end_sessions([(leader.pid, created)], grace_seconds=0.4)
    leader.wait(timeout=5)
    assert not any(each.is_running() and each.status() != "zombie" for each in members)
    # Deafness is inherited: the children had to be killed too.
    assert killed == (3 if extra else 0)


def test_children_are_found_after_their_leader_was_killed() -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", FAMILY.format(extra="")], start_new_session=True
    )
    created = psutil.Process(leader.pid).create_time()
    wait_for(lambda: len(session_members(leader.pid, created)) == 3)
    everyone = session_members(leader.pid, created)
    leader.kill()
    leader.wait()
    # The one with a session of its own is out of reach once its parent is gone.
    assert end_sessions([(leader.pid, created)], grace_seconds=0) == 1
    for each in everyone:
        if each.is_running():
            each.kill()


def test_a_process_that_only_has_the_same_id_is_left_alone() -> None:
    other = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    try:
        assert session_members(other.pid, created=1.0) == []
        assert end_sessions([(other.pid, 1.0)], grace_seconds=0) == 0
        assert other.poll() is None
        assert not is_same_process(other.pid, created=1.0)
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize(("deaths", "seconds"), [(1, 1.0), (2, 2.0), (4, 8.0), (7, 30.0)])
def test_the_pause_before_a_restart_doubles_up_to_its_limit(deaths: int, seconds: float) -> None:
    assert RestartPolicy().pause(deaths) == seconds


@pytest.fixture
def make_component(tmp_path: Path) -> Iterator[Callable[..., Component]]:
    made: list[Component] = []

    def make(*command: str, **policy: float) -> Component:
        policy = {"first_pause": 0.01, "longest_pause": 0.02} | policy
        made.append(
            Component(
                name="trial",
                command=command,
                log=tmp_path / "trial.log",
                environment={"GREETING": "hello"},
                folder=tmp_path,
                policy=RestartPolicy(**policy),
            )
        )
        return made[-1]

    yield make
    end_sessions([each.leader for each in made if each.leader], grace_seconds=0)


def test_a_component_that_dies_is_started_again(make_component: Callable[..., Component]) -> None:
    component = make_component("/bin/sleep", "60")
    component.start()
    first = component.describe()
    psutil.Process(first.pid).kill()
    wait_for(lambda: component.watch() and component.is_alive)
    second = component.describe()
    assert second.state == "running"
    assert second.restarts == 1
    assert second.pid != first.pid


def test_a_component_that_cannot_live_is_given_up(make_component: Callable[..., Component]) -> None:
    component = make_component("/bin/false", max_deaths=3)
    component.start()
    wait_for(lambda: (component.watch(), component.is_given_up)[1])
    assert component.restarts == 2
    assert component.describe().state == "failed"
    assert not component.watch()


def test_deaths_without_a_database_are_not_held_against_it(
    make_component: Callable[..., Component],
) -> None:
    component = make_component("/bin/false", max_deaths=1)
    component.start()
    wait_for(lambda: component.watch(may_restart=False))
    assert component.deaths == 0
    assert component.describe().state == "restarting"
    assert not component.watch(may_restart=False)


def test_a_component_sees_only_the_environment_it_is_given(
    make_component: Callable[..., Component],
) -> None:
    component = make_component("/usr/bin/env")
    component.start()
    wait_for(lambda: not component.is_alive)
    assert component.log.read_text() == "GREETING=hello\n"


def test_a_program_that_is_not_there_is_named(make_component: Callable[..., Component]) -> None:
    with pytest.raises(ServiceUnavailableError, match="cannot start trial"):
        make_component("/no/such/program").start()
