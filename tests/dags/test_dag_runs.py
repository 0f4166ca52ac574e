"""Whole DAG runs against a fake night: what Airflow does with what the library says."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_night import FakeNight

pytestmark = pytest.mark.airflow

EnterNight = Callable[..., FakeNight]
GOOD = {"done": 3, "excluded": 1, "failed": 0, "open": 0}
BAD = {"done": 1, "excluded": 0, "failed": 3, "open": 0}


def today() -> str:
    """The night of a run by hand; these tests are not run over midnight."""
    return datetime.now(UTC).date().isoformat()


def counted(counts: Mapping[str, int], *, times: int = 1) -> dict[str, int]:
    """A batch's counts as the gate names them."""
    return {f"{state}_count": times * count for state, count in counts.items()}


#: What the fetch DAG does of a folder before and beside its stage.
ASIDE = {"walks": "success", "walk": "skipped", "notices": "success"}


def states_of(dag_run: Any) -> dict[str, str]:
    """State by ``task`` or ``task[map index]``."""
    return {
        ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]": str(ti.state)
        for ti in dag_run.get_task_instances()
    }


def events_of(dag_run: Any) -> list[tuple[str, dict[str, Any]]]:
    """Name and extra of each asset event that this run emitted."""
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select
    from sqlalchemy.orm import joinedload

    with create_session() as session:
        rows = session.scalars(
            select(AssetEvent)
            .options(joinedload(AssetEvent.asset))
            .where(
                AssetEvent.source_dag_id == dag_run.dag_id,
                AssetEvent.source_run_id == dag_run.run_id,
            )
        )
        return [(row.asset.name, dict(row.extra)) for row in rows]


def xcoms_of(dag_run: Any) -> dict[tuple[str, str], Any]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        rows = session.scalars(
            select(XComModel).where(
                XComModel.dag_id == dag_run.dag_id, XComModel.run_id == dag_run.run_id
            )
        )
        return {(row.task_id, row.key): row.value for row in rows}


@pytest.mark.parametrize(
    ("dag_id", "stage", "asset"),
    [
        ("fetch_papers", "fetch", "full_texts"),
        ("parse_papers", "parse", "documents"),
        ("embed_chunks", "embed", "embeddings"),
        ("answer_questions", "answer", "ballots"),
    ],
)
def test_a_stage_works_its_batches_and_emits_its_asset(
    bag: Any, enter_night: EnterNight, dag_id: str, stage: str, asset: str
) -> None:
    night = enter_night(batches={stage: [GOOD, GOOD]})
    dag_run = bag.dags[dag_id].test()
    assert str(dag_run.state) == "success"
    assert sorted(night.worked) == [night._first_id(stage), night._first_id(stage) + 1]
    counts = {"in_count": 8, **counted(GOOD, times=2)}
    assert events_of(dag_run) == [(asset, {"run_id": 41, "night": today(), "counts": counts})]


def test_the_last_dag_publishes_once_and_closes_the_run(bag: Any, enter_night: EnterNight) -> None:
    night = enter_night(batches={"decide": [GOOD]})
    dag_run = bag.dags["publish_results"].test()
    assert str(dag_run.state) == "success"
    assert (night.published, night.finished, night.reported) == ([41], [41], [41])
    told = xcoms_of(dag_run)
    assert told["report", "return_value"] == "/reports/run-41.html"
    assert told["report", "report"] == "/florilegium/report?id=41"
    assert told["report", "_link_ReportLink"] == "/florilegium/report?id=41"
    counts = {"release_id": 3, "changed_count": 2, "decision_count": 140}
    assert events_of(dag_run) == [("release", {"run_id": 41, "night": today(), "counts": counts})]


def test_a_stage_with_nothing_to_do_still_emits_its_asset(
    bag: Any, enter_night: EnterNight
) -> None:
    night = enter_night()
    dag_run = bag.dags["parse_papers"].test()
    assert states_of(dag_run) == {"plan": "success", "parse": "skipped", "gate": "success"}
    assert night.worked == []
    assert [name for name, _ in events_of(dag_run)] == ["documents"]


