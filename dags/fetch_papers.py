"""
Each night, take every paper the source offers and store its bytes once.

It starts at 02:00 UTC, or at the hour and in the time zone that the installation has set.

A person may start it at any time with a folder of their own. While another run holds the night,
a second one ends as skipped with "run N in progress". What is stored starts `parse_papers`.
"""

from airflow.sdk import dag

from florilegium_airflow.assets import FULL_TEXTS
from florilegium_airflow.house import HOUSE, NIGHT_FORM, NIGHTLY
from florilegium_airflow.operators import GateOperator, OpenOperator, WorkOperator


@dag(
    schedule=NIGHTLY,
    # One works, one more may come in to be told that a run is in progress.
    max_active_runs=2,
    params=NIGHT_FORM,
    tags=["florilegium", "night"],
    doc_md=__doc__,
    **HOUSE,
)
def fetch_papers() -> None:
    """Open the night, fetch in batches, and pass the gate."""
    planned = OpenOperator(stage="fetch", kind="night")
    fetched = WorkOperator.over("fetch", planned.output)
    fetched >> GateOperator(stage="fetch", emits=FULL_TEXTS)


fetch_papers()
