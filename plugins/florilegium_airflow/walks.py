"""
How the fetch DAG asks the sources of a corpus what is new, before its run begins.

A walk keeps each page of offers with its cursor and needs no run, so a window that is walked
over while another run holds the night is not lost: the next night takes what it found.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import structlog
from airflow.sdk import BaseOperator
from airflow.sdk.definitions.context import Context
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.definitions.xcom_arg import XComArg

from florilegium_airflow.outcomes import translated
from florilegium_airflow.pools import STAGE_POOLS
from florilegium_airflow.queues import STAGE_QUEUES
from florilegium_airflow.wiring import load_library_settings, load_night

__all__ = ["NoticesOperator", "WalkOperator", "WalksOperator", "papers_of"]


class WalksOperator(BaseOperator):
    """List what can be walked over: each source, or each source in each month of a window."""

    ui_color = "#e8eef7"

    def __init__(self, *, task_id: str = "walks", **kwargs: Any) -> None:
        super().__init__(task_id=task_id, **(kwargs | {"queue": STAGE_QUEUES["fetch"]}))

    def execute(self, context: Context) -> list[str]:
        """Return the units; none for a folder."""
        papers = papers_of(context["params"])
        if papers is None:
            return []
        since, until = _window(context)
        with translated():
            return load_night().walk_units(papers, since=since, until=until)


class WalkOperator(BaseOperator):
    """
    Walk over one source. One that cannot be reached is told in the result, not a failed task.

    Args:
        unit: What to walk over.
    """

    ui_color = "#eaf5ea"

    def __init__(self, *, unit: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unit = unit

    @classmethod
    def over(cls, units: XComArg) -> MappedOperator:
        """One task a unit, in the pool of the sources."""
        return cls.partial(
            task_id="walk",
            pool=STAGE_POOLS["fetch"],
            queue=STAGE_QUEUES["fetch"],
            execution_timeout=timedelta(hours=1),
            map_index_template="{{ walk_name | default(task.unit) }}",
        ).expand(unit=units)

    def execute(self, context: Context) -> dict[str, Any]:
        """Return how many pages and offers there were, and why it stopped early."""
        papers = papers_of(context["params"])
        with translated():
            report = load_night().walk(str(papers), self.unit)
        words = report.stopped or f"{report.new} new of {report.offers}"
        context["walk_name"] = f"{self.unit}: {words}"  # type: ignore[typeddict-unknown-key]
        if report.stopped:
            structlog.get_logger().warning("walk.stopped", source=self.unit, why=report.stopped)
        return {
            "pages": report.pages,
            "offers": report.offers,
            "new": report.new,
            "refused": report.refused,
            "unmatched": len(report.unmatched),
            "stopped": report.stopped,
        }


class NoticesOperator(BaseOperator):
    """Ask for retractions and corrections of papers that are here, each paper once a week."""

    ui_color = "#eaf5ea"

    def __init__(self, *, task_id: str = "notices", **kwargs: Any) -> None:
        super().__init__(
            task_id=task_id,
            pool=STAGE_POOLS["fetch"],
            queue=STAGE_QUEUES["fetch"],
            execution_timeout=timedelta(hours=1),
            **kwargs,
        )

    def execute(self, context: Context) -> dict[str, int]:
        """Return new events by source; -1 for one that could not be asked to the end."""
        del context
        with translated():
            return load_night().refresh_notices()


def papers_of(params: Mapping[str, Any]) -> str | None:
    """The folder or corpus of the form, else the one that the settings name."""
    papers: str | None = params.get("papers")
    return papers if papers is not None else load_library_settings().papers


def _window(context: Context) -> tuple[date | None, date | None]:
    """
    The days to walk over: those of the form, those of a backfilled night, or none.

    Without a window a walk goes from its watermark to today, so missed nights are caught up
    with by themselves. A backfilled night is the day it is named after and the day before.
    """
    params = context["params"]
    if params.get("first_day") or params.get("last_day"):
        return _day(params.get("first_day")), _day(params.get("last_day"))
    dag_run = context["dag_run"]
    if dag_run.run_type != "backfill" or dag_run.logical_date is None:
        return None, None
    night = dag_run.logical_date.date()
    return night - timedelta(days=1), night


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