def test_one_batch_is_settled_like_many(bag: Any, enter_night: EnterNight) -> None:
    night = enter_night(batches={"parse": [GOOD]})
    dag_run = bag.dags["parse_papers"].test()
    assert states_of(dag_run) == {"plan": "success", "parse[0]": "success", "gate": "success"}
    assert night.settled == [(41, "parse", 0.5)]


def test_a_batch_is_named_by_its_papers_and_their_end(bag: Any, enter_night: EnterNight) -> None:
    enter_night(batches={"parse": [GOOD]})
    dag_run = bag.dags["parse_papers"].test()
    batch = next(ti for ti in dag_run.get_task_instances() if ti.task_id == "parse")
    assert batch.rendered_map_index == "a.pdf … k.pdf (200 papers): 3 done, 1 excluded"


def test_xcom_holds_ids_and_counts_only(bag: Any, enter_night: EnterNight) -> None:
    enter_night(batches={"parse": [GOOD]})
    dag_run = bag.dags["parse_papers"].test()
    assert xcoms_of(dag_run) == {
        ("plan", "run_id"): 41,
        ("plan", "return_value"): [200],
        ("parse", "return_value"): GOOD,
        ("gate", "return_value"): {"in_count": 4, **counted(GOOD)},
    }


@pytest.mark.usefixtures("hurry")
def test_a_failed_batch_fails_the_run_and_starts_no_consumer(
    bag: Any, enter_night: EnterNight
) -> None:
    night = enter_night(batches={"parse": [GOOD, GOOD]}, broken=frozenset({201}))
    dag_run = bag.dags["parse_papers"].test()
    assert states_of(dag_run) == {
        "plan": "success",
        "parse[0]": "success",
        "parse[1]": "failed",
        "gate": "failed",
    }
    assert str(dag_run.state) == "failed"
    assert night.settled == [(41, "parse", 0.5)]
    assert [run_id for run_id, _ in night.closed] == [41]
    assert night.closed[0][1].startswith("parse: 1 of 2 batches did not end well (parse_1)")
    assert events_of(dag_run) == []


def test_too_many_failed_papers_fail_the_run_and_start_no_consumer(
    bag: Any, enter_night: EnterNight
) -> None:
    enter_night(batches={"parse": [BAD]})
    dag_run = bag.dags["parse_papers"].test()
    assert states_of(dag_run) == {"plan": "success", "parse[0]": "success", "gate": "failed"}
    assert str(dag_run.state) == "failed"
    assert events_of(dag_run) == []


def test_a_plan_that_fails_for_good_closes_its_run_and_works_on_nothing(
    bag: Any, enter_night: EnterNight
) -> None:
    night = enter_night(batches={"fetch": [GOOD]}, unplannable="fetch")
    dag_run = bag.dags["fetch_papers"].test()
    assert states_of(dag_run) == {
        **ASIDE, "plan": "failed", "fetch": "upstream_failed", "gate": "failed"
    }  # fmt: skip
    assert night.closed == [(41, "fetch was not planned: plan is failed")]
    assert (night.worked, events_of(dag_run)) == ([], [])


