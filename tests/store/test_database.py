"""A database that is away is told apart from a fault of the paper, wherever it went away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, text

from etl.errors import ServiceUnavailableError
from etl.settings import DatabaseSettings
from etl.store.bulk import copy_rows, copy_vectors
from etl.store.database import open_database

pytestmark = pytest.mark.store


def _cut_before(work: Callable[[Connection], None]) -> Callable[[Any, Connection], None]:
    """End a connection's session from outside, as a restart of the server does, then work."""

    def run(database: Any, connection: Connection) -> None:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        database.sql(f"SELECT pg_terminate_backend({pid})")
        work(connection)

    return run


def _copy_words(connection: Connection) -> None:
    copy_rows(connection, "core.work", ("work_id", "name"), [(1, "x")])


def _copy_numbers(connection: Connection) -> None:
    vectors = np.ones((1, 4), dtype=np.float32)
    copy_vectors(connection, chunk_set_id=1, space_id=1, vectors=vectors)


def _select(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


def _write_and_break(connection: Connection) -> None:
    connection.execute(text("INSERT INTO core.work VALUES (78, 'gone')"))
    raise ZeroDivisionError


@pytest.mark.parametrize("work", [_copy_words, _copy_numbers, _select])
def test_a_connection_lost_in_the_middle_is_a_service_that_is_down(
    shared: Any, work: Callable[[Connection], None]
) -> None:
    with (
        pytest.raises(ServiceUnavailableError, match="run again"),
        shared.open().transaction() as connection,
    ):
        _cut_before(work)(shared, connection)


def test_a_session_lost_while_a_lock_is_held_is_a_service_that_is_down(shared: Any) -> None:
    with pytest.raises(ServiceUnavailableError), shared.open().session() as connection:
        _cut_before(_select)(shared, connection)


def test_nobody_at_home_is_a_service_that_is_down() -> None:
    # Port 9 (discard) of the loopback address: nothing listens there.
    away = DatabaseSettings(url="postgresql+psycopg2://nobody@127.0.0.1:9/none")
    for opened in (open_database(away).transaction, open_database(away).session):
        with pytest.raises(ServiceUnavailableError, match="doctor"), opened():
            pass


def test_a_statement_that_takes_too_long_is_cut(shared: Any) -> None:
    settings = shared.settings().model_copy(update={"statement_timeout_seconds": 1})
    with pytest.raises(ServiceUnavailableError, match="statement timeout"):
        open_database(settings).read(text("SELECT pg_sleep(5)"))


def test_a_rollback_leaves_nothing(shared: Any) -> None:
    with shared.open().rollback() as connection:
        connection.execute(text("INSERT INTO core.work VALUES (77, 'gone')"))
    assert shared.sql("SELECT count(*) FROM core.work WHERE work_id = 77") == ["0"]


def test_a_fault_of_our_own_rolls_back_and_is_told_as_itself(shared: Any) -> None:
    with pytest.raises(ZeroDivisionError), shared.open().transaction() as connection:
        _write_and_break(connection)
    assert shared.sql("SELECT count(*) FROM core.work WHERE work_id = 78") == ["0"]


_PID = text("SELECT pg_backend_pid()")


def test_a_held_connection_carries_one_transaction_after_the_other(shared: Any) -> None:
    database = shared.open()
    with database.held():
        (first,), (second,) = database.read(_PID), database.read(_PID)
        assert first == second
        with database.transaction() as outer:
            assert outer.execute(_PID).one() == first
            assert database.read(_PID) != [first], "a transaction within another is its own"
        with ThreadPoolExecutor(1) as other:
            assert other.submit(database.read, _PID).result() != [first]
    assert database.read(_PID) != [first]


@pytest.mark.parametrize("work", [_copy_words, _select])
def test_after_a_held_connection_is_lost_what_is_open_can_be_written_down(
    shared: Any, work: Callable[[Connection], None]
) -> None:
    database = shared.open()
    with database.held():
        with (
            pytest.raises(ServiceUnavailableError, match="run again"),
            database.transaction() as connection,
        ):
            _cut_before(work)(shared, connection)
        assert len(database.read(_PID)) == 1
    assert len(database.read(_PID)) == 1
