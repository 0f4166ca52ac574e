"""
A language model's server that lives only as long as somebody asks it.

Whoever asks takes hold of it by a name (a DAG run, a command). The first holder has it started,
the last one has it stopped; in between all share it. What is known stands in a file, so that the
task that stops it need not be the one that started it. Both run on the machine of the server.
"""

import fcntl
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

from etl.errors import ServiceUnavailableError, UsageError
from etl.llm.alive import is_alive
from etl.settings import LlmSettings
from etl.stack.component import Component
from etl.stack.environment import inherited_environment
from etl.stack.paths import StackPaths
from etl.stack.private_file import make_folder, read_json, write_private
from etl.stack.sessions import end_sessions, is_same_process

__all__ = ["ModelServer"]

_log = structlog.get_logger()

_NAME = "model"
_PAUSE_SECONDS = 0.5
_TAIL_CHARS = 500


class ModelServer:
    """
    The server at ``FLORILEGIUM_LLM__URL``, started by ``FLORILEGIUM_LLM__SERVER_COMMAND``.

    Args:
        paths: Where its state and its log are kept.
        settings: Command, address and patience.
    """

    def __init__(self, paths: StackPaths, settings: LlmSettings) -> None:
        self._paths = paths
        self._settings = settings
        self._file = paths.home / "model.json"

    @property
    def is_configured(self) -> bool:
        """True where there is a command; else the server, if any, is a permanent one."""
        return bool(self._settings.server_command)

    def start(self, holder: str) -> str:
        """
        Take hold of the server, and start it where it does not run.

        Args:
            holder: Name to give it back by; the same name again changes nothing.

        Returns:
            ``started``, ``shared`` (ours, already up) or ``found`` (somebody else's; left alone).

        Raises:
            UsageError: There is a command but no address, or no name of the model.
            ServiceUnavailableError: It does not become healthy; what was started is stopped.
        """
        url = self._checked_url()
        with self._locked():
            state = self._load()
            if self._is_ours(state):
                self._wait_for_health(url, state)
                self._save(state, {*state["holders"], holder})
                return "shared"
            if is_alive(url):
                return "found"
            state = self._spawn(holder)
            try:
                self._wait_for_health(url, state)
            except BaseException:
                self._end(state)
                raise
        _log.info("model_server.started", url=url, pid=state["pid"])
        return "started"

    def stop(self, holder: str) -> str:
        """
        Give the server back; without a holder left it is stopped.

        Returns:
            ``stopped``, ``shared`` (others still hold it) or ``none`` (nothing of ours runs).

        Raises:
            ServiceUnavailableError: It was started on another machine.
        """
        with self._locked():
            state = self._load()
            if not state:
                return "none"
            if state["host"] != socket.gethostname():
                raise ServiceUnavailableError(
                    f"the model's server was started on {state['host']}; stop it there"
                )
            left = {*state["holders"]} - {holder}
            if left and self._is_ours(state):
                self._save(state, left)
                return "shared"
            self._end(state)
        _log.info("model_server.stopped", pid=state["pid"])
        return "stopped"

    @contextmanager
    def held(self, holder: str) -> Iterator[None]:
        """Hold it for a while; does nothing where no command is set."""
        if not self.is_configured:
            yield
            return
        self.start(holder)
        try:
            yield
        finally:
            self.stop(holder)

    def _checked_url(self) -> str:
        if self._settings.url is None or self._settings.model is None:
            raise UsageError(
                "a server that is started for each night needs FLORILEGIUM_LLM__URL and "
                "FLORILEGIUM_LLM__MODEL: nobody can ask it for its model before it runs"
            )
        return self._settings.url

    def _spawn(self, holder: str) -> Mapping[str, Any]:
        make_folder(self._paths.logs)
        component = Component(
            name=_NAME,
            command=self._settings.server_command,
            log=self._paths.log(_NAME),
            environment=inherited_environment(),
            folder=self._paths.root,
        )
        component.start()
        pid, created = component.leader or (0, 0.0)
        state = {"pid": pid, "created": created, "host": socket.gethostname(), "holders": []}
        self._save(state, {holder})
        return {**state, "holders": [holder]}

    def _wait_for_health(self, url: str, state: Mapping[str, Any]) -> None:
        deadline = time.monotonic() + self._settings.server_start_seconds
        while not is_alive(url):
            log = self._paths.log(_NAME)
            if not self._is_ours(state):
                raise ServiceUnavailableError(
                    f"the model's server ended while it started; see {log}: {self._tail()}"
                )
            if time.monotonic() >= deadline:
                limit = self._settings.server_start_seconds
                raise ServiceUnavailableError(
                    f"the model's server was not healthy within {limit:.0f} s; see {log}"
                )
            time.sleep(_PAUSE_SECONDS)

    def _end(self, state: Mapping[str, Any]) -> None:
        leader = (int(state["pid"]), float(state["created"]))
        # A leader is asked alone for a quarter of the time; vLLM drains its requests then.
        end_sessions([leader], grace_seconds=self._settings.server_stop_seconds)
        self._file.unlink(missing_ok=True)

    @staticmethod
    def _is_ours(state: Mapping[str, Any]) -> bool:
        return (
            bool(state)
            and state["host"] == socket.gethostname()
            and is_same_process(int(state["pid"]), float(state["created"]))
        )

    def _load(self) -> Mapping[str, Any]:
        return read_json(self._file)

    def _save(self, state: Mapping[str, Any], holders: set[str]) -> None:
        write_private(self._file, json.dumps({**state, "holders": sorted(holders)}) + "\n")

    def _tail(self) -> str:
        text = self._paths.log(_NAME).read_bytes()[-_TAIL_CHARS:].decode("utf-8", "replace")
        return " ".join(text.split())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One at a time: a second run waits while the first has the server started."""
        make_folder(self._paths.home)
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
