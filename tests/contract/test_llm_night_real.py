"""A night with a real vLLM that is unplugged in the middle of it (``make test-vllm``)."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from etl.answer.llm_answerer import LlmAnswerer
from etl.errors import ServiceUnavailableError
from etl.settings import LlmSettings
from tests.fakes.tiny_night import TinyNight, make_paper
from tests.standins.real_vllm import RealVllm

pytestmark = [pytest.mark.vllm, pytest.mark.store]

PAPERS = 6
CELLS = PAPERS * 3


def voter(server: RealVllm, **changes: Any) -> LlmAnswerer:
    # Two at a time, so that the night lasts long enough to be cut.
    waits = {"health_pause_seconds": 0.2, "in_flight": 2, "max_tokens": 60}
    settings = LlmSettings(**(waits | changes))
    return LlmAnswerer(RealVllm.model, [server.url], settings, {"k": 2})


def cells(night: TinyNight) -> set[tuple[Any, ...]]:
    return set(
        night.rows(
            "SELECT b.document_id, b.question_version_id, b.cast_at, g.output_text, g.boundary "
            "FROM core.ballot b LEFT JOIN core.generation g "
            "USING (document_id, question_version_id, answerer_id)"
        )
    )


def test_a_night_unplugged_in_its_middle_loses_nothing_and_asks_only_what_is_missing(
    fresh: Any, tmp_path: Path, papers: Path, real_vllm: RealVllm
) -> None:
    for number in range(PAPERS):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    night = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    night.load()
    night.answerers = {"llm": voter(real_vllm, recovery_seconds=1.0, lost_attempts=1)}

    def unplug() -> None:
        deadline = time.monotonic() + 120
        while len(cells(night)) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        real_vllm.kill()

    hand = threading.Thread(target=unplug)
    hand.start()
    try:
        with pytest.raises(ServiceUnavailableError):
            night.run(papers)
    finally:
        hand.join()
        real_vllm.start()
        real_vllm.wait()
    kept = cells(night)
    assert 3 <= len(kept) < CELLS
    assert night.one("SELECT count(*) FROM ops.failure") == 0
    assert night.rows("SELECT DISTINCT crash_count FROM ops.item") == [(0,)]

    night.answerers = {"llm": voter(real_vllm)}
    counts = night.run(papers)
    assert counts["asked"] == CELLS - len(kept)
    assert kept < cells(night), "what was committed is there unchanged"
    assert night.one("SELECT count(*) FROM ops.due") == 0


def test_a_night_stores_what_the_engine_tells_of_each_answer(
    fresh: Any, tmp_path: Path, papers: Path, real_vllm: RealVllm
) -> None:
    for number in range(2):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    night = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    night.load()
    night.answerers = {"llm": voter(real_vllm, ask_probability=True)}
    night.run(papers)
    rows = night.rows(
        "SELECT model, system_fingerprint LIKE 'vllm-%', prompt_tokens > 100, "
        "cached_tokens IS NOT NULL, completion_tokens > 0, latency_seconds > 0, "
        "finish_reason IN ('stop', 'length'), length(boundary), revision <> '', "
        "yes_probability BETWEEN 0 AND 1 FROM out.generations"
    )
    assert rows == [("tiny", *[True] * 6, 16, True, True)] * 6
