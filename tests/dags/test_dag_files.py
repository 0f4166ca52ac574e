"""The shape of the DAGs, and what it costs Airflow to read them."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow_home import DAGS, PLUGINS, REPOSITORY, environment

pytestmark = pytest.mark.airflow

FILES = sorted(DAGS.glob("*.py"))
STAGE_OF_DAG = {
    "fetch_papers": "fetch",
    "parse_papers": "parse",
    "embed_chunks": "embed",
    "answer_questions": "answer",
    "publish_results": "decide",
}
ASSETS_OF_DAG = {
    "fetch_papers": ([], ["full_texts"]),
    "parse_papers": (["full_texts"], ["documents"]),
    "embed_chunks": (["documents"], ["embeddings"]),
    "answer_questions": (["embeddings"], ["ballots"]),
    "publish_results": (["ballots"], ["release"]),
    "ask_adhoc": ([], ["release"]),
    "maintain": ([], []),
    "review_disputed": (["release"], []),
}
#: DAGs that work on papers stage by stage.
GATED = sorted(set(ASSETS_OF_DAG) - {"maintain", "review_disputed"})

# Runs in a fresh interpreter, as Airflow's parsing child does: Airflow itself is already loaded.
COST_OF_ONE_FILE = """
import json, sys, time
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import dag
before = time.process_time()
bag = DagBag(dag_folder=sys.argv[1])
cost = time.process_time() - before
print(json.dumps([cost, bag.import_errors, sorted(bag.dags), sorted(sys.modules)]))
"""

BOTH_WAYS = """
import json, sys
from airflow.dag_processing.dagbag import BundleDagBag, DagBag
folder = sys.argv[1]
if sys.argv[2] == "bundle":
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
else:
    bag = DagBag(dag_folder=folder)
