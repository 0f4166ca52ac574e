"""
After each release, ask a person to sign it off; the night is over and waits for nobody.

Unpause it where releases need a sign-off. The question stands on Airflow's page of required
actions with the counts and a link to the review desk; who answered, what and when is kept in
`out.sign_offs`. A question that nobody answers ends by itself, and the next release asks again.
"""

from airflow.sdk import dag

from florilegium_airflow.assets import RELEASE
from florilegium_airflow.house import PATIENT_HOUSE
from florilegium_airflow.sign_off import CountOperator, SignOffOperator


@dag(
    schedule=[RELEASE],
    max_active_runs=1,
    tags=["florilegium", "review"],
    doc_md=__doc__,
    **PATIENT_HOUSE,
)
def review_disputed() -> None:
    """Count what is in doubt, then wait for a verdict."""
    CountOperator() >> SignOffOperator()


review_disputed()
