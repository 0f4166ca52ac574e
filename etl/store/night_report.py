"""Everything the report of one night tells, read from the database in one snapshot."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from etl.errors import UsageError
from etl.store.database import Database, rows_of
from etl.store.queries import query

__all__ = ["NightReportStore"]

Rows = list[Mapping[str, Any]]
#: Longer lists are cut in the report and counted; the views have them all.
_ROW_LIMIT = 200
_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class NightReportStore:
    """Reads one run beside the run before it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, run_id: int | None = None) -> dict[str, Any]:
        """
        Gather one run's facts.

        Args:
            run_id: Which; the newest that has ended by default.

        Returns:
            ``run`` and ``before`` (that run's row with its accounting of papers, or None),
            ``release`` and ``release_before`` (or None), ``new_papers``, ``new_count``,
            ``stages`` and ``stages_before``, ``states`` and ``states_before`` (a question's
            answers by state), ``change_counts``, ``changes``, ``failures``,
            ``failure_counts``, ``agreement`` and ``review`` (as they are now), ``drift``,
            ``spend`` and ``spend_before`` (what language models took) and ``row_limit``.

        Raises:
            UsageError: There is no such run.
        """
        with self._database.transaction() as connection:
            # One snapshot: a night under way beside us must not mix into the figures.
            connection.execute(_SNAPSHOT)
            run = _one(connection, "report_run", run_id=run_id)
            if run is None:
                wanted = "has ended yet" if run_id is None else f"has the number {run_id}"
                raise UsageError(f"no run {wanted}; see `florilegium status`")
            return _gather(connection, run)


def _gather(connection: Connection, run: Mapping[str, Any]) -> dict[str, Any]:
    own = {"run_id": run["run_id"]}
    limit = {"row_limit": _ROW_LIMIT}
    older = _one(connection, "report_run_before", **own)
    before = _one(connection, "report_run", run_id=older["run_id"]) if older else None
    release = _one(connection, "report_release", **own)
    earlier = _one(connection, "report_release", run_id=before["run_id"]) if before else None
    published = {"release_id": release["release_id"] if release and release["is_own"] else -1}
    new = _one(connection, "report_new_count", **own)
    return {
        "run": run,
        "before": before,
        "release": release,
        "release_before": earlier,
        "new_papers": _rows(connection, "report_new_papers", **own, **limit),
        "new_count": new["new_count"] if new else 0,
        "stages": _rows(connection, "report_stages", **own),
        "stages_before": _rows(connection, "report_stages", run_id=before["run_id"])
        if before
        else [],
        "states": _states(connection, release),
        "states_before": _states(connection, earlier),
        "change_counts": _rows(connection, "report_change_counts", **published),
        "changes": _rows(connection, "report_changes", **published, **limit),
        "failures": _rows(connection, "report_failures", **own, **limit),
        "failure_counts": _rows(connection, "report_failure_counts", **own),
        "agreement": _rows(connection, "report_agreement", **limit),
        "drift": _rows(connection, "report_drift", **own),
        "review": _rows(connection, "report_review"),
        "spend": _rows(connection, "report_spend", **own),
        "spend_before": _rows(connection, "report_spend", run_id=before["run_id"])
        if before
        else [],
        "row_limit": _ROW_LIMIT,
    }


def _states(connection: Connection, release: Mapping[str, Any] | None) -> Rows:
    if release is None:
        return []
    return _rows(connection, "report_states", release_id=release["release_id"])


def _one(
    connection: Connection,
    name: str,
    **parameters: Any,  # noqa: ANN401 - SQL values
) -> Mapping[str, Any] | None:
    return next(iter(_rows(connection, name, **parameters)), None)


def _rows(
    connection: Connection,
    name: str,
    **parameters: Any,  # noqa: ANN401 - SQL values
) -> Rows:
    return rows_of(connection.execute(query("night_report", name), parameters))
