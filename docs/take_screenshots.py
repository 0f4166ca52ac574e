"""
Take the pictures of the operator's guide anew.

``python docs/take_screenshots.py [--only NAME] [--out docs/images]`` asks the shipped catalogue of
the papers in ``samples/papers`` and of three files that cannot be read, in a database of its own,
and photographs the web pages in a headless Chromium. Dates and labels are made up and always the
same; the fonts are those of the machine.
"""
# ruff: noqa: INP001, E402  (a script in a folder, which puts the repository on its path)

import argparse
import io
import logging
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_ROOT), str(_ROOT / "plugins")]

import structlog
from PIL import Image

from benchmarks._ground import Ground, open_ground
from etl.catalogue.load import load_catalogue
from etl.night.night import STAGE_ORDER
from etl.settings import PagesSettings, Settings, StoreSettings
from etl.store.database import Database, open_database
from etl.store.people import ImportLine, PeopleStore
from etl.store.questions import QuestionStore
from etl.wiring import build_night

__all__ = ["SHOTS", "WIDTH", "Shot", "main"]

#: Of every picture, in pixels.
WIDTH = 1280
#: Enough for flat pages; with more the files grow and nothing looks better.
_COLOURS = 128
_START_SECONDS = 30
#: The paper that is looked at.
_PAPER = "terns-two-column.pdf"
_TRIGGER = "fetch_papers/scheduled__2026-03-02T02:00:00+00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture."""

    #: Of the file, without its ending.
    name: str
    #: Address within the pages; ``{paper}`` becomes the id of the paper that is looked at.
    address: str
    #: Pixels; a page that is shorter makes a shorter picture.
    height: int


SHOTS = (
    Shot(name="matrix", address="matrix", height=800),
    Shot(name="answer", address="answer?paper={paper}&question=CQ24", height=755),
    Shot(name="paper", address="paper?paper={paper}", height=760),
    Shot(name="question", address="question?question=CQ24", height=784),
    Shot(name="run", address="run?id=1", height=1500),
    Shot(name="review", address="review_cell?paper={paper}&question=CQ22&page=2", height=860),
)

