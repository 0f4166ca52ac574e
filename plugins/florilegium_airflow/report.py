"""
The last step of a night: its report, written to a file and linked from the task.

The report is a leaf of its own. When it fails, the release stands and the run is closed; the
task says why, and clearing it writes the report again.
"""

from typing import Any

from airflow.sdk import BaseOperator, BaseOperatorLink
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowFailException

from florilegium_airflow.night_events import RUN_KEY
from florilegium_airflow.outcomes import translated
from florilegium_airflow.wiring import load_night

__all__ = ["REPORT_KEY", "ReportLink", "ReportOperator"]

#: XCom key of the address that people open.
REPORT_KEY = "report"


class ReportLink(BaseOperatorLink):
    """A button on the task that opens the night's report."""

    name = "Night report"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's
        """The address that the task left; empty before it has run."""
        return str(ti_key.xcom_pull(key=REPORT_KEY) or "")


class ReportOperator(BaseOperator):
    """
    Write the report of the run that this DAG joined.

    Args:
        opened_by: Id of the task that opened or joined the run.
    """

    ui_color = "#f3e6f5"
    operator_extra_links = (ReportLink(),)

    def __init__(self, *, opened_by: str = "plan", **kwargs: Any) -> None:
        super().__init__(task_id="report", **kwargs)
        self.opened_by = opened_by

    def execute(self, context: Context) -> str:
        """
        Write the page and its JSON.

        Returns:
            Where the page lies. The XCom key ``report`` holds the address in the web pages.
        """
        run_id = context["ti"].xcom_pull(task_ids=self.opened_by, key=RUN_KEY)
        if run_id is None:
            message = f"task {self.opened_by} opened no run, so there is nothing to report"
            raise AirflowFailException(message)
        with translated():
            place = load_night().report(int(run_id))
        context["ti"].xcom_push(key=REPORT_KEY, value=f"/florilegium/report?id={int(run_id)}")
        return place
