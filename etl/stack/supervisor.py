"""
The one long-living program of the stack: starts everything in order, restarts what dies.

``florilegium stack up`` starts it in a session of its own (``python -m etl.stack.supervisor``)
and reads what it says about itself in ``var/stack.json``. SIGTERM makes it stop everything; a
second supervisor of the same home ends at once, because the first holds ``var/stack.lock``.
"""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

import psutil
import structlog

from etl.errors import FlorilegiumError, RunInProgressError, ServiceUnavailableError
from etl.settings import StackSettings, load_settings
from etl.stack.airflow_setup import (
    airflow_components,
    declared_pools,
    is_migrated,
    note_migrated,
)
from etl.stack.broker import broker_command
from etl.stack.component import Component
from etl.stack.credentials import ensure_credentials
from etl.stack.environment import (
    airflow_environment,
    etl_environment,
    inherited_environment,
)
from etl.stack.network import HOST, choose_port
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.postgres_roles import END_LONG_READS
from etl.stack.private_file import make_folder, write_private
from etl.stack.rest import AirflowRest, unhealthy_components
from etl.stack.sessions import end_sessions
from etl.stack.state import ComponentState, Phase, StackState, load_state, save_state
from etl.stack.workers import worker_components

__all__ = ["Supervisor", "SupervisorOptions", "main"]

_log = structlog.get_logger()

#: How often deaths are looked for, seconds.
_TICK_SECONDS = 0.5
#: Between two looks for analysts whose statements run too long, seconds.
_LONG_READS_SECONDS = 60.0
#: How long components may take to end by themselves, seconds.
_GRACE_SECONDS = 20.0
#: All four healthy takes 15-20 s on two idle cores; a busy machine took 50.
_READY_SECONDS = 240.0
#: Deaths of one component before all are healthy that end the start.
_START_DEATHS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorOptions:
    """What a start was asked for."""

    paths: StackPaths
    #: Ports to insist on; None: the last one used, else a free one.
    web_port: int | None = None
    postgres_port: int | None = None
    #: False: leave the tables and the catalogue of florilegium alone.
    prepares: bool = True
    stack: StackSettings = field(default_factory=StackSettings)


