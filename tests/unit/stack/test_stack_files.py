import os
import stat
from pathlib import Path

import pytest

from etl.errors import ServiceUnavailableError
from etl.settings import Settings
from etl.stack.credentials import ensure_credentials
from etl.stack.environment import airflow_environment, etl_environment
from etl.stack.passfile import ensure_passfile, read_passfile
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.private_file import make_folder, read_json, write_private
from etl.stack.state import ComponentState, Phase, StackState, load_state, save_state


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def paths(tmp_path: Path) -> StackPaths:
    (tmp_path / "var").mkdir()
    return StackPaths(tmp_path)


@pytest.fixture
def known_port(paths: StackPaths) -> EmbeddedPostgres:
    (paths.home / "postgres.json").write_text('{"port": 5999}')
    return EmbeddedPostgres(paths.home)


def test_a_role_keeps_its_password_and_a_new_one_gets_its_own(tmp_path: Path) -> None:
    first = ensure_passfile(tmp_path / "pgpass", ["owner"])
    second = ensure_passfile(tmp_path / "pgpass", ["owner", "writer"])
    assert second["owner"] == first["owner"]
    assert second["writer"] not in {"", second["owner"]}
    assert read_passfile(tmp_path / "pgpass") == second


def test_secrets_are_for_their_owner_alone_whatever_the_umask(paths: StackPaths) -> None:
    before = os.umask(0)
    try:
        ensure_passfile(paths.passfile, ["owner"])
        ensure_credentials(paths)
    finally:
        os.umask(before)
    assert {mode(each) for each in (paths.passfile, paths.secrets, paths.passwords)} == {0o600}


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    blocked = tmp_path / "state.json"
    blocked.mkdir()
    with pytest.raises(ServiceUnavailableError, match=r"cannot write .*state\.json"):
        write_private(blocked, "{}")
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceUnavailableError, match=r"cannot make the folder .*file/var"):
        make_folder(tmp_path / "file" / "var")


def test_a_broken_state_file_is_reported_and_a_missing_one_is_empty(tmp_path: Path) -> None:
    assert read_json(tmp_path / "none.json") == {}
    (tmp_path / "half.json").write_text('{"phase": ')
    with pytest.raises(ServiceUnavailableError, match=r"half\.json"):
        read_json(tmp_path / "half.json")


def test_credentials_are_made_once_and_never_printed(paths: StackPaths) -> None:
    first = ensure_credentials(paths)
    assert ensure_credentials(paths) == first
    assert set(first.passwords) == {"admin", "reviewer", "viewer"}
    shown = repr(first)
    assert not any(secret in shown for secret in (first.jwt_secret, *first.passwords.values()))


def test_no_environment_holds_a_database_password(
    paths: StackPaths, known_port: EmbeddedPostgres
) -> None:
    passwords = ensure_passfile(paths.passfile, ["airflow", "florilegium_writer"])
    told = etl_environment(paths, known_port) | airflow_environment(
        paths, ensure_credentials(paths), known_port, web_port=8080
    )
    text = "\n".join(told.values())
    assert not any(password in text for password in passwords.values())
    assert told["PGPASSFILE"] == str(paths.passfile)


def test_both_drivers_of_airflow_get_an_explicit_address(
    paths: StackPaths, known_port: EmbeddedPostgres
) -> None:
    told = airflow_environment(paths, ensure_credentials(paths), known_port, web_port=8080)
    address = "airflow@127.0.0.1:5999/airflow"
    assert told["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"postgresql+psycopg2://{address}"
    assert told["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] == f"postgresql+asyncpg://{address}"


def test_the_settings_understand_the_file_the_stack_writes(
    paths: StackPaths, known_port: EmbeddedPostgres
) -> None:
    told = etl_environment(paths, known_port)
    paths.env_file.write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    settings = Settings(_env_file=paths.env_file)
    assert settings.database.url.endswith("florilegium_writer@127.0.0.1:5999/florilegium")
    assert settings.database.passfile == paths.passfile
    assert settings.store.uri == str(paths.home / "store")


def test_the_state_survives_being_written_and_read(paths: StackPaths) -> None:
    component = ComponentState(state="running", pid=7, created=1.5, restarts=2, log="x.log")
    state = StackState(
        phase=Phase.READY, pid=6, created=1.0, web_port=8080, components={"scheduler": component}
    )
    save_state(paths, state)
    assert load_state(paths) == state


def test_a_state_left_by_a_dead_supervisor_is_not_believed(paths: StackPaths) -> None:
    assert load_state(paths) is None
    # Our own process id, but of a process started long ago: the id was used again.
    assert not StackState(phase=Phase.READY, pid=os.getpid(), created=1.0).is_supervised
