"""``florilegium export | release … | report | dictionary``: releases and nights, for others."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from etl.cli.door import EXIT_WORK_FAILED, JsonFlag, console, door, show_json
from etl.cli.tables import show_rows
from etl.errors import UsageError
from etl.night.report import write_report
from etl.publish.bibtex import bibtex_entries
from etl.publish.crate import CrateSource, write_crate
from etl.publish.dictionary import contract_csv, dictionary_csv, dictionary_markdown
from etl.publish.export import ExportFormat, export_rows
from etl.publish.orkg import orkg_lines
from etl.publish.parquet import write_parquet
from etl.publish.report import night_json
from etl.settings import load_settings
from etl.store.database import open_database
from etl.store.history import HistoryStore, Release, ReleasePart
from etl.store.queries import sql_folder
from etl.store.reports import ReportStore

__all__ = ["dictionary", "export", "release_app", "report"]

release_app = typer.Typer(help="What was published when.", no_args_is_help=True)

#: A terminal shows this many differing answers; ``--json`` gives all.
_DIFF_ROWS = 40
_ReleaseId = Annotated[int | None, typer.Option("--release", min=1, help="The newest by default.")]
_Moment = Annotated[
    datetime | None, typer.Option(help="The release that was current at this time (UTC).")
]


def export(
    *,
    form: Annotated[ExportFormat, typer.Option("--format")] = ExportFormat.CSV,
    out: Annotated[
        Path | None, typer.Option(help="File, or folder for ro-crate; else standard output.")
    ] = None,
    release_id: _ReleaseId = None,
    as_of: _Moment = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the answers of a release, the newest or any before; equal releases, equal bytes."""
    with door(as_json=as_json):
        store = _store()
        moment = None if as_of is None else as_of.replace(tzinfo=as_of.tzinfo or UTC)
        release = store.find_release(release_id, moment=moment)
        if form is ExportFormat.RO_CRATE:
            _report_files(write_crate(_crate(store, release), _needed(out, form)), as_json=as_json)
            return
        if out is None and form is not ExportFormat.PARQUET:
            with _lines(store, release, form) as lines:
                for line in lines:
                    typer.echo(line, nl=False)
            return
        target = _needed(out, form)
        with _replaced(target) as path:
            _write(store, release, form, path)
            with path.open("rb") as written:
                sha256 = hashlib.file_digest(written, "sha256").hexdigest()
        _report_files({str(target): sha256}, as_json=as_json)


@release_app.callback()
def release() -> None:
    """What was published when."""


@release_app.command("list")
def releases(*, as_json: JsonFlag = False) -> None:
    """List what was published when."""
    with door(as_json=as_json):
        found = ReportStore(open_database(load_settings().database)).releases()
        if as_json:
            show_json({"releases": found})
        else:
            show_rows(console(), "Releases", found)


