"""Five secrets are given to Airflow; neither they nor their first letters come out anywhere."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_night import FakeNight

pytestmark = pytest.mark.airflow

GOOD = {"done": 3, "excluded": 1, "failed": 0, "open": 0}
BAD = {"done": 1, "excluded": 0, "failed": 3, "open": 0}

#: Connection → its secret; no word of ours begins like one of them.
CANARIES = {
    "florilegium_db": "zqxjka-database-4711",
    "florilegium_llm": "qzvwyb-language-4711",
    "florilegium_sources": "xkqzjc-openalex-4711",
    "florilegium_slack": "jqxzvd/B0000/webhook4711",
    "florilegium_mail": "vzqkxe-mailbox-4711",
}
TYPES = {"florilegium_slack": "slackwebhook", "florilegium_mail": "smtp"}
#: Nobody listens there.
NOWHERE = {"host": "http://127.0.0.1:9", "login": "me@example.org"}


@pytest.fixture
def canaries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from florilegium_airflow.wiring import load_library_settings

    for name, secret in CANARIES.items():
        told = {"conn_type": TYPES.get(name, name), **NOWHERE, "password": secret}
        if name == "florilegium_db":
            told["host"] = "127.0.0.1"
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(told))
    load_library_settings.cache_clear()
    settings = load_library_settings()
    # They did arrive where they are needed.
    assert settings.llm.api_key is not None
    assert settings.llm.api_key.get_secret_value() == CANARIES["florilegium_llm"]
    assert settings.database.password is not None
    yield
    load_library_settings.cache_clear()


def everything_airflow_keeps() -> str:
    """All text of its database: XComs, rendered fields, notes, events, logs of its own."""
    from airflow.utils.session import create_session
    from sqlalchemy import inspect, text

    kept = []
    with create_session() as session:
        for table in inspect(session.connection()).get_table_names():
            rows = session.execute(text(f'SELECT * FROM "{table}"')).all()  # noqa: S608
            kept += [f"{table}: {tuple(row)}" for row in rows] or [f"{table}: empty"]
    for table in ("rendered_task_instance_fields: ", "xcom: (", "task_instance: ("):
        assert any(line.startswith(table) for line in kept), table
    return "\n".join(kept)


@pytest.mark.usefixtures("canaries")
def test_no_secret_and_no_beginning_of_one_is_kept_or_shown(
    bag: Any,
    airflow_home: Path,
    enter_night: Callable[..., FakeNight],
    capfd: pytest.CaptureFixture[str],
) -> None:
    from florilegium_airflow.alerts import tell_failed

    enter_night(batches={"parse": [GOOD, GOOD]}, broken=frozenset({201}))
    dag_run = bag.dags["parse_papers"].test()
    assert str(dag_run.state) == "failed"
    # An alert that cannot be sent: its errors know addresses and secrets.
    tell_failed({"dag_run": dag_run})
    enter_night(batches={"parse": [GOOD], "fetch": [BAD]})
    bag.dags["ask_adhoc"].test()
    shown = capfd.readouterr()
    places = {
        "database": everything_airflow_keeps(),
        "output": shown.out + shown.err,
        **{str(log): log.read_text(errors="replace") for log in airflow_home.rglob("*.log")},
    }
    assert "alert.not_sent" in places["output"]
    for place, text in places.items():
        for name, secret in CANARIES.items():
            assert secret[:6] not in text, f"{name} in {place}"
