"""``florilegium plan | status | why | answers | doctor``: ask, change nothing."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from etl.catalogue.load import load_catalogue
from etl.cli.door import EXIT_WORK_FAILED, JsonFlag, console, door, show_json
from etl.cli.tables import show_answers, show_life, show_rows
from etl.parse.grobid.health import grobid_health
from etl.settings import Settings, load_settings
from etl.stack.doctor import DatabaseFacts, Lateness, ReaderFacts, run_checks
from etl.stack.paths import StackPaths
from etl.store.database import open_database
from etl.store.migrate import read_server
from etl.store.reports import ReportStore
from etl.wiring import build_recipes

__all__ = ["answers", "doctor", "plan", "status", "why"]

_Paper = Annotated[str, typer.Argument(help="Id, path, hash, DOI, or part of path or title.")]


def plan(*, as_json: JsonFlag = False) -> None:
    """Say what the next night would do and why; changes nothing."""
    with door(as_json=as_json):
        settings = load_settings()
        catalogue = load_catalogue(settings.catalogue)
        found = ReportStore(open_database(settings.database)).plan(
            build_recipes(settings), catalogue.name, catalogue.questions
        )
        budget = {
            name: getattr(settings.llm, f"run_{name}") for name in ("calls", "tokens", "seconds")
        }
        if as_json:
            show_json({**found, "model_budget": budget})
            return
        out = console()
        due = [{"stage": stage, "papers": n} for stage, n in sorted(found["due"].items())]
        show_rows(out, "Due", due)
        show_rows(out, "Cells to ask, and why", found["cells"])
        show_rows(out, "What language models will take, about", found["models"])
        limits = {name: limit for name, limit in budget.items() if limit is not None}
        if found["models"] and limits:
            show_rows(out, "What a run may take of them", [limits])
        if not due and not found["cells"]:
            out.print("nothing to do but look for new papers")


def status(
    *,
    late: Annotated[
        bool,
        typer.Option(help="Only say whether a night is overdue; exit code 1 where one is."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show the corpus, the last runs, and what failed with what to do."""
    with door(as_json=as_json):
        settings = load_settings()
        reports = ReportStore(open_database(settings.database))
        if late:
            _show_lateness(_lateness(reports, settings), as_json=as_json)
            return
        found = reports.status()
        if as_json:
            show_json(found)
            return
        out = console()
        show_rows(out, "Corpus", [found["health"]])
        show_rows(out, "Runs", found["runs"])
        show_rows(out, "Stages of the last run", found["stages"])
        show_rows(out, "Papers that did not pass", found["failures"])


def why(paper: _Paper, *, as_json: JsonFlag = False) -> None:
    """Tell a paper's whole life: where it was seen, how it was read, what was asked and why."""
    with door(as_json=as_json):
        reports = ReportStore(open_database(load_settings().database))
        work_id, name = reports.find_work(paper)
        life = reports.life(work_id)
        if as_json:
            show_json({"work_id": work_id, "paper": name, **life})
        else:
            show_life(console(), name, life)


def answers(paper: _Paper, *, as_json: JsonFlag = False) -> None:
    """Show one paper's answers with their quotes and pages."""
    with door(as_json=as_json):
        reports = ReportStore(open_database(load_settings().database))
        work_id, name = reports.find_work(paper)
        found = reports.answers_of(work_id)
        if as_json:
            show_json({"work_id": work_id, "paper": name, "answers": found})
        else:
            show_answers(console(), found)


def doctor(*, as_json: JsonFlag = False) -> None:
    """Check everything a night needs; exit code 1 when something has failed."""
    with door(as_json=as_json):
        settings = load_settings()
        database = open_database(settings.database)
        checks = run_checks(
            settings,
            paths=StackPaths(Path.cwd()),
            database=lambda: DatabaseFacts(**asdict(read_server(database))),
            grobid=lambda: ReaderFacts(**asdict(grobid_health(settings.grobid))),
            lateness=lambda: _lateness(ReportStore(database), settings),
        )
        rows = [
            {"check": c.name, "state": c.state, "line": c.line, "next_step": c.next_step}
            for c in checks
        ]
        if as_json:
            show_json({"checks": rows})
        else:
            show_rows(console(), "Doctor", rows)
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(EXIT_WORK_FAILED)


def _lateness(reports: ReportStore, settings: Settings) -> Lateness:
    return Lateness(hours=reports.hours_since_night(), limit_hours=settings.night.late_hours)


def _show_lateness(found: Lateness, *, as_json: bool) -> None:
    if as_json:
        show_json({"is_late": found.is_late, **asdict(found)})
    else:
        console().print(f"{'late' if found.is_late else 'in time'}: {found.line}")
    if found.is_late:
        raise typer.Exit(EXIT_WORK_FAILED)