@release_app.command("diff")
def diff(
    old: Annotated[int, typer.Argument(min=1, help="The earlier release.")],
    new: Annotated[int, typer.Argument(min=1, help="The later release.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show which answers differ between two releases, and why."""
    with door(as_json=as_json):
        found = _store().diff(old, new)
        if as_json:
            show_json({"old_release": old, "new_release": new, "differences": found})
            return
        out = console()
        if not found:
            out.print(f"releases {old} and {new} hold the same answers")
        show_rows(out, f"From release {old} to {new}", _tally(found))
        columns = ("paper", "question_id", "change", "cause", "old_value", "new_value")
        shown = [{name: row[name] for name in columns} for row in found[:_DIFF_ROWS]]
        show_rows(out, "Answers", shown)
        if len(found) > _DIFF_ROWS:
            out.print(f"… and {len(found) - _DIFF_ROWS} more; --json gives all")


def report(
    *,
    run: Annotated[int | None, typer.Option(min=1, help="Run; the newest by default.")] = None,
    out: Annotated[Path, typer.Option(help="The page; its JSON is put beside it.")] = Path(
        "night.html"
    ),
    as_json: JsonFlag = False,
) -> None:
    """Write the report of a night: one HTML page that needs nothing else, and its JSON."""
    with door(as_json=as_json):
        facts = write_report(open_database(load_settings().database), out, run_id=run)
        if as_json:
            typer.echo(night_json(facts))
        else:
            typer.echo(f"run {facts['run']['run_id']}: {out} and {out.with_suffix('.json')}")


def dictionary(
    *,
    is_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 where a file is stale.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write README.md, dictionary.csv and contract.csv in sql/ from what is in the database."""
    with door(as_json=as_json):
        rows = _store().dictionary()
        promised = _read(sql_folder() / "contract.csv") or ""
        made = {
            "README.md": dictionary_markdown(rows),
            "dictionary.csv": dictionary_csv(rows),
            "contract.csv": contract_csv(rows, promised),
        }
        stale = [name for name, text in made.items() if _read(sql_folder() / name) != text]
        if not is_check:
            for name in stale:
                (sql_folder() / name).write_bytes(made[name].encode("utf-8"))
        if as_json:
            show_json({"stale" if is_check else "written": stale})
        else:
            verb = "stale" if is_check else "written"
            typer.echo(f"{verb}: {', '.join(stale)}" if stale else "the dictionary is fresh")
    if is_check and stale:
        raise typer.Exit(EXIT_WORK_FAILED)


def _store() -> HistoryStore:
    return HistoryStore(open_database(load_settings().database))


@contextmanager
def _lines(store: HistoryStore, release: Release, form: ExportFormat) -> Iterator[Iterable[str]]:
    """Every form that is text, as lines that are made while they are read."""
    by_work = form in (ExportFormat.BIBTEX, ExportFormat.ORKG)
    part = ReleasePart.WORKS if by_work else ReleasePart.ANSWERS
    with _part(store, release, part) as rows:
        if form is ExportFormat.BIBTEX:
            yield bibtex_entries(rows)
        elif form is ExportFormat.ORKG:
            questions = store.questions(release.release_id)
            yield orkg_lines(rows, list(dict.fromkeys(q["question_key"] for q in questions)))
        else:
            yield export_rows(rows, form)


def _write(store: HistoryStore, release: Release, form: ExportFormat, path: Path) -> None:
    if form is ExportFormat.PARQUET:
        with _part(store, release, ReleasePart.ANSWERS) as rows:
            write_parquet(rows, path)
        return
    with (
        _lines(store, release, form) as lines,
        path.open("w", encoding="utf-8", newline="") as stream,
    ):
        stream.writelines(lines)


@contextmanager
def _part(
    store: HistoryStore, release: Release, part: ReleasePart
) -> Iterator[Iterator[Mapping[str, Any]]]:
    """
    Rows of a release, counted on a terminal; the count goes to standard error.

    How many works or quotes there are is not known before, so only answers have an end.
    """
    screen = Console(stderr=True)
    with store.stream(part, release.release_id) as rows:
        yield iter(
            track(
                rows,
                description=f"release {release.release_id}: {part.name.lower()}",
                total=release.decision_count if part is ReleasePart.ANSWERS else None,
                console=screen,
                disable=not screen.is_terminal,
            )
        )


def _crate(store: HistoryStore, release: Release) -> CrateSource:
    number = release.release_id
    return CrateSource(
        release_id=number,
        run_id=release.run_id,
        decision_count=release.decision_count,
        started_at=release.started_at,
        published_at=release.published_at,
        software={name: version(name) for name in ("florilegium", "pyarrow")},
        recipes=store.recipes(number),
        questions=store.questions(number),
        answers=partial(_part, store, release, ReleasePart.ANSWERS),
        works=partial(_part, store, release, ReleasePart.WORKS),
        evidence=partial(_part, store, release, ReleasePart.EVIDENCE),
    )


@contextmanager
def _replaced(target: Path) -> Iterator[Path]:
    """A path to write to that takes the target's place when all is written, and only then."""
    part = target.with_name(f".{target.name}.part")
    try:
        yield part
        part.replace(target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _needed(out: Path | None, form: ExportFormat) -> Path:
    if out is None:
        raise UsageError(f"{form} needs --out: it is no text for a terminal")
    return out


def _report_files(files: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        show_json({"files": [{"file": name, "sha256": digest} for name, digest in files.items()]})
        return
    for name, digest in files.items():
        typer.echo(f"{digest}  {name}")


def _tally(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    counts: dict[tuple[str, str], int] = {}
    for row in found:
        counts[row["change"], row["cause"]] = counts.get((row["change"], row["cause"]), 0) + 1
    return [{"change": c, "cause": w, "answers": n} for (c, w), n in sorted(counts.items())]


def _read(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8") if path.is_file() else None
