"""``florilegium works | notices | takedown | prisma``: what a work is, and what became of it."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from etl.cli.door import JsonFlag, console, door, show_json
from etl.cli.tables import show_rows
from etl.errors import RunInProgressError, TransientError, UsageError
from etl.fetch.file_store import FsspecFileStore
from etl.publish.prisma import prisma_svg
from etl.settings import load_settings
from etl.store.database import open_database
from etl.store.identity import IdentityStore
from etl.store.prisma import PrismaStore
from etl.store.reports import ReportStore
from etl.store.takedown import TakedownStore
from etl.wiring import build_night

__all__ = ["notices", "prisma", "takedown", "works_app"]

works_app = typer.Typer(help="Works that may be one, for people to decide.", no_args_is_help=True)

_Paper = Annotated[str, typer.Argument(help="Id, path, hash, DOI, or part of path or title.")]
_Reason = Annotated[str, typer.Option(help="Why; kept on record.")]
_By = Annotated[
    str | None, typer.Option(help="Name of the person who decides; by default the user's.")
]


@works_app.command("candidates")
def candidates(
    *,
    every: Annotated[bool, typer.Option("--all", help="Decided ones, too.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show works that may be one: like titles, and names that contradict each other."""
    with door(as_json=as_json):
        found = _identities().candidates(only_open=not every)
        if as_json:
            show_json(found)
        else:
            show_rows(console(), "Works that may be one", found)


@works_app.command("merge")
def merge(
    one: Annotated[int, typer.Argument(help="Id of a work.")],
    other: Annotated[int, typer.Argument(help="Id of another.")],
    *,
    reason: _Reason,
    by: _By = None,
) -> None:
    """Say that two works are one: the one known first goes on with all versions."""
    with door():
        kept = _identities().merge(one, other, reason=reason, by=by or getpass.getuser())
        typer.echo(f"work {kept} goes on; old answers stay in out.answers_history")


@works_app.command("keep-apart")
def keep_apart(
    one: Annotated[int, typer.Argument(help="Id of a work.")],
    other: Annotated[int, typer.Argument(help="Id of another.")],
    *,
    reason: _Reason,
    by: _By = None,
) -> None:
    """Say that two works are two: no rule merges them any more."""
    with door():
        _identities().keep_apart(one, other, reason=reason, by=by or getpass.getuser())
        typer.echo(f"works {one} and {other} stay apart")


def notices(*, as_json: JsonFlag = False) -> None:
    """Ask for retractions, corrections and concerns about works that are here."""
    with door(as_json=as_json):
        found = build_night(load_settings()).refresh_notices()
        unreachable = sorted(source for source, count in found.items() if count < 0)
        if as_json:
            show_json({"new": found, "not_asked_to_the_end": unreachable})
            return
        for source, count in found.items():
            words = "could not be asked to the end" if count < 0 else f"{count} new"
            typer.echo(f"{source}: {words}")


def takedown(paper: _Paper, *, reason: _Reason, by: _By = None, as_json: JsonFlag = False) -> None:
    """Remove all text of a paper and its quotes, keep a record, and never fetch it again."""
    with door(as_json=as_json):
        settings = load_settings()
        database = open_database(settings.database)
        work_id, name = ReportStore(database).find_work(paper)
        store = TakedownStore(database)
        files = FsspecFileStore(settings.store.uri)
        for path in store.take_down(work_id, reason=reason, by=by or getpass.getuser()):
            files.remove(path)
        store.note_bytes_removed(work_id)
        try:
            decided = build_night(settings).decide_anew(work_id)
        except (RunInProgressError, TransientError) as error:
            decided = f"its answers are decided anew by the next night: {error}"
        row = store.load(work_id)
        if as_json:
            show_json({**row, "decided": decided})
        else:
            typer.echo(f"{name} (work {work_id}) was taken down: {row['removed']}")
            typer.echo(decided)


def prisma(
    *,
    corpus: Annotated[
        str | None, typer.Option(help="Name of a corpus; all together by default.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to draw the figure, as SVG.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the flow of PRISMA 2020: identified, left out and why, included, answered."""
    with door(as_json=as_json):
        rows = PrismaStore(open_database(load_settings().database)).flow(corpus)
        if out is not None:
            title = f"PRISMA 2020 flow: {corpus or 'all collections'}"
            try:
                out.write_text(prisma_svg(rows, title=title), encoding="utf-8")
            except OSError as error:
                raise UsageError(f"{out} cannot be written: {error.strerror}") from error
        if as_json:
            show_json(rows)
        else:
            show_rows(console(), "Flow", rows)


def _identities() -> IdentityStore:
    return IdentityStore(open_database(load_settings().database))
