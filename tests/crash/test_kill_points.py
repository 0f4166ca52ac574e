"""
A night killed at any named point and begun again ends as if nothing had happened (bar B1).

Every point is hit by SIGKILL, by SIGTERM and by a restart of the database; then a night runs
undisturbed and its facts must be those of a database in which nothing ever went wrong.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from etl.errors import RunInProgressError
from etl.keys import sha256_hex
from etl.night.killpoint import Killpoint
from etl.stack.postgres import EmbeddedPostgres
from etl.store.plain_json import plain_json
from tests.fakes.tiny_night import TinyNight, core_digest, make_paper

pytestmark = pytest.mark.store

_ROOT = Path(__file__).parents[2]
#: Points that an item passes can be armed in any stage, the others have a place of their own.
_ITEM_POINTS = (
    Killpoint.CLAIMED, Killpoint.WORKED, Killpoint.FENCED, Killpoint.WRITTEN, Killpoint.COMMITTED,
)  # fmt: skip
_STAGED_POINTS = (*_ITEM_POINTS, Killpoint.PLANNED, Killpoint.SETTLED)
#: A folder has no pages; tests/crash/test_corpus_kill_points.py kills there.
_FOLDER_POINTS = tuple(point for point in Killpoint if point is not Killpoint.PAGE_KEPT)
_STAGES = ("fetch", "parse", "embed", "answer", "decide")
_SIGNALS = ("KILL", "TERM", "RESTART")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        seeds = metafunc.config.getoption("--crash-seeds")
        cases = list(dict.fromkeys(_cases(seeds)))
        metafunc.parametrize("case", cases, ids=["-".join(filter(None, case)) for case in cases])


def _cases(seeds: int) -> Iterator[tuple[str, str, str | None]]:
    """Every point with every signal; a seed chooses the stage in which a staged point is hit."""
    for seed in range(seeds):
        # Reproducible choices are wanted here, not secrets.
        choose = random.Random(seed)  # noqa: S311 - spread, no secret
        for point in _FOLDER_POINTS:
            for name in _SIGNALS:
                stage = choose.choice(_STAGES) if point in _STAGED_POINTS else None
                yield point.value, name, stage


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Healthy papers, a copy, and one of each way to end badly."""
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(2):
        (folder / f"paper{number}.txt").write_text(make_paper(number))
    (folder / "z-copy.txt").write_text(make_paper(0))
    (folder / "broken.txt").write_text("BROKEN\n")
    (folder / "empty.txt").write_text("")
    (folder / "garbled.txt").write_text("GARBLED\nqxzv\n")
    return folder


def _export_hash(tiny: TinyNight) -> str:
    return sha256_hex(plain_json([dict(row) for row in tiny.reports().canonical_export()]) or "")


@pytest.fixture(scope="module")
def golden(
    clone: Callable[[], Any], corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, tuple[int, str]]]:
    """Export hash and core digest of a night that nothing disturbed."""
    tiny = _tiny(clone(), tmp_path_factory.mktemp("golden"))
    tiny.run(corpus)
    assert len(tiny.reports().canonical_export()) == 12
    return _export_hash(tiny), core_digest(tiny.open())


def _tiny(database: Any, store: Path) -> TinyNight:
    tiny = TinyNight(database=database.settings(), store=store)
    tiny.load()
    return tiny


def _start(tiny: TinyNight, corpus: Path, wish: str, stage: str | None) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.defpath,
        "FLORILEGIUM_DATABASE__URL": tiny.database.url,
        "FLORILEGIUM_DATABASE__OWNER_URL": tiny.database.owner_url,
        "FLORILEGIUM_DATABASE__PASSFILE": str(tiny.database.passfile),
        "FLORILEGIUM_KILLPOINT": wish,
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "tests.crash.night_once", str(corpus), str(tiny.store)]
    return subprocess.Popen(
        [*command, *([stage] if stage else [])],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _disturb(
    tiny: TinyNight,
    postgres: EmbeddedPostgres,
    corpus: Path,
    case: tuple[str, str, str | None],
    marker: Path,
) -> None:
    point, name, stage = case
    if name != "RESTART":
        victim = _start(tiny, corpus, f"{point}:{name}", stage)
        _, complaint = victim.communicate(timeout=60)
        assert victim.returncode == {"KILL": -9, "TERM": 143}[name], complaint.decode()[-2000:]
        return
    marker.touch()
    victim = _start(tiny, corpus, f"{point}:PAUSE={marker}", stage)
    try:
        _wait_until(marker.with_suffix(".reached").exists, victim)
        postgres.stop(mode="immediate")
        postgres.start()
    finally:
        marker.unlink()
        victim.communicate(timeout=60)


def _wait_until(reached: Callable[[], bool], victim: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        if victim.poll() is not None:
            _, complaint = victim.communicate()
            pytest.fail(f"ended before its kill point: {complaint.decode()[-2000:]}")
        assert time.monotonic() < deadline, "the kill point was never reached"
        time.sleep(0.02)


def _run_again(tiny: TinyNight, corpus: Path) -> None:
    """A dead command's session ends when the server sees its socket close: within a second."""
    deadline = time.monotonic() + 5
    while True:
        try:
            tiny.run(corpus)
        except RunInProgressError:
            assert time.monotonic() < deadline, "the dead run was not taken over"
            time.sleep(0.05)
        else:
            return


def test_a_night_cut_anywhere_ends_as_if_nothing_had_happened(
    case: tuple[str, str, str | None],
    clone: Callable[[], Any],
    postgres: EmbeddedPostgres,
    corpus: Path,
    golden: tuple[str, dict[str, tuple[int, str]]],
    tmp_path: Path,
) -> None:
    tiny = _tiny(clone(), tmp_path / "store")
    _disturb(tiny, postgres, corpus, case, tmp_path / "marker")
    acknowledged = core_digest(tiny.open())
    _run_again(tiny, corpus)

    export, facts = golden
    assert _export_hash(tiny) == export
    assert core_digest(tiny.open()) == facts, "a fact was lost, doubled or made otherwise"
    for table, (count, _) in acknowledged.items():
        assert facts[table][0] >= count
    assert tiny.one("SELECT count(*) FROM ops.due") == 0
    assert tiny.one("SELECT open FROM out.flow ORDER BY run_id DESC LIMIT 1") == 0
    if case[1] == "TERM":
        assert tiny.one("SELECT coalesce(sum(crash_count), 0) FROM ops.item") == 0
    drafts = [path for path in tiny.store.rglob("*") if path.is_file() and path.suffix == ".txt"]
    assert len(drafts) == 4, "one file a distinct content, whatever was cut"