print(json.dumps([bag.import_errors, sorted(bag.dags)]))
"""


def run_python(code: str, *arguments: str, home: Path) -> Any:
    finished = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={"PATH": "/usr/bin:/bin", **environment(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.mark.parametrize("way", ["plain", "bundle"])
def test_every_dag_is_found_without_import_errors(tmp_path: Path, way: str) -> None:
    errors, dag_ids = run_python(BOTH_WAYS, str(DAGS), way, home=tmp_path)
    assert errors == {}
    assert dag_ids == sorted(ASSETS_OF_DAG)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_reading_a_dag_file_is_cheap_and_loads_no_model(tmp_path: Path, file: Path) -> None:
    cost, errors, dag_ids, modules = run_python(COST_OF_ONE_FILE, str(file), home=tmp_path)
    assert (errors, dag_ids) == ({}, [file.stem])
    assert cost <= 1.0
    assert {"torch", "sentence_transformers", "transformers"}.isdisjoint(modules)
    ours = {module for module in modules if module.split(".")[0] == "etl"}
    # The descriptions of our connections are what Airflow itself reads, by their entry point.
    assert ours - {"etl.stack", "etl.stack.connection_types"} == {"etl", "etl.errors"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_dag_file_is_small_and_stays_on_its_side_of_the_border(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 60
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert {str(name).split(".")[0] for name in imported} == {"airflow", "florilegium_airflow"}
    assert {name for name in imported if str(name).startswith("airflow")} == {"airflow.sdk"}


def test_the_folder_holds_nothing_but_dags() -> None:
    assert [file.stem for file in FILES] == sorted(ASSETS_OF_DAG)


@pytest.mark.parametrize(("dag_id", "stage"), STAGE_OF_DAG.items())
def test_a_stage_is_planned_mapped_and_gated(bag: Any, dag_id: str, stage: str) -> None:
    downstream = {task.task_id: sorted(task.downstream_task_ids) for task in bag.dags[dag_id].tasks}
    expected = {"plan": [stage], stage: ["gate"], "gate": []}
    if dag_id == "answer_questions":
        expected |= {"plan": ["answer", "start_model"], "start_model": ["answer", "stop_model"]}
        expected |= {"answer": ["gate", "stop_model"], "stop_model": []}
    if dag_id == "publish_results":
        expected |= {"gate": ["publish"], "publish": ["finish"], "finish": ["report"], "report": []}
    if dag_id == "fetch_papers":
        expected |= {"walks": ["walk"], "walk": ["notices", "plan"], "notices": []}
        assert bag.dags[dag_id].get_task("walk").is_mapped
    assert downstream == expected
    assert bag.dags[dag_id].get_task(stage).is_mapped


def test_adhoc_takes_all_stages_in_the_order_of_the_journey(bag: Any) -> None:
    downstream = {
        task.task_id: sorted(task.downstream_task_ids) for task in bag.dags["ask_adhoc"].tasks
    }
    stages = list(STAGE_OF_DAG.values())
    expected: dict[str, list[str]] = {"publish": ["finish"], "finish": []}
    for stage, following in zip(stages, [*stages[1:], None], strict=True):
        expected[f"{stage}.plan"] = [f"{stage}.{stage}"]
        expected[f"{stage}.{stage}"] = [f"{stage}.gate"]
        expected[f"{stage}.gate"] = [f"{following}.plan"] if following else ["publish"]
    expected |= {
        "answer.plan": ["answer.answer", "answer.start_model"],
        "answer.start_model": ["answer.answer", "answer.stop_model"],
        "answer.answer": ["answer.gate", "answer.stop_model"],
        "answer.stop_model": [],
    }
    assert downstream == expected


@pytest.mark.parametrize("dag_id", ["answer_questions", "ask_adhoc"])
def test_the_model_s_server_is_set_up_before_the_batches_and_torn_down_after_them(
    bag: Any, dag_id: str
) -> None:
    tasks = {task.task_id.rpartition(".")[2]: task for task in bag.dags[dag_id].tasks}
    assert tasks["start_model"].is_setup
    assert tasks["stop_model"].is_teardown


@pytest.mark.parametrize(("dag_id", "assets"), ASSETS_OF_DAG.items())
def test_each_dag_waits_for_the_asset_before_it(
    bag: Any, dag_id: str, assets: tuple[list[str], list[str]]
) -> None:
    dag = bag.dags[dag_id]
    condition = dag.timetable.asset_condition
    waits_for = [asset.name for asset in condition.objects] if condition else []
    emits = [outlet.name for task in dag.tasks for outlet in task.outlets]
    assert (waits_for, emits) == assets


@pytest.mark.parametrize("dag_id", ASSETS_OF_DAG)
def test_every_task_follows_the_house_rules(bag: Any, dag_id: str) -> None:
    from florilegium_airflow.pools import DEFAULT_POOL, POOLS

    dag = bag.dags[dag_id]
    assert dag.doc_md
    assert dag.catchup is False
    assert dag.max_active_runs <= 2
    assert "florilegium" in dag.tags
    assert ("max_failed_ratio" in dag.params) == (dag_id in GATED)
    assert 0 < dag.dagrun_timeout.total_seconds() <= 36 * 3600
    assert dag.has_on_failure_callback
    assert [alert.name for alert in bag.deadlines[dag_id]] == ["a run is late"]
    for param in dag.params.values():
        assert {"title", "type"} <= param.schema.keys()
        assert param.description
    for task in dag.tasks:
        assert task.owner == "florilegium"
        assert task.pool in {DEFAULT_POOL, *(pool.name for pool in POOLS)}
        assert 0 < task.execution_timeout.total_seconds() <= 3600
        assert task.retries >= 2
        assert task.retry_policy is not None


@pytest.mark.parametrize("clock", ["2026-03-01T01:59:59", "2026-03-01T02:05", "2026-03-01T15:00"])
def test_the_night_starts_at_two_utc_and_never_because_it_was_unpaused(
    bag: Any, monkeypatch: pytest.MonkeyPatch, clock: str
) -> None:
    import pendulum
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables import trigger
    from airflow.timetables.base import TimeRestriction

    now = pendulum.parse(clock, tz="UTC")
    assert isinstance(now, pendulum.DateTime)
    monkeypatch.setattr(trigger, "utcnow", lambda: now)
    # The scheduler reads the timetable back from JSON, so what counts is what survives that.
    written = json.loads(json.dumps(DagSerialization.serialize_dag(bag.dags["fetch_papers"])))
    first = DagSerialization.deserialize_dag(written).timetable.next_dagrun_info(
        last_automated_data_interval=None,
        restriction=TimeRestriction(earliest=None, latest=None, catchup=False),
    )
    assert first is not None
    assert now < first.run_after <= now.add(days=1)
    assert first.run_after.strftime("%H:%M %Z") == "02:00 UTC"


@pytest.mark.usefixtures("bag")
def test_library_and_plugins_are_those_of_this_repository() -> None:
    import etl
    import florilegium_airflow

    assert Path(florilegium_airflow.__file__).parent == PLUGINS / "florilegium_airflow"
    assert Path(etl.__file__).parent == REPOSITORY / "etl"
