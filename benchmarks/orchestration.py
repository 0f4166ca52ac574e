"""
What Airflow adds to a night (performance bar 11): a live stack beside the stages alone.

Run ``python -m benchmarks.orchestration [PAPERS]``; 1,000 papers by default, some 20 minutes. The
papers are the samples in JATS and TEI with each paragraph told four times, each time with words of
its own, so that no text is like another. They have some 2,300 words, where the papers of the
founding study have 6,000, and no PDF is among them: real papers cost the stages more. A tenth of
them is worked through in this process, without Airflow, once the models are loaded: that is what
the stages cost. Then all of them go through a stack of their own, from the
trigger of a night to the end of its last DAG.

CPU is that of every process of the stack, with its ended children, by component. *Outside of the
tasks* are the API server, the scheduler with what looks after its tasks, the DAG processor, the
triggerer and our supervisor. *The whole* has besides each task's own start, the loading of the
model in each, and what Airflow asks of the database.
"""

import logging
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil
import structlog

from benchmarks._ground import Figure, open_ground, print_figures
from benchmarks._night import load_questions, run_stages
from etl.settings import Settings, StoreSettings
from etl.stack.lifecycle import StartOptions, bring_down, bring_up
from etl.stack.night import run_night
from etl.stack.paths import StackPaths
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
    """Print the figures; 0 where every bar is met."""
    papers = int(arguments[0]) if arguments else _PAPERS
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    home = Path(tempfile.mkdtemp(prefix="florilegium-bench-orchestration-"))
    try:
        alone = papers * _stages_alone(home, max(1, papers // _SHARE))
        many = write_papers(home / "many", range(papers))
        spent, tasks, seconds = _live_night(home, many)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(f"{papers} papers, {tasks} tasks, {seconds:.0f} s by the clock; CPU-s by component:")
    for name, value in spent.items():
        print(f"  {name:<20}{value:>9.1f}")
    outside = sum(value for name, value in spent.items() if name not in {"tasks", "postgres"})
    whole = sum(spent.values())
    return print_figures(
        [
            _at_most("CPU-s outside of the tasks / stages", outside, alone, outside / alone),
            _at_most("CPU-s that Airflow adds / stages", whole - alone, alone, whole / alone - 1),
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


def _live_night(home: Path, folder: Path) -> tuple[dict[str, float], int, float]:
    """One night of a stack of its own: CPU seconds by component, its tasks, its wall seconds."""
    root = home / "project"
    root.mkdir()
    for name in ("dags", "plugins", "samples", "requirements.lock"):
        (root / name).symlink_to(_ROOT / name)
    paths = StackPaths(root)
    bring_up(paths, StartOptions(), lambda step: print(f"… {step}"))
    try:
        # The first looks at the DAGs are over and belong to no night.
        time.sleep(30)
        before = _spent(paths)
        result = run_night(
            paths, papers=folder, progress=lambda _: None, poll_seconds=_POLL_SECONDS
        )
        after = _spent(paths)
    finally:
        bring_down(paths, lambda _: None)
    assert result.is_success, result.failures
    spent = {name: after[name] - before[name] for name in after}
    return spent, sum(step.total for step in result.steps), result.seconds


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


def _at_most(name: str, figure: float, baseline: float, ratio: float) -> Figure:
    told = (f"{figure:.1f} CPU-s", f"{baseline:.1f} CPU-s")
    return Figure(name=name, figure=told[0], baseline=told[1], ratio=ratio, sense="<=", bound=_BAR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