class Supervisor:
    """Everything that runs, and the state file that says so."""

    def __init__(self, options: SupervisorOptions) -> None:
        self._options = options
        self._paths = options.paths
        self._postgres = EmbeddedPostgres(options.paths.home)
        self._components: list[Component] = []
        self._is_stopping = False
        self._postgres_restarts = 0
        self._web_port = 0
        self._broker_port: int | None = None
        self._state = StackState(
            phase=Phase.STARTING, pid=os.getpid(), created=psutil.Process().create_time()
        )

    def run(self) -> int:
        """
        Run until SIGTERM or SIGINT.

        Returns:
            0 after a wanted stop, 3 where the start was given up and undone.
        """
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        with _locked(self._paths.lock):
            message = ""
            try:
                self._start()
                self._watch()
            except FlorilegiumError as error:
                message = str(error)
                _log.error("stack.start_failed", reason=message)
            finally:
                self._stop(message)
        return 3 if message else 0

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    def _say(self, step: str = "", **changes: object) -> None:
        """Write the state file; ``changes`` are fields of :class:`StackState`."""
        components = {"postgres": self._describe_postgres()}
        components |= {each.name: each.describe() for each in self._components}
        self._state = replace(self._state, step=step, components=components, **changes)  # type: ignore[arg-type]
        save_state(self._paths, self._state)

    def _describe_postgres(self) -> ComponentState:
        pid = self._postgres.pid()
        return ComponentState(
            state="stopped" if pid is None else "running",
            pid=pid,
            restarts=self._postgres_restarts,
            log=str(self._postgres.log),
        )

    def _start(self) -> None:
        paths = self._paths
        self._clear_leftovers()
        make_folder(paths.airflow)
        self._say("starting the database")
        self._postgres.start(port=self._options.postgres_port)
        if self._postgres.notice:
            _log.info("stack.place_chosen", notice=self._postgres.notice)
        self._choose_web_port()
        credentials = ensure_credentials(paths)
        facts = etl_environment(paths, self._postgres)
        write_private(paths.env_file, "".join(f"{name}={value}\n" for name, value in facts.items()))
        # What the user has set himself wins over what the stack knows.
        stages = facts | inherited_environment()
        broker_port = self._start_broker(credentials.broker_password)
        environment = stages | airflow_environment(
            paths,
            credentials,
            self._postgres,
            web_port=self._web_port,
            broker_port=broker_port,
            given=inherited_environment(),
        )
        self._prepare(stages, environment)
        self._start_components(airflow_components(self._web_port), environment)
        if broker_port is not None:
            self._start_components(worker_components(self._options.stack), environment)
        self._await_health()
        rest = AirflowRest(
            f"http://{HOST}:{self._web_port}", "admin", credentials.passwords["admin"]
        )
        for name, pool in declared_pools(paths, stages).items():
            rest.ensure_pool(name, pool)
        if not self._is_stopping:
            self._say(phase=Phase.READY)
            _log.info("stack.started", web_port=self._web_port)

    def _clear_leftovers(self) -> None:
        """A supervisor that was killed left its components behind; they would meet ours."""
        last = load_state(self._paths)
        if last is None:
            return
        leaders = [
            (each.pid, each.created)
            for name, each in last.components.items()
            if each.pid is not None and name != "postgres"
        ]
        end_sessions(leaders, grace_seconds=0)
        self._web_port = last.web_port or 0
        self._broker_port = last.broker_port

    def _choose_web_port(self) -> None:
        self._web_port = choose_port(
            wanted=self._options.web_port, preferred=self._web_port or 8080, purpose="the web pages"
        )
        self._say(web_port=self._web_port, postgres_port=self._postgres.port)

    def _prepare(self, stages: Mapping[str, str], environment: Mapping[str, str]) -> None:
        """Bring both databases to the state the code expects."""
        etl = (sys.executable, "-m", "etl.cli")
        if self._options.prepares:
            self._run_step("making the tables", (*etl, "migrate"), stages)
            self._run_step("loading the catalogue", (*etl, "catalogue", "load"), stages)
        if not self._is_stopping and not is_migrated(self._paths, self._postgres):
            command = (sys.executable, "-m", "airflow", "db", "migrate")
            self._run_step("making Airflow's own tables", command, environment)
            if not self._is_stopping:
                note_migrated(self._paths, self._postgres)

    def _run_step(self, step: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a program to its end, or until a stop is wanted."""
        if self._is_stopping:
            return
        self._say(step)
        log = self._paths.log("prepare")
        with log.open("ab") as stream:
            running = subprocess.Popen(
                list(command),
                cwd=self._paths.root,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while running.poll() is None and not self._is_stopping:
            time.sleep(0.1)
        if running.poll() is None:
            end_sessions(
                [(running.pid, psutil.Process(running.pid).create_time())], grace_seconds=5
            )
        elif running.returncode != 0:
            raise ServiceUnavailableError(
                f"{step} failed (exit code {running.returncode}), see {log}: {_last_line(log)}"
            )

    def _start_broker(self, password: str) -> int | None:
        """Start what Celery workers listen to; None where tasks run in the scheduler."""
        if self._options.stack.executor == "local":
            return None
        port = choose_port(wanted=None, preferred=self._broker_port, purpose="the queue of tasks")
        self._say("starting the queue of tasks", broker_port=port)
        command = broker_command(self._paths, port=port, password=password)
        self._start_components({"redis": command}, inherited_environment())
        return port

    def _start_components(
        self, commands: Mapping[str, Sequence[str]], environment: Mapping[str, str]
    ) -> None:
        for name, command in commands.items():
            if self._is_stopping:
                return
            component = Component(
                name=name,
                command=command,
                log=self._paths.log(name),
                environment=environment,
                folder=self._paths.root,
            )
            self._components.append(component)
            component.start()
        self._say("starting Airflow")

    def _await_health(self) -> None:
        """Wait until Airflow says that all of its components are healthy."""
        started = time.time()
        waiting: Sequence[str] = ()
        while not self._is_stopping:
            self._tick()
            for component in self._components:
                if component.deaths >= _START_DEATHS:
                    raise ServiceUnavailableError(
                        f"Airflow's {component.name} died {component.deaths} times, see "
                        f"{component.log}: {_last_line(component.log)}"
                    )
            unhealthy = unhealthy_components(f"http://{HOST}:{self._web_port}", since=started)
            if not unhealthy:
                return
            if unhealthy != waiting:
                self._say(f"waiting for Airflow's {', '.join(unhealthy)}")
                waiting = unhealthy
            if time.time() - started > _READY_SECONDS:
                raise ServiceUnavailableError(
                    f"Airflow's {', '.join(unhealthy)} not healthy after "
                    f"{_READY_SECONDS:.0f} s, see {self._paths.log(unhealthy[0])}"
                )
            time.sleep(_TICK_SECONDS)

    def _watch(self) -> None:
        looked_at = time.monotonic()
        while not self._is_stopping:
            self._tick()
            if time.monotonic() - looked_at > _LONG_READS_SECONDS:
                looked_at = time.monotonic()
                self._end_long_reads()
            time.sleep(_TICK_SECONDS)

    def _end_long_reads(self) -> None:
        """An analyst may lift every timeout but this one."""
        try:
            self._postgres.run_sql(END_LONG_READS, database="florilegium")
        except ServiceUnavailableError as error:
            _log.warning("stack.long_reads_not_ended", error=str(error))

    def _tick(self) -> None:
        is_up = self._keep_postgres()
        changed = [each.name for each in self._components if each.watch(may_restart=is_up)]
        if changed:
            _log.warning("stack.component_changed", components=changed)
            self._say(self._state.step)

    def _keep_postgres(self) -> bool:
        """Start the database again when it died; it alone is never given up."""
        if self._postgres.pid() is not None:
            return True
        _log.warning("stack.database_died")
        try:
            self._postgres.start()
        except ServiceUnavailableError as error:
            self._say(f"the database does not start: {error}")
            time.sleep(5)
            return False
        self._postgres_restarts += 1
        self._say(self._state.step)
        return True

    def _stop(self, message: str) -> None:
        """Stop all, database last; a stop that fails in part still stops the rest."""
        self._say("stopping Airflow", phase=Phase.STOPPING, message=message)
        # The API server last but Redis: tasks that end within the grace report to it.
        last = ("api-server", "redis")
        first = tuple(each.name for each in self._components if each.name not in last)
        for names in (first, *((name,) for name in last)):
            leaders = [c.leader for c in self._components if c.name in names and c.leader]
            killed = end_sessions(leaders, grace_seconds=_GRACE_SECONDS)
            _log.info("stack.components_stopped", components=names, killed=killed)
        self._say("stopping the database")
        try:
            self._postgres.stop()
        except ServiceUnavailableError as error:
            message = message or str(error)
        self._components = []
        self._say(phase=Phase.FAILED if message else Phase.STOPPED, message=message)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    make_folder(path.parent)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunInProgressError(f"another supervisor holds {path}") from error
        yield


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1].strip()[-300:] if lines else "(empty log)"


def main() -> int:
    """Read the arguments of ``python -m etl.stack.supervisor`` and run."""
    parser = argparse.ArgumentParser(prog="etl.stack.supervisor")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--web-port", type=int)
    parser.add_argument("--postgres-port", type=int)
    parser.add_argument("--bare", action="store_true")
    given = parser.parse_args()
    # Logs, state and Airflow's files may hold secrets: for this user alone.
    paths = StackPaths(given.root.resolve())
    make_folder(paths.home)
    os.umask(0o077)
    return Supervisor(
        SupervisorOptions(
            paths=paths,
            web_port=given.web_port,
            postgres_port=given.postgres_port,
            prepares=not given.bare,
            stack=load_settings().stack,
        )
    ).run()


if __name__ == "__main__":
    sys.exit(main())
