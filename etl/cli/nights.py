"""``florilegium night | run | migrate | retry``: work through what is missing."""

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from etl.catalogue.load import load_catalogue
from etl.cli.door import EXIT_WORK_FAILED, JsonFlag, console, door, show_json
from etl.cli.intake import tell_walks
from etl.cli.tables import show_night
from etl.errors import RunInProgressError, UsageError
from etl.evaluate.golden_gate import GoldenGate, golden_folder
from etl.fetch.corpus import is_corpus_file
from etl.night.night import STAGE_ORDER, Night
from etl.settings import Settings, load_settings
from etl.stack.commands import describe_login
from etl.stack.lifecycle import StartOptions, bring_up
from etl.stack.model_server import ModelServer
from etl.stack.night import NightResult, run_night
from etl.stack.night_progress import NightProgress, describe_failures
from etl.stack.paths import StackPaths
from etl.stack.state import load_state
from etl.store.database import open_database
from etl.store.migrate import migrate as migrate_database
from etl.store.questions import QuestionStore
from etl.store.reports import ReportStore
from etl.store.runs import RunStore
from etl.wiring import build_night, build_proof_ports

#: How long a night waits for another one to end, and how often it asks.
_TURN_SECONDS = 1800.0
_TURN_PAUSE_SECONDS = 5.0

__all__ = ["migrate", "night", "retry", "run"]

_Papers = Annotated[
    Path | None,
    typer.Option(help="Folder of papers, or a corpus file (.yaml).", show_default=False),
]


def night(papers: _Papers = None, *, as_json: JsonFlag = False) -> None:
    """Start what is not running, run the DAG chain in Airflow, and show the results."""
    with door(as_json=as_json):
        folder = _checked(papers or _default_papers())
        paths = StackPaths(Path.cwd())
        before = load_state(paths)
        state = bring_up(paths, StartOptions(), lambda step: typer.echo(f"… {step}", err=True))
        load_settings.cache_clear()
        settings = load_settings()
        database = open_database(settings.database)
        if before is None or not before.is_supervised:
            # No task of an earlier stack lives: a run it left open need not be waited for.
            RunStore(database, settings.night).abandon_leased("the services were stopped")
        catalogue = load_catalogue(settings.catalogue)
        GoldenGate(
            store=QuestionStore(database),
            ports=build_proof_ports(settings),
            papers=golden_folder(settings.catalogue),
        ).put_in_force(catalogue, settings.catalogue)
        with NightProgress(Console(stderr=True) if as_json else console()) as progress:
            result = _run_in_turn(paths, folder, progress)
        reports = ReportStore(database)
        run_id = reports.last_run_id()
        if as_json:
            show_json({"run_id": run_id, "is_success": result.is_success, **reports.status()})
        else:
            if run_id is not None:
                show_night(console(), reports, _counts(settings, run_id), run_id)
            for line in tell_walks(settings, folder):
                typer.echo(line)
            if not result.is_success:
                typer.echo("\n".join(describe_failures(result)))
            typer.echo(describe_login(paths, state))
    if not result.is_success:
        raise typer.Exit(EXIT_WORK_FAILED)


def run(
    papers: _Papers = None,
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="Batches a stage, at most.")] = None,
    stage: Annotated[str | None, typer.Option(help=f"One of {', '.join(STAGE_ORDER)}.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Run a night in this process, without Airflow."""
    with door(as_json=as_json):
        if stage is not None and stage not in STAGE_ORDER:
            raise UsageError(f"there is no stage {stage!r}; known: {', '.join(STAGE_ORDER)}")
        folder = _checked(papers)
        settings = load_settings()
        this = build_night(settings)
        run_id = this.begin(
            kind="cli", trigger="florilegium run", papers=str(folder) if folder else None
        )
        stages = STAGE_ORDER if stage is None else (stage,)
        with this.hold(run_id):
            _work_stages(this, run_id, stages, limit, settings, is_shown=not as_json)
            if stage is None:
                this.publish(run_id)
            counts = this.finish(run_id)
        reports = ReportStore(open_database(settings.database))
        if as_json:
            show_json({"run_id": run_id, "counts": counts, **reports.status()})
        else:
            show_night(console(), reports, counts, run_id)
            for line in tell_walks(settings, folder):
                typer.echo(line)


def migrate(*, as_json: JsonFlag = False) -> None:
    """Bring the database to the newest schema; a second time changes nothing."""
    with door(as_json=as_json):
        settings = load_settings()
        owner = open_database(settings.database, url=settings.database.owner_url)
        result = migrate_database(owner)
        if as_json:
            show_json({"before": result.before, "after": result.after})
        else:
            typer.echo(f"schema: {result.before or 'empty'} → {result.after}")


def retry(
    paper: Annotated[
        str | None,
        typer.Argument(help="Id, path, hash, DOI, or part of path or title; all when not given."),
    ] = None,
    *,
    reason: Annotated[str | None, typer.Option(help="Outcome code; all when not given.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make what failed or was excluded due again for the next night: one paper, or all."""
    with door(as_json=as_json):
        settings = load_settings()
        database = open_database(settings.database)
        work_id = None if paper is None else ReportStore(database).find_work(paper)[0]
        count = RunStore(database, settings.night).reopen(reason, work_id=work_id)
        if as_json:
            show_json({"reopened": count})
            return
        typer.echo("1 item is due again" if count == 1 else f"{count} items are due again")
        if work_id is not None and not count:
            typer.echo(
                "It did not fail, or is due already. A paper is worked on again when its file, a "
                "question, a reader or a model changes: `florilegium plan` tells."
            )


def _work_stages(
    this: Night,
    run_id: int,
    stages: tuple[str, ...],
    limit: int | None,
    settings: Settings,
    *,
    is_shown: bool,
) -> None:
    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    server = ModelServer(StackPaths(Path.cwd()), settings.llm)
    with Progress(*columns, console=console(), disable=not is_shown) as bars:
        for stage in stages:
            batch_ids = this.plan(run_id, stage)[:limit]
            bar = bars.add_task(stage, total=len(batch_ids))
            asks = stage == "answer" and bool(batch_ids) and this.asks_models()
            with server.held(f"florilegium run {run_id}") if asks else nullcontext():
                for batch_id in batch_ids:
                    this.work(batch_id)
                    bars.advance(bar)
            this.settle(run_id, stage, max_failed_ratio=settings.night.max_failed_ratio)


def _run_in_turn(paths: StackPaths, folder: Path | None, progress: NightProgress) -> NightResult:
    """Run a night; where another one is under way (the scheduled one, say), after it."""
    deadline = time.monotonic() + _TURN_SECONDS
    while True:
        try:
            return run_night(paths, papers=folder, progress=progress)
        except RunInProgressError as error:
            if time.monotonic() > deadline:
                raise
            typer.echo(f"… waiting for its turn: {error}", err=True)
            time.sleep(_TURN_PAUSE_SECONDS)


def _default_papers() -> Path | None:
    """The folder of the settings; where there is none, the samples that come with the code."""
    configured = load_settings().papers
    return Path(configured) if configured else Path("samples/papers")


def _counts(settings: Settings, run_id: int) -> dict[str, int]:
    return build_night(settings).counts(run_id)


def _checked(papers: Path | None) -> Path | None:
    if (
        papers is not None
        and not papers.is_dir()
        and not (papers.is_file() and is_corpus_file(papers))
    ):
        raise UsageError(f"{papers} is not a folder; give a folder of papers or a corpus file")
    return papers.resolve() if papers is not None else None
