"""Connections of Airflow as settings: what they set, how they are tried, what they never show."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from airflow_home import PLUGINS, REPOSITORY, environment

pytestmark = pytest.mark.airflow

#: Secrets that must show up nowhere; a tool that cuts them must not leave a piece either.
CANARY = "kanarienvogel-4711-geheim"

FORMS = """
import json
from airflow.providers_manager import ProvidersManager
manager = ProvidersManager()
widgets = sorted(name for name in manager.hooks if name.startswith("florilegium"))
behaviour = {name: manager.field_behaviours[name] for name in widgets}
fields = sorted(name for name in manager.connection_form_widgets if "florilegium" in name)
classes = {name: manager.hooks[name].connection_id_attribute_name for name in widgets}
print(json.dumps([widgets, behaviour, fields, classes]))
"""


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """Settings are read once a process, and these tests each want their own."""
    from etl.settings import load_settings
    from florilegium_airflow.wiring import load_library_settings

    for each in (load_settings, load_library_settings):
        each.cache_clear()
    yield
    for each in (load_settings, load_library_settings):
        each.cache_clear()


def connect(monkeypatch: pytest.MonkeyPatch, name: str, **fields: Any) -> None:
    told = json.dumps({"conn_type": name, **fields})
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", told)


def test_without_connections_the_environment_says_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from etl.settings import Settings
    from florilegium_airflow.wiring import load_library_settings

    monkeypatch.setenv("FLORILEGIUM_LLM__URL", "http://model:8000")
    assert load_library_settings() == Settings()
    assert load_library_settings().llm.url == "http://model:8000"


def test_a_connection_wins_over_the_environment_where_it_says_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from florilegium_airflow.wiring import load_library_settings

    monkeypatch.setenv("FLORILEGIUM_LLM__MODEL", "kept")
    monkeypatch.setenv("FLORILEGIUM_LLM__URL", "http://environment:8000")
    connect(monkeypatch, "florilegium_llm", host="http://connection:8000", password=CANARY)
    connect(monkeypatch, "florilegium_grobid", host="http://grobid:8070")
    connect(monkeypatch, "florilegium_sources", login="me@example.org", password=CANARY)
    connect(
        monkeypatch,
        "florilegium_db",
        host="db",
        port=5433,
        schema="papers",
        login="writer",
        password=CANARY,
    )
    settings = load_library_settings()
    assert (settings.llm.url, settings.llm.model) == ("http://connection:8000", "kept")
    assert settings.grobid.url == "http://grobid:8070"
    assert settings.intake.contact == "me@example.org"
    assert settings.database.url == "postgresql+psycopg2://writer@db:5433/papers"
    for secret in (settings.llm.api_key, settings.intake.openalex_key, settings.database.password):
        assert secret is not None
        assert secret.get_secret_value() == CANARY
    assert CANARY[:6] not in repr(settings)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("florilegium_grobid", {"host": f"http://user:{CANARY}@grobid:8070"}),
        ("florilegium_llm", {"host": CANARY}),
        ("florilegium_sources", {"login": CANARY}),
    ],
)
def test_a_secret_in_the_wrong_field_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, fields: dict[str, Any]
) -> None:
    from etl.errors import UsageError
    from florilegium_airflow.wiring import load_library_settings

    connect(monkeypatch, name, **fields)
    with pytest.raises(UsageError, match=f"connection {name}: .* cannot be used") as raised:
        load_library_settings()
    shown = f"{raised.value} {raised.value.__cause__} {raised.value.__suppress_context__}"
    assert CANARY[:6] not in shown


class _Models(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_known = self.headers["Authorization"] == f"Bearer {CANARY}"
        body = json.dumps({"data": [{"id": "tiny"}]} if is_known else {"error": CANARY}).encode()
        self.send_response(200 if is_known else 401)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("password", "model", "verdict", "words"),
    [
        (CANARY, None, True, "it serves tiny"),
        (CANARY, "large", False, "it serves tiny, not large"),
        ("wrong" + CANARY, None, False, "the server answers 401 to /v1/models"),
    ],
)
def test_trying_a_language_model_asks_for_its_models_and_shows_no_key(
    monkeypatch: pytest.MonkeyPatch, password: str, model: str | None, verdict: bool, words: str
) -> None:
    from florilegium_airflow.hooks import LanguageModelHook

    with HTTPServer(("127.0.0.1", 0), _Models) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        extra = {"model": model} if model else {}
        connect(monkeypatch, "florilegium_llm", host=host, password=password, extra=extra)
        assert LanguageModelHook().test_connection() == (verdict, words)
        server.shutdown()


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("florilegium_db", {"host": "127.0.0.1", "port": 9, "password": CANARY}),
        ("florilegium_grobid", {"host": "http://127.0.0.1:9"}),
        ("florilegium_llm", {"host": "http://127.0.0.1:9", "password": CANARY}),
        ("florilegium_llm", {"host": CANARY, "password": CANARY}),
    ],
)
def test_trying_what_does_not_answer_says_so_without_secrets(
    monkeypatch: pytest.MonkeyPatch, name: str, fields: dict[str, Any]
) -> None:
    from florilegium_airflow.hooks import HOOKS

    connect(monkeypatch, name, **fields)
    hook = next(each for each in HOOKS if each.conn_type == name)()
    is_usable, line = hook.test_connection()
    assert not is_usable
    assert line
    assert CANARY[:6] not in line


def test_trying_the_sources_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    from florilegium_airflow.hooks import SourcesHook

    connect(monkeypatch, "florilegium_sources", login="me@example.org", password=CANARY)
    assert SourcesHook().test_connection() == (
        True,
        "set: contact, openalex_key; the next fetch tries it",
    )


def test_airflow_offers_a_form_for_each_of_our_hooks(tmp_path: Path) -> None:
    from florilegium_airflow.hooks import HOOKS

    # As an installed package is found: by the entry points beside its metadata.
    place = tmp_path / "florilegium-9.9.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: florilegium\nVersion: 9.9\n")
    text = (REPOSITORY / "pyproject.toml").read_text()
    assert 'provider_info = "etl.stack.connection_types:get_provider_info"' in text
    entry = (
        "[apache_airflow_provider]\nprovider_info = etl.stack.connection_types:get_provider_info\n"
    )
    (place / "entry_points.txt").write_text(entry)
    finished = subprocess.run(
        [sys.executable, "-c", FORMS],
        env={
            "PATH": "/usr/bin:/bin",
            **environment(tmp_path),
            "PYTHONPATH": f"{tmp_path}:{REPOSITORY}:{PLUGINS}",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    names, behaviour, fields, classes = json.loads(finished.stdout.splitlines()[-1])
    assert names == sorted(hook.conn_type for hook in HOOKS)
    assert set(classes.values()) == {"florilegium_conn_id"}
    assert any("model" in field for field in fields)
    # A secret has one place: the field that Airflow encrypts.
    for each in behaviour.values():
        assert "extra" in each["hidden_fields"]
