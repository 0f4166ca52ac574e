"""One night in Airflow, followed from its trigger to its last DAG."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.errors import RunInProgressError, ServiceUnavailableError
from etl.stack.credentials import ensure_credentials
from etl.stack.network import HOST
from etl.stack.paths import StackPaths
from etl.stack.rest import AirflowRest, DagRun, TaskRun
from etl.stack.state import Phase, load_state

__all__ = ["CHAIN", "FailedTask", "NightResult", "NightStep", "open_rest", "run_night"]

#: The DAGs of a night; each is started by the asset of the one before it.
CHAIN = (
    "fetch_papers",
    "parse_papers",
    "embed_chunks",
    "answer_questions",
    "publish_results",
)

#: A consumer was seen to start 1-5 s after the event; a restarting scheduler takes 60 s more.
_HANDOVER_SECONDS = 180.0
_POLL_SECONDS = 1.0
#: Failed tasks whose logs are shown; the rest is counted.
_SHOWN_FAILURES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NightStep:
    """One DAG of the night as it stands."""

    dag_id: str
    #: waiting, queued, running, success or failed.
    state: str
    #: Tasks that ended, mapped ones counted singly.
    done: int = 0
    #: Tasks known so far; grows when a plan has decided how many batches there are.
    total: int = 0
    #: Run time once it is over.
    seconds: float | None = None
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTask:
    """A task that failed, with what its log says last."""

    dag_id: str
    task_id: str
    #: -1 where it is not mapped.
    map_index: int
    #: Its log file; may be missing where the task never started.
    log: Path
    tail: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NightResult:
    """How a night ended."""

    steps: Sequence[NightStep]
    failures: Sequence[FailedTask]
    seconds: float

    @property
    def is_success(self) -> bool:
        """True where every DAG of the chain succeeded."""
        return len(self.steps) == len(CHAIN) and all(s.state == "success" for s in self.steps)


#: Told about a step whenever it was looked at.
Progress = Callable[[NightStep], None]


def open_rest(paths: StackPaths) -> AirflowRest:
    """
    A client of the running stack.

    Raises:
        ServiceUnavailableError: The stack is not up.
    """
    state = load_state(paths)
    if state is None or state.phase is not Phase.READY or not state.is_supervised:
        raise ServiceUnavailableError("Airflow is not up: run `florilegium stack up`")
    password = ensure_credentials(paths).passwords["admin"]
    return AirflowRest(f"http://{HOST}:{state.web_port}", "admin", password)


def run_night(
    paths: StackPaths,
    *,
    papers: Path | None,
    progress: Progress,
    rest: AirflowRest | None = None,
    poll_seconds: float = _POLL_SECONDS,
) -> NightResult:
    """
    Start a night and follow it to its end; every DAG hands over even with nothing to do.

    Args:
        paths: The stack, which must be up.
        papers: Folder of papers; None: what the settings say.
        progress: Told about each step, about once a second.
        rest: A client, where the caller has one.
        poll_seconds: Pause between looks.

    Returns:
        The steps in order, up to the first that failed, with the failed tasks' logs.

    Raises:
        ServiceUnavailableError: Airflow does not answer, lacks a DAG, or does not hand over.
        RunInProgressError: Another run holds the night, so this one was skipped.
    """
    started = time.monotonic()
    rest = rest or open_rest(paths)
    run = _begin(rest, papers)
    steps: list[NightStep] = []
    for dag_id in CHAIN:
        if steps:
            run = _await_handover(rest, dag_id, run, progress, poll_seconds)
        steps.append(_follow(rest, run, progress, poll_seconds))
        if steps[-1].state == "failed":
            break
    failures = _failures(rest, paths, run) if steps[-1].state == "failed" else []
    return NightResult(steps=steps, failures=failures, seconds=time.monotonic() - started)


def _begin(rest: AirflowRest, papers: Path | None) -> DagRun:
    rest.wait_for_dags(CHAIN)
    # Consumers first: an event that meets a paused DAG is lost.
    for dag_id in reversed(CHAIN):
        rest.unpause(dag_id)
    return rest.trigger(CHAIN[0], {} if papers is None else {"papers": str(papers.resolve())})


def _await_handover(
    rest: AirflowRest, dag_id: str, cause: DagRun, progress: Progress, poll_seconds: float
) -> DagRun:
    """
    Wait for the run of a consumer that this very producer's event started.

    Airflow forgets an event whose consumer is paused; so one that was and wakes is told again.
    """
    progress(NightStep(dag_id=dag_id, state="waiting"))
    deadline = time.monotonic() + _HANDOVER_SECONDS
    was_paused = False
    while (found := rest.run_caused_by(dag_id, cause)) is None:
        is_paused = rest.known_dags().get(dag_id, False)
        if was_paused and not is_paused:
            rest.send_event_again(cause)
        was_paused = is_paused
        if time.monotonic() > deadline:
            raise ServiceUnavailableError(
                f"{cause.dag_id} succeeded but {dag_id} "
                f"{'is paused' if is_paused else 'was not started'}, "
                f"{_HANDOVER_SECONDS:.0f} s after: see `florilegium stack status` and "
                "var/logs/scheduler.log; the next night takes up what is missing"
            )
        time.sleep(poll_seconds)
    return found


def _follow(rest: AirflowRest, run: DagRun, progress: Progress, poll_seconds: float) -> NightStep:
    while True:
        run = rest.run(run.dag_id, run.run_id)
        tasks = rest.tasks(run.dag_id, run.run_id)
        step = NightStep(
            dag_id=run.dag_id,
            state=run.state,
            done=sum(task.is_over for task in tasks),
            total=len(tasks),
            seconds=run.seconds if run.is_over else None,
            run_id=run.run_id,
        )
        progress(step)
        if run.is_over:
            break
        time.sleep(poll_seconds)
    # A gate is skipped only by its plan, and that only while another run holds the night.
    gate = [task for task in tasks if task.task_id == "gate"] or tasks
    if gate and all(task.state == "skipped" for task in gate):
        plan = next((task for task in tasks if task.task_id == "plan"), tasks[0])
        raise RunInProgressError(
            f"{run.dag_id} was skipped: {_last_words(rest, run, plan) or 'see its log'}"
        )
    return step


def _last_words(rest: AirflowRest, run: DagRun, task: TaskRun) -> str:
    return next((line for line in reversed(rest.log_tail(run, task)) if "progress" in line), "")


def _failures(rest: AirflowRest, paths: StackPaths, run: DagRun) -> list[FailedTask]:
    failed = [task for task in rest.tasks(run.dag_id, run.run_id) if task.state == "failed"]
    return [
        FailedTask(
            dag_id=run.dag_id,
            task_id=task.task_id,
            map_index=task.map_index,
            log=_log_file(paths, run, task),
            tail=rest.log_tail(run, task),
        )
        for task in failed[:_SHOWN_FAILURES]
    ]


def _log_file(paths: StackPaths, run: DagRun, task: TaskRun) -> Path:
    """Where Airflow's default ``log_filename_template`` puts the log of a task."""
    folder = paths.logs / "tasks" / f"dag_id={run.dag_id}" / f"run_id={run.run_id}"
    folder /= f"task_id={task.task_id}"
    if task.map_index >= 0:
        folder /= f"map_index={task.map_index}"
    return folder / f"attempt={task.try_number}.log"
