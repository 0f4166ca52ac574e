"""
What a screen of the web pages costs on a large corpus, in CPU of both sides and in buffers.

Run ``python -m benchmarks.pages [WORKS]``; 100,000 works × 28 questions by default, filled as in
``views.py``. Each figure is the mean of ten requests through the whole app after one warm-up:
FastAPI, statements, templates. CPU is that of this process, of its children (a page is drawn in
one) and of all processes of the server. Buffers are those of all statements of a screen together,
each explained as it was run; the bar for them is what 60 papers take one by one: each its row, its
28 cells and their votes by the paper's key, where the screen shows 100. The desk costs what there
are labels, here a hundredth of all cells: each of its screens tells progress and agreement anew.
"""

import json
import logging
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import structlog
from sqlalchemy import event

from benchmarks._ground import Figure, Ground, open_ground, print_figures
from etl.catalogue.load import load_catalogue
from etl.settings import PagesSettings, Settings, StoreSettings
from etl.store.database import open_database
from etl.store.queries import sql_folder
from etl.store.questions import QuestionStore

_WORKS = 100_000
_ROUNDS = 10
#: Bars of the issue: seconds of CPU a screen of the matrix, an answer drawn anew, one kept.
_SCREEN_SECONDS = 0.3
_COLD_SECONDS = 0.5
_WARM_SECONDS = 0.05
#: Look-ups that a screen may cost.
_LOOK_UPS = 60

