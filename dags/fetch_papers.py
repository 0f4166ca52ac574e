"""
Each night at 02:00 UTC, take every paper the source offers and store its bytes once.

A person may start it at any time with a folder of their own. While another run holds the night,
a second one ends as skipped with "run N in progress". What is stored starts `parse_papers`.
"""

from airflow.sdk import dag

from florilegium_airflow.assets import FULL_TEXTS
from florilegium_airflow.house import DEFAULT_ARGS, NIGHT_FORM, NIGHTLY
from florilegium_airflow.operators import GateOperator, OpenOperator, WorkOperator


@dag(
    schedule=NIGHTLY,
    catchup=False,
    # One works, one more may come in to be told that a run is in progress.
    max_active_runs=2,
    params=NIGHT_FORM,
    default_args=DEFAULT_ARGS,
    tags=["florilegium", "night"],
    doc_md=__doc__,
)
def fetch_papers() -> None:
    """Open the night, fetch in batches, and pass the gate."""
    planned = OpenOperator(stage="fetch", kind="night")
    fetched = WorkOperator.over("fetch", planned.output)
    fetched >> GateOperator(stage="fetch", emits=FULL_TEXTS)


fetch_papers()
