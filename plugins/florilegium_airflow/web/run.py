"""How nights went: the tab on a DAG run, the list of runs, the report, and trying again."""

import json
from typing import Annotated, Any

import structlog
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from etl.errors import OutcomeCode, ServiceUnavailableError
from etl.night.report import report_path
from etl.publish.report import night_html
from florilegium_airflow.web.access import Operator, Reader
from florilegium_airflow.web.inputs import Plain, RunId, address
from florilegium_airflow.web.layout import render
from florilegium_airflow.web.room import ReadingRoom

__all__ = ["run_pages"]

_log = structlog.get_logger()

#: Under which key a plan leaves the number of its run; see the operators.
_RUN_KEY = "run_id"
_RUNS_A_SCREEN = 50
#: The report brings its style inside and has no script at all.
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'"
)

_Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


class Retry(BaseModel):
    """What is to be tried again."""

    model_config = ConfigDict(extra="forbid")

    code: OutcomeCode


def run_pages(room: ReadingRoom) -> APIRouter:
    """
    The pages ``runs``, ``run``, ``dag_run``, ``report`` and ``retry``.

    Args:
        room: The library.
    """
    pages = APIRouter()

    @pages.get("/runs")
    def runs(person: Reader, before: _Before = None) -> HTMLResponse:
        rows = room.runs.list(before_run=before, row_limit=_RUNS_A_SCREEN + 1)
        shown = rows[:_RUNS_A_SCREEN]
        more = {"before": shown[-1]["run_id"]} if len(rows) > _RUNS_A_SCREEN else None
        return render(
            "runs",
            person,
            title="Runs",
            runs=shown,
            before=before,
            next=address("runs", more) if more else "",
        )

    @pages.get("/run")
    def run(person: Reader, run_id: RunId) -> HTMLResponse:
        told = room.runs.read(run_id)
        if told is None:
            raise HTTPException(404, "There is no such run here.")
        return render("run", person, title="Run", **told)

    @pages.get("/dag_run")
    def dag_run(person: Reader, dag: Plain, run: Plain) -> Response:
        run_id = room.runs.of_trigger(f"{dag}/{run}") or _joined_run(dag, run)
        if run_id is None:
            return render("no_run", person, title="Run", dag=dag, run=run)
        return RedirectResponse(address("run", {"id": run_id}))

    @pages.get("/report")
    def report(run_id: RunId) -> HTMLResponse:
        # What the night itself wrote; a run without one (by hand, ad hoc) is told anew.
        written = report_path(room.settings.publish.reports, run_id)
        if written.is_file():
            page = written.read_text(encoding="utf-8")
        else:
            page = night_html(room.reports.read(run_id))
        return HTMLResponse(page, headers={"content-security-policy": _REPORT_POLICY})

    @pages.post("/retry")
    def retry(person: Operator, wanted: Retry) -> dict[str, Any]:
        count = room.claims.reopen(wanted.code)
        _log.info("pages.retried", code=wanted.code, count=count, person=person.name)
        return {"code": wanted.code, "count": count}

    return pages


def _joined_run(dag_id: str, dag_run_id: str) -> int | None:
    """The run that a DAG run joined: all but the first DAG of a night begin none themselves."""
    statement = (
        select(XComModel.value)
        .where(
            XComModel.dag_id == dag_id,
            XComModel.run_id == dag_run_id,
            XComModel.key == _RUN_KEY,
        )
        .limit(1)
    )
    try:
        with create_session() as session:
            value: Any = session.execute(statement).scalar()
    except (OperationalError, InterfaceError) as error:
        raise ServiceUnavailableError("Airflow's own database does not answer") from error
    if isinstance(value, str):
        value = json.loads(value)
    return value if isinstance(value, int) else None
