"""The rules every DAG of the house follows: who owns it, when the night starts, what forms ask."""

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, Param

from florilegium_airflow.outcomes import KindRetryPolicy

__all__ = ["ADHOC_FORM", "DEFAULT_ARGS", "GATE_FORM", "NIGHTLY", "NIGHT_FORM"]

#: Each night at 02:00 UTC. ``run_immediately`` is a hair's breadth and not False, because with
#: False Airflow 3.3 runs the latest tick of a freshly unpaused DAG whenever it is less than a
#: tenth of the interval (2.4 hours) old, and that run would meet the one a person just started.
NIGHTLY = CronTriggerTimetable(
    "0 2 * * *", timezone="UTC", run_immediately=timedelta(milliseconds=1)
)

#: Six tries more for a service that is away; ``KindRetryPolicy`` stops earlier for all else.
DEFAULT_ARGS: dict[str, Any] = {
    "owner": "florilegium",
    "retries": 6,
    "retry_delay": timedelta(seconds=10),
    "retry_policy": KindRetryPolicy(),
    "execution_timeout": timedelta(minutes=10),
}

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
            "(0 to 1). Empty: FLORILEGIUM_NIGHT__MAX_FAILED_RATIO."
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
        items={"type": "integer"},
        title="Works",
        description="Ids of works to ask, as in out.papers. Empty: every work of the folder.",
    ),
    "question_ids": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Questions",
        description="Ids such as CQ01. Empty: the whole catalogue.",
    ),
    **GATE_FORM,
}
