"""Who is told that a night failed, by which connection, and what stands in the alert."""

import asyncio
import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

pytestmark = pytest.mark.airflow

RUN = SimpleNamespace(dag_id="parse_papers", run_id="manual__2026-03-01T02:00:00+00:00")
SECRET = "T00000000/B00000000/abcdefghijklmnop"  # noqa: S105 - what must not be shown


class Slack(HTTPServer):
    """Takes messages as Slack's webhooks do."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.bodies: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _SlackDoor)


class _SlackDoor(BaseHTTPRequestHandler):
    server: Slack

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.bodies.append(json.loads(self.rfile.read(length)))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _MailDoor(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs to leave one mail."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        is_body = False
        for line in self.rfile:
            words = line.decode().rstrip("\r\n")
            if is_body:
                is_body = words != "."
                self.server.lines.append(words)  # type: ignore[attr-defined]
                if is_body:
                    continue
                self.wfile.write(b"250 taken\r\n")
            elif words.upper().startswith("DATA"):
                is_body = True
                self.wfile.write(b"354 go on\r\n")
            elif words.upper().startswith("QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 fine\r\n")


@pytest.fixture(autouse=True)
def airflow_logs(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:  # noqa: ARG001 - first
    """Alerts are sent from Airflow's own processes, and Slack's client asks their loggers."""
    from airflow.logging_config import configure_logging

    before = structlog.get_config()
    configure_logging()
    yield
    structlog.configure(**before)


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    with Slack() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        told = {"conn_type": "slackwebhook", "host": host, "password": SECRET}
        monkeypatch.setenv("AIRFLOW_CONN_FLORILEGIUM_SLACK", json.dumps(told))
        yield server
        server.shutdown()


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _MailDoor) as server:
        server.lines = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told = {
            "conn_type": "smtp",
            "host": "127.0.0.1",
            "port": server.server_address[1],
            "extra": {
                "disable_ssl": True,
                "disable_tls": True,
                "from_email": "night@example.org",
                "to": "ops@example.org",
            },
        }
        monkeypatch.setenv("AIRFLOW_CONN_FLORILEGIUM_MAIL", json.dumps(told))
        yield server.lines  # type: ignore[attr-defined]
        server.shutdown()


def test_slack_is_told_which_dag_failed_and_where_to_look(slack: Slack) -> None:
    from florilegium_airflow.alerts import tell_failed

    tell_failed({"dag_run": RUN})
    [body] = slack.bodies
    assert body["text"].startswith("Florilegium: parse_papers failed. ")
    assert "/dags/parse_papers/runs/manual__2026-03-01T02%3A00%3A00%2B00%3A00" in body["text"]
    assert "florilegium status" in body["text"]


def test_a_mail_is_sent_to_those_whom_the_connection_names(mail: list[str]) -> None:
    from florilegium_airflow.alerts import tell_failed

    tell_failed({"dag_run": RUN})
    text = "\n".join(mail)
    assert "To: ops@example.org" in text
    assert "Subject: Florilegium: parse_papers failed" in text


def test_a_late_run_is_told_from_within_the_triggerer_s_loop(slack: Slack) -> None:
    from florilegium_airflow.alerts import tell_late

    run = {"dag_id": "embed_chunks", "dag_run_id": "scheduled__1"}
    asyncio.run(tell_late({"dag_run": run, "deadline": {"id": "1", "deadline_time": None}}))
    assert slack.bodies[0]["text"].startswith("Florilegium: embed_chunks is late. ")


def test_without_connections_nobody_is_told_and_nothing_breaks() -> None:
    from florilegium_airflow.alerts import tell_failed

    tell_failed({"dag_run": RUN})


def test_a_channel_that_is_closed_does_not_close_the_other_and_shows_no_secret(
    slack: Slack, mail: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    from florilegium_airflow.alerts import tell_failed

    slack.status = 500
    tell_failed({"dag_run": RUN})
    assert "Subject: Florilegium: parse_papers failed" in "\n".join(mail)
    shown = capsys.readouterr()
    assert "alert.not_sent" in shown.out + shown.err
    assert SECRET[:6] not in shown.out + shown.err


def test_a_name_that_looks_like_a_template_is_not_rendered(slack: Slack) -> None:
    from florilegium_airflow.alerts import tell_failed

    tell_failed({"dag_run": SimpleNamespace(dag_id="{{ 7 * 7 }}", run_id="r")})
    assert "{{ 7 * 7 }} failed" in slack.bodies[0]["text"]
