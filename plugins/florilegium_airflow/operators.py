"""
The steps of a night as Airflow operators: plan → batches → gate, then publish → finish.

``plan`` opens or joins a run, leaves its number under the XCom key ``run_id`` and returns batch
ids; a batch returns counts; the gate counts again in the database, never from XCom. Steps of one
stage find each other by name: ``plan``, the stage's own word, ``gate``, in one task group if any.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn

import jinja2
import structlog
from airflow.sdk import Asset, BaseOperator, TriggerRule
from airflow.sdk.definitions.context import Context
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.definitions.xcom_arg import XComArg
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowSkipException,
    DownstreamTasksSkipped,
)

from etl.errors import FlorilegiumError, RunInProgressError
from florilegium_airflow.lineage import lineage_of
from florilegium_airflow.night_events import RUN_KEY, max_failed_ratio, told_on, told_run
from florilegium_airflow.outcomes import another_turn, translated
from florilegium_airflow.pools import STAGE_POOLS
from florilegium_airflow.queues import STAGE_QUEUES
from florilegium_airflow.wiring import load_library_settings, load_night

__all__ = [
    "FinishOperator",
    "GateOperator",
    "JoinOperator",
    "OpenOperator",
    "PlanOperator",
    "PublishOperator",
    "WorkOperator",
]

SKIPPED_KEY = "skipped"
#: States of a batch that need nobody's attention; a skipped one was taken over by a later try, a
#: removed one is of the plan before, where a cleared run now plans fewer.
_FINE = frozenset({"success", "skipped", "removed"})


class PlanOperator(BaseOperator):
    """
    Plan one stage of the run that an earlier task of this DAG opened.

    Args:
        stage: Word of the journey.
        opened_by: Id of the task that opened or joined the run.
    """

    ui_color = "#e8eef7"

    def __init__(
        self, *, stage: str, opened_by: str = "", task_id: str = "plan", **kwargs: Any
    ) -> None:
        super().__init__(task_id=task_id, **kwargs)
        self.stage = stage
        self.opened_by = opened_by

    def execute(self, context: Context) -> list[int]:
        """
        Find the run and plan its stage.

        Returns:
            Ids of the batches to work on, at most 200; none when nothing is missing.

        Raises:
            DownstreamTasksSkipped: Another run holds the night. The XCom key ``skipped`` says
                which; all tasks below end as skipped at once, where a skip of this task alone
                would start the gate in a worker only to say the same.
            AirflowRescheduleException: The same of a night that is backfilled: it waits for its
                turn, since no later night has its date, and holds no slot meanwhile.
        """
        try:
            with translated():
                run_id = self.find_run(context)
                context["ti"].xcom_push(key=RUN_KEY, value=run_id)
                return load_night().plan(run_id, self.stage)
        except AirflowSkipException as reason:
            is_held = isinstance(reason.__cause__, RunInProgressError)
            if is_held and context["dag_run"].run_type == "backfill":
                structlog.get_logger().info(f"{self.stage}.waits", reason=str(reason))
                raise another_turn() from reason
            structlog.get_logger().info(f"{self.stage}.skipped", reason=str(reason))
            context["ti"].xcom_push(key=SKIPPED_KEY, value=str(reason))
            rest = sorted(self.get_flat_relative_ids(upstream=False))
            raise DownstreamTasksSkipped(tasks=rest) from reason  # type: ignore[no-untyped-call]

    def find_run(self, context: Context) -> int:
        """The number of the run to plan for."""
        return _pull_run(context, self.opened_by)


class OpenOperator(PlanOperator):
    """
    Open a run with what its form asks for, and plan its first stage.

    Args:
        kind: ``night`` or ``adhoc``.
        is_walked: Tasks before it have walked over the sources of the corpus.
    """

    def __init__(self, *, kind: str, is_walked: bool = False, **kwargs: Any) -> None:
        # Its plan asks the sources what there is, so it runs where the fetching runs.
        super().__init__(**(kwargs | {"queue": STAGE_QUEUES["fetch"]}))
        self.kind = kind
        self.is_walked = is_walked

    def find_run(self, context: Context) -> int:
        """Begin the run; it skips with ``run N in progress`` where another one holds the night."""
        params = context["params"]
        papers = params.get("papers")
        if papers is None and self.kind == "night":
            papers = load_library_settings().papers
        works = params.get("work_ids")
        return load_night().begin(
            kind=self.kind,
            trigger=_trigger_of(context),
            papers=papers,
            work_ids=None if works is None else [int(work_id) for work_id in works],
            question_ids=params.get("question_ids"),
            maximum=params.get("maximum"),
            is_walked=self.is_walked,
        )


class JoinOperator(PlanOperator):
    """Join the run named by the asset event that started this DAG, else begin one; then plan."""

    def find_run(self, context: Context) -> int:
        """The run of the newest event; a run of its own after a manual start or a backfill."""
        return load_night().attach(told_run(context), trigger=_trigger_of(context))


class WorkOperator(BaseOperator):
    """
    Work on one batch. A bad paper is a row in ``ops.failure`` and never a failed task.

    Args:
        stage: Word of the journey.
        batch_id: Which batch.
    """

    ui_color = "#eaf5ea"

    def __init__(self, *, stage: str, batch_id: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stage = stage
        self.batch_id = batch_id

    @classmethod
    def over(cls, stage: str, batch_ids: XComArg) -> MappedOperator:
        """
        One task a batch, named like its stage, in the stage's pool.

        Args:
            stage: Word of the journey.
            batch_ids: What ``plan`` returns.

        Returns:
            The mapped task; with no batch it is skipped, and the gate still runs.
        """
        return cls.partial(
            task_id=stage,
            stage=stage,
            pool=STAGE_POOLS[stage],
            queue=STAGE_QUEUES[stage],
            # Batches are cut to some 15 minutes; 16 papers that each use up the parser's two
            # minutes take 32. What was done before a timeout stays done.
            execution_timeout=timedelta(hours=1),
            map_index_template="{{ batch_name | default('batch ' ~ task.batch_id) }}",
        ).expand(batch_id=batch_ids)

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Context,
        jinja_env: jinja2.Environment,
        seen_oids: set[int],
    ) -> None:
        """
        Name the batch by its papers before it starts; Airflow shows that name at once.

        Of all that comes before :meth:`execute` this is what a mapped task calls on the operator.
        """
        super()._do_render_template_fields(parent, template_fields, context, jinja_env, seen_oids)
        # A database that is away is found, and waited for, by the work itself.
        with suppress(FlorilegiumError):
            self._name(context, load_night().label(self.batch_id))

    def execute(self, context: Context) -> dict[str, int]:
        """Return how many papers ended how, and how many are still open."""
        with translated():
            counts = load_night().work(self.batch_id)
        name = context.get("batch_name", f"batch {self.batch_id}")
        self._name(context, f"{name}: {_in_words(counts)}")
        return counts

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002
        """Tell a collector of lineage which tables were read and written."""
        return lineage_of(self.stage)

    @staticmethod
    def _name(context: Context, name: str) -> None:
        context["batch_name"] = name  # type: ignore[typeddict-unknown-key]


class GateOperator(BaseOperator):
    """
    Let the night go on, or stop it here; the last word of a stage.

    It runs whatever became of the batches, so that a failed one cannot hide behind a green leaf.
    Only a gate that passes emits its asset, also after a stage that had nothing to do.

    Args:
        stage: Word of the journey.
        emits: The asset this stage completes; None inside ``ask_adhoc``.
    """

    ui_color = "#f7efe0"

    def __init__(
        self, *, stage: str, emits: Asset | None = None, task_id: str = "gate", **kwargs: Any
    ) -> None:
        outlets = [] if emits is None else [emits]
        super().__init__(
            task_id=task_id, trigger_rule=TriggerRule.ALL_DONE, outlets=outlets, **kwargs
        )
        self.stage = stage
        self.emits = emits

    def execute(self, context: Context) -> dict[str, int]:
        """
        Count the stage in the database and judge it.

        Returns:
            Papers by state.

        Raises:
            AirflowFailException: A batch failed, the failed share is too high, or there is no
                plan; the run is closed.
        """
        prefix = self.task_id.removesuffix("gate")
        plan_id = f"{prefix}plan"
        states = _task_states(context, [plan_id, f"{prefix}{self.stage}"])
        plan_state = states.pop(plan_id, None)
        if plan_state == "upstream_failed":
            # Failed and not skipped: a run whose last tasks are skipped counts as a success.
            raise AirflowFailException(
                f"{self.stage} was not begun: see the task that failed first"
            )
        if plan_state != "success":
            _stop(context, plan_id, f"{self.stage} was not planned: {plan_id} is {plan_state}")
        with translated():
            run_id = _pull_run(context, plan_id)
            ratio = max_failed_ratio(context)
            counts = load_night().settle(run_id, self.stage, max_failed_ratio=ratio)
        broken = sorted(name for name, state in states.items() if state not in _FINE)
        if broken:
            named = ", ".join(broken[:5])
            _stop(
                context,
                plan_id,
                f"{self.stage}: {len(broken)} of {len(states)} batches did not end well ({named}); "
                "read their logs, then clear them or start a new night",
            )
        structlog.get_logger().info(f"{self.stage}.passed", run_id=run_id, counts=counts)
        if self.emits is not None:
            context["outlet_events"][self.emits].extra = told_on(context, run_id, counts)
        return counts


class PublishOperator(BaseOperator):
    """
    Move the release pointer; analysts see the whole run from here on.

    Args:
        opened_by: Id of the task that opened or joined the run.
        emits: The asset that names the new release.
    """

    ui_color = "#f3e6f5"

    def __init__(self, *, emits: Asset, opened_by: str = "plan", **kwargs: Any) -> None:
        super().__init__(task_id="publish", outlets=[emits], **kwargs)
        self.emits = emits
        self.opened_by = opened_by

    def execute(self, context: Context) -> dict[str, int]:
        """Return what the release holds."""
        with translated():
            run_id = _pull_run(context, self.opened_by)
            counts = load_night().publish(run_id)
        context["outlet_events"][self.emits].extra = told_on(context, run_id, counts)
        return counts

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002
        """Tell a collector of lineage which tables were read and written."""
        return lineage_of("publish")


class FinishOperator(BaseOperator):
    """
    Close the run, so that the next night may begin.

    Args:
        opened_by: Id of the task that opened or joined the run.
    """

    ui_color = "#f3e6f5"

    def __init__(self, *, opened_by: str = "plan", **kwargs: Any) -> None:
        super().__init__(task_id="finish", **kwargs)
        self.opened_by = opened_by

    def execute(self, context: Context) -> dict[str, int]:
        """Return the run's papers by state."""
        with translated():
            run_id = _pull_run(context, self.opened_by)
            return load_night().finish(run_id)


