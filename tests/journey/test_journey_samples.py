"""The bundled samples by the real readers, the real model and the real answerer, twice."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.catalogue.load import load_catalogue
from etl.night.night import STAGE_ORDER
from etl.settings import Settings, StoreSettings
from etl.store.questions import QuestionStore
from etl.wiring import build_night
from tests.fakes.tiny_night import core_digest

pytestmark = [pytest.mark.store, pytest.mark.model]

_SAMPLES = Path(__file__).parents[2] / "samples" / "papers"

_PROOF = """
SELECT a.paper, a.question_id, a.page, p.page_count, p.media_type,
       substr(b.text, e.char_start + 1, e.char_end - e.char_start) = e.quote AS is_slice
FROM out.answers a
JOIN out.papers p USING (work_id)
JOIN out.evidence e USING (work_id, question_id)
JOIN core.block b ON b.document_id = e.document_id AND b.block_index = e.block_index
WHERE a.state = 'answered'
"""


def _run(settings: Settings) -> dict[str, int]:
    night = build_night(settings)
    run_id = night.begin(kind="cli", trigger="test", papers=str(_SAMPLES))
    with night.hold(run_id):
        for stage in STAGE_ORDER:
            for batch_id in night.plan(run_id, stage):
                night.work(batch_id)
            night.settle(run_id, stage, max_failed_ratio=0)
        night.publish(run_id)
        return night.finish(run_id)


def test_the_samples_are_answered_with_proof_and_a_second_night_does_nothing(
    fresh: Any, tmp_path: Path
) -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database=fresh.settings(),
        store=StoreSettings(uri=str(tmp_path)),
    )
    database = fresh.open()
    catalogue = load_catalogue(None)
    QuestionStore(database).load_catalogue(catalogue.name, catalogue.questions)
    count = sum(1 for path in _SAMPLES.iterdir() if path.is_file())

    counts = _run(settings)

    assert (counts["parsed"], counts["failures"]) == (count, 0)
    assert database.read(text("SELECT count(*) FROM out.answers"))[0][0] == count * 28
    proof = database.read(text(_PROOF))
    assert len(proof) > count
    assert all(row.is_slice for row in proof)
    # TEI gives coordinates to most blocks, a PDF's reader to all.
    assert all(row.page for row in proof if row.media_type == "application/pdf")
    assert all(row.page is None or 1 <= row.page <= row.page_count for row in proof)

    before = core_digest(database, with_writes=True)
    again = _run(settings)
    assert [again[n] for n in ("new", "parsed", "embedded", "asked", "decided")] == [0] * 5
    assert core_digest(database, with_writes=True) == before
