"""
What orchestration costs (performance bar 11): DAG imports, and task instances a night.

An import is measured in a fresh process after Airflow itself is loaded, as the DAG processor
forks it: CPU seconds of one file, and whether it brought torch or vllm in. Task instances are
counted from the DAGs and the batch sizes in force: tasks that are always there, and one a batch.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

from etl.settings import AnswerSettings, NightSettings

ROOT = Path(__file__).resolve().parents[1]
MAX_IMPORT_SECONDS = 1.0
#: Sources that are walked over; mapped tasks of the stages are counted by their batches.
SOURCES = 4

_PROBE = """
import json, runpy, sys, time
sys.path.insert(0, "plugins")
import airflow.sdk
airflow.sdk.dag, airflow.sdk.BaseOperator, airflow.sdk.Asset
before = time.process_time()
runpy.run_path(sys.argv[1])
heavy = [m for m in ("torch", "vllm", "sentence_transformers") if m in sys.modules]
print(json.dumps({"seconds": time.process_time() - before, "heavy": heavy}))
"""

_TASKS = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
sys.path.insert(0, "plugins")
bag = DagBag(dag_folder="dags")
assert not bag.import_errors, bag.import_errors
dags = [dag for name, dag in bag.dags.items() if "night" in dag.tags]
print(json.dumps(sum(not task.is_mapped for dag in dags for task in dag.tasks)))
"""


def main() -> int:
    """Print the figures; 0 where all bars are met."""
    is_met = True
    print(f"{'DAG file':<24}{'CPU-s':>8}{'bar':>8}  brings in")
    for path in sorted((ROOT / "dags").glob("*.py")):
        found = _import_cost(path)
        heavy = found["heavy"]
        is_met &= found["seconds"] <= MAX_IMPORT_SECONDS and not heavy
        row = f"{path.name:<24}{found['seconds']:>8.2f}{MAX_IMPORT_SECONDS:>8.1f}"
        print(f"{row}  {', '.join(heavy) or 'nothing heavy'}")
    fixed = _fixed_tasks()
    print(f"\n{'papers a night':<24}{'tasks':>8}{'bar':>8}  60 + papers / 25")
    for papers in (0, 10, 100, 1_000, 10_000, 100_000):
        tasks, bar = fixed + SOURCES + _batches(papers), 60 + papers / 25
        is_met &= tasks <= bar
        print(f"{papers:<24}{tasks:>8}{bar:>8.0f}")
    return 0 if is_met else 1


def _import_cost(path: Path) -> dict[str, object]:
    finished = subprocess.run(
        [sys.executable, "-c", _PROBE, str(path)], cwd=ROOT, check=True, capture_output=True
    )
    return json.loads(finished.stdout.splitlines()[-1])


def _fixed_tasks() -> int:
    """Tasks of a night's DAGs that are there whatever there is to do."""
    finished = subprocess.run(
        [sys.executable, "-c", _TASKS],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/plugins"},  # noqa: TID251 - handed on
        check=True,
        capture_output=True,
    )
    return int(json.loads(finished.stdout.splitlines()[-1]))


def _batches(papers: int) -> int:
    night = NightSettings()
    sizes = night.papers_per_batch.model_dump()
    # An answer batch holds pairs of paper and answerer.
    items = dict.fromkeys(sizes, papers)
    items["answer"] *= len(AnswerSettings().answerers)
    return sum(min(night.max_batches, math.ceil(items[stage] / sizes[stage])) for stage in sizes)


if __name__ == "__main__":
    sys.exit(main())
