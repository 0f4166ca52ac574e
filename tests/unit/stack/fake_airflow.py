"""An Airflow that answers over HTTP as the real one does, with a night that plays by itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from etl.stack.night import CHAIN


@dataclass
class FakeAirflow:
    """Every look at a run moves it one step: queued, running, over."""

    #: DAG whose task fails, or None.
    failing: str | None = None
    #: DAG whose tasks are all skipped, or None.
    skipping: str | None = None
    #: DAG that is paused when it is told, and for how many looks more; its event is forgotten.
    asleep: str | None = None
    sleep: int = 2
    dags: tuple[str, ...] = CHAIN
    tokens: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[Mapping[str, Any]] = field(default_factory=list)
    looks: dict[str, int] = field(default_factory=dict)
    #: Answers to give before any other, as (status, body).
    planted: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.calls.append((request.method, path))
        if request.content:
            self.bodies.append(json.loads(request.content))
        if path == "/auth/token":
            self.tokens += 1
            return httpx.Response(201, json={"access_token": f"token-{self.tokens}"})
        if self.planted:
            status, body = self.planted.pop(0)
            return httpx.Response(status, json=body)
        return httpx.Response(200, json=self._read(request.method, path.split("/")[3:]))

    def _read(self, method: str, parts: list[str]) -> Mapping[str, Any]:  # noqa: C901, PLR0911
        match parts:
            case ["dags"]:
                return {"dags": [self._dag(each) for each in self.dags]}
            case ["assets", "events"]:
                if method == "POST":
                    self.asleep = None
                extra = {"run_id": 7}
                return {"asset_events": [{"asset_id": 4, "extra": extra}]}
            case ["importErrors"]:
                broken = {"filename": f"{CHAIN[-1]}.py", "stack_trace": "a\nNameError: y"}
                return {"import_errors": [broken]}
            case ["dags", _] if method == "PATCH":
                return {}
            case ["dags", dag_id, "dagRuns"]:
                if dag_id == self.asleep:
                    return {"dag_runs": [self._stranger(dag_id)]}
                found = self._run(dag_id, is_look=False)
                return found if method == "POST" else {"dag_runs": [self._stranger(dag_id), found]}
            case ["dags", dag_id, "dagRuns", _]:
                return self._run(dag_id, is_look=True)
            case ["dags", dag_id, "dagRuns", run_id, "upstreamAssetEvents"]:
                return {"asset_events": [self._event(dag_id, run_id)]}
            case ["dags", dag_id, "dagRuns", _, "taskInstances"]:
                return {"task_instances": [self._task(dag_id)], "total_entries": 1}
            case [*_, "logs", _]:
                entries = [{"event": "::group::x"}, {"event": "run 7 in progress"}]
                return {"content": entries}
        raise AssertionError(parts)

    def _dag(self, dag_id: str) -> Mapping[str, Any]:
        self.sleep -= dag_id == self.asleep and self.looks.get(CHAIN[0], 0) > 1
        return {"dag_id": dag_id, "is_paused": dag_id == self.asleep and self.sleep >= 0}

    def _run(self, dag_id: str, *, is_look: bool) -> Mapping[str, Any]:
        self.looks[dag_id] = self.looks.get(dag_id, 0) + is_look
        looks = self.looks[dag_id]
        over = "failed" if dag_id == self.failing else "success"
        return {
            "dag_id": dag_id,
            "dag_run_id": "ours",
            "state": ("queued", "running", over)[min(looks, 2)],
            "run_type": "manual" if dag_id == CHAIN[0] else "asset_triggered",
            "start_date": "2026-01-01T00:00:00Z",
            "end_date": "2026-01-01T00:00:04Z" if looks >= 2 else None,
        }

    def _stranger(self, dag_id: str) -> Mapping[str, Any]:
        """A newer run that somebody else's night started."""
        return {**self._run(dag_id, is_look=False), "dag_run_id": "theirs"}

    def _event(self, dag_id: str, run_id: str) -> Mapping[str, Any]:
        return {"source_dag_id": CHAIN[CHAIN.index(dag_id) - 1], "source_run_id": run_id}

    def _task(self, dag_id: str) -> Mapping[str, Any]:
        state = {self.failing: "failed", self.skipping: "skipped"}.get(dag_id, "success")
        return {"task_id": "work", "map_index": 2, "state": state, "try_number": 1}
