"""``florilegium fetch | import papers | corpus lint``: what belongs to a corpus, and taking it."""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from etl.cli.door import EXIT_WORK_FAILED, JsonFlag, console, door, show_json
from etl.cli.tables import show_rows
from etl.errors import UsageError
from etl.fetch.corpus import is_corpus_file, read_corpus
from etl.fetch.corpus_walk import WalkReport
from etl.fetch.sources.reference_file import read_references
from etl.settings import Settings, load_settings
from etl.store.database import open_database
from etl.store.watermarks import WalkStore
from etl.store.works import WorkStore
from etl.wiring import build_corpus, build_night, open_door

__all__ = ["corpus_app", "fetch", "papers", "tell_walks"]

#: Reasons shown a source; all of them with --json.
_SHOWN_REASONS = 10

corpus_app = typer.Typer(help="Definitions of what belongs to a corpus.", no_args_is_help=True)

_Maximum = Annotated[
    int | None,
    typer.Option("--max", min=1, help="Papers to take, at most; the next run goes on there."),
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Ask the sources, keep and download nothing.")
]


@corpus_app.command("lint")
def lint(files: Annotated[list[Path], typer.Argument(help="Corpus files.")]) -> None:
    """Check corpus files and their lists without asking any source; names each wrong field."""
    problems = []
    for file in files:
        try:
            corpus = read_corpus(file)
            lists = [file.parent / s.file for s in corpus.sources if s.file and s.kind == "list"]
            unmatched = [line for each in lists for line in read_references(each).unmatched]
        except UsageError as error:
            problems.append(str(error))
        else:
            kinds = ", ".join(source.kind for source in corpus.sources)
            typer.echo(f"{file}: {corpus.name}, since {corpus.since}, from {kinds}")
            for line in unmatched:
                typer.echo(f"{file}: {line}")
    with door():
        if problems:
            raise UsageError("\n".join(problems))


def fetch(
    corpus: Annotated[Path, typer.Option(help="A corpus file (.yaml) or a reference list.")],
    *,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day of a window to catch up on."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Its last day.")
    ] = None,
    maximum: _Maximum = None,
    dry_run: _DryRun = False,
    as_json: JsonFlag = False,
) -> None:
    """Take what a corpus offers and store its bytes; exit code 1 if a source cannot be asked."""
    with door(as_json=as_json):
        _check(corpus)
        window = (since.date() if since else None, until.date() if until else None)
        if None not in window and window[0] > window[1]:  # type: ignore[operator]
            raise UsageError(f"the window ends ({window[1]}) before it begins ({window[0]})")
        reports = _take(corpus, window, maximum, is_dry=dry_run, as_json=as_json)
    if any(report.is_failed for report in reports):
        raise typer.Exit(EXIT_WORK_FAILED)


def papers(
    file: Annotated[
        Path, typer.Argument(help="BibTeX, RIS, CSL-JSON (Zotero), or one identifier a line.")
    ],
    *,
    maximum: _Maximum = None,
    dry_run: _DryRun = False,
    as_json: JsonFlag = False,
) -> None:
    """Look up the entries of a reference list and take the papers; exit code 1 if one is left."""
    with door(as_json=as_json):
        _check(file)
        reports = _take(file, (None, None), maximum, is_dry=dry_run, as_json=as_json)
    if any(report.unmatched or report.is_failed for report in reports):
        raise typer.Exit(EXIT_WORK_FAILED)


def tell_walks(settings: Settings, place: Path | None) -> list[str]:
    """What a night has to say of its sources: which could not be asked to the end, and why."""
    if place is None or not (place.is_file() and is_corpus_file(place)):
        return []
    walks = WalkStore(open_database(settings.database)).walks(read_corpus(place).name)
    told = [
        f"{w['source']} was not asked to the end: {w['stopped']}" for w in walks if w["stopped"]
    ]
    told += [f"{w['source']}: {reason}" for w in walks for reason in w["unmatched"]]
    if told:
        told.append("what is here was worked on; the next night asks again")
    return told


def _check(corpus: Path) -> None:
    if not is_corpus_file(corpus):
        raise UsageError(f"{corpus} is neither a corpus file (.yaml) nor a reference list")
    read_corpus(corpus)


def _take(
    corpus: Path,
    window: tuple[date | None, date | None],
    maximum: int | None,
    *,
    is_dry: bool,
    as_json: bool,
) -> list[WalkReport]:
    settings = load_settings()
    if is_dry:
        database = open_database(settings.database)
        source = build_corpus(
            settings, database, corpus, open_door(settings, database), is_dry=True
        )
        walk = source.walk()
        reports = [walk.walk(unit) for unit in walk.units(*window)]
        found: dict[str, Any] = {"walks": [asdict(report) for report in reports]}
        title = "What the sources offer (nothing was kept)"
    else:
        reports, found = _fetch(settings, corpus, window, maximum, console(), is_shown=not as_json)
        title = "Walks"
    if as_json:
        show_json(found)
        return reports
    rows = [{**asdict(report), "unmatched": len(report.unmatched)} for report in reports]
    show_rows(console(), title, rows)
    for report in reports:
        for reason in report.unmatched[:_SHOWN_REASONS]:
            console().print(f"{report.source}: {reason}", markup=False)
        if (rest := len(report.unmatched) - _SHOWN_REASONS) > 0:
            console().print(f"{report.source}: and {rest} more; --json shows all", markup=False)
    if not is_dry:
        show_rows(console(), "Papers that were not taken", found["endings"])
        show_rows(console(), "Fetched", [found["counts"]])
    return reports


def _fetch(
    settings: Settings,
    corpus: Path,
    window: tuple[date | None, date | None],
    maximum: int | None,
    out: Console,
    *,
    is_shown: bool,
) -> tuple[list[WalkReport], dict[str, Any]]:
    """Walk over the sources, then one run of the stage fetch alone."""
    night = build_night(settings)
    place = str(corpus.resolve())
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out, disable=not is_shown) as bars:
        units = night.walk_units(place, since=window[0], until=window[1])
        reports = [
            night.walk(place, unit) for unit in bars.track(units, description="asking the sources")
        ]
        run_id = night.begin(
            kind="cli",
            trigger="florilegium fetch",
            papers=place,
            maximum=maximum,
            is_walked=True,
        )
        with night.hold(run_id):
            batch_ids = night.plan(run_id, "fetch")
            total = sum(night.size(batch_id) for batch_id in batch_ids)
            bar = bars.add_task("taking papers", total=total)
            for batch_id in batch_ids:
                night.work(batch_id, on_item=lambda: bars.advance(bar))
            limit = settings.night.max_failed_ratio
            counts = night.settle(run_id, "fetch", max_failed_ratio=limit)
            night.finish(run_id)
    endings = WorkStore(open_database(settings.database)).untaken(run_id)
    return reports, {
        "run_id": run_id,
        "counts": counts,
        "walks": [asdict(report) for report in reports],
        "endings": endings,
    }
