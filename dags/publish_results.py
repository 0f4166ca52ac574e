"""
Once the ballots are in, decide every cell and publish the night as one release.

Analysts see nothing before the release pointer moves, and everything after. A gate that fails
leaves the last release in place.
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


@dag(
    schedule=[BALLOTS],
    max_active_runs=1,
    params=GATE_FORM,
    tags=["florilegium", "night"],
    doc_md=__doc__,
    **HOUSE,
)
def publish_results() -> None:
    """Join the night, decide in batches, pass the gate, publish, and close the run."""
    planned = JoinOperator(stage="decide")
    decided = WorkOperator.over("decide", planned.output)
    passed = GateOperator(stage="decide")
    decided >> passed >> PublishOperator(emits=RELEASE) >> FinishOperator()


publish_results()
