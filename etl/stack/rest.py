"""A small client of Airflow's REST API: what a night and the supervisor need, no more."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from etl.errors import ServiceUnavailableError, UsageError

__all__ = ["AirflowRest", "DagRun", "TaskRun", "unhealthy_components"]

#: An API server that is started again answers within this time, seconds (measured: 25-40).
_OUTAGE_SECONDS = 120.0
#: Components as the health answer names them, and the heartbeat it gives for each.
_HEARTBEATS = {
    "scheduler": "latest_scheduler_heartbeat",
    "dag_processor": "latest_dag_processor_heartbeat",
    "triggerer": "latest_triggerer_heartbeat",
}

#: What an event that is sent again says of the run that told it first.
_AGAIN = "again_for"


@dataclass(frozen=True, slots=True, kw_only=True)
class DagRun:
    """One run of one DAG."""

    dag_id: str
    run_id: str
    #: queued, running, success or failed.
    state: str
    #: manual, scheduled, asset_triggered or backfill.
    run_type: str
    #: Seconds from its start to its end, or None while it runs.
    seconds: float | None

    @property
    def is_over(self) -> bool:
        """True where it ended, well or badly."""
        return self.state in {"success", "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """One task of a run; a mapped task has one for each index."""

    task_id: str
    #: -1 for a task that is not mapped.
    map_index: int
    #: What Airflow says (success, failed, upstream_failed, running, skipped …); "" before.
    state: str
    #: 1-based; 0 before the first try.
    try_number: int

    @property
    def is_over(self) -> bool:
        """True where it will not run again."""
        return self.state in {"success", "failed", "skipped", "upstream_failed", "removed"}


def unhealthy_components(
    base_url: str, *, since: float, transport: httpx.BaseTransport | None = None
) -> list[str]:
    """
    Components that are not known to be healthy.

    The address answers 200 while the scheduler is dead, so the body is read; and a heartbeat
    from before the start belongs to the process before this one.

    Args:
        base_url: Where the API server listens.
        since: Heartbeats must be younger than this, seconds since the epoch.
        transport: How the request travels; tests give their own.

    Returns:
        Names as in the stack's state, in the order they start; empty where all are well.
    """
    try:
        with httpx.Client(timeout=10, trust_env=False, transport=transport) as client:
            answer = client.get(f"{base_url}/api/v2/monitor/health")
        body = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return ["api-server"]
    unhealthy = [] if body["metadatabase"]["status"] == "healthy" else ["postgres"]
    for name, field in _HEARTBEATS.items():
        beat = body[name].get(field)
        is_fresh = beat is not None and datetime.fromisoformat(beat).timestamp() >= since
        if body[name]["status"] != "healthy" or not is_fresh:
            unhealthy.append(name.replace("_", "-"))
    return unhealthy


def _is_event_of(event: Mapping[str, Any], cause: DagRun) -> bool:
    is_first = (event["source_dag_id"], event["source_run_id"]) == (cause.dag_id, cause.run_id)
    return is_first or (event.get("extra") or {}).get(_AGAIN) == _name_of(cause)


def _name_of(run: DagRun) -> str:
    return f"{run.dag_id}/{run.run_id}"


class AirflowRest:
    """
    A signed-in client; it signs in again when its token runs out.

    Args:
        base_url: ``http://127.0.0.1:8080``.
        username: Web user.
        password: Its password; kept in memory, sent in a body, never logged.
        transport: How requests travel; tests give their own.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url
        self._login = {"username": username, "password": password}
        # trust_env=False: a proxy must never see requests to this machine.
        self._http = httpx.Client(
            base_url=base_url, timeout=30, trust_env=False, transport=transport
        )

    def known_dags(self) -> dict[str, bool]:
        """Whether each parsed DAG is paused, by id."""
        dags = self._call("GET", "/api/v2/dags", params={"limit": 100})["dags"]
        return {dag["dag_id"]: bool(dag["is_paused"]) for dag in dags}

    def import_errors(self) -> dict[str, str]:
        """Last line of each DAG file's import error, by file name."""
        errors = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return {
            error["filename"]: error["stack_trace"].strip().splitlines()[-1] for error in errors
        }

    def wait_for_dags(self, dag_ids: Sequence[str], *, timeout_seconds: float = 120) -> None:
        """
        Wait until the DAG processor has read these DAGs.

        Raises:
            ServiceUnavailableError: Some are missing at the end; import errors are named.
        """
        deadline = time.monotonic() + timeout_seconds
        while missing := sorted(set(dag_ids) - self.known_dags().keys()):
            errors = self.import_errors()
            # By the house rule a DAG's file has its name; another broken file is waited out.
            is_hopeless = any(Path(file).stem in missing for file in errors)
            if is_hopeless or time.monotonic() > deadline:
                reasons = "; ".join(f"{file}: {line}" for file, line in errors.items())
                raise ServiceUnavailableError(
                    f"Airflow does not know {', '.join(missing)}: "
                    f"{reasons or 'no DAG file was read in time, see var/logs/dag-processor.log'}"
                )
            time.sleep(0.5)

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> DagRun:
        """
        Start a run.

        Raises:
            UsageError: The DAG refuses the configuration.
        """
        body = {"logical_date": None, "conf": dict(conf)}
        return _dag_run(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body))

    def run(self, dag_id: str, run_id: str) -> DagRun:
        """A run as it stands now."""
        return _dag_run(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}"))

    def run_caused_by(self, dag_id: str, cause: DagRun) -> DagRun | None:
        """
        The run of a DAG that an asset event of another run started, or None so far.

        Args:
            dag_id: The consumer.
            cause: The producer's run.
        """
        path = f"/api/v2/dags/{dag_id}/dagRuns"
        recent = self._call("GET", path, params={"order_by": "-run_after", "limit": 10})
        for found in recent["dag_runs"]:
            if found["run_type"] != "asset_triggered":
                continue
            events = self._call("GET", f"{path}/{found['dag_run_id']}/upstreamAssetEvents")
            if any(_is_event_of(event, cause) for event in events["asset_events"]):
                return _dag_run(found)
        return None

    def send_event_again(self, cause: DagRun) -> None:
        """
        Tell the consumers once more what a run told: Airflow keeps no event for a paused DAG.

        Args:
            cause: The producer's run; one that told nothing is let be.
        """
        told = {"source_dag_id": cause.dag_id, "source_run_id": cause.run_id}
        for event in self._call("GET", "/api/v2/assets/events", params=told)["asset_events"]:
            extra = {**(event["extra"] or {}), _AGAIN: _name_of(cause)}
            body = {"asset_id": event["asset_id"], "extra": extra}
            self._call("POST", "/api/v2/assets/events", json=body)

    def tasks(self, dag_id: str, run_id: str) -> list[TaskRun]:
        """All tasks of a run, ordered by name and index."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found: list[TaskRun] = []
        while True:
            page = self._call("GET", path, params={"limit": 100, "offset": len(found)})
            found += [
                TaskRun(
                    task_id=each["task_id"],
                    map_index=each["map_index"],
                    state=each["state"] or "",
                    try_number=each["try_number"],
                )
                for each in page["task_instances"]
            ]
            if not page["task_instances"] or len(found) >= page["total_entries"]:
                return sorted(found, key=lambda task: (task.task_id, task.map_index))

    def log_tail(self, run: DagRun, task: TaskRun, *, lines: int = 15) -> list[str]:
        """Last lines of a task's log, without time stamps and fold marks; may be empty."""
        answer = self._call(
            "GET",
            f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task.task_id}"
            f"/logs/{max(task.try_number, 1)}",
            params={"map_index": task.map_index, "full_content": True},
        )
        content = answer["content"]
        if isinstance(content, str):
            return content.splitlines()[-lines:]
        words = [_log_line(entry) for entry in content]
        return [line for line in words if not line.startswith("::")][-lines:]

    def pools(self) -> frozenset[str]:
        """Names of the pools there are."""
        found = self._call("GET", "/api/v2/pools", params={"limit": 100})["pools"]
        return frozenset(each["name"] for each in found)

    def ensure_pool(self, name: str, pool: Mapping[str, object]) -> None:
        """Make a pool unless it is there; slots that an operator changed are kept."""
        if name not in self.pools():
            self._call("POST", "/api/v2/pools", json={"name": name, **pool})

    def _call(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 - JSON
        """Call and read JSON; wait out a short outage of the API server."""
        deadline = time.monotonic() + _OUTAGE_SECONDS
        while True:
            try:
                answer = self._send(method, path, request)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}"
            else:
                if answer.status_code < 500:
                    return _read(answer, method, path)
                problem = f"HTTP {answer.status_code}"
            # A POST that got no answer may have been carried out: only reads are repeated.
            if method == "POST" or time.monotonic() > deadline:
                raise ServiceUnavailableError(
                    f"Airflow at {self.base_url} does not answer ({method} {path}: {problem}); "
                    "see `florilegium stack status` and var/logs/api-server.log"
                )
            time.sleep(1)

    def _send(self, method: str, path: str, request: Mapping[str, Any]) -> httpx.Response:
        if "Authorization" not in self._http.headers:
            self._sign_in()
        answer = self._http.request(method, path, **request)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._sign_in()
            answer = self._http.request(method, path, **request)
        return answer

    def _sign_in(self) -> None:
        answer = self._http.post("/auth/token", json=self._login)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise ServiceUnavailableError(
                f"Airflow at {self.base_url} refuses the user {self._login['username']}: "
                "is it another stack's? See var/passwords.json"
            )
        if answer.is_success:
            self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _read(answer: httpx.Response, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
    if answer.is_success:
        return answer.json()
    raise UsageError(
        f"Airflow refuses {method} {path}: HTTP {answer.status_code}, {answer.text[:300]}"
    )


def _dag_run(body: Mapping[str, Any]) -> DagRun:
    start, end = body.get("start_date"), body.get("end_date")
    seconds = None
    if start and end:
        seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    return DagRun(
        dag_id=body["dag_id"],
        run_id=body["dag_run_id"],
        state=body["state"],
        run_type=body["run_type"],
        seconds=seconds,
    )


def _log_line(entry: Mapping[str, Any]) -> str:
    """One entry of a structured log as a line: event, then its error if it has one."""
    line = str(entry.get("event", ""))
    for detail in entry.get("error_detail") or ():
        line += f" [{detail.get('exc_type')}: {detail.get('exc_value')}]"
    return line
