"""
Once the night's papers are stored, read each into sections, blocks and sentences.

A paper that cannot be read gets an outcome with its reason and stops nobody else. What is read
starts `embed_chunks`.
"""

from airflow.sdk import dag

from florilegium_airflow.assets import DOCUMENTS, FULL_TEXTS
from florilegium_airflow.house import GATE_FORM, HOUSE
from florilegium_airflow.operators import GateOperator, JoinOperator, WorkOperator


@dag(
    schedule=[FULL_TEXTS],
    max_active_runs=1,
    params=GATE_FORM,
    tags=["florilegium", "night"],
    doc_md=__doc__,
    **HOUSE,
)
def parse_papers() -> None:
    """Join the night, parse in batches, and pass the gate."""
    planned = JoinOperator(stage="parse")
    parsed = WorkOperator.over("parse", planned.output)
    parsed >> GateOperator(stage="parse", emits=DOCUMENTS)


parse_papers()
