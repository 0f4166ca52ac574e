"""The Celery workers of the local stack, and how the queues of tasks are called."""

import sys
from collections.abc import Mapping

from etl.settings import StackSettings

__all__ = ["QUEUES", "worker_components"]

#: What a worker may take: plans and parsing, models, and whatever speaks to the outside world.
QUEUES = ("cpu", "gpu", "fetch")


def worker_components(settings: StackSettings) -> Mapping[str, tuple[str, ...]]:
    """
    Command of each worker by its name.

    On one machine every worker takes from every queue, so that any of them may die; on several,
    a worker is given the queues that its machine is made for (``--queues gpu``).
    """
    command = (sys.executable, "-m", "airflow", "celery", "worker")
    options = ("--concurrency", str(settings.worker_slots), "--skip-serve-logs", "--without-mingle")
    return {
        f"worker-{number}": (
            *command,
            *("--queues", ",".join(QUEUES)),
            *("--celery-hostname", f"worker-{number}"),
            *options,
        )
        for number in range(1, settings.workers + 1)
    }
