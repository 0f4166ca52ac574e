"""
What a large corpus costs: the worked analyses, the wide form, an export, a report, a release.

Run ``python -m benchmarks.views [WORKS]``; 10,000 works × 28 questions by default, 2,000 at least,
and the bars are those of 100,000. The corpus is synthetic, made by SQL: the built-in catalogue, one
document a work with one block of 28 sentences, 60 % of cells answered (lists of three items of 40
names, one quote each), 30 % not reported, 10 % not applicable, 1 % of works unreadable; two
answerers, which differ in a twentieth of the cells; half of the papers with a free licence, a
quarter with none, the rest out of a folder; 1 % of the papers labelled; three releases in three
months, of which the last decides one question anew. Server CPU is that of one session of the
analyst, with the limits and the memory of that role and without parallel workers, so that nothing
is spent where it is not counted; ticks of 10 ms.
"""

import json
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection

from benchmarks._ground import Figure, Ground, Meter, open_ground, print_figures
from etl.catalogue.load import load_catalogue
from etl.publish.export import ExportFormat, export_rows
from etl.publish.parquet import write_parquet
from etl.publish.report import night_html
from etl.store.database import Database, open_database
from etl.store.decisions import DecisionStore
from etl.store.history import HistoryStore, ReleasePart
from etl.store.night_report import NightReportStore
from etl.store.queries import sql_folder
from etl.store.questions import QuestionStore

_WORKS = 10_000
#: Bars of the issue: seconds of server CPU an analysis, buffers a wide row, seconds a report.
_ANALYSIS_SECONDS = 2.0
_WIDE_BUFFERS = 10.0
_REPORT_SECONDS = 60.0
#: What the last nine tenths of an export may add to this process's peak, MiB: it is constant.
_EXPORT_MIB = 16.0
#: Rows after which memory is first looked at, where a tenth is less: three row groups of Parquet,
#: whose first takes pyarrow's buffers (some 70 MiB) and whose twentieth takes no more.
_SETTLED_ROWS = 30_000

