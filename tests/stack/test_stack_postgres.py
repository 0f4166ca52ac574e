"""The embedded server for real: its roles, and its way back from every kind of death."""

import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from etl.errors import ServiceUnavailableError, UsageError
from etl.stack.network import HOST
from etl.stack.passfile import read_passfile
from etl.stack.postgres import EmbeddedPostgres

pytestmark = pytest.mark.store


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(tmp_path_factory.mktemp("server"))
    made.start()
    yield made
    made.discard()


@pytest.fixture
def postgres(server: EmbeddedPostgres) -> EmbeddedPostgres:
    server.start()
    return server


def connect(
    postgres: EmbeddedPostgres, role: str, database: str = "florilegium"
) -> psycopg2.extensions.connection:
    return psycopg2.connect(
        host=HOST, port=postgres.port, user=role, dbname=database, passfile=str(postgres.passfile)
    )


def postmaster_file(postgres: EmbeddedPostgres) -> Path:
    return Path(postgres.run_sql("SHOW data_directory")) / "postmaster.pid"


@pytest.mark.parametrize("role", ["florilegium_owner", "florilegium_writer", "florilegium_analyst"])
def test_every_role_of_florilegium_enters_its_database(
    postgres: EmbeddedPostgres, role: str
) -> None:
    with connect(postgres, role) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (role, False)


@pytest.mark.parametrize(
    ("role", "database"),
    [
        ("airflow", "florilegium"),
        ("florilegium_writer", "airflow"),
        ("florilegium_analyst", "airflow"),
    ],
)
def test_nobody_enters_a_database_of_others(
    postgres: EmbeddedPostgres, role: str, database: str
) -> None:
    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        connect(postgres, role, database)


def test_nobody_enters_without_the_password(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(f"host={HOST} port={postgres.port} user=postgres password=postgres")


def test_the_server_listens_on_this_machine_alone(postgres: EmbeddedPostgres) -> None:
    assert postgres.run_sql("SHOW listen_addresses") == HOST
    assert postgres.run_sql("SHOW unix_socket_directories") == ""


def test_pgvector_is_new_enough_and_the_writer_makes_no_tables(postgres: EmbeddedPostgres) -> None:
    found = postgres.run_sql(
        "SELECT extversion FROM pg_extension WHERE extname = 'vector'", database="florilegium"
    )
    assert tuple(int(part) for part in found.split(".")) >= (0, 8, 3)
    with pytest.raises(ServiceUnavailableError, match="permission denied for schema public"):
        postgres.run_sql("CREATE TABLE trial ()", database="florilegium", role="florilegium_writer")


def test_passwords_are_in_no_log_and_no_address(postgres: EmbeddedPostgres) -> None:
    passwords = read_passfile(postgres.passfile)
    assert len(set(passwords.values())) == 5
    log = postgres.log.read_text()
    assert not any(password in log for password in passwords.values())
    assert postgres.dsn("airflow", "airflow").startswith("postgresql+psycopg2://airflow@127.0.0.1")
    assert stat.S_IMODE(postgres.passfile.stat().st_mode) == 0o600


def test_a_database_name_that_would_need_quotes_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(UsageError, match="plain database name"):
        postgres.create_database("x; DROP DATABASE airflow", "florilegium_owner")


def test_starting_twice_and_stopping_twice_is_fine(postgres: EmbeddedPostgres) -> None:
    pid = postgres.pid()
    EmbeddedPostgres(postgres.home).start()
    assert postgres.pid() == pid
    postgres.stop()
    postgres.stop()
    assert not postgres.is_running()


def test_after_kill_9_under_load_it_starts_again_and_kept_what_was_committed(
    postgres: EmbeddedPostgres,
) -> None:
    postgres.run_sql("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS x")
    busy = connect(postgres, "postgres", "postgres")

    def work() -> None:
        with pytest.raises(psycopg2.OperationalError):
            busy.cursor().execute("SELECT sum(random()) FROM generate_series(1, 2000000000)")

    worker = threading.Thread(target=work)
    worker.start()
    time.sleep(0.3)
    port = postgres.port
    os.kill(postgres.pid() or 0, signal.SIGKILL)
    time.sleep(0.1)
    assert not postgres.is_running()
    postgres.start()
    worker.join(timeout=10)
    assert not worker.is_alive()
    assert postgres.run_sql("SELECT x FROM kept") == "7"
    assert postgres.port == port


def test_a_left_over_pid_that_belongs_to_another_program_does_not_stop_it(
    postgres: EmbeddedPostgres,
) -> None:
    left_over = postmaster_file(postgres)
    owner = left_over.stat()
    postgres.stop()
    left_over.write_text(f"{os.getpid()}\n")
    os.chown(left_over, owner.st_uid, owner.st_gid)
    assert postgres.pid() is None
    postgres.start()
    assert postgres.run_sql("SELECT 1") == "1"


def test_a_port_taken_meanwhile_is_left_for_a_free_one(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    port = postgres.port
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((HOST, port))
        holder.listen()
        with pytest.raises(ServiceUnavailableError, match=f"port {port} for the database"):
            postgres.start(port=port)
        assert postgres.pid() is None
        postgres.start()
        assert postgres.port != port
    assert EmbeddedPostgres(postgres.home).port == postgres.port


def test_a_lost_password_file_is_made_anew(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    before = read_passfile(postgres.passfile)
    postgres.passfile.unlink()
    postgres.start()
    assert read_passfile(postgres.passfile)["postgres"] != before["postgres"]
    connect(postgres, "florilegium_writer").close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_keeps_the_server_where_its_user_can_reach_it(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    postgres = EmbeddedPostgres(closed / "var")
    try:
        postgres.start()
        folder = Path(postgres.run_sql("SHOW data_directory"))
        assert closed not in folder.parents
        assert str(folder.parent) in postgres.notice
        assert folder.stat().st_uid != 0
    finally:
        postgres.discard()
    assert not folder.parent.exists()


def test_a_home_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceUnavailableError, match="cannot make the folder"):
        EmbeddedPostgres(tmp_path / "file" / "var").start()
