"""
Once papers can be searched, ask each of them every question of the catalogue.

Only missing cells are asked: a new paper, an edited question or a new answerer. Where the settings
say how, a language model's server is started before and stopped after. The ballots start
`publish_results`.
"""

from airflow.sdk import dag

from florilegium_airflow.assets import BALLOTS, EMBEDDINGS
from florilegium_airflow.house import GATE_FORM, HOUSE
from florilegium_airflow.model_server import serve_model
from florilegium_airflow.operators import GateOperator, JoinOperator, WorkOperator


@dag(
    schedule=[EMBEDDINGS],
    max_active_runs=1,
    params=GATE_FORM,
    tags=["florilegium", "night"],
    doc_md=__doc__,
    **HOUSE,
)
def answer_questions() -> None:
    """Join the night, answer in batches, and pass the gate."""
    planned = JoinOperator(stage="answer")
    answered = WorkOperator.over("answer", planned.output)
    serve_model(planned, answered)
    answered >> GateOperator(stage="answer", emits=BALLOTS)


answer_questions()
