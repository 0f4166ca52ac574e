"""
A second night over the same papers (performance bar 7, reliability bar B2): it does nothing.

Run ``python -m benchmarks.noop [FOLDER]``; the bundled samples by default. Both nights run in this
process with the real readers, the real model and a database of their own. Counts come from the
facts written; CPU seconds are those of this process, its parser children and the server.
"""

import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog

from benchmarks._ground import Figure, Ground, open_ground, print_figures
from benchmarks._night import load_questions, run_stages
from etl.settings import Settings, StoreSettings

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
            questions = load_questions(ground)
            first, first_seconds = run_stages(ground, settings, folder)
            facts = _facts(ground)
            second, second_seconds = run_stages(ground, settings, folder)
            rewritten = len(facts ^ _facts(ground))
        finally:
            shutil.rmtree(store)
    print(
        f"{first['found']} files, {questions} questions; the second night's CPU is "
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
