"""
Once the ballots are in, decide every cell, publish the night as one release, and report.

Analysts see nothing before the release pointer moves, and everything after. A gate that fails
leaves the last release in place. The report of the night is linked from the last task.
"""

from airflow.sdk import dag

from florilegium_airflow.assets import BALLOTS, RELEASE
from florilegium_airflow.house import GATE_FORM, HOUSE
from florilegium_airflow.operators import (
    FinishOperator,
    GateOperator,
    JoinOperator,
    PublishOperator,
    WorkOperator,
)
from florilegium_airflow.report import ReportOperator


@dag(
    schedule=[BALLOTS],
    max_active_runs=1,
    params=GATE_FORM,
    tags=["florilegium", "night"],
    doc_md=__doc__,
    **HOUSE,
)
def publish_results() -> None:
    """Join the night, decide in batches, pass the gate, publish, close the run, and report."""
    planned = JoinOperator(stage="decide")
    decided = WorkOperator.over("decide", planned.output)
    passed = GateOperator(stage="decide")
    decided >> passed >> PublishOperator(emits=RELEASE) >> FinishOperator() >> ReportOperator()


publish_results()
