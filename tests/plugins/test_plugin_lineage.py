"""Which tables a stage tells a collector of lineage, held against what it really writes."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow_home import PLUGINS, REPOSITORY, environment, make_home

from tests.fakes.tiny_night import TinyNight, core_digest, make_paper

pytestmark = [pytest.mark.airflow, pytest.mark.store]

#: Written where a source tells licences and ids, where a model generates, and by a real reader.
ELSEWHERE = {"core.identifier", "core.rights", "core.generation", "core.page", "core.link"} | {
    "core.citation_span",
    "core.bibliography_entry",
}


def test_a_stage_tells_every_table_of_facts_that_it_writes(
    fresh: Any, tmp_path: Path, papers: Path
) -> None:
    from florilegium_airflow.lineage import TABLES

    tiny = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    tiny.load()
    for number in range(3):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    before = core_digest(tiny.open(), with_writes=True)
    with tiny.begun(papers) as (night, run_id):
        before = core_digest(tiny.open(), with_writes=True)
        for stage in TABLES:
            if stage == "publish":
                night.publish(run_id)
            else:
                tiny.stage(night, run_id, stage)
            after = core_digest(tiny.open(), with_writes=True)
            written = {f"core.{name}" for name in after if after[name] != before[name]}
            told = set(TABLES[stage][1])
            assert written <= told, stage
            assert told - written <= ELSEWHERE, stage
            before = after


def test_every_table_that_is_told_exists(fresh: Any) -> None:
    from florilegium_airflow.lineage import TABLES

    told = {table for pair in TABLES.values() for tables in pair for table in tables}
    names = ", ".join(f"'{table}'" for table in sorted(told))
    missing = fresh.sql(
        f"SELECT t FROM unnest(ARRAY[{names}]) AS t WHERE to_regclass(t) IS NULL"  # noqa: S608
    )
    assert missing == []


@pytest.mark.parametrize("stage", ["parse", "publish"])
def test_a_task_tells_tables_by_the_names_of_openlineage(
    monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    from etl.settings import load_settings
    from florilegium_airflow.assets import RELEASE
    from florilegium_airflow.operators import PublishOperator, WorkOperator
    from florilegium_airflow.wiring import load_library_settings

    url = "postgresql+psycopg2://writer@db.example.org/papers"
    monkeypatch.setenv("FLORILEGIUM_DATABASE__URL", url)
    for each in (load_settings, load_library_settings):
        each.cache_clear()
    task = (
        PublishOperator(emits=RELEASE)
        if stage == "publish"
        else WorkOperator(task_id=stage, stage=stage, batch_id=1)
    )
    found = task.get_openlineage_facets_on_complete(None)
    for each in (load_settings, load_library_settings):
        each.cache_clear()
    first = found.outputs[0]
    assert first.namespace == "postgres://db.example.org:5432"
    assert first.name == {"parse": "papers.core.document", "publish": "papers.core.release"}[stage]
    assert found.inputs


def test_without_a_collector_its_library_is_not_loaded() -> None:
    code = (
        "import sys, florilegium_airflow.operators; "
        "print([m for m in sys.modules if m.split('.')[0] == 'openlineage'])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment(make_home()), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PLUGINS)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.splitlines()[-1] == "[]"
