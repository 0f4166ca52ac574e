"""
What an asset event of the night carries from one DAG to the next.

``{"run_id": int, "night": date, "counts": {name: papers}}``, and ``max_failed_ratio`` where the
form of the night's first DAG named one.
"""

from collections.abc import Mapping
from typing import Any

from airflow.sdk.definitions.context import Context

from florilegium_airflow.house import NIGHT_ZONE
from florilegium_airflow.wiring import load_library_settings

__all__ = ["RUN_KEY", "max_failed_ratio", "told_on", "told_run"]

RUN_KEY = "run_id"


def told_run(context: Context) -> int | None:
    """The run that the event which started us names; None after a manual start."""
    return _told(context).get(RUN_KEY)


def max_failed_ratio(context: Context) -> float:
    """The form's value, else the one the night was started with, else the setting's; 0..1."""
    asked = _asked_ratio(context)
    return load_library_settings().night.max_failed_ratio if asked is None else asked


def told_on(context: Context, run_id: int, counts: Mapping[str, int]) -> dict[str, Any]:
    """What our own event says."""
    extra = {RUN_KEY: run_id, "night": _night_of(context), "counts": dict(counts)}
    asked = _asked_ratio(context)
    return extra if asked is None else {**extra, "max_failed_ratio": asked}


def _told(context: Context) -> Mapping[str, Any]:
    """What the newest asset event says; several wait while a consumer is paused or busy."""
    events = [
        event for of_asset in context["triggering_asset_events"].values() for event in of_asset
    ]
    if not events:
        return {}
    return max(events, key=lambda event: event.timestamp).extra or {}


def _asked_ratio(context: Context) -> float | None:
    for asked in (context["params"], _told(context)):
        ratio = asked.get("max_failed_ratio")
        if ratio is not None:
            return float(ratio)
    return None


def _night_of(context: Context) -> str:
    """
    Which night this is, as a date: what a schedule, a backfill or a partition key says.

    A consumer has it from the event that started it, so that a backfilled night keeps its date
    to the end; a run by hand has the date of its start.
    """
    told = _told(context).get("night")
    if told is not None:
        return str(told)
    dag_run = context["dag_run"]
    if dag_run.partition_key:
        return str(dag_run.partition_key)[:10]
    moment = dag_run.logical_date or dag_run.run_after
    return moment.astimezone(NIGHT_ZONE).date().isoformat()
