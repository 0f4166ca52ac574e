"""The weekly round on a real database, and what a run may be confined to."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.errors import UsageError
from etl.fetch.file_store import FsspecFileStore
from etl.night.upkeep import PARTS, Upkeep
from etl.store.upkeep import UpkeepStore
from tests.fakes.tiny_night import TinyNight, core_digest, make_paper

pytestmark = pytest.mark.store


@pytest.fixture
def tiny(fresh: Any, tmp_path: Path, papers: Path) -> TinyNight:
    made = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    made.load()
    for number in range(3):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    made.run(papers)
    return made


@pytest.fixture
def upkeep(tiny: TinyNight, fresh: Any) -> Upkeep:
    return Upkeep(UpkeepStore(fresh.open("florilegium_owner")), FsspecFileStore(str(tiny.store)))


def age(path: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def test_the_round_changes_no_fact_and_may_be_done_twice(tiny: TinyNight, upkeep: Upkeep) -> None:
    before = core_digest(tiny.open(), with_writes=True)
    for part in (*PARTS, *PARTS):
        assert upkeep.do(part, deletes_orphans=True)
    assert core_digest(tiny.open(), with_writes=True) == before


def test_tables_are_vacuumed_and_counted_anew(tiny: TinyNight, upkeep: Upkeep) -> None:
    assert set(upkeep.do("tables")) == {"dead_rows", "live_rows"}
    never = tiny.rows(
        "SELECT relname FROM pg_stat_user_tables WHERE schemaname IN ('core', 'ops') "
        "AND (last_vacuum IS NULL OR last_analyze IS NULL)"
    )
    assert never == []


def test_a_broken_index_is_built_anew(fresh: Any, upkeep: Upkeep) -> None:
    fresh.sql(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'core.work_pkey'::regclass"
    )
    assert upkeep.do("indexes") == {"mended": ["core.work_pkey"]}
    assert fresh.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == ["0"]
    assert upkeep.do("indexes") == {"mended": []}


def test_only_old_files_that_no_paper_points_to_are_orphans(
    tiny: TinyNight, upkeep: Upkeep
) -> None:
    for file in tiny.store.rglob("*.txt"):
        age(file, 48)
    lost, young = tiny.store / "ab" / "lost.pdf", tiny.store / "ab" / ".young.part"
    lost.parent.mkdir(exist_ok=True)
    for file in (lost, young):
        file.write_bytes(b"left by a crash")
    age(lost, 25)
    counted = upkeep.do("files")
    assert counted == {"files": 4, "orphans": 1, "deleted": 0, "examples": ["ab/lost.pdf"]}
    assert lost.exists()
    assert upkeep.do("files", deletes_orphans=True)["deleted"] == 1
    assert (lost.exists(), young.exists()) == (False, True)
    assert len(list(tiny.store.rglob("*.txt"))) == 3


def test_an_unknown_part_is_refused(upkeep: Upkeep) -> None:
    with pytest.raises(UsageError, match="no part 'roof'; known: tables, indexes, files"):
        upkeep.do("roof")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"work_ids": [99_999]}, "there is no work 99999; out.papers lists"),
        ({"question_ids": ["TQ1", "CQ99"]}, "there is no question CQ99; out.catalogue lists"),
        ({"question_ids": ["'; DROP TABLE core.work; --"]}, "there is no question '; DROP TABLE"),
        ({"question_ids": ["TQ1"]}, "name a folder of papers or the works"),
    ],
)
def test_a_run_is_not_confined_to_what_is_not_here(
    tiny: TinyNight, asked: dict[str, Any], words: str
) -> None:
    runs = tiny.one("SELECT count(*) FROM ops.run")
    with pytest.raises(UsageError, match=words):
        tiny.build().begin(kind="adhoc", trigger="test", **asked)
    assert tiny.one("SELECT count(*) FROM ops.run") == runs


def test_a_batch_is_named_by_its_papers_at_every_stage(tiny: TinyNight, papers: Path) -> None:
    (papers / f"{'long' * 20}.txt").write_text(make_paper(9))
    (papers / "beetles\n2.txt").write_text(make_paper(10))
    with tiny.begun(papers) as (night, run_id):
        for stage in ("fetch", "parse", "embed", "answer", "decide"):
            [batch_id] = night.plan(run_id, stage)
            label = night.label(batch_id)
            assert label.endswith("papers)")
            assert "beetles" in label
            assert len(label) < 110
            night.work(batch_id)


def test_a_night_is_late_by_the_clock_of_the_database(tiny: TinyNight) -> None:
    reports = tiny.reports()
    hours = reports.hours_since_night()
    assert hours is not None
    assert 0 <= hours < 0.1
    with tiny.open().transaction() as connection:
        connection.execute(text("UPDATE ops.run SET ended_at = ended_at - interval '30 hours'"))
    later = reports.hours_since_night()
    assert later is not None
    assert 29.9 < later < 30.2