#: Files as they come from the world: a landing page, one cut off, one of an old computer.
_BROKEN: Mapping[str, bytes] = {
    "grebes.pdf": b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
    "herons.pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
    "storks.txt": "Störche zählen, Jahr für Jahr\n".encode("latin-1") * 40,
}
_LABELLED_AT = "2026-03-01T10:00:00+00:00"
_READERS = ("anna", "admin")
#: Does the paper report it? What the two say, by question and paper.
_LABELS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "CQ15": {
        "terns-two-column.pdf": ("yes", "yes"),
        "frogs-single-column.pdf": ("yes", "yes"),
        "cameras.jats.xml": ("yes", "yes"),
        "pollen.tei.xml": ("yes", "partly"),
        "beetles.txt": ("not_applicable", "not_applicable"),
    },
    "CQ20": {
        "terns-two-column.pdf": ("yes", "yes"),
        "frogs-single-column.pdf": ("no", "no"),
        "pollen.tei.xml": ("yes", "yes"),
        "beetles.txt": ("not_applicable", "not_applicable"),
    },
    "CQ22": {"terns-two-column.pdf": ("yes",)},
    "CQ24": {
        "terns-two-column.pdf": ("yes", "yes"),
        "frogs-single-column.pdf": ("no", "no"),
        "cameras.jats.xml": ("yes", "yes"),
        "pollen.tei.xml": ("yes", "no"),
    },
}
#: All moments become one, and all durations forty seconds: pictures tell nothing of a machine.
_STOP_CLOCKS = """
SET session_replication_role = replica;
DO $$
DECLARE c record;
BEGIN
  FOR c IN
    SELECT a.table_schema, a.table_name, a.column_name FROM information_schema.columns a
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE a.table_schema IN ('core', 'ops') AND data_type LIKE 'timestamp%'
      AND table_type = 'BASE TABLE'
  LOOP
    EXECUTE format(
      'UPDATE %I.%I SET %I = timestamptz ''2026-03-02 02:00:00+00'' '
      '+ CASE WHEN %L LIKE ''started%%'' THEN interval ''0'' ELSE interval ''40 s'' END '
      'WHERE %I IS NOT NULL AND isfinite(%I)',
      c.table_schema, c.table_name, c.column_name, c.column_name, c.column_name, c.column_name);
  END LOOP;
END $$;
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures; returns the exit code."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    names = [shot.name for shot in SHOTS]
    arguments.add_argument("--only", action="append", choices=names, help="One picture of all.")
    arguments.add_argument("--out", type=Path, default=_ROOT / "docs" / "images")
    given = arguments.parse_args(argv)
    browser = shutil.which("chromium")
    if browser is None:
        sys.stderr.write("there is no chromium on the path: install it (apt install chromium)\n")
        return 3
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    given.out.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in SHOTS if shot.name in (given.only or names)]
    with _served() as (address, paper), _window(browser) as page:
        for shot in wanted:
            page.goto(f"{address}/{shot.address.format(paper=paper)}")
            (given.out / f"{shot.name}.png").write_bytes(_small(_take(page, shot)))
    return 0


@contextmanager
def _served() -> Iterator[tuple[str, str]]:
    """Pages over a night of their own: their address, and the id of the paper to look at."""
    home = Path(tempfile.mkdtemp(prefix="florilegium-pictures-"))
    try:
        with open_ground() as ground:
            settings = _settings(ground, home)
            database = open_database(settings.database)
            catalogue = load_catalogue()
            QuestionStore(database).load_catalogue(catalogue.name, catalogue.questions)
            _give_labels(database)
            _run_night(settings, _make_papers(home))
            ground.sql(_STOP_CLOCKS)
            # A name of ours: nothing to escape.
            [paper] = ground.sql(f"SELECT work_id FROM out.works WHERE paper = '{_PAPER}'")  # noqa: S608
            with _serve(settings, home) as address:
                yield address, paper
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _settings(ground: Ground, home: Path) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database=ground.settings,
        store=StoreSettings(uri=str(home / "store")),
        pages=PagesSettings(image_folder=home / "images"),
    )


def _make_papers(home: Path) -> Path:
    """Copy our samples and lay broken files beside them."""
    papers = home / "papers"
    shutil.copytree(_ROOT / "samples" / "papers", papers)
    for name, content in _BROKEN.items():
        (papers / name).write_bytes(content)
    return papers


def _run_night(settings: Settings, papers: Path) -> None:
    """One night as the scheduler would run it, in this process."""
    night = build_night(settings)
    run_id = night.begin(kind="night", trigger=_TRIGGER, papers=str(papers))
    with night.hold(run_id):
        for stage in STAGE_ORDER:
            for batch_id in night.plan(run_id, stage):
                night.work(batch_id)
            night.settle(run_id, stage, max_failed_ratio=1.0)
        night.publish(run_id)
        night.finish(run_id)


def _give_labels(database: Database) -> None:
    """As from a file that came before the papers did."""
    said = [
        (question_id, paper, who, label)
        for question_id, papers in _LABELS.items()
        for paper, labels in papers.items()
        for who, label in zip(_READERS, labels, strict=False)
    ]
    lines = [
        ImportLine(
            line=line,
            paper=paper,
            question_id=question_id,
            who=who,
            raw=label,
            label=label,
            sample="random",
            is_blind=True,
            seconds=25.0,
            labelled_at=_LABELLED_AT,
        )
        for line, (question_id, paper, who, label) in enumerate(said, 1)
    ]
    PeopleStore(database).import_annotations(lines, "labels.csv")


@contextmanager
def _serve(settings: Settings, home: Path) -> Iterator[str]:
    """The pages on a port of their own, for one person who may do everything."""
    # Airflow reads its home once, at its first import.
    os.environ["AIRFLOW_HOME"] = str(home)  # noqa: TID251 - of this process alone
    import uvicorn  # noqa: PLC0415

    from florilegium_airflow.web.access import Person, reader  # noqa: PLC0415
    from florilegium_airflow.web.app import build_app  # noqa: PLC0415
    from florilegium_airflow.web.room import ReadingRoom  # noqa: PLC0415

    pages = build_app(ReadingRoom(settings=settings))
    person = Person(name="admin", may_review=True, may_operate=True)
    pages.dependency_overrides[reader] = lambda: person
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(pages, log_level="error"))
        thread = threading.Thread(target=server.run, args=([door],), daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=_START_SECONDS)


@contextmanager
def _window(browser: str) -> Iterator[Any]:
    """An empty page of a headless browser: light, still, and always of one size."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    switches = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--font-render-hinting=none"]
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=browser, args=switches)
        context = opened.new_context(
            viewport={"width": WIDTH, "height": 900},
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        yield context.new_page()
        opened.close()


def _take(page: Any, shot: Shot) -> bytes:  # noqa: ANN401 - a page of the browser
    """A picture of what is open, cut to its height."""
    page.set_viewport_size({"width": WIDTH, "height": shot.height})
    page.evaluate("Promise.all([...document.images].map(image => image.decode()))")
    inside = page.evaluate("Math.ceil(document.body.getBoundingClientRect().height)")
    page.set_viewport_size({"width": WIDTH, "height": min(shot.height, inside)})
    return bytes(page.screenshot(animations="disabled", caret="hide"))


def _small(picture: bytes) -> bytes:
    """The same picture with a palette: a fraction of the size."""
    with Image.open(io.BytesIO(picture)) as whole:
        few = whole.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    kept = io.BytesIO()
    few.save(kept, format="PNG", optimize=True)
    return kept.getvalue()


if __name__ == "__main__":
    sys.exit(main())
