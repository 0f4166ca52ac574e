"""A fetch that is killed anywhere and begun again brings the same papers, each once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from etl.errors import RunInProgressError
from etl.night.killpoint import Killpoint
from tests.fakes.tiny_night import TinyNight, core_digest
from tests.standins.literature import Literature
from tests.standins.sources import StandInSources
from tests.store.test_intake_soak import corpus_over, texts

pytestmark = pytest.mark.store

_ROOT = Path(__file__).parents[2]
#: Points that a night of fetching passes.
_POINTS = tuple(point for point in Killpoint if point is not Killpoint.PUBLISHED)
_PAPERS = 7


@pytest.fixture(scope="module")
def server() -> Iterator[StandInSources]:
    with StandInSources().running() as running:
        literature = Literature(running)
        for number in range(1, _PAPERS + 1):
            literature.add(number, corpus_day())
        running.literature = literature  # type: ignore[attr-defined]
        yield running


def corpus_day() -> Any:
    from tests.fakes.corpus_night import DAY  # noqa: PLC0415 - beside its only use

    return DAY


def _kill_at(point: str, tiny: TinyNight, server: StandInSources) -> None:
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": str(_ROOT),
        "FLORILEGIUM_DATABASE__URL": tiny.database.url,
        "FLORILEGIUM_DATABASE__OWNER_URL": tiny.database.owner_url,
        "FLORILEGIUM_DATABASE__PASSFILE": str(tiny.database.passfile),
        "FLORILEGIUM_KILLPOINT": f"{point}:KILL",
        "OMP_NUM_THREADS": "1",
    }
    arguments = [str(server.port), str(tiny.store), corpus_day().isoformat()]
    finished = subprocess.run(
        [sys.executable, "-m", "tests.crash.corpus_once", *arguments],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == -9, finished.stderr.decode()[-2000:]


def _run_again(tiny: TinyNight, server: StandInSources) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            corpus_over(tiny, server).run(("fetch",))
        except RunInProgressError:
            assert time.monotonic() < deadline, "the dead run was not taken over"
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="module")
def undisturbed(
    clone: Callable[[], Any], server: StandInSources, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], list[str]]:
    tiny = TinyNight(database=clone().settings(), store=tmp_path_factory.mktemp("golden"))
    tiny.load()
    corpus_over(tiny, server).run(("fetch",))
    return _facts(tiny), texts(tiny)


def _facts(tiny: TinyNight) -> dict[str, Any]:
    """What was fetched, as whoever reads it sees it: which version came first is chance."""
    digest = core_digest(tiny.open())
    counts = {table: count for table, (count, _) in digest.items()}
    names = tiny.rows("SELECT DISTINCT scheme, value FROM core.identifier ORDER BY 1, 2")
    places = tiny.rows("SELECT source, locator, etag FROM core.location ORDER BY 1, 2")
    walks = tiny.rows("SELECT source, watermark, next_cursor FROM ops.walk ORDER BY 1")
    return {"counts": counts, "names": names, "places": places, "walks": walks}


@pytest.mark.parametrize("point", _POINTS)
def test_a_fetch_killed_anywhere_brings_the_same_papers_once(
    point: Killpoint,
    clone: Callable[[], Any],
    server: StandInSources,
    undisturbed: tuple[dict[str, Any], list[str]],
    tmp_path: Path,
) -> None:
    tiny = TinyNight(database=clone().settings(), store=tmp_path / "store")
    tiny.load()
    _kill_at(point.value, tiny, server)
    _run_again(tiny, server)
    facts, files = undisturbed
    assert texts(tiny) == files
    assert _facts(tiny) == facts
    assert tiny.one("SELECT count(*) FROM ops.host_slot WHERE held_until > clock_timestamp()") == 0
