"""
What Airflow adds to a night (performance bar 11), measured in a night of a live stack.

Run ``python -m benchmarks.orchestration [PAPERS]``; 1,000 papers by default, some 35 minutes. The
papers are the samples in JATS and TEI with each paragraph told four times, each time with words of
its own, so that no text is like another. They have some 2,300 words, where the papers of the
founding study have 6,000, and no PDF is among them: real papers cost the stages more.

The CPU of every process of the stack, with its ended children, is counted from the trigger of the
night to the end of its last DAG. Orchestration is

* the components: the API server, the scheduler with what looks after its tasks, the DAG processor,
  the triggerer and our supervisor;
* Airflow's part of the database server, by the time the server was active for each database;
* the start of each task, as a second night tells that finds nothing to do.

All else that the stack spent is the stages, each batch of which loads its model anew. How much the
same stages take in one process, a tenth of the papers, models loaded, is printed beside it.
"""

import logging
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import structlog

from benchmarks._ground import Figure, open_ground, print_figures
from benchmarks._night import load_questions, run_stages
from etl.settings import Settings, StoreSettings
from etl.stack.lifecycle import StartOptions, bring_down, bring_up
from etl.stack.night import run_night
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.state import load_state

_ROOT = Path(__file__).resolve().parents[1]
_SAMPLES = _ROOT / "samples" / "papers"
_MODELS = ("cameras.jats.xml", "pollen.tei.xml")
_PAPERS = 1_000
#: Papers of the live night for each that is worked through without Airflow.
_SHARE = 10
#: How often a paragraph is told.
_TIMES = 4
_BAR = 0.10
#: Seldom, as nobody watches a scheduled night; each look costs the API server.
_POLL_SECONDS = 10.0


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures; 0 where the bar is met."""
    papers = int(arguments[0]) if arguments else _PAPERS
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    home = Path(tempfile.mkdtemp(prefix="florilegium-bench-orchestration-"))
    try:
        alone = papers * _stages_alone(home, max(1, papers // _SHARE))
        many = write_papers(home / "many", range(papers))
        night, quiet = _live_nights(home, many)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    orchestration = {
        **{name: night.spent[name] for name in night.spent if name not in {"tasks", "postgres"}},
        "Airflow's database": night.spent["postgres"] * night.airflow_share,
        "start of tasks": night.tasks * quiet.spent["tasks"] / quiet.tasks,
    }
    spent = sum(orchestration.values())
    stages = sum(night.spent.values()) - spent
    print(f"{papers} papers, {night.tasks} tasks, {night.seconds:.0f} s by the clock; CPU-s:")
    for name, value in orchestration.items():
        print(f"  {name:<20}{value:>9.1f}")
    print(f"the stages took {stages:.1f}, in one process without Airflow {alone:.1f}")
    return print_figures(
        [
            Figure(
                name="orchestration / stages",
                figure=f"{spent:.1f} CPU-s",
                baseline=f"{stages:.1f} CPU-s",
                ratio=spent / stages,
                sense="<=",
                bound=_BAR,
            )
        ]
    )


def write_papers(folder: Path, numbers: Sequence[int]) -> Path:
    """
    Papers of some length, no two alike.

    Args:
        folder: Made, and filled.
        numbers: One a paper; the even ones are JATS, the odd ones TEI.
    """
    folder.mkdir()
    models = [(name, (_SAMPLES / name).read_text(encoding="utf-8")) for name in _MODELS]
    for number in numbers:
        name, text = models[number % len(models)]
        (folder / f"{number}.{name}").write_text(_variant(text, number), encoding="utf-8")
    return folder


def _variant(text: str, number: int) -> str:
    """Another paper after a model: its own DOI and title, its paragraphs several times over."""
    text = re.sub(r"florilegium\.sample\.(\d)", rf"florilegium.sample.\1.{number}", text)
    title = r"(<article-title>|<title level=\"a\" type=\"main\">)"
    text = re.sub(title, rf"\1Plot {number}: ", text)
    head, body, rest = re.split(r"(<body\b.*</body>)", text, maxsplit=1, flags=re.DOTALL)
    told = "".join(rf"<p>In plot {number}.{time}, \1</p>" for time in range(_TIMES))
    return head + re.sub(r"<p>(.*?)</p>", told, body, flags=re.DOTALL) + rest


def _stages_alone(home: Path, count: int) -> float:
    """CPU seconds a paper, once the models are loaded."""
    few = write_papers(home / "few", range(count))
    first = write_papers(home / "first", range(count, count + 2))
    with open_ground() as ground:
        load_questions(ground)
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            database=ground.settings,
            store=StoreSettings(uri=str(home / "store")),
        )
        run_stages(ground, settings, first)
        counts, seconds = run_stages(ground, settings, few)
    assert counts["asked"] > 0, counts
    return seconds / count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Night:
    #: CPU seconds by component; those of the scheduler's tasks by themselves.
    spent: Mapping[str, float]
    #: Of the time the database server was active, what it gave to Airflow.
    airflow_share: float
    #: That were started; those with nothing to do are skipped and cost none.
    tasks: int
    seconds: float


def _live_nights(home: Path, folder: Path) -> tuple[_Night, _Night]:
    """A night of a stack of its own, and one after it that finds nothing to do."""
    root = home / "project"
    root.mkdir()
    for name in ("dags", "plugins", "samples", "requirements.lock"):
        (root / name).symlink_to(_ROOT / name)
    paths = StackPaths(root)
    bring_up(paths, StartOptions(), lambda step: print(f"… {step}"))
    try:
        # The first looks at the DAGs are over and belong to no night.
        time.sleep(30)
        return _one_night(paths, folder), _one_night(paths, folder)
    finally:
        bring_down(paths, lambda _: None)


def _one_night(paths: StackPaths, folder: Path) -> _Night:
    spent, active, tasks = _spent(paths), _active(paths), _tasks(paths)
    result = run_night(paths, papers=folder, progress=lambda _: None, poll_seconds=_POLL_SECONDS)
    assert result.is_success, result.failures
    # A session tells the server's statistics at its end, or once a second.
    time.sleep(2)
    after = _spent(paths)
    took = {name: value - active[name] for name, value in _active(paths).items()}
    return _Night(
        spent={name: value - spent[name] for name, value in after.items()},
        airflow_share=took["airflow"] / sum(took.values()),
        tasks=_tasks(paths) - tasks,
        seconds=result.seconds,
    )


def _active(paths: StackPaths) -> Mapping[str, float]:
    """Milliseconds that sessions of each database spent in statements up to now."""
    rows = EmbeddedPostgres(paths.home).run_sql(
        "SELECT datname, active_time FROM pg_stat_database "
        "WHERE datname IN ('airflow', 'florilegium')"
    )
    return {name: float(value) for name, value in (row.split("|") for row in rows.splitlines())}


def _tasks(paths: StackPaths) -> int:
    """Tasks that were started up to now."""
    statement = "SELECT count(*) FROM task_instance WHERE state = 'success'"
    return int(EmbeddedPostgres(paths.home).run_sql(statement, database="airflow"))


def _spent(paths: StackPaths) -> Mapping[str, float]:
    """CPU seconds of each component up to now; those of the scheduler's tasks by themselves."""
    state = load_state(paths)
    assert state is not None
    # The supervisor is the parent of the components, which are counted by themselves.
    spent = {"supervisor": _own(psutil.Process(state.pid))}
    for name, component in state.components.items():
        assert component.pid is not None
        assert component.restarts == 0, component
        process = psutil.Process(component.pid)
        if name != "scheduler":
            spent[name] = _with_children(process)
            continue
        # The scheduler forks the executor's processes, and these fork a process a task.
        workers = process.children()
        spent[name] = _own(process) + sum(_own(worker) for worker in workers)
        spent["tasks"] = _with_children(process) - spent[name]
    return spent


def _own(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _with_children(process: psutil.Process) -> float:
    """A process, its living descendants, and all that ended of them."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
