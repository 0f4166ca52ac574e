"""
Ask chosen questions of chosen papers now, from a form, through all stages in one DAG.

It starts none of the night's DAGs, and the night does not wait for it. Leave the questions empty
for the whole catalogue.
"""

from airflow.sdk import TaskGroup, chain, dag

from florilegium_airflow.assets import RELEASE
from florilegium_airflow.house import ADHOC_FORM, HOUSE
from florilegium_airflow.model_server import serve_model
from florilegium_airflow.operators import (
    FinishOperator,
    GateOperator,
    OpenOperator,
    PlanOperator,
    PublishOperator,
    WorkOperator,
)

OPENER = "fetch.plan"


@dag(
    schedule=None,
    max_active_runs=2,
    params=ADHOC_FORM,
    tags=["florilegium", "adhoc"],
    doc_md=__doc__,
    **HOUSE,
)
def ask_adhoc() -> None:
    """Open a run, take it through every stage and its gate, publish, and close it."""
    groups: list[TaskGroup] = []
    for stage in ("fetch", "parse", "embed", "answer", "decide"):
        with TaskGroup(stage) as group:
            if groups:
                planned = PlanOperator(stage=stage, opened_by=OPENER)
            else:
                planned = OpenOperator(stage=stage, kind="adhoc")
            worked = WorkOperator.over(stage, planned.output)
            worked >> GateOperator(stage=stage)
            if stage == "answer":
                serve_model(planned, worked)
        groups.append(group)
    chain(
        *groups, PublishOperator(emits=RELEASE, opened_by=OPENER), FinishOperator(opened_by=OPENER)
    )


ask_adhoc()
