"""Write what a night has done as a page and as JSON, both whole or not at all."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from etl.errors import UsageError
from etl.publish.report import night_html, night_json
from etl.store.database import Database
from etl.store.night_report import NightReportStore

__all__ = ["report_path", "write_report"]


def report_path(folder: Path, run_id: int) -> Path:
    """Where the page of a run lies; its JSON lies beside it."""
    return folder / f"run-{run_id}.html"


def write_report(database: Database, page: Path, *, run_id: int | None = None) -> Mapping[str, Any]:
    """
    Write the report of a run.

    Args:
        database: As writer.
        page: The HTML page, overwritten; the JSON gets the same name with ``.json``.
        run_id: The newest run that has ended by default.

    Returns:
        The facts told, as ``NightReportStore.read`` gives them.

    Raises:
        UsageError: There is no such run, or the page cannot be written.
    """
    facts = NightReportStore(database).read(run_id)
    with _replaced(page) as html, _replaced(page.with_suffix(".json")) as beside:
        html.write_text(night_html(facts), encoding="utf-8")
        beside.write_text(night_json(facts), encoding="utf-8")
    return facts


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
