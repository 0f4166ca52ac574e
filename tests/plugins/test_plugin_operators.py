"""Which run a consumer joins, and which ratio its gate holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from fake_night import FakeNight

pytestmark = pytest.mark.airflow


@dataclass
class RecordingTask:
    """The little of a task instance that an operator uses."""

    pushed: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def event(hour: int, **extra: Any) -> SimpleNamespace:
    return SimpleNamespace(timestamp=datetime(2026, 3, 1, hour, tzinfo=UTC), extra=extra)


def context_of(*events: SimpleNamespace) -> dict[str, Any]:
    return {
        "ti": RecordingTask(),
        "params": {"max_failed_ratio": None},
        "dag_run": SimpleNamespace(dag_id="parse_papers", run_id="asset_triggered__1"),
        "triggering_asset_events": {"full_texts": list(events)} if events else {},
    }


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> FakeNight:
    import sys

    night = FakeNight(batches={"parse": [{"done": 1}]})
    monkeypatch.setitem(sys.modules, "etl.wiring", night.as_module())
    return night


@pytest.mark.parametrize(
    ("events", "asked"),
    [
        ([event(2, run_id=8)], 8),
        ([event(3, run_id=9), event(2, run_id=8)], 9),
        ([event(2)], None),
        ([], None),
    ],
    ids=["one event", "the newest of two", "an event by hand", "a manual start"],
)
def test_a_consumer_joins_the_run_of_the_newest_event(
    night: FakeNight, events: list[SimpleNamespace], asked: int | None
) -> None:
    from florilegium_airflow.operators import JoinOperator

    context = context_of(*events)
    assert JoinOperator(stage="parse").execute(context) == [200]  # type: ignore[arg-type]
    assert night.attached == [(asked, "parse_papers/asset_triggered__1")]
    assert context["ti"].pushed == {"run_id": asked or 41}


@pytest.mark.parametrize(
    ("form", "of_event", "ratio"),
    [(0.1, 0.3, 0.1), (None, 0.3, 0.3), (0.0, 0.3, 0.0), (None, None, 0.5)],
)
def test_the_form_wins_over_the_event_and_the_event_over_the_setting(
    form: float | None, of_event: float | None, ratio: float
) -> None:
    from florilegium_airflow.night_events import max_failed_ratio

    context = context_of(event(2, run_id=8, max_failed_ratio=of_event))
    context["params"] = {"max_failed_ratio": form}
    assert max_failed_ratio(context) == ratio  # type: ignore[arg-type]


@pytest.mark.parametrize(("state", "is_fine"), [("removed", True), ("upstream_failed", False)])
def test_a_batch_of_the_plan_before_does_not_close_the_gate(
    night: FakeNight, state: str, *, is_fine: bool
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from florilegium_airflow.assets import DOCUMENTS
    from florilegium_airflow.operators import GateOperator

    class Cleared(RecordingTask):
        def xcom_pull(self, task_ids: str, key: str) -> int:
            assert (task_ids, key) == ("plan", "run_id")
            return 41

        def get_task_states(self, **asked: Any) -> dict[str, dict[str, str]]:
            return {asked["run_ids"][0]: {"plan": "success", "parse_0": state}}

    emitted = SimpleNamespace(extra=None)
    context = context_of() | {"ti": Cleared(), "outlet_events": {DOCUMENTS: emitted}}
    context["dag_run"] = SimpleNamespace(
        dag_id="parse_papers",
        run_id="asset_triggered__1",
        partition_key=None,
        logical_date=None,
        run_after=datetime(2026, 3, 1, tzinfo=UTC),
    )
    gate = GateOperator(stage="parse", emits=DOCUMENTS)
    if is_fine:
        gate.execute(context)  # type: ignore[arg-type]
        assert emitted.extra["run_id"] == 41
    else:
        with pytest.raises(AirflowFailException, match=r"did not end well \(parse_0\)"):
            gate.execute(context)  # type: ignore[arg-type]
        assert night.closed
