"""The command tree."""

import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from etl.cli import catalogue, history, intake, nights, papers, people, reports, upkeep, works
from etl.cli.calibrate import calibrate
from etl.cli.door import quiet_logs
from etl.cli.evaluate import evaluate
from etl.cli.search import search
from etl.stack.commands import app as stack_app

__all__ = ["app", "main"]

app = typer.Typer(
    name="florilegium",
    help="One catalogue of questions, asked of every paper; every answer with its proof.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.callback()(quiet_logs)
app.add_typer(stack_app, name="stack")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(history.release_app, name="release")
app.add_typer(people.import_app, name="import")
people.import_app.command("papers")(intake.papers)
app.add_typer(intake.corpus_app, name="corpus")
app.add_typer(works.works_app, name="works")
for command in (
    nights.night,
    intake.fetch,
    nights.run,
    nights.migrate,
    nights.retry,
    reports.plan,
    reports.status,
    reports.why,
    reports.answers,
    history.export,
    history.report,
    history.dictionary,
    works.notices,
    works.takedown,
    works.prisma,
    people.agreement,
    people.prevalence,
    calibrate,
    reports.doctor,
    upkeep.maintain,
    papers.parse,
    papers.retrieve,
    search,
    papers.verify,
    evaluate,
):
    app.command()(command)


def main() -> None:
    """Run the command line; a polite kill ends it in order, so what it holds is given back."""
    signal.signal(signal.SIGTERM, _end)
    app()


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)
