"""What is known about a stack: written by its supervisor, read by everybody else."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from etl.stack.paths import StackPaths
from etl.stack.private_file import read_json, write_private
from etl.stack.sessions import is_same_process

__all__ = ["ComponentState", "Phase", "StackState", "load_state", "save_state"]


class Phase(StrEnum):
    """Where a stack stands."""

    #: → ready | failed | stopping
    STARTING = "starting"
    #: All components were healthy once; → stopping
    READY = "ready"
    #: → stopped
    STOPPING = "stopping"
    #: Nothing runs.
    STOPPED = "stopped"
    #: The start was given up and undone; ``message`` says why.
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentState:
    """One supervised component."""

    #: running, restarting, stopped or failed (given up).
    state: str
    #: Leader of its session; None while it does not run.
    pid: int | None = None
    #: When that process started, seconds since the epoch.
    created: float = 0.0
    #: How often it was started again after dying.
    restarts: int = 0
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """A whole stack."""

    phase: Phase
    #: The supervisor's process id and start time.
    pid: int
    created: float
    web_port: int | None = None
    postgres_port: int | None = None
    #: Port of the queue of tasks; None where no Celery worker listens to one.
    broker_port: int | None = None
    #: What it does now, for people.
    step: str = ""
    #: Why it failed, for people.
    message: str = ""
    components: Mapping[str, ComponentState] = field(default_factory=dict)

    @property
    def is_supervised(self) -> bool:
        """True while the supervisor that wrote this lives."""
        return is_same_process(self.pid, self.created)


def save_state(paths: StackPaths, state: StackState) -> None:
    """Write the state in one step."""
    write_private(paths.state, json.dumps(asdict(state), indent=2) + "\n")


def load_state(paths: StackPaths) -> StackState | None:
    """The last state written, or None where no stack was ever started."""
    stored = dict(read_json(paths.state))
    if not stored:
        return None
    components = {
        name: ComponentState(**component) for name, component in stored["components"].items()
    }
    return StackState(**(stored | {"phase": Phase(stored["phase"]), "components": components}))
