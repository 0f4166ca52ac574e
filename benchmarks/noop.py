"""
A second night over the same papers (performance bar 7, reliability bar B2): it does nothing.

Run ``python -m benchmarks.noop [FOLDER]``; the bundled samples by default. Both nights run in this
process with the real readers, the real model and a database of their own. Counts come from the
facts written; CPU seconds are those of this process, its parser children and the server.
"""

import logging
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import structlog

from benchmarks._ground import Figure, Ground, open_ground, print_figures
from etl.catalogue.load import load_catalogue
from etl.night.night import STAGE_ORDER
from etl.settings import Settings, StoreSettings
from etl.store.database import open_database
from etl.store.questions import QuestionStore
from etl.wiring import build_night

_SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "papers"
_COUNTS = ("new", "parsed", "embedded", "asked", "decided")


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures; 0 where every bar is met."""
    folder = Path(arguments[0]) if arguments else _SAMPLES
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with open_ground() as ground:
        store = Path(tempfile.mkdtemp(prefix="florilegium-store-"))
        try:
            settings = Settings(database=ground.settings, store=StoreSettings(uri=str(store)))
            catalogue = load_catalogue(None)
            QuestionStore(open_database(ground.settings)).load_catalogue(
                catalogue.name, catalogue.questions
            )
            first, first_seconds = _night(ground, settings, folder)
            facts = _facts(ground)
            second, second_seconds = _night(ground, settings, folder)
            rewritten = len(facts ^ _facts(ground))
        finally:
            shutil.rmtree(store)
    print(
        f"{first['found']} files, {len(catalogue.questions)} questions; the second night's CPU is "
        f"{1000 * second_seconds:.0f} ms whatever there is: a larger folder has a smaller ratio"
    )
    ratio = second_seconds / first_seconds
    return print_figures(
        [
            *(
                Figure(
                    name=f"second night: {name}",
                    figure=str(second[name]),
                    baseline=str(first[name]),
                    ratio=second[name],
                    sense="<=",
                    bound=0,
                )
                for name in _COUNTS
            ),
            Figure(
                name="second night: fact rows written or changed",
                figure=str(rewritten),
                baseline=str(len(facts)),
                ratio=rewritten,
                sense="<=",
                bound=0,
            ),
            Figure(
                name="CPU seconds, second night / first",
                figure=f"{second_seconds:.2f}",
                baseline=f"{first_seconds:.2f}",
                ratio=ratio,
                sense="<=",
                bound=0.01,
            ),
        ]
    )


def _night(ground: Ground, settings: Settings, folder: Path) -> tuple[dict[str, int], float]:
    """One whole night; its counts and its CPU seconds."""
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


def _facts(ground: Ground) -> set[str]:
    """Every row of ``core`` by table, place and writing transaction: any write changes the set."""
    tables = ground.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'core' ORDER BY 1")
    script = " UNION ALL ".join(
        f"SELECT '{table} ' || ctid::text || ' ' || xmin::text FROM core.{table}"  # noqa: S608 - names of the catalogue
        for table in tables
    )
    return set(ground.sql(script))


if __name__ == "__main__":
    main(sys.argv[1:])
