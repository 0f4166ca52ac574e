import io
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from etl.errors import RunInProgressError, ServiceUnavailableError, UsageError
from etl.stack.night import CHAIN, NightResult, NightStep, open_rest, run_night
from etl.stack.night_progress import NightProgress, describe_failures
from etl.stack.paths import StackPaths
from etl.stack.rest import AirflowRest, unhealthy_components
from tests.unit.stack.fake_airflow import FakeAirflow

URL = "http://airflow.invalid"


def client(airflow: FakeAirflow) -> AirflowRest:
    return AirflowRest(URL, "admin", "secret", transport=airflow.transport())


def play(airflow: FakeAirflow, papers: Path | None = None) -> tuple[NightResult, list[NightStep]]:
    seen: list[NightStep] = []
    result = run_night(
        StackPaths(Path("/project")),
        papers=papers,
        progress=seen.append,
        rest=client(airflow),
        poll_seconds=0,
    )
    return result, seen


def test_a_night_is_followed_to_its_last_dag() -> None:
    result, seen = play(FakeAirflow())
    assert result.is_success
    assert [step.dag_id for step in result.steps] == list(CHAIN)
    assert {step.seconds for step in result.steps} == {4.0}
    first = [step.state for step in seen if step.dag_id == CHAIN[0]]
    assert first == ["running", "success"]


def test_consumers_are_woken_before_the_producer_is_triggered() -> None:
    airflow = FakeAirflow()
    play(airflow)
    woken = [path.rsplit("/", 1)[1] for method, path in airflow.calls if method == "PATCH"]
    assert woken == list(reversed(CHAIN))
    posts = [path for method, path in airflow.calls if method == "POST"]
    assert posts == ["/auth/token", f"/api/v2/dags/{CHAIN[0]}/dagRuns"]
    assert airflow.calls.index(("POST", posts[1])) > max(
        index for index, (method, _) in enumerate(airflow.calls) if method == "PATCH"
    )


def test_a_consumer_that_was_paused_is_told_again_when_it_wakes() -> None:
    airflow = FakeAirflow(asleep="embed_chunks")
    result, seen = play(airflow)
    assert result.is_success
    assert next(step.state for step in seen if step.dag_id == "embed_chunks") == "waiting"
    [told] = [body for body in airflow.bodies if "asset_id" in body]
    assert told == {"asset_id": 4, "extra": {"run_id": 7, "again_for": "parse_papers/ours"}}


@pytest.mark.parametrize("given", [True, False])
def test_the_folder_travels_as_an_absolute_path_or_not_at_all(
    tmp_path: Path, *, given: bool
) -> None:
    airflow = FakeAirflow()
    play(airflow, tmp_path if given else None)
    conf = next(body["conf"] for body in airflow.bodies if "conf" in body)
    assert conf == ({"papers": str(tmp_path)} if given else {})


def test_only_the_run_that_our_own_event_started_is_followed() -> None:
    airflow = FakeAirflow()
    play(airflow)
    assert not any(path.endswith("dagRuns/theirs") for _, path in airflow.calls)


def test_a_failed_dag_ends_the_night_and_shows_task_and_log() -> None:
    result, _ = play(FakeAirflow(failing="embed_chunks"))
    assert not result.is_success
    assert [step.dag_id for step in result.steps] == list(CHAIN[:3])
    lines = describe_failures(result)
    assert lines[0] == "embed_chunks failed"
    assert "task work [2]" in lines[1]
    assert lines[1].endswith(
        "var/logs/tasks/dag_id=embed_chunks/run_id=ours/task_id=work/map_index=2/attempt=1.log"
    )
    assert lines[2:] == ["    run 7 in progress"]


def test_a_night_that_was_skipped_says_what_is_in_the_way() -> None:
    with pytest.raises(RunInProgressError, match="run 7 in progress"):
        play(FakeAirflow(skipping="fetch_papers"))


def test_a_dag_that_cannot_be_imported_is_reported_with_its_error() -> None:
    with pytest.raises(
        ServiceUnavailableError, match=r"publish_results: publish_results\.py: NameError: y"
    ):
        play(FakeAirflow(dags=CHAIN[:4]))


