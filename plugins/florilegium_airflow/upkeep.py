"""The steps of the weekly round as operators."""

from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowSkipException

from florilegium_airflow.outcomes import translated
from florilegium_airflow.wiring import clean_airflow_database, load_upkeep

__all__ = ["CleanAirflowOperator", "UpkeepOperator"]


class UpkeepOperator(BaseOperator):
    """
    Do one part of the round; may run beside a night.

    Args:
        part: ``tables``, ``indexes`` or ``files``.
    """

    ui_color = "#f0f0f0"

    def __init__(self, *, part: str, **kwargs: Any) -> None:
        super().__init__(task_id=part, **kwargs)
        self.part = part

    def execute(self, context: Context) -> dict[str, int]:
        """Return what was found, as counts."""
        wants_deletion = bool(context["params"].get("delete_orphans"))
        with translated():
            found: Mapping[str, Any] = load_upkeep().do(self.part, deletes_orphans=wants_deletion)
        return {
            name: value if isinstance(value, int) else len(value) for name, value in found.items()
        }


class CleanAirflowOperator(BaseOperator):
    """Delete old runs and events from Airflow's own database, where its address is set."""

    ui_color = "#f0f0f0"

    def __init__(self, *, task_id: str = "airflow", **kwargs: Any) -> None:
        super().__init__(task_id=task_id, **kwargs)

    def execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow passes it
        """Clean, or skip and say what to set."""
        with translated():
            is_done = clean_airflow_database()
        if not is_done:
            raise AirflowSkipException(
                "FLORILEGIUM_STACK__AIRFLOW_DATABASE_URL is not set: run `airflow db clean` "
                "where Airflow's own database can be reached"
            )
