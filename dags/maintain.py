"""
Once a week, keep what the nights rest on in good order; nothing of a night waits for it.

Old runs leave Airflow's own database, tables give back dead rows and count their values anew,
broken indexes are rebuilt, and files that no paper points to are counted (or deleted, if the form
says so).
"""

from airflow.sdk import dag

from florilegium_airflow.house import HOUSE, MAINTAIN_FORM, WEEKLY
from florilegium_airflow.upkeep import CleanAirflowOperator, UpkeepOperator


@dag(
    schedule=WEEKLY,
    max_active_runs=1,
    params=MAINTAIN_FORM,
    tags=["florilegium", "upkeep"],
    doc_md=__doc__,
    **HOUSE,
)
def maintain() -> None:
    """One task a part; none waits for another, so that one fault stops only itself."""
    CleanAirflowOperator()
    for part in ("tables", "indexes", "files"):
        UpkeepOperator(part=part)


maintain()
