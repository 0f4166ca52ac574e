"""
Once papers are read, cut them into chunks and give each chunk its vector.

Vectors that exist are kept: only new text and new models cost a forward pass. What can be
searched starts `answer_questions`.
"""

from airflow.sdk import dag

from florilegium_airflow.assets import DOCUMENTS, EMBEDDINGS
from florilegium_airflow.house import GATE_FORM, HOUSE
from florilegium_airflow.operators import GateOperator, JoinOperator, WorkOperator


@dag(
    schedule=[DOCUMENTS],
    max_active_runs=1,
    params=GATE_FORM,
    tags=["florilegium", "night"],
    doc_md=__doc__,
    **HOUSE,
)
def embed_chunks() -> None:
    """Join the night, embed in batches, and pass the gate."""
    planned = JoinOperator(stage="embed")
    embedded = WorkOperator.over("embed", planned.output)
    embedded >> GateOperator(stage="embed", emits=EMBEDDINGS)


embed_chunks()
