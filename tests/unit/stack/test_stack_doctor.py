import json
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from etl.errors import ServiceUnavailableError
from etl.settings import EmbedSettings, Settings
from etl.stack.commands import app
from etl.stack.doctor import Check, CheckState, DatabaseFacts, Lateness, run_checks
from etl.stack.paths import StackPaths
from etl.stack.state import Phase, StackState, save_state

GOOD = DatabaseFacts(server_version="18.4", pgvector_version="0.8.5", is_current=True)


def checks(root: Path, **changes: object) -> dict[str, Check]:
    settings = changes.pop("settings", Settings(_env_file=None))
    found = run_checks(settings, paths=StackPaths(root), **changes)
    return {each.name: each for each in found}


def test_a_sound_machine_fails_no_check(tmp_path: Path) -> None:
    found = checks(tmp_path, database=lambda: GOOD)
    assert [each for each in found.values() if each.state is CheckState.FAIL] == []
    assert found["airflow"].state is CheckState.OFF
    assert found["airflow"].next_step == "florilegium stack up"


def test_every_failed_check_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    facts = DatabaseFacts(server_version="18.4", pgvector_version=None, is_current=False)
    failed = [
        each
        for each in checks(tmp_path, database=lambda: facts).values()
        if each.state is CheckState.FAIL
    ]
    assert [each.name for each in failed] == ["folder", "database", "pgvector"]
    assert all(each.next_step and "\n" not in each.line for each in failed)


def test_a_version_other_than_the_locked_one_is_named(tmp_path: Path) -> None:
    ours = version("typer")
    (tmp_path / "requirements.lock").write_text(
        f"typer=={ours} \\\n    --hash=sha256:00\nrich==0.0.1 \\\n    --hash=sha256:11\n"
    )
    found = checks(tmp_path)["versions"]
    assert found.state is CheckState.FAIL
    assert found.line == f"1 differ: rich {version('rich')} (locked 0.0.1)"


@pytest.mark.parametrize(
    ("pgvector", "state"),
    [("0.8.3", CheckState.OK), ("0.8.2", CheckState.FAIL), ("0.10.0", CheckState.OK)],
)
def test_pgvector_versions_are_compared_as_numbers(
    tmp_path: Path, pgvector: str, state: CheckState
) -> None:
    facts = DatabaseFacts(server_version="18.4", pgvector_version=pgvector, is_current=True)
    assert checks(tmp_path, database=lambda: facts)["pgvector"].state is state


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    def silent() -> DatabaseFacts:
        raise ServiceUnavailableError("connection refused")

    found = checks(tmp_path, database=silent)["database"]
    assert found.state is CheckState.FAIL
    assert found.line == "connection refused"


def test_a_model_of_ones_own_is_not_looked_for(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, embed=EmbedSettings(model="other/model"))
    assert checks(tmp_path, settings=settings)["model"].state is CheckState.OFF


def test_the_status_of_a_stack_that_never_ran_ends_with_code_3(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["status", "--root", str(tmp_path), "--json"])
    assert answer.exit_code == 3
    assert json.loads(answer.stdout) == {"phase": "never_started", "message": ""}


def test_a_folder_without_a_project_is_a_wrong_use(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["up", "--root", str(tmp_path)])
    assert answer.exit_code == 2
    assert "no folder dags" in answer.output
    assert not (tmp_path / "var").exists()


def test_stopping_what_does_not_run_is_fine(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["down", "--root", str(tmp_path), "--json"])
    assert answer.exit_code == 0
    assert json.loads(answer.stdout) == {"stopped": False}


def test_a_home_that_cannot_be_made_ends_with_code_3_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "var").write_text("in the way")
    answer = CliRunner().invoke(app, ["up", "--root", str(tmp_path)])
    assert answer.exit_code == 3
    assert len(answer.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("hours", "state"),
    [(None, CheckState.OK), (25.9, CheckState.OK), (26.1, CheckState.FAIL)],
)
def test_a_night_that_is_overdue_is_told_without_asking_airflow(
    tmp_path: Path, hours: float | None, state: CheckState
) -> None:
    found = checks(tmp_path, lateness=lambda: Lateness(hours=hours, limit_hours=26))["night"]
    assert found.state is state
    assert bool(found.next_step) == (state is CheckState.FAIL)


def test_without_airflow_nobody_knows_its_pools(tmp_path: Path) -> None:
    assert checks(tmp_path)["pools"].state is CheckState.OFF


@pytest.mark.parametrize(
    ("there", "state", "line"),
    [
        ({"api", "gpu", "embed"}, CheckState.FAIL, "missing: grobid; tasks that need them wait"),
        ({"api", "gpu", "embed", "grobid", "other"}, CheckState.OK, "all 4 are there"),
    ],
)
def test_a_missing_pool_is_named_since_nobody_else_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: set[str], state: CheckState, line: str
) -> None:
    (tmp_path / "plugins").symlink_to(Path(__file__).parents[3] / "plugins")
    paths = StackPaths(tmp_path)
    paths.home.mkdir()
    mine = psutil.Process()
    save_state(
        paths,
        StackState(phase=Phase.READY, pid=mine.pid, created=mine.create_time(), web_port=1),
    )

    class Rest:
        def pools(self) -> frozenset[str]:
            return frozenset(there)

    monkeypatch.setattr("etl.stack.doctor.open_rest", lambda _paths: Rest())
    found = checks(tmp_path)["pools"]
    assert found.state is state
    assert found.line.startswith(line)
