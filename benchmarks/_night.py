"""One whole night in this process: the stages alone, without Airflow, and what they cost."""

import resource
import time
from pathlib import Path

import psutil

from benchmarks._ground import Ground
from etl.catalogue.load import load_catalogue
from etl.night.night import STAGE_ORDER
from etl.settings import Settings
from etl.store.database import open_database
from etl.store.questions import QuestionStore
from etl.wiring import build_night

__all__ = ["load_questions", "run_stages"]


def load_questions(ground: Ground) -> int:
    """Put the bundled catalogue in force; how many questions it has."""
    catalogue = load_catalogue(None)
    store = QuestionStore(open_database(ground.settings))
    store.load_catalogue(catalogue.name, catalogue.questions)
    return len(catalogue.questions)


def run_stages(ground: Ground, settings: Settings, folder: Path) -> tuple[dict[str, int], float]:
    """
    Work through one night over a folder of papers.

    Returns:
        Its counts, and the CPU seconds of this process, its children and the server.
    """
    start = _seconds(ground)
    night = build_night(settings)
    run_id = night.begin(kind="cli", trigger="bench", papers=str(folder))
    with night.hold(run_id):
        for stage in STAGE_ORDER:
            for batch_id in night.plan(run_id, stage):
                night.work(batch_id)
            night.settle(run_id, stage, max_failed_ratio=1.0)
        night.publish(run_id)
        counts = night.finish(run_id)
    return counts, _seconds(ground) - start


def _seconds(ground: Ground) -> float:
    """CPU of this process, its ended children, and the server with all its ended sessions."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    pid = ground.postgres.pid()
    assert pid is not None
    # A night's sessions are short: wait until the server has reaped them, then they are counted.
    time.sleep(0.3)
    server = psutil.Process(pid).cpu_times()
    return (
        time.process_time()
        + children.ru_utime
        + children.ru_stime
        + server.children_user
        + server.children_system
    )