def test_the_nightly_fetch_reads_the_folder_of_the_settings(
    bag: Any, enter_night: EnterNight, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLORILEGIUM_PAPERS", "the/usual/folder")
    night = enter_night()
    bag.dags["fetch_papers"].test()
    assert night.begun[0]["papers"] == "the/usual/folder"


def test_the_forms_ratio_reaches_the_gate_and_the_consumers(
    bag: Any, enter_night: EnterNight
) -> None:
    night = enter_night(batches={"fetch": [BAD]})
    dag_run = bag.dags["fetch_papers"].test(
        run_conf={"papers": "some/folder", "max_failed_ratio": 0.8}
    )
    assert str(dag_run.state) == "success"
    assert night.settled == [(41, "fetch", 0.8)]
    assert night.begun[0]["papers"] == "some/folder"
    assert [extra["max_failed_ratio"] for _, extra in events_of(dag_run)] == [0.8]


def test_a_second_night_ends_as_skipped_and_starts_no_consumer(
    bag: Any, enter_night: EnterNight
) -> None:
    night = enter_night(held_by=7, batches={"fetch": [GOOD]})
    dag_run = bag.dags["fetch_papers"].test()
    assert states_of(dag_run) == {
        **ASIDE, "plan": "success", "fetch": "skipped", "gate": "skipped"
    }  # fmt: skip
    assert xcoms_of(dag_run)["plan", "skipped"] == "run 7 in progress"
    assert ("plan", "run_id") not in xcoms_of(dag_run)
    assert str(dag_run.state) == "success"
    assert events_of(dag_run) == []
    assert night.settled == []


def test_a_second_night_closes_nobody_elses_run(bag: Any, enter_night: EnterNight) -> None:
    night = enter_night(held_by=7, batches={"decide": [GOOD]})
    dag_run = bag.dags["publish_results"].test()
    states = states_of(dag_run)
    assert states.pop("plan") == "success"
    assert set(states.values()) == {"skipped"}
    assert (night.published, night.finished) == ([], [])


@pytest.mark.usefixtures("hurry")
def test_a_service_that_comes_back_costs_nothing(bag: Any, enter_night: EnterNight) -> None:
    night = enter_night(batches={"parse": [GOOD]}, away={200: 3})
    dag_run = bag.dags["parse_papers"].test()
    assert str(dag_run.state) == "success"
    assert night.worked == [200]


@pytest.mark.usefixtures("hurry")
def test_a_retried_plan_keeps_its_run(bag: Any, enter_night: EnterNight) -> None:
    night = enter_night(batches={"fetch": [GOOD]}, plan_outages=2)
    dag_run = bag.dags["fetch_papers"].test()
    assert str(dag_run.state) == "success"
    assert len(night.begun) == 3
    assert night.planned == [(41, "fetch")]


def test_adhoc_asks_what_the_form_says_through_every_stage(
    bag: Any, enter_night: EnterNight
) -> None:
    stages = ["fetch", "parse", "embed", "answer", "decide"]
    night = enter_night(batches={stage: [GOOD] for stage in stages})
    # In a browser 7922690949853464709 as a number is 7922690949853465000.
    works = ["5", "7922690949853464709"]
    dag_run = bag.dags["ask_adhoc"].test(run_conf={"work_ids": works, "question_ids": ["CQ03"]})
    assert str(dag_run.state) == "success"
    asked = [int(work_id) for work_id in works]
    assert night.begun == [
        {"kind": "adhoc", "papers": None, "work_ids": asked, "question_ids": ["CQ03"]}
    ]
    assert night.planned == [(41, stage) for stage in stages]
    assert (night.published, night.finished) == ([41], [41])
    assert [name for name, _ in events_of(dag_run)] == ["release"]


def test_adhoc_stops_at_the_first_closed_gate(bag: Any, enter_night: EnterNight) -> None:
    night = enter_night(batches={"fetch": [GOOD], "parse": [BAD], "decide": [GOOD]})
    dag_run = bag.dags["ask_adhoc"].test()
    assert str(dag_run.state) == "failed"
    assert [stage for _, stage in night.planned] == ["fetch", "parse"]
    assert (night.published, night.finished) == ([], [])
    states = states_of(dag_run)
    assert (states["parse.gate"], states["finish"]) == ("failed", "upstream_failed")


@pytest.mark.parametrize(
    "verb",
    ["begin", "attach", "plan", "asks_models", "work", "settle", "fail", "publish", "finish"],
)
def test_the_fake_night_is_called_as_the_real_one(verb: str) -> None:
    import inspect

    from etl.night.night import Night

    assert inspect.signature(getattr(FakeNight, verb)) == inspect.signature(getattr(Night, verb))


def test_the_metadata_database_is_the_throw_away_one(airflow_home: Path) -> None:
    from airflow import settings

    assert settings.engine is not None
    assert str(settings.engine.url) == f"sqlite:///{airflow_home}/airflow.db"


def test_each_source_of_a_corpus_is_walked_over_before_the_night_opens(
    bag: Any, enter_night: EnterNight
) -> None:
    night = enter_night(
        batches={"fetch": [GOOD]},
        units=("arxiv:1", "europe_pmc:2"),
        unreachable=frozenset({"arxiv:1"}),
    )
    dag_run = bag.dags["fetch_papers"].test(run_conf={"papers": "newts.yaml", "maximum": 50})
    assert str(dag_run.state) == "success"
    assert sorted(night.walked) == ["arxiv:1", "europe_pmc:2"]
    assert night.windows == [(None, None)]
    assert night.limits == [(50, True)]
    assert [name for name, _ in events_of(dag_run)] == ["full_texts"]


def test_the_forms_window_reaches_the_walks(bag: Any, enter_night: EnterNight) -> None:
    night = enter_night(units=("arxiv:1 2026-01-01/2026-01-31",))
    bag.dags["fetch_papers"].test(
        run_conf={"papers": "newts.yaml", "first_day": "2026-01-01", "last_day": "2026-01-31"}
    )
    assert night.windows == [(date(2026, 1, 1), date(2026, 1, 31))]


def test_a_backfilled_night_walks_over_its_own_days() -> None:
    from florilegium_airflow.walks import _window

    night = datetime(2026, 1, 5, 2, tzinfo=UTC)

    def window(run_type: str, **params: str) -> Any:
        dag_run = SimpleNamespace(run_type=run_type, logical_date=night)
        return _window({"params": params, "dag_run": dag_run})  # type: ignore[typeddict-item]

    assert window("backfill") == (date(2026, 1, 4), date(2026, 1, 5))
    assert window("scheduled") == (None, None)
    assert window("backfill", first_day="2026-02-01") == (date(2026, 2, 1), None)


def test_a_backfilled_night_waits_for_the_night_before_it(enter_night: EnterNight) -> None:
    from airflow.sdk.exceptions import AirflowRescheduleException, DownstreamTasksSkipped

    from florilegium_airflow.operators import OpenOperator
    from florilegium_airflow.outcomes import TURN_PAUSE

    enter_night(held_by=7)
    opened = OpenOperator(task_id="plan", stage="fetch", kind="night", is_walked=True)

    def execute(run_type: str) -> None:
        dag_run = SimpleNamespace(run_type=run_type, dag_id="fetch_papers", run_id="one")
        ti = SimpleNamespace(xcom_push=lambda **_: None)
        opened.execute({"params": {"papers": "newts"}, "dag_run": dag_run, "ti": ti})  # type: ignore[typeddict-item]

    with pytest.raises(AirflowRescheduleException) as waits:
        execute("backfill")
    assert timedelta() < waits.value.reschedule_date - datetime.now(UTC) <= TURN_PAUSE
    with pytest.raises(DownstreamTasksSkipped):
        execute("scheduled")


def test_a_window_that_is_walked_over_while_another_run_holds_the_night_is_kept(
    bag: Any, enter_night: EnterNight
) -> None:
    night = enter_night(held_by=7, units=("arxiv:1",))
    dag_run = bag.dags["fetch_papers"].test(run_conf={"papers": "newts.yaml"})
    assert night.walked == ["arxiv:1"]
    assert states_of(dag_run)["gate"] == "skipped"


def test_after_a_closed_gate_adhoc_begins_no_stage_and_names_the_cause_once(
    bag: Any, enter_night: EnterNight, capsys: pytest.CaptureFixture[str]
) -> None:
    night = enter_night(batches={"fetch": [BAD], "parse": [GOOD]})
    dag_run = bag.dags["ask_adhoc"].test(run_conf={"work_ids": ["5"]})
    states = states_of(dag_run)
    assert str(dag_run.state) == "failed"
    assert states["fetch.gate"] == "failed"
    assert states["parse.plan"] == "upstream_failed"
    assert (states["publish"], states["finish"]) == ("upstream_failed", "upstream_failed")
    assert (night.published, night.finished) == ([], [])
    # However the log is drawn: a console may show the lines of code, and folds what is long.
    said = " ".join("".join(capsys.readouterr()).split())
    for stage in ("parse", "embed", "answer", "decide"):
        assert f"{stage} was not begun: see the task that failed first" in said
        assert f"{stage} was not planned" not in said
