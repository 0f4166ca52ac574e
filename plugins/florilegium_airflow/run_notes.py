"""
A note on every run of our DAGs: which night it is, and how its papers ended.

Tasks cannot write notes, so this listener does, in the scheduler, from the ids and counts that
the tasks left: no query to the facts, no credential, and an error here only costs the note.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from airflow.listeners import hookimpl
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["on_dag_run_failed", "on_dag_run_success"]

#: Tags of the DAGs that get a note.
_OURS = frozenset(
    {
        "fetch_papers",
        "parse_papers",
        "embed_chunks",
        "answer_questions",
        "publish_results",
        "ask_adhoc",
        "maintain",
    }
)


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:  # noqa: ARG001 - called by name
    """Say what the run did."""
    _note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:  # noqa: ARG001 - called by name
    """Say how far the run came."""
    _note(dag_run)


def _note(dag_run: Any) -> None:
    if dag_run.dag_id not in _OURS:
        return
    from sqlalchemy.orm import object_session  # noqa: PLC0415 - tasks load this file, and need it not

    session = object_session(dag_run)
    if session is not None:
        _write(dag_run, session)
        return
    # ``airflow dags test`` hands over a run that belongs to no session any more.
    from airflow.models.dagrun import DagRun  # noqa: PLC0415 - who calls has it loaded
    from airflow.utils.session import create_session  # noqa: PLC0415

    with create_session() as own:
        found = own.get(DagRun, dag_run.id)
        if found is not None:
            _write(found, own)


def _write(dag_run: Any, session: "Session") -> None:
    # A note that a person wrote is theirs.
    if dag_run.note:
        return
    text = _text(_left_by_tasks(dag_run, session))
    if text:
        asked = urlencode({"dag": dag_run.dag_id, "run": dag_run.run_id})
        base = conf.get("api", "base_url", fallback="").rstrip("/")
        dag_run.note = f"{text}\n\n[The night, paper by paper]({base}/florilegium/dag_run?{asked})"


def _left_by_tasks(dag_run: Any, session: "Session") -> Mapping[tuple[str, str], Any]:
    """What the run's unmapped tasks left, by task and key, in the order of their ends."""
    from airflow.models.xcom import XComModel  # noqa: PLC0415 - who calls has it loaded
    from sqlalchemy import select  # noqa: PLC0415

    rows = session.scalars(
        select(XComModel)
        .where(
            XComModel.dag_id == dag_run.dag_id,
            XComModel.run_id == dag_run.run_id,
            XComModel.map_index == -1,
        )
        .order_by(XComModel.timestamp, XComModel.task_id)
    )
    return {(row.task_id, row.key): XComModel.deserialize_value(row) for row in rows}


def _text(left: Mapping[tuple[str, str], Any]) -> str:
    lines: list[str] = []
    runs = [value for (_, key), value in left.items() if key == "run_id"]
    lines += [f"Run {runs[0]}."] if runs else []
    lines += [f"{value}; nothing was done." for (_, key), value in left.items() if key == "skipped"]
    lines += [
        f"{task_id}: {_in_words(counts)}."
        for (task_id, key), counts in left.items()
        if key == "return_value" and isinstance(counts, Mapping)
    ]
    reports = [value for (_, key), value in left.items() if key == "report" and value]
    lines += [f"[Report]({reports[0]})."] if reports else []
    return "\n\n".join(lines)


def _in_words(counts: Mapping[str, Any]) -> str:
    if "release_id" in counts:
        return (
            f"release {counts['release_id']}, {counts['changed_count']} answers changed, "
            f"{counts['decision_count']} in all"
        )
    named = [
        f"{count} {name.removesuffix('_count').replace('_', ' ')}"
        for name, count in counts.items()
        if count
    ]
    return ", ".join(named) or "nothing to do"
