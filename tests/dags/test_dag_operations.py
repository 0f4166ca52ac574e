"""What operators rely on: the hours of the night, notes on runs, the weekly round."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow_home import DAGS, environment
from fake_night import FakeNight

pytestmark = pytest.mark.airflow

EnterNight = Callable[..., FakeNight]
GOOD = {"done": 3, "excluded": 1, "failed": 0, "open": 0}
BAD = {"done": 1, "excluded": 0, "failed": 3, "open": 0}

#: Prints when the nights after a moment begin, by the clock of the zone and in UTC.
NIGHTS = """
import json, sys, pendulum
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction
dag = DagBag(dag_folder=sys.argv[1]).dags["fetch_papers"]
written = json.loads(json.dumps(DagSerialization.serialize_dag(dag)))
timetable = DagSerialization.deserialize_dag(written).timetable
last, found = DataInterval.exact(pendulum.parse(sys.argv[2], tz="UTC")), []
for _ in range(3):
    info = timetable.next_dagrun_info(
        last_automated_data_interval=last,
        restriction=TimeRestriction(earliest=None, latest=None, catchup=True),
    )
    found.append([info.run_after.in_timezone(sys.argv[3]).isoformat(), info.run_after.isoformat()])
    last = info.data_interval
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # 2027-03-28: at 02:00 the clock is put forward to 03:00; there is no 02:30.
        (
            "2027-03-27T01:30:00",
            ["2027-03-28T03:30:00+02:00", "2027-03-29T02:30:00+02:00", "2027-03-30T02:30:00+02:00"],
        ),
        # 2027-10-31: at 03:00 the clock is put back to 02:00; there are two 02:30.
        (
            "2027-10-30T00:30:00",
            ["2027-10-31T02:30:00+01:00", "2027-11-01T02:30:00+01:00", "2027-11-02T02:30:00+01:00"],
        ),
    ],
    ids=["clock put forward", "clock put back"],
)
def test_there_is_one_night_each_day_where_clocks_change(
    tmp_path: Path, after: str, expected: list[str]
) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", NIGHTS, str(DAGS), after, "Europe/Berlin"],
        env={
            "PATH": "/usr/bin:/bin",
            **environment(tmp_path),
            "AIRFLOW__FLORILEGIUM__CRON": "30 2 * * *",
            "AIRFLOW__FLORILEGIUM__TIMEZONE": "Europe/Berlin",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert [local for local, _ in json.loads(finished.stdout.splitlines()[-1])] == expected


def test_five_missed_nights_are_made_up_for_by_one(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pendulum
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables import trigger
    from airflow.timetables.base import DataInterval, TimeRestriction

    now = pendulum.datetime(2026, 3, 6, 15)
    monkeypatch.setattr(trigger, "utcnow", lambda: now)
    written = json.loads(json.dumps(DagSerialization.serialize_dag(bag.dags["fetch_papers"])))
    timetable = DagSerialization.deserialize_dag(written).timetable
    last, runs = DataInterval.exact(pendulum.datetime(2026, 3, 1, 2)), []
    for _ in range(2):
        info = timetable.next_dagrun_info(
            last_automated_data_interval=last,
            restriction=TimeRestriction(earliest=None, latest=None, catchup=False),
        )
        assert info is not None
        runs.append(info.run_after)
        last = info.data_interval
    assert runs == [pendulum.datetime(2026, 3, 6, 2), pendulum.datetime(2026, 3, 7, 2)]


def note_of(dag_run: Any) -> str:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.get(DagRun, dag_run.id)
        assert found is not None
        return found.note or ""


@pytest.fixture
def listening(bag: Any) -> None:  # noqa: ARG001 - Airflow must be set up first
    """Airflow loads listeners when a component starts; a test starts none."""
    from airflow.listeners.listener import get_listener_manager

    from florilegium_airflow import run_notes

    manager = get_listener_manager()
    if not manager.pm.is_registered(run_notes):
        manager.add_listener(run_notes)


@pytest.mark.usefixtures("listening")
def test_a_run_has_a_note_with_its_counts_and_a_link(bag: Any, enter_night: EnterNight) -> None:
    enter_night(batches={"parse": [GOOD, GOOD]})
    dag_run = bag.dags["parse_papers"].test()
    lines = note_of(dag_run).split("\n\n")
    assert lines[:2] == ["Run 41.", "gate: 8 in, 6 done, 2 excluded."]
    assert lines[2].startswith("[The night, paper by paper](")
    assert "/florilegium/dag_run?dag=parse_papers&run=manual__" in lines[2]


@pytest.mark.usefixtures("listening")
def test_a_note_follows_the_journey_and_names_the_release(
    bag: Any, enter_night: EnterNight
) -> None:
    stages = ("fetch", "parse", "embed", "answer", "decide")
    enter_night(batches={stage: [GOOD] for stage in stages})
    lines = note_of(bag.dags["ask_adhoc"].test()).split("\n\n")
    told = [line.partition(":")[0] for line in lines[1:-1]]
    assert told == [*(f"{stage}.gate" for stage in stages), "publish", "finish"]
    assert "publish: release 3, 2 answers changed, 140 in all." in lines


@pytest.mark.usefixtures("listening")
def test_a_failed_run_says_how_far_it_came(bag: Any, enter_night: EnterNight) -> None:
    enter_night(batches={"fetch": [GOOD], "parse": [BAD]})
    dag_run = bag.dags["ask_adhoc"].test()
    assert str(dag_run.state) == "failed"
    assert "fetch.gate: 4 in, 3 done, 1 excluded." in note_of(dag_run)


@pytest.mark.usefixtures("listening")
def test_a_night_that_met_another_says_which(bag: Any, enter_night: EnterNight) -> None:
    enter_night(held_by=7)
    dag_run = bag.dags["fetch_papers"].test()
    assert "run 7 in progress; nothing was done." in note_of(dag_run)


@pytest.mark.parametrize("wants", [True, False])
def test_the_weekly_round_does_every_part_and_deletes_only_when_told(
    bag: Any, enter_night: EnterNight, wants: bool
) -> None:
    night = enter_night()
    dag_run = bag.dags["maintain"].test(run_conf={"delete_orphans": wants})
    assert str(dag_run.state) == "success"
    assert sorted(night.tidied) == [("files", wants), ("indexes", wants), ("tables", wants)]
    states = {ti.task_id: str(ti.state) for ti in dag_run.get_task_instances()}
    # Nobody said where Airflow's own database is.
    assert states.pop("airflow") == "skipped"
    assert set(states.values()) == {"success"}


@pytest.mark.parametrize(
    ("dag_id", "conf"),
    [
        ("fetch_papers", {"max_failed_ratio": 1.5}),
        ("fetch_papers", {"max_failed_ratio": -0.1}),
        ("parse_papers", {"max_failed_ratio": "half"}),
        ("fetch_papers", {"papers": 7}),
        ("ask_adhoc", {"work_ids": ["one"]}),
        ("ask_adhoc", {"work_ids": ["0"]}),
        ("ask_adhoc", {"work_ids": [7922690949853465000]}),
        ("ask_adhoc", {"work_ids": []}),
        ("ask_adhoc", {"question_ids": ["'; DROP TABLE core.work; --"]}),
        ("maintain", {"delete_orphans": "yes"}),
    ],
)
def test_a_form_refuses_what_is_out_of_range_before_anything_runs(
    bag: Any, enter_night: EnterNight, dag_id: str, conf: dict[str, Any]
) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    night = enter_night()
    with pytest.raises(ParamValidationError):
        bag.dags[dag_id].test(run_conf=conf)
    assert night.begun == []
