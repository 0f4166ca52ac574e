"""Fourteen nights in a row with faults in one paper of twenty, and nobody who lends a hand (B9)."""

import random
from pathlib import Path
from typing import Any

import pytest

from etl.errors import ServiceUnavailableError
from etl.night.night import STAGE_ORDER
from etl.night.stages import Desk
from etl.night.stages import work_one as really_work
from etl.settings import NightSettings
from tests.fakes.tiny_night import TinyNight, core_digest, make_paper

pytestmark = pytest.mark.store

NIGHTS = 14
PAPERS_A_NIGHT = 2
FAULTS = 0.05


class Weather:
    """What goes wrong: a service is away, a bug shows, or a worker dies with its paper."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - not for secrets
        self.struck = 0

    def work(self, desk: Desk, claim: Any) -> Any:
        """Stand before the stages."""
        if self._dice.random() < FAULTS:
            self.struck += 1
            raise self._dice.choice(
                [ServiceUnavailableError("the model does not answer"), KeyboardInterrupt()]
            )
        return really_work(desk, claim)


def night_of(tiny: TinyNight, papers: Path) -> bool:
    """One night as Airflow runs it: each batch is tried up to seven times, as its retries say."""
    with tiny.begun(papers, kind="night") as (night, run_id):
        for stage in STAGE_ORDER:
            for batch_id in night.plan(run_id, stage):
                for _ in range(7):
                    try:
                        night.work(batch_id)
                        break
                    except (ServiceUnavailableError, KeyboardInterrupt):
                        continue
                else:
                    night.fail(run_id, f"{stage}: a batch did not end well")
                    return False
            night.settle(run_id, stage, max_failed_ratio=0.5)
        night.publish(run_id)
        night.finish(run_id)
    return True


@pytest.mark.parametrize("seed", [1])
def test_fourteen_nights_with_faults_end_like_one_without(
    clone: Any, tmp_path: Path, papers: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    weather = Weather(seed)
    tiny = TinyNight(
        database=clone().settings(),
        store=tmp_path / "store",
        night_settings=NightSettings(lease_seconds=5),
    )
    tiny.load()
    ended = []
    with monkeypatch.context() as patch:
        patch.setattr("etl.night.night.work_one", weather.work)
        for night in range(NIGHTS):
            new = tmp_path / f"night{night}"
            new.mkdir()
            for number in range(PAPERS_A_NIGHT):
                serial = night * PAPERS_A_NIGHT + number
                for folder in (new, papers):
                    (folder / f"paper{serial:03}.txt").write_text(make_paper(serial))
            ended.append(night_of(tiny, new))
    assert weather.struck > 0
    assert ended == [True] * NIGHTS
    assert tiny.one("SELECT count(*) FROM ops.due") == 0
    assert tiny.one("SELECT count(*) FROM ops.failure") == 0
    assert tiny.rows("SELECT state, count(*) FROM ops.run GROUP BY state") == [("done", NIGHTS)]
    flow = tiny.rows("SELECT found, answered, open FROM out.flow ORDER BY run_id")
    assert flow == [(PAPERS_A_NIGHT, PAPERS_A_NIGHT, 0)] * NIGHTS

    calm = TinyNight(database=clone().settings(), store=tmp_path / "calm")
    calm.load()
    calm.run(papers)
    assert tiny.reports().canonical_export() == calm.reports().canonical_export()
    disturbed, undisturbed = (core_digest(each.open()) for each in (tiny, calm))
    for table in ("document", "sentence", "chunk", "embedding", "ballot", "evidence"):
        assert disturbed[table] == undisturbed[table], table