_FILL = Path(__file__).with_name("views_fill.sql")
_PDF = sql_folder().parent / "samples" / "papers" / "terns-two-column.pdf"


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures; 0 where every bar is met."""
    works = int(arguments[0]) if arguments else _WORKS
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    home = Path(tempfile.mkdtemp(prefix="florilegium-bench-pages-"))
    # Airflow reads its home once, at its first import.
    os.environ["AIRFLOW_HOME"] = str(home)  # noqa: TID251 - of this process alone
    sys.path.insert(0, str(sql_folder().parent / "plugins"))
    try:
        with open_ground() as ground:
            _fill(ground, works, home)
            figures = [*_measure(ground, works, home)]
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return print_figures(figures)


def _fill(ground: Ground, works: int, home: Path) -> None:
    ground.sql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    catalogue = load_catalogue(None)
    store = QuestionStore(open_database(ground.settings))
    store.load_catalogue(catalogue.name, catalogue.questions)
    start = time.perf_counter()
    ground.sql(_FILL.read_text(encoding="utf-8").replace("{works}", str(works)))
    # One paper has real bytes and a licence to show them, so that its page can be drawn.
    (home / "store").mkdir()
    shutil.copy(_PDF, home / "store" / "real.pdf")
    ground.sql("UPDATE core.full_text SET store_path = 'real.pdf' WHERE full_text_id = 1")
    ground.sql(
        "INSERT INTO core.location (source, locator, etag, full_text_id) "  # noqa: S608 - a number
        f"SELECT 'folder:/bench', 'paper' || w, '', w FROM generate_series(1, {works}) w"
    )
    ground.sql("VACUUM ANALYZE core.location")
    ground.sql("UPDATE core.rights SET quote_limit = NULL WHERE full_text_id = 1")
    cells = ground.sql("SELECT count(*) FROM out.cells")[0]
    size = ground.sql("SELECT pg_size_pretty(pg_database_size(current_database()))")[0]
    print(f"{works} works, {cells} cells, {size}, filled in {time.perf_counter() - start:.0f} s")


class _Pages:
    """The app with one connection, and what each request costs."""

    def __init__(self, ground: Ground, home: Path) -> None:
        # Only here: Airflow must find its home set.
        from fastapi.testclient import TestClient  # noqa: PLC0415

        from florilegium_airflow.web.access import Person, reader  # noqa: PLC0415
        from florilegium_airflow.web.app import build_app  # noqa: PLC0415
        from florilegium_airflow.web.room import ReadingRoom  # noqa: PLC0415

        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            database=ground.settings,
            store=StoreSettings(uri=str(home / "store")),
            pages=PagesSettings(image_folder=home / "images", connections=1, burst=100_000),
        )
        self.room = ReadingRoom(settings=settings)
        app = build_app(self.room)
        person = Person(name="bench", may_review=True, may_operate=True)
        app.dependency_overrides[reader] = lambda: person
        self._client = TestClient(app)
        self._client.get("/runs")
        self._server = psutil.Process(ground.postgres.pid() or 0)
        self.statements: list[tuple[str, Any]] = []
        event.listen(self.room.reader._engine, "before_cursor_execute", self._note)  # noqa: SLF001

    def _note(self, *told: Any) -> None:  # noqa: ANN401 - as SQLAlchemy gives it
        _, _, statement, given, *_ = told
        self.statements.append((statement, given))

    def get(self, address: str) -> bytes:
        """One request; its body."""
        answer = self._client.get(address)
        assert answer.status_code == 200, (address, answer.text[-400:])
        return answer.content

    def seconds(self, address: str, rounds: int = _ROUNDS) -> float:
        """Mean CPU seconds of a request, both sides, after a warm-up."""
        self.get(address)
        before = self._cpu()
        for _ in range(rounds):
            self.get(address)
        return (self._cpu() - before) / rounds

    def once(self, address: str) -> float:
        """CPU seconds of one request as it comes."""
        before = self._cpu()
        self.get(address)
        return self._cpu() - before

    def buffers(self, address: str) -> int:
        """Buffers of all statements of a request, each explained."""
        self.statements.clear()
        self.get(address)
        asked = [pair for pair in self.statements if not pair[0].startswith("SET")]
        return sum(self.explained(statement, given) for statement, given in asked)

    def explained(self, statement: str, given: Any) -> int:  # noqa: ANN401 - as given
        """Buffers of one statement, once it is warm."""
        command = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) " + statement
        with self.room.reader.transaction() as connection:
            connection.exec_driver_sql(statement, given).all()
            found = connection.exec_driver_sql(command, given).scalar_one()
        plan = (found if isinstance(found, list) else json.loads(found))[0]["Plan"]
        return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])

    def _cpu(self) -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        # The desk asks the writer, too, whose session may be over by now.
        ended = self._server.cpu_times()
        living = [session.cpu_times() for session in self._server.children()]
        server = sum(times.user + times.system for times in living)
        server += ended.children_user + ended.children_system
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime + server


def _measure(ground: Ground, works: int, home: Path) -> Iterator[Figure]:
    pages = _Pages(ground, home)
    middle = works // 2
    look_up = sum(
        pages.explained(f"SELECT * FROM out.{view} WHERE work_id = {middle}", {})  # noqa: S608 - names of ours
        for view in ("works", "cells", "votes")
    )
    screens = {
        "matrix, first screen": "/matrix",
        "matrix, from the middle": f"/matrix?after={middle}",
        "matrix, words of a title": f"/matrix?search=number%20{middle}",
        "matrix, one year": "/matrix?year_from=2020&year_to=2020",
        "matrix, a year without papers": "/matrix?year_from=1990&year_to=1990",
        "matrix, a common state": "/matrix?state=not_reported&question=CQ05",
        "matrix, a rare state": "/matrix?state=unreadable",
        "matrix, one source": "/matrix?corpus=folder:/bench",
        "matrix, a state nobody is in": "/matrix?state=conflicting",
    }
    for name, address in screens.items():
        seconds = pages.seconds(address)
        buffers = pages.buffers(address)
        size = f"{len(pages.get(address)) // 1024} KiB"
        yield _at_most(name, f"{seconds * 1000:.0f} ms", size, seconds, _SCREEN_SECONDS)
        if "first" in name or "middle" in name:
            bar = _LOOK_UPS * look_up
            told = f"{_LOOK_UPS} × {look_up}"
            yield _at_most(f"{name}, buffers", str(buffers), told, buffers, bar)
        else:
            print(f"{name}: {buffers} buffers")
    answer = "/answer?paper=1&question=CQ01"
    image = "/page.png?document=1&question=CQ01&version=1&page=1"
    seconds = pages.seconds(answer)
    cold = pages.once(image)
    yield _at_most(
        "answer, page drawn anew", _ms(seconds + cold), "", seconds + cold, _COLD_SECONDS
    )
    warm = seconds + pages.seconds(image)
    yield _at_most("answer, page kept", _ms(warm), "", warm, _WARM_SECONDS)
    for name, address in {
        "paper": "/paper?paper=1",
        "question": "/question?question=CQ05",
        "questions": "/questions",
        "run": "/run?id=3",
        "review desk": "/review",
        "review, next cell": "/review_cell",
    }.items():
        seconds = pages.seconds(address, 3)
        print(f"{name}: {_ms(seconds)}, {pages.buffers(address)} buffers")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _at_most(name: str, figure: str, baseline: str, value: float, bound: float) -> Figure:
    return Figure(name=name, figure=figure, baseline=baseline, ratio=value, sense="<=", bound=bound)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
