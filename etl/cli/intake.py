"""``florilegium fetch``: bring a corpus up to date without Airflow, or see what it would bring."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from etl.cli.door import JsonFlag, console, door, show_json
from etl.cli.tables import show_rows
from etl.fetch.corpus import read_corpus
from etl.fetch.corpus_source import WalkReport
from etl.settings import Settings, load_settings
from etl.store.database import open_database
from etl.store.watermarks import WalkStore
from etl.wiring import build_corpus, build_night

__all__ = ["fetch"]

#: Reasons shown a source; all of them with --json.
_SHOWN_REASONS = 10


def fetch(
    corpus: Annotated[Path, typer.Option(help="A corpus file (.yaml).")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask the sources, keep and download nothing.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Take what a corpus offers and store its bytes once; parsing is left to the night."""
    with door(as_json=as_json):
        read_corpus(corpus)
        settings = load_settings()
        if dry_run:
            source = build_corpus(settings, open_database(settings.database), corpus, is_dry=True)
            _show(source.walk_all(), as_json=as_json)
            return
        counts = _fetch(settings, corpus, console(), is_shown=not as_json)
        walks = WalkStore(open_database(settings.database)).walks(read_corpus(corpus).name)
        if as_json:
            show_json({"counts": counts, "walks": walks})
        else:
            rows = [{**walk, "unmatched": len(walk["unmatched"])} for walk in walks]
            show_rows(console(), "Walks", rows)
            show_rows(console(), "Fetched", [counts])


def _fetch(settings: Settings, corpus: Path, out: Console, *, is_shown: bool) -> dict[str, int]:
    """One run of the stage fetch alone."""
    night = build_night(settings)
    run_id = night.begin(kind="cli", trigger="florilegium fetch", papers=str(corpus.resolve()))
    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with night.hold(run_id), Progress(*columns, console=out, disable=not is_shown) as bars:
        batch_ids = night.plan(run_id, "fetch")
        bar = bars.add_task("fetch", total=len(batch_ids))
        for batch_id in batch_ids:
            night.work(batch_id)
            bars.advance(bar)
        limit = settings.night.max_failed_ratio
        counts = night.settle(run_id, "fetch", max_failed_ratio=limit)
        night.finish(run_id)
    return counts


def _show(reports: list[WalkReport], *, as_json: bool) -> None:
    if as_json:
        show_json([asdict(report) for report in reports])
        return
    rows = [{**asdict(report), "unmatched": len(report.unmatched)} for report in reports]
    show_rows(console(), "What the sources offer (nothing was kept)", rows)
    for report in reports:
        for reason in report.unmatched[:_SHOWN_REASONS]:
            console().print(f"{report.source}: {reason}", markup=False)
