"""The last step of a night: it reports the run that its DAG joined, and links the page."""

import sys
from typing import Any

import pytest
from fake_night import FakeNight

pytestmark = pytest.mark.airflow


class _Task:
    """A task instance that remembers, and knows what the plan pushed."""

    def __init__(self, run_id: int | None) -> None:
        self.pushed: dict[str, Any] = {}
        self._run_id = run_id

    def xcom_pull(self, *, key: str, task_ids: str | None = None) -> Any:
        return self._run_id if task_ids == "plan" else self.pushed.get(key)

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> FakeNight:
    made = FakeNight()
    monkeypatch.setitem(sys.modules, "etl.wiring", made.as_module())
    return made


def test_the_run_of_the_plan_is_reported_and_linked(night: FakeNight) -> None:
    from florilegium_airflow.report import ReportLink, ReportOperator

    task = _Task(41)
    operator = ReportOperator()
    place = operator.execute({"ti": task})  # type: ignore[typeddict-item]
    assert (night.reported, place) == ([41], "/reports/run-41.html")
    assert task.pushed == {"report": "/florilegium/report?id=41"}
    assert ReportLink().get_link(operator, ti_key=task) == "/florilegium/report?id=41"


def test_without_a_run_there_is_nothing_to_report_and_no_link(night: FakeNight) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from florilegium_airflow.report import ReportLink, ReportOperator

    task = _Task(None)
    with pytest.raises(AirflowFailException, match="opened no run"):
        ReportOperator().execute({"ti": task})  # type: ignore[typeddict-item]
    assert night.reported == []
    assert ReportLink().get_link(ReportOperator(), ti_key=task) == ""
