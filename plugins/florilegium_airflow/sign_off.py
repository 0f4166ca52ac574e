"""
Ask a person to sign a release off, and keep who did; no worker and no night waits meanwhile.

``count`` tells what there is to know and skips where nothing is to be asked; ``sign_off`` puts
the question on Airflow's page of required actions and writes the answer to ``core.sign_off``.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import BaseOperator, Param
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowSkipException

from florilegium_airflow.outcomes import translated
from florilegium_airflow.wiring import load_sign_offs

__all__ = ["APPROVE", "LATER", "REJECT", "CountOperator", "SignOffOperator"]

APPROVE = "Approve"
REJECT = "Reject"
#: What silence means: nothing is kept, and the next release is asked about again.
LATER = "Decide later"
_VERDICTS = {APPROVE: "approved", REJECT: "rejected"}
#: The run must end before it is stopped as hanging; see ``house.DAGRUN_TIMEOUT``.
_PATIENCE = timedelta(hours=30)


class CountOperator(BaseOperator):
    """Count what a person should know of the release before they sign."""

    ui_color = "#f3e6f5"

    def __init__(self, *, task_id: str = "count", **kwargs: Any) -> None:
        super().__init__(task_id=task_id, **kwargs)

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 - Airflow passes it
        """
        Look at the current release.

        Returns:
            Its number and counts.

        Raises:
            AirflowSkipException: There is no release, or it has been signed.
        """
        with translated():
            found = load_sign_offs().release_to_sign()
        if found is None:
            raise AirflowSkipException("nothing has been published yet")
        if found["is_signed"]:
            raise AirflowSkipException(f"release {found['release_id']} has been signed off")
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in found.items()
        }


class SignOffOperator(HITLOperator):
    """
    Wait for a person's verdict on the counted release, and keep it.

    Args:
        counted_by: Id of the task that counted.
    """

    ui_color = "#f3e6f5"

    def __init__(
        self, *, counted_by: str = "count", task_id: str = "sign_off", **kwargs: Any
    ) -> None:
        pulled = f"ti.xcom_pull(task_ids='{counted_by}')"
        super().__init__(
            task_id=task_id,
            subject=f"Sign off release {{{{ {pulled}['release_id'] }}}}?",
            body=_body(pulled),
            options=[APPROVE, REJECT, LATER],
            defaults=LATER,
            response_timeout=_PATIENCE,
            params={
                # Nullable: a text that may not be null has to be filled in before any button works.
                "comment": Param(
                    None,
                    type=["null", "string"],
                    maxLength=4000,
                    title="Comment",
                    description="Why; it is kept with the verdict.",
                )
            },
            **kwargs,
        )
        self.counted_by = counted_by

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Keep the verdict of whoever answered; silence and "later" keep nothing."""
        answer = super().execute_complete(context, event)
        counted: Mapping[str, Any] = context["ti"].xcom_pull(task_ids=self.counted_by)
        verdict = _VERDICTS.get(answer["chosen_options"][0])
        person = (answer["responded_by_user"] or {}).get("name")
        if verdict is None or not person:
            self.log.info("release %s: decided later", counted["release_id"])
            return answer["chosen_options"]
        with translated():
            load_sign_offs().sign(
                counted["release_id"],
                person=person,
                verdict=verdict,
                signed_at=answer["responded_at"],
                comment=answer["params_input"].get("comment") or None,
                disputed_count=counted["disputed_count"],
                conflicting_count=counted["conflicting_count"],
            )
        self.log.info("release %s %s by %s", counted["release_id"], verdict, person)
        return answer["chosen_options"]


def _body(pulled: str) -> str:
    """What is asked, in Markdown; filled in when the task runs."""
    counted = f"{{% set c = {pulled} %}}"
    return counted + (
        "Release {{ c['release_id'] }} of {{ c['published_at'][:16] }} holds "
        "{{ c['decision_count'] }} answers, {{ c['changed_count'] }} of them new or changed.\n\n"
        "- {{ c['conflicting_count'] }} answers are conflicting\n"
        "- {{ c['disputed_count'] }} labels are in dispute\n"
        "- {{ c['labelled_count'] }} cells have been labelled\n\n"
        "[Open the review desk](/plugin/florilegium-review) · "
        "[Conflicting answers](/florilegium/matrix?state=conflicting)\n\n"
        "The release stays published either way; your name and verdict are kept with it."
    )
