"""The compose file: services that can start, no default secret, no door to other machines."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from etl.fetch.take import full_text_of
from etl.parse.reader import IsolatedParser
from etl.settings import ParseSettings
from tests.standins.grobid import GrobidStandIn

FILE = Path(__file__).parents[2] / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = IsolatedParser(ParseSettings())


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_the_loopback_address_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert str(port).startswith("127.0.0.1:")


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_has_a_default(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if re.search("PASSWORD|SECRET|TOKEN|KEY", key):
            assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", str(value)), key


@pytest.mark.parametrize("name", ["grobid", "postgres"])
def test_a_service_is_pinned_limited_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":-[\w./-]+:[\w.-]*\d+\.\d+\.\d+", service["image"])
    assert {"mem_limit", "pids_limit", "healthcheck", "networks"} <= service.keys()
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize(("is_alive", "code"), [(True, 0), (False, 1)])
def test_grobid_s_health_check_asks_the_server_whether_it_is_alive(
    is_alive: bool, code: int
) -> None:
    _, *command = SERVICES["grobid"]["healthcheck"]["test"]
    with GrobidStandIn(lambda pdf: OWN.parse(full_text_of(pdf, name="a.pdf"), pdf)) as server:
        server.state.is_alive = is_alive
        port = server.url.rpartition(":")[2]
        asked = [part.replace("/8070", f"/{port}") for part in command]
        assert subprocess.run(asked, timeout=10, check=False).returncode == code