def test_a_night_needs_a_stack_that_is_up(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailableError, match="stack up"):
        open_rest(StackPaths(tmp_path))


def test_a_token_that_ran_out_is_renewed() -> None:
    airflow = FakeAirflow(planted=[(401, {})])
    assert client(airflow).known_dags().keys() == set(CHAIN)
    assert airflow.tokens == 2


def test_a_read_is_repeated_when_the_server_stumbles() -> None:
    airflow = FakeAirflow(planted=[(503, {})])
    assert client(airflow).known_dags().keys() == set(CHAIN)


def test_a_trigger_is_never_repeated() -> None:
    airflow = FakeAirflow(planted=[(503, {})])
    with pytest.raises(ServiceUnavailableError, match="HTTP 503"):
        client(airflow).trigger("fetch_papers", {})
    assert [call for call in airflow.calls if call[1].endswith("dagRuns")] == [
        ("POST", "/api/v2/dags/fetch_papers/dagRuns")
    ]


def test_a_refused_configuration_is_a_wrong_use() -> None:
    airflow = FakeAirflow(planted=[(400, {"detail": "papers must be text"})])
    with pytest.raises(UsageError, match="papers must be text"):
        client(airflow).trigger("fetch_papers", {"papers": 1})


def test_a_pool_is_made_once_and_an_operators_change_is_kept() -> None:
    airflow = FakeAirflow(planted=[(200, {"pools": [{"name": "gpu"}]}), (200, {"pools": []})])
    airflow.planted.append((201, {}))
    rest = client(airflow)
    rest.ensure_pool("gpu", {"slots": 1})
    rest.ensure_pool("api", {"slots": 2})
    assert [body for body in airflow.bodies if "slots" in body] == [{"name": "api", "slots": 2}]


def healthy_body(scheduler: str = "healthy") -> dict[str, dict[str, str]]:
    beat = "2026-01-01T00:00:10Z"
    return {
        "metadatabase": {"status": "healthy"},
        "scheduler": {"status": scheduler, "latest_scheduler_heartbeat": beat},
        "dag_processor": {"status": "healthy", "latest_dag_processor_heartbeat": beat},
        "triggerer": {"status": "healthy", "latest_triggerer_heartbeat": beat},
    }


@pytest.mark.parametrize(
    ("scheduler", "since", "expected"),
    [
        ("healthy", 0.0, []),
        ("unhealthy", 0.0, ["scheduler"]),
        # 2026-01-01T00:00:11Z: every heartbeat is of the processes before these.
        ("healthy", 1767225611.0, ["scheduler", "dag-processor", "triggerer"]),
    ],
)
def test_the_health_answers_body_is_believed_and_not_its_code(
    scheduler: str, since: float, expected: list[str]
) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=healthy_body(scheduler)))
    assert unhealthy_components(URL, since=since, transport=transport) == expected


def test_a_silent_api_server_is_the_unhealthy_one() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502))
    assert unhealthy_components(URL, since=0, transport=transport) == ["api-server"]


def test_plain_output_has_one_line_a_change() -> None:
    out = io.StringIO()
    with NightProgress(Console(file=out, width=80)) as progress:
        for done in (0, 1, 2):
            progress(NightStep(dag_id="parse_papers", state="running", done=done, total=3))
        progress(NightStep(dag_id="parse_papers", state="success", done=3, total=3, seconds=1.25))
    assert out.getvalue().splitlines() == [
        "parse_papers: running, 0/3 tasks",
        "parse_papers: success, 3/3 tasks, 1.2 s",
    ]


def test_a_terminal_gets_a_bar_for_each_dag() -> None:
    out = io.StringIO()
    with NightProgress(Console(file=out, width=100, force_terminal=True)) as progress:
        progress(NightStep(dag_id="fetch_papers", state="success", done=3, total=3, seconds=1.0))
        progress(NightStep(dag_id="parse_papers", state="running", done=1, total=4))
    assert "fetch_papers" in out.getvalue()
    assert "1/4" in out.getvalue()
