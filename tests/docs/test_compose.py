"""The compose file: services that can start, no default secret, no door to other machines."""

import json
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from etl.cli.app import app
from etl.fetch.take import full_text_of
from etl.parse.reader import IsolatedParser
from etl.settings import ParseSettings, Settings
from etl.stack.credentials import ensure_credentials
from etl.stack.env_example import COMPOSE_SECRETS, env_example, setting_names
from etl.stack.environment import airflow_environment
from etl.stack.passfile import read_passfile
from etl.stack.paths import StackPaths
from etl.stack.postgres import EmbeddedPostgres
from etl.stack.postgres_place import find_place
from etl.stack.postgres_roles import init_script
from tests.conftest import TestDatabase
from tests.standins.grobid import GrobidStandIn

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = IsolatedParser(ParseSettings())
AIRFLOW = sorted(name for name, each in SERVICES.items() if "build" in each)
#: May reach out: the web server, and whoever fetches papers.
OUTGOING = {"api-server", "scheduler-local", "worker-fetch"}
#: What the Compose specification knows of a service, as far as we use it.
SERVICE_KEYS = frozenset(
    {"build", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck"}
    | {"image", "mem_limit", "memswap_limit", "networks", "pids_limit", "ports", "profiles"}
    | {"read_only", "restart", "security_opt", "shm_size", "stop_grace_period", "tmpfs"}
    | {"ulimits", "volumes"}
)
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN$|_KEY$|AUTH$")

#: Which keys Airflow and the providers installed here know, and which commands parse.
ASK_AIRFLOW = """
import contextlib, io, json, sys
from airflow.configuration import retrieve_configuration_description
from airflow.cli.cli_parser import get_parser
asked = json.loads(sys.stdin.read())
known = {
    f"AIRFLOW__{section.upper()}__{option.upper()}"
    for section, about in retrieve_configuration_description().items()
    for option in about["options"]
}
bad = []
for words in asked["commands"]:
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            get_parser().parse_args(words)
        except SystemExit:
            bad.append([words, said.getvalue()])
print(json.dumps({"unknown": sorted(set(asked["keys"]) - known), "bad": bad}))
"""


def environment_of(name: str) -> dict[str, Any]:
    return dict(SERVICES[name].get("environment", {}))


def with_defaults(value: Any) -> str:
    """What compose makes of a value where .env is silent."""
    text = str(value)
    while re.search(r"\$\{\w+:-([^${}]*)\}", text):
        text = re.sub(r"\$\{\w+:-([^${}]*)\}", r"\1", text)
    return text


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_the_loopback_address_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert str(port).startswith("127.0.0.1:")


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_has_a_default(name: str) -> None:
    for key, value in environment_of(name).items():
        if SECRET.search(key) and value is not None and key != "FLORILEGIUM_LLM__API_KEY":
            assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", str(value)), key
    text = json.dumps(SERVICES[name])
    for secret in COMPOSE_SECRETS:
        for default in re.findall(rf"\$\{{{secret}:-([^}}]*)\}}", text):
            assert default == "", secret


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_limited_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert service.keys() <= SERVICE_KEYS
    assert re.search(r":-[\w./-]+:v?[\w.-]*\d+\.\d+\.\d+", service["image"])
    assert {"mem_limit", "pids_limit", "networks", "restart"} <= service.keys()
    assert "no-new-privileges:true" in service["security_opt"]
    if name != "init":
        assert "healthcheck" in service
        assert service["restart"] == "unless-stopped"
    if name != "vllm":
        # vLLM compiles kernels into its home when it starts.
        assert service["read_only"] is True


def test_only_the_web_server_and_the_fetcher_reach_out() -> None:
    assert {name for name, each in SERVICES.items() if "outer" in each["networks"]} == OUTGOING
    masquerade = "com.docker.network.bridge.enable_ip_masquerade"
    assert COMPOSE["networks"]["inner"]["driver_opts"] == {masquerade: "false"}
    alerts = yaml.safe_load((ROOT / "docker" / "alerts.yml").read_text())["services"]
    assert set(alerts) == {"dag-processor", "triggerer"} <= SERVICES.keys()


def test_whatever_is_named_exists() -> None:
    volumes, networks = set(COMPOSE["volumes"]), set(COMPOSE["networks"])
    for service in SERVICES.values():
        assert set(service["networks"]) <= networks
        assert set(service.get("depends_on", {})) <= SERVICES.keys()
        assert set(service.get("profiles", [])) <= {"local", "celery", "gpu"}
        for volume in service.get("volumes", []):
            source = with_defaults(volume).split(":", maxsplit=1)[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in volumes


def test_one_scheduler_runs_in_each_profile() -> None:
    chosen = [SERVICES[name]["profiles"] for name in SERVICES if name.startswith("scheduler")]
    assert sorted(chosen) == [["celery"], ["local"]]
    queues = {
        queue
        for service in SERVICES.values()
        for word, queue in zip(service.get("command", []), service.get("command", [])[1:])  # noqa: B905
        if word == "--queues"
    }
    assert queues == {"cpu", "gpu", "fetch"}


@pytest.mark.airflow
def test_airflow_knows_every_key_and_every_command(tmp_path: Path) -> None:
    ours = re.compile("AIRFLOW__FLORILEGIUM__")
    keys = {key for name in AIRFLOW for key in environment_of(name) if key.startswith("AIRFLOW__")}
    lines = [shlex.join(SERVICES[name]["command"]) for name in AIRFLOW]
    lines += (ROOT / "docker" / "init.sh").read_text().splitlines()
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("airflow ")]
    commands += [
        shlex.split(SERVICES[name]["healthcheck"]["test"][1].replace("$$", "$"))[1:]
        for name in ("dag-processor", "triggerer")
    ]
    assert len(commands) >= len(AIRFLOW)
    finished = subprocess.run(
        [sys.executable, "-c", ASK_AIRFLOW],
        input=json.dumps({"keys": [k for k in keys if not ours.match(k)], "commands": commands}),
        env={
            "PATH": "/usr/bin:/bin",
            "AIRFLOW_HOME": str(tmp_path),
            # The commands of an executor exist where it is the one in use.
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CELERY__BROKER_URL": "redis://127.0.0.1:1/0",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout.splitlines()[-1]) == {"unknown": [], "bad": []}


def test_the_night_s_own_section_of_airflow_s_configuration_is_the_one_that_is_read() -> None:
    house = (ROOT / "plugins" / "florilegium_airflow" / "house.py").read_text()
    read = set(re.findall(r'conf\.get(?:float)?\(\s*"florilegium", "(\w+)"', house))
    told = {
        key.removeprefix("AIRFLOW__FLORILEGIUM__").lower()
        for key in environment_of("scheduler")
        if key.startswith("AIRFLOW__FLORILEGIUM__")
    }
    assert told
    assert told <= read


def test_our_own_commands_exist() -> None:
    lines = (ROOT / "docker" / "init.sh").read_text().splitlines()
    ours = [shlex.split(line)[1:] for line in lines if line.startswith("florilegium ")]
    assert ours == [["migrate"], ["catalogue", "load"]]
    for words in ours:
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


@pytest.mark.parametrize("service", ["scheduler-local", "scheduler"])
def test_airflow_is_told_the_same_as_without_docker(tmp_path: Path, service: str) -> None:
    paths = StackPaths(tmp_path)
    paths.home.mkdir()
    postgres = EmbeddedPostgres(paths.home)
    postgres._port = 5999
    broker_port = None if service == "scheduler-local" else 6379
    here = airflow_environment(
        paths, ensure_credentials(paths), postgres, web_port=8080, broker_port=broker_port
    )
    there = {key: with_defaults(value) for key, value in environment_of(service).items()}
    #: Addresses, folders and secrets differ by nature.
    place = re.compile(r"FOLDER|_URL$|CONN|PORT$|HOST$|KEY$|SECRET$|RESULT_BACKEND|PASSWORDS_FILE")
    alike = {key for key in here if key.startswith("AIRFLOW__") and not place.search(key)}
    assert len(alike) > 10
    assert {key: there.get(key) for key in alike} == {key: here[key] for key in alike}


def test_every_setting_reaches_the_containers_and_what_is_set_there_is_valid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = environment_of("worker-cpu")
    missing = set(setting_names()) - told.keys()
    assert not missing, f"add to x-settings of docker-compose.yml: {sorted(missing)}"
    for key, value in told.items():
        if key.startswith("FLORILEGIUM_") and value is not None:
            monkeypatch.setenv(key, with_defaults(value))
    settings = Settings(_env_file=None)
    assert settings.papers == "/papers"
    assert settings.database.url.endswith("@postgres:5432/florilegium")


def test_the_example_of_env_is_the_one_that_the_settings_give() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert text == env_example(has_secrets=False), "florilegium stack env --example > .env.example"
    named = set(re.findall(r"^#?(\w+)=", text, flags=re.MULTILINE))
    assert set(COMPOSE_SECRETS) | set(setting_names()) <= named
    # What the example offers, the compose file reads.
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name in re.findall(r"^(\w+)=", text, flags=re.MULTILINE):
        assert name == "COMPOSE_PROFILES" or f"${{{name}:" in compose, name


def test_a_fresh_env_has_every_secret_and_never_the_same_twice() -> None:
    first, second = (CliRunner().invoke(app, ["stack", "env"]).stdout for _ in range(2))
    for secret in COMPOSE_SECRETS:
        values = [re.search(rf"^{secret}=(\S+)$", text, re.MULTILINE) for text in (first, second)]
        one, other = (found.group(1) for found in values if found)
        assert len(one) >= 32
        assert one != other


def test_the_script_that_makes_the_databases_is_the_one_of_the_local_stack() -> None:
    script = ROOT / "docker" / "make-databases.sh"
    assert script.read_text(encoding="utf-8") == init_script(), (
        "python -m etl.stack.postgres_roles > docker/make-databases.sh"
    )
    assert script.stat().st_mode & stat.S_IXUSR


@pytest.mark.store
def test_the_script_makes_roles_and_databases_and_may_run_again(template: TestDatabase) -> None:
    postgres = template.postgres
    passwords = read_passfile(postgres.passfile)
    environment = {
        "PATH": f"{find_place(postgres.home).programs}:/usr/bin:/bin",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGPASSFILE": str(postgres.passfile),
        "OWNER_PASSWORD": passwords["florilegium_owner"],
        "WRITER_PASSWORD": passwords["florilegium_writer"],
        "ANALYST_PASSWORD": passwords["florilegium_analyst"],
        "AIRFLOW_DB_PASSWORD": passwords["airflow"],
    }
    for _ in range(2):
        finished = subprocess.run(
            [str(ROOT / "docker" / "make-databases.sh")],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
    made = postgres.run_sql(
        "SELECT datname || ' ' || pg_get_userbyid(datdba) FROM pg_database "
        "WHERE datname IN ('airflow', 'florilegium') ORDER BY 1"
    )
    assert made.splitlines() == ["airflow airflow", "florilegium florilegium_owner"]


def test_the_entry_point_puts_passwords_where_only_their_reader_looks(tmp_path: Path) -> None:
    told = {
        "WRITER_PASSWORD": "writers-own",
        "AIRFLOW_DB_PASSWORD": "airflows-own",
        "WEB_PASSWORD": "admins-own",
        "WEB_REVIEWER_PASSWORD": "reviewers-own",
        "WEB_VIEWER_PASSWORD": "viewers-own",
    }
    finished = subprocess.run(
        [str(ROOT / "docker" / "entrypoint.sh"), "env"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **told},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not [secret for secret in told.values() if secret in finished.stdout]
    assert f"PGPASSFILE={tmp_path}/.pgpass" in finished.stdout
    pgpass = tmp_path / ".pgpass"
    assert pgpass.read_text().splitlines() == [
        "*:*:*:florilegium_writer:writers-own",
        "*:*:*:airflow:airflows-own",
    ]
    web = tmp_path / "passwords.json"
    assert json.loads(web.read_text()) == {
        "admin": "admins-own",
        "reviewer": "reviewers-own",
        "viewer": "viewers-own",
    }
    assert {each.stat().st_mode & 0o777 for each in (pgpass, web)} == {0o600}


def test_the_image_is_pinned_and_its_files_exist() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    [base] = [line for line in lines if line.startswith("FROM")]
    assert re.search(r":3\.11\.\d+-", base)
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if "!" in line
    }
    for line in lines:
        if line.startswith("COPY"):
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
                assert source.split("/", maxsplit=1)[0] in allowed, source
    assert "USER florilegium" in lines


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