_FILL = Path(__file__).with_name("views_fill.sql")


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures; 0 where every bar is met."""
    works = int(arguments[0]) if arguments else _WORKS
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with open_ground() as ground:
        catalogue = load_catalogue(None)
        store = QuestionStore(open_database(ground.settings))
        store.load_catalogue(catalogue.name, catalogue.questions)
        start = time.perf_counter()
        ground.sql(_FILL.read_text(encoding="utf-8").replace("{works}", str(works)))
        cells = ground.sql("SELECT count(*) FROM out.answers")[0]
        size = ground.sql("SELECT pg_size_pretty(pg_database_size(current_database()))")[0]
        print(
            f"{works} works, {cells} answers, {size}, filled in {time.perf_counter() - start:.0f} s"
        )
        database, pid = ground.open_one_connection("florilegium_analyst")
        figures = [*_analyses(database, pid), _wide(database, works)]
        figures += [*_exports(ground, int(cells)), _report(ground), _quiet_publish(ground, works)]
    return print_figures(figures)


def _analyses(database: Database, pid: int) -> Iterator[Figure]:
    for path in sorted((sql_folder() / "examples").glob("*.sql")):
        statement = path.read_text(encoding="utf-8")
        seconds, buffers = _server_cost(database, pid, statement)
        yield _at_most(
            path.stem, f"{seconds:.2f} s", f"{buffers} buffers", seconds, _ANALYSIS_SECONDS
        )


def _server_cost(database: Database, pid: int, statement: str) -> tuple[float, int]:
    """CPU seconds of the server process alone (median of three warm runs), and its buffers."""
    with database.transaction() as connection:
        connection.exec_driver_sql("SET max_parallel_workers_per_gather = 0")
        _run(connection, statement)
        seconds = []
        for _ in range(3):
            before = _ticks(pid)
            _run(connection, statement)
            seconds.append(_ticks(pid) - before)
        explained = _explain(connection, statement)
    return sorted(seconds)[1], _buffers(explained)


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement.replace("%", "%%")).all()


def _explain(connection: Connection, statement: str) -> dict[str, Any]:
    command = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) " + statement
    found = connection.exec_driver_sql(command.replace("%", "%%")).scalar_one()
    plan: dict[str, Any] = (found if isinstance(found, list) else json.loads(found))[0]["Plan"]
    return plan


def _buffers(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def _ticks(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _wide(database: Database, works: int) -> Figure:
    """The wide form in buffers a row, over all works; what one work alone costs stands beside."""
    one = f"SELECT * FROM out.answers_wide WHERE work_id = {works // 2 + 1}"  # noqa: S608 - names of ours
    with database.transaction() as connection:
        connection.exec_driver_sql("SET max_parallel_workers_per_gather = 0")
        # Once before it counts: the first run of a session reads the system's own tables too.
        _run(connection, one)
        alone = _buffers(_explain(connection, one))
        whole = _buffers(_explain(connection, "SELECT * FROM out.answers_wide")) / works
    return _at_most(
        "wide form, a row", f"{whole:.2f} buffers", f"one alone {alone}", whole, _WIDE_BUFFERS
    )


def _exports(ground: Ground, cells: int) -> Iterator[Figure]:
    """What ten times the rows add to the peak memory of this process, form by form."""
    store = HistoryStore(ground.open_one_connection()[0])
    release = store.find_release().release_id
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export"
        # pyarrow itself is no row.
        write_parquet([], file)
        for form in (ExportFormat.CSV, ExportFormat.JSONL, ExportFormat.PARQUET):
            start = time.process_time()
            with store.stream(ReleasePart.ANSWERS, release) as rows:
                watched = _Watched(rows, cells)
                if form is ExportFormat.PARQUET:
                    write_parquet(watched, file)
                else:
                    with file.open("w", encoding="utf-8") as stream:
                        stream.writelines(export_rows(watched, form))
            rate = f"{cells / (time.process_time() - start):.0f} rows/s"
            name = f"{form} export, 10 x the rows"
            yield _at_most(name, f"+{watched.grown():.1f} MiB", rate, watched.grown(), _EXPORT_MIB)


class _Watched:
    """Rows that note the process's peak memory after their first tenth, or three row groups."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], total: int) -> None:
        self._rows = rows
        self._total = total
        self._mark = max(total // 10, _SETTLED_ROWS)
        self._peak = 0.0
        self._count = 0

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for row in self._rows:
            self._count += 1
            if self._count == self._mark:
                self._peak = _peak_mib()
            yield row

    def grown(self) -> float:
        """MiB that the rest added; fails where rows are missing, or too few to tell."""
        assert self._count == self._total > self._mark
        return _peak_mib() - self._peak


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _report(ground: Ground) -> Figure:
    database, pid = ground.open_one_connection()
    pages: list[str] = []

    def build() -> None:
        pages.append(night_html(NightReportStore(database).read()))

    seconds = Meter(pid).seconds(build)
    size = f"{len(pages[0]) // 1024} KiB"
    return _at_most("nightly report", f"{seconds:.2f} s", size, seconds, _REPORT_SECONDS)


def _quiet_publish(ground: Ground, works: int) -> Figure:
    """Rows of decisions that a release writes after a night that saw every paper unchanged."""
    run_id = ground.sql(
        "INSERT INTO ops.run (kind, trigger, state, holder, lease_until) "
        "VALUES ('night', 'bench', 'running', 'lease', now()) RETURNING run_id"
    )[0]
    ground.sql(
        "INSERT INTO ops.sighting (run_id, source, locator, etag, outcome, full_text_id) "  # noqa: S608 - numbers
        f"SELECT {run_id}, 'folder', 'paper' || w, '', 'known', w "
        f"FROM generate_series(1, {works}) w"
    )
    ground.sql("ANALYZE ops.sighting")
    database, pid = ground.open_one_connection()
    store = DecisionStore(database)
    before = _written(database)
    seconds = Meter(pid).seconds(lambda: store.publish(int(run_id)))
    written = _written(database) - before
    return _at_most("quiet release, decisions", f"{written} rows", f"{seconds:.2f} s", written, 0)


def _written(database: Database) -> int:
    """Decisions that this server has written, changed or deleted, ever."""
    with database.transaction() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    with database.transaction() as connection:
        told = connection.exec_driver_sql(
            "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables "
            "WHERE schemaname = 'core' AND relname = 'decision'"
        )
        return int(told.scalar_one())


def _at_most(name: str, figure: str, baseline: str, value: float, bound: float) -> Figure:
    return Figure(name=name, figure=figure, baseline=baseline, ratio=value, sense="<=", bound=bound)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
