"""``florilegium catalogue lint | load | diff | test``."""

from pathlib import Path
from typing import Annotated

import typer

from etl.catalogue.golden import load_golden
from etl.catalogue.lint import lint_catalogue
from etl.catalogue.load import load_catalogue
from etl.catalogue.shelf import BUILT_IN_FOLDER
from etl.cli.door import EXIT_WORK_FAILED, JsonFlag, console, door, show_json
from etl.errors import UsageError
from etl.evaluate.golden import GoldenResult, judge_golden
from etl.evaluate.golden_gate import GoldenGate, golden_folder
from etl.evaluate.read import read_papers
from etl.settings import load_settings
from etl.store.database import open_database
from etl.store.questions import QuestionStore
from etl.store.reports import ReportStore
from etl.wiring import build_proof_ports, build_recipes

__all__ = ["app"]

app = typer.Typer(
    help="The questions: check, load, see what a change redoes.", no_args_is_help=True
)

_Folder = Annotated[
    Path | None, typer.Argument(help="Folder of question files; the settings' by default.")
]

_Papers = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the papers of the golden cells: the catalogue's papers/ by default, "
        "else the samples.",
        show_default=False,
    ),
]


@app.command()
def lint(folder: _Folder = None, *, as_json: JsonFlag = False) -> None:
    """Check every question file; exit code 1 when something is wrong."""
    with door(as_json=as_json):
        findings = lint_catalogue(folder or load_settings().catalogue or BUILT_IN_FOLDER)
        if as_json:
            show_json({"findings": [str(finding) for finding in findings]})
        for finding in [] if as_json else findings:
            typer.echo(str(finding))
        if not findings and not as_json:
            typer.echo("no findings")
    if findings:
        raise typer.Exit(EXIT_WORK_FAILED)


@app.command()
def load(
    folder: _Folder = None,
    *,
    papers: _Papers = None,
    without_golden: Annotated[
        bool, typer.Option("--without-golden", help="Do not try golden cells first.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Put the questions in force for the next night, once new ones pass their golden cells."""
    with door(as_json=as_json):
        settings = load_settings()
        chosen = folder or settings.catalogue
        catalogue = load_catalogue(chosen)
        gate = GoldenGate(
            store=QuestionStore(open_database(settings.database)),
            ports=build_proof_ports(settings),
            papers=papers or golden_folder(chosen),
        )
        change = gate.put_in_force(catalogue, chosen, is_proven=not without_golden)
        if as_json:
            show_json({"catalogue": catalogue.name, **change})
        else:
            typer.echo(
                f"catalogue {catalogue.name}: {len(catalogue.questions)} questions, "
                f"{len(change['changed'])} new or changed, {len(change['retired'])} retired, "
                f"golden cells of {len(change['proven'])} passed now"
            )


@app.command()
def diff(folder: _Folder = None, *, as_json: JsonFlag = False) -> None:
    """Show what loading the questions would redo; changes nothing."""
    with door(as_json=as_json):
        settings = load_settings()
        catalogue = load_catalogue(folder or settings.catalogue)
        plan = ReportStore(open_database(settings.database)).plan(
            build_recipes(settings), catalogue.name, catalogue.questions
        )
        change, cells = plan["catalogue"], plan["cells"]
        if as_json:
            show_json({**change, "cells": cells})
            return
        out = console()
        out.print(f"new or changed: {', '.join(change['changed']) or 'none'}")
        out.print(f"retired: {', '.join(change['retired']) or 'none'}")
        out.print(f"cells to ask: {sum(cell['cell_count'] for cell in cells)}")


@app.command("test")
def try_golden(
    folder: _Folder = None,
    *,
    papers: _Papers = None,
    as_json: JsonFlag = False,
) -> None:
    """Try the golden cells of the questions; exit code 1 when one is not met."""
    with door(as_json=as_json):
        settings = load_settings()
        chosen = folder or settings.catalogue
        cells = load_golden(chosen)
        if not cells:
            raise UsageError("no question of this catalogue has a golden cell")
        questions = load_catalogue(chosen).questions
        place = papers or golden_folder(chosen)
        wanted = {place / cell.paper for cell in cells}
        readings = read_papers(wanted, questions, build_proof_ports(settings))
        results = judge_golden(cells, readings, questions)
        missed = [result for result in results if not result.is_met]
        if as_json:
            show_json({"cells": len(results), "missed": [_as_json(result) for result in missed]})
        else:
            for result in missed:
                cell = result.cell
                wants = ", ".join(cell.expected) or "not_reported"
                line = f"{cell.question_id} in {cell.paper}: wants {wants}; got {result.given}"
                typer.echo(line)
            typer.echo(f"{len(results) - len(missed)} of {len(results)} golden cells are met")
    if missed:
        raise typer.Exit(EXIT_WORK_FAILED)


def _as_json(result: GoldenResult) -> dict[str, object]:
    return {
        "question": result.cell.question_id,
        "paper": result.cell.paper,
        "expected": list(result.cell.expected) or "not_reported",
        "given": result.given,
    }
