"""The run pages: how nights went, what failed and why."""

from typing import Any

from etl.store.database import Database
from etl.store.pages import PageReader, Rows

__all__ = ["RunPageStore"]

_FILE = "pages_run"
#: Longer lists are cut on the page and counted; the views have them all.
_ROW_LIMIT = 200


class RunPageStore:
    """
    Reads runs.

    Args:
        database: Opened by ``open_reader``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, *, before_run: int | None = None, row_limit: int = 50) -> Rows:
        """Runs, newest first, older than *before_run*."""
        with PageReader.open(self._database, _FILE) as reader:
            return reader.rows("run_list", before_run=before_run, row_limit=row_limit)

    def of_trigger(self, trigger: str) -> int | None:
        """The run that ``DAG/DAG run`` began; None where it began none."""
        with PageReader.open(self._database, _FILE) as reader:
            row = reader.one("run_of_trigger", trigger=trigger)
        return None if row is None else row["run_id"]

    def read(self, run_id: int) -> dict[str, Any] | None:
        """
        Gather one run in one snapshot.

        Returns:
            ``run``, ``flow``, ``steps``, ``release`` (None where it published nothing),
            ``changes``, ``reasons`` and ``failed_papers``; None where there is no such run.
        """
        with PageReader.open(self._database, _FILE) as reader:
            run = reader.one("run_one", run_id=run_id)
            if run is None:
                return None
            release = reader.one("run_release", run_id=run_id)
            release_id = release["release_id"] if release else None
            return {
                "run": run,
                "flow": reader.one("run_flow", run_id=run_id),
                "steps": reader.rows("run_steps", run_id=run_id),
                "release": release,
                "changes": reader.rows("run_changes", release_id=release_id),
                "reasons": reader.rows("run_reasons", run_id=run_id),
                "failed_papers": reader.rows(
                    "run_failed_papers", run_id=run_id, row_limit=_ROW_LIMIT
                ),
            }