def _trigger_of(context: Context) -> str:
    """What started us. It is equal for all tries of a task, so a retried plan keeps its run."""
    dag_run = context["dag_run"]
    return f"{dag_run.dag_id}/{dag_run.run_id}"


def _pull_run(context: Context, task_id: str) -> int:
    run_id = context["ti"].xcom_pull(task_ids=task_id, key=RUN_KEY)
    if run_id is None:
        message = f"task {task_id} opened no run, its log says why; start the DAG anew"
        raise AirflowFailException(message)
    return int(run_id)


def _task_states(context: Context, task_ids: Sequence[str]) -> dict[str, str | None]:
    """State by task id; the tasks of a mapped one are called ``task_0``, ``task_1``."""
    dag_run = context["dag_run"]
    states: dict[str, dict[str, str | None]] = context["ti"].get_task_states(
        dag_id=dag_run.dag_id, task_ids=list(task_ids), run_ids=[dag_run.run_id]
    )
    return dict(states.get(dag_run.run_id, {}))


def _stop(context: Context, plan_id: str, note: str) -> NoReturn:
    """Fail, and close the run if there is one, so that the next need not wait for its lease."""
    run_id = context["ti"].xcom_pull(task_ids=plan_id, key=RUN_KEY)
    if run_id is not None:
        with translated():
            load_night().fail(int(run_id), note)
    raise AirflowFailException(note)


def _in_words(counts: Mapping[str, int]) -> str:
    """``15 done, 1 failed``; what is zero is not named."""
    named = [f"{count} {state}" for state, count in counts.items() if count]
    return ", ".join(named) or "nothing to do"
