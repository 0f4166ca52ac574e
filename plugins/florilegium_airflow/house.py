"""
The rules every DAG of the house follows: who owns it, when the night starts, what forms ask.

An installation sets its own hours in Airflow's configuration, section ``florilegium``::

    AIRFLOW__FLORILEGIUM__CRON='30 2 * * *'
    AIRFLOW__FLORILEGIUM__TIMEZONE=Europe/Berlin
    AIRFLOW__FLORILEGIUM__LATE_HOURS=4
"""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import CronTriggerTimetable, Param
from airflow.sdk.configuration import conf
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from florilegium_airflow.alerts import tell_failed
from florilegium_airflow.outcomes import KindRetryPolicy
from florilegium_airflow.queues import DEFAULT_QUEUE

__all__ = [
    "ADHOC_FORM",
    "DEFAULT_ARGS",
    "GATE_FORM",
    "HOUSE",
    "MAINTAIN_FORM",
    "NIGHTLY",
    "NIGHT_FORM",
    "NIGHT_ZONE",
    "PATIENT_HOUSE",
    "WEEKLY",
]

#: Where the clock of the night hangs; its date is the name of the night.
NIGHT_ZONE = ZoneInfo(conf.get("florilegium", "timezone", fallback="UTC"))

#: Each night at 02:00 UTC, or as the installation says. Where clocks are put forward over the
#: hour, it runs just after, where they are put back, once. ``run_immediately`` is a hair's breadth
#: and not False, because with False Airflow 3.3 runs the latest tick of a freshly unpaused DAG
#: whenever it is less than a tenth of the interval (2.4 hours) old, and that run would meet the
#: one a person just started.
NIGHTLY = CronTriggerTimetable(
    conf.get("florilegium", "cron", fallback="0 2 * * *"),
    timezone=str(NIGHT_ZONE),
    run_immediately=timedelta(milliseconds=1),
)

#: Sundays at noon, when no night is on.
WEEKLY = CronTriggerTimetable(
    conf.get("florilegium", "maintain_cron", fallback="0 12 * * 0"),
    timezone=str(NIGHT_ZONE),
    run_immediately=timedelta(milliseconds=1),
)

#: A run of one DAG that is not over by then is late, and those whom it concerns are told.
LATE = timedelta(hours=conf.getfloat("florilegium", "late_hours", fallback=4.0))

#: A run that hangs (a paused pool, a queue without a worker) ends before the next night but one.
DAGRUN_TIMEOUT = timedelta(hours=36)

#: Six tries more for a service that is away; ``KindRetryPolicy`` stops earlier for all else.
DEFAULT_ARGS: dict[str, Any] = {
    "owner": "florilegium",
    "queue": DEFAULT_QUEUE,
    "retries": 6,
    "retry_delay": timedelta(seconds=10),
    "retry_policy": KindRetryPolicy(),
    "execution_timeout": timedelta(minutes=10),
}


def _late_after(interval: timedelta) -> DeadlineAlert:
    return DeadlineAlert(
        name="a run is late",
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=interval,
        # By name: the callback is run by the triggerer, and the DAG file need not load it.
        callback=AsyncCallback("florilegium_airflow.alerts.tell_late"),
    )


#: What every DAG of ours is told, beside its own schedule, form and documentation.
HOUSE: dict[str, Any] = {
    "catchup": False,
    "default_args": DEFAULT_ARGS,
    "dagrun_timeout": DAGRUN_TIMEOUT,
    "deadline": _late_after(LATE),
    "on_failure_callback": tell_failed,
}

#: The same for a DAG that waits for a person, who has a day before it is called late.
PATIENT_HOUSE: dict[str, Any] = {**HOUSE, "deadline": _late_after(timedelta(hours=24))}

#: Every DAG of the night asks this.
GATE_FORM = {
    "max_failed_ratio": Param(
        None,
        type=["null", "number"],
        minimum=0,
        maximum=1,
        title="Largest failed share",
        description=(
            "The night stops at the first stage where more than this share of the papers failed "
            "(0 to 1), and at least FLORILEGIUM_NIGHT__MIN_FAILED of them; 0 stops it at the "
            "first. Empty: FLORILEGIUM_NIGHT__MAX_FAILED_RATIO."
        ),
    ),
}

#: What ``fetch_papers`` asks.
NIGHT_FORM = {
    "papers": Param(
        None,
        type=["null", "string"],
        title="Papers",
        description=(
            "Folder of papers, corpus file (.yaml) or reference list (.bib, .ris, .json, .txt) "
            "there. Empty: FLORILEGIUM_PAPERS."
        ),
    ),
    "first_day": Param(
        None,
        type=["null", "string"],
        format="date",
        title="First day",
        description="Walk over a window of days again. Empty: from where the last walk ended.",
        section="Corpus",
    ),
    "last_day": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Last day",
        description="End of the window, today at the latest.",
        section="Corpus",
    ),
    "maximum": Param(
        None,
        type=["null", "integer"],
        minimum=1,
        title="Most papers",
        description="Papers whose bytes are taken in this run; the next goes on there. Empty: all.",
        section="Corpus",
    ),
    **GATE_FORM,
}

#: What ``ask_adhoc`` asks.
ADHOC_FORM = {
    "papers": Param(
        None,
        type=["null", "string"],
        title="Papers",
        description="Folder of papers on the server; empty to ask works that are here already.",
    ),
    "work_ids": Param(
        None,
        type=["null", "array"],
        # Not integers: ids have up to 19 digits, and a browser rounds such numbers.
        items={"type": "string", "pattern": "^[1-9][0-9]{0,18}$"},
        minItems=1,
        title="Works",
        description=(
            "Ids of works to ask, as in out.papers. Empty: every work of the folder. "
            "One of the two is needed."
        ),
    ),
    "question_ids": Param(
        None,
        type=["null", "array"],
        items={"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"},
        minItems=1,
        title="Questions",
        description="Ids such as CQ01. Empty: the whole catalogue.",
    ),
    **GATE_FORM,
}

#: What ``maintain`` asks.
MAINTAIN_FORM = {
    "delete_orphans": Param(
        False,  # noqa: FBT003 - its first argument is the default
        type="boolean",
        title="Delete files without a paper",
        description=(
            "Files older than a day that no paper points to; a crash may leave some. "
            "Unticked: they are counted only."
        ),
    ),
}
