"""
Each night, take every paper the source offers and store its bytes once.

It starts at 02:00 UTC, or at the hour and in the time zone that the installation has set.

Each source of a corpus is walked over by a task of its own, from where the last walk ended: after
missed nights one run catches up. `airflow backfill create --dag-id fetch_papers --from-date …`
walks over past nights, the form over any window of days, and neither moves the watermark.

A person may start it at any time with a folder or corpus of their own. While another run holds
the night, a second one walks, keeps what it found for the next, and ends as skipped with "run N
in progress". What is stored starts `parse_papers`.
"""

from airflow.sdk import TriggerRule, dag

from florilegium_airflow.assets import FULL_TEXTS
from florilegium_airflow.house import HOUSE, NIGHT_FORM, NIGHTLY
from florilegium_airflow.operators import GateOperator, OpenOperator, WorkOperator
from florilegium_airflow.walks import NoticesOperator, WalkOperator, WalksOperator


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
    """Walk over the sources, open the night, fetch in batches, and pass the gate."""
    walked = WalkOperator.over(WalksOperator().output)
    # A folder has nothing to walk over: the night opens after skipped walks, too.
    planned = OpenOperator(
        stage="fetch", kind="night", is_walked=True, trigger_rule=TriggerRule.NONE_FAILED
    )
    fetched = WorkOperator.over("fetch", planned.output)
    walked >> planned
    walked >> NoticesOperator(trigger_rule=TriggerRule.NONE_FAILED)
    fetched >> GateOperator(stage="fetch", emits=FULL_TEXTS)


fetch_papers()
