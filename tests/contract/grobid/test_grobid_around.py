"""The GROBID reader in settings, doctor and commands, and before a real server."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from etl.cli.app import app
from etl.errors import OutcomeCode, ParseError
from etl.parse.compare import compare_documents
from etl.parse.grobid.call import call_once
from etl.parse.grobid.health import grobid_health
from etl.parse.grobid.reader import GrobidParser
from etl.parse.grobid.status import Ending
from etl.parse.reader import IsolatedParser
from etl.records.document import DocumentStatus
from etl.records.full_text import MediaType
from etl.settings import GrobidSettings, Settings, load_settings
from etl.stack.doctor import CheckState, ReaderFacts, run_checks
from etl.stack.paths import StackPaths
from etl.wiring import build_parser
from tests.standins.grobid import Answer, GrobidStandIn
from tests.standins.grobid_case import OWN, PDF, QUICK, ROOT, paper


def test_the_settings_choose_the_reader(server: GrobidStandIn) -> None:
    unset = Settings(_env_file=None, grobid=GrobidSettings())  # type: ignore[call-arg]
    assert isinstance(build_parser(unset), IsolatedParser)
    chosen = build_parser(unset.model_copy(update={"grobid": GrobidSettings(url=server.url)}))
    assert isinstance(chosen, GrobidParser)
    assert chosen.fingerprint(MediaType.PDF).name == "grobid/0.9.1"


@pytest.mark.parametrize(
    ("health", "usable", "words"),
    [
        ("new", True, "4 engines"),
        ("old", True, "ready"),
        ("missing", True, "no health report"),
        ("not_ready", False, "not ready"),
    ],
)
def test_doctor_sees_how_the_server_is(
    server: GrobidStandIn, health: str, usable: bool, words: str
) -> None:
    server.state.health = health
    found = grobid_health(GrobidSettings(url=server.url, **QUICK))
    assert (found.is_configured, found.is_usable) == (True, usable)
    assert words in found.line
    assert bool(found.next_step) is not usable


def test_doctor_finds_nothing_wrong_where_no_server_is_wanted() -> None:
    found = grobid_health(GrobidSettings())
    assert (found.is_configured, found.is_usable) == (False, True)


def test_doctor_sees_a_server_that_is_down_or_not_alive(server: GrobidStandIn) -> None:
    settings = GrobidSettings(url=server.url, **QUICK)
    server.state.is_alive = False
    assert "not alive" in grobid_health(settings).line
    server.stop()
    down = grobid_health(settings)
    assert not down.is_usable
    assert "docker compose up" in down.next_step


def test_doctor_shows_the_server_beside_the_other_services(
    server: GrobidStandIn, tmp_path: Path
) -> None:
    def state(settings: GrobidSettings) -> CheckState:
        checks = run_checks(
            Settings(_env_file=None),  # type: ignore[call-arg]
            paths=StackPaths(tmp_path),
            grobid=lambda: ReaderFacts(**asdict(grobid_health(settings))),
        )
        return next(check.state for check in checks if check.name == "grobid")

    settings = GrobidSettings(url=server.url, **QUICK)
    assert state(GrobidSettings()) is CheckState.OFF
    assert state(settings) is CheckState.OK
    server.stop()
    assert state(settings) is CheckState.FAIL


def test_parse_compare_shows_both_readings_side_by_side(
    server: GrobidStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    file = str(ROOT / "samples/papers/terns-two-column.pdf")
    other = str(ROOT / "samples/papers/cameras.jats.xml")

    def run(*arguments: str) -> Result:
        load_settings.cache_clear()
        return CliRunner().invoke(app, ["parse", *arguments])

    alone = run(file, "--compare")
    assert alone.exit_code == 2
    assert "FLORILEGIUM_GROBID__URL" in alone.output
    monkeypatch.setenv("FLORILEGIUM_GROBID__URL", server.url)
    shown = run(file, "--compare", "--json")
    found = json.loads(shown.stdout)
    own = OWN.fingerprint(MediaType.PDF).name
    assert (found["one"]["parser"], found["other"]["parser"]) == ("grobid/0.9.1", own)
    assert (found["windows_in_other"], found["windows_in_one"]) == (1, 1)
    assert "windows of 80 letters" in run(file, "--compare").stdout
    assert run(other, "--compare").exit_code == 2
    different = json.loads(run(file, "--against", other, "--json").stdout)
    assert different["windows_in_other"] < 0.1
    server.stop()
    assert run(file, "--compare").exit_code == 3
    load_settings.cache_clear()


def test_one_call_is_one_request_even_when_the_server_is_busy(server: GrobidStandIn) -> None:
    server.script(*[Answer(status=503)] * 9)
    reply = call_once(PDF, "a.pdf", GrobidSettings(url=server.url, **QUICK))
    assert reply.ending is Ending.BUSY
    assert len(server.calls) == 1


REAL = os.environ.get("GROBID_URL", "")  # noqa: TID251 - a switch of this test alone


@pytest.mark.grobid
@pytest.mark.skipif(not REAL, reason="GROBID_URL names no server")
@pytest.mark.parametrize("name", ["terns-two-column.pdf", "frogs-single-column.pdf"])
def test_a_real_server_reads_the_samples(name: str) -> None:
    content = (ROOT / "samples/papers" / name).read_bytes()
    settings = GrobidSettings(url=REAL)
    assert grobid_health(settings).is_usable
    document = GrobidParser(settings, OWN).parse(paper(content), content)
    assert document.quality.detail["reader"] == "grobid"
    assert document.status is DocumentStatus.PARSED
    assert document.pages
    likeness = compare_documents(document, OWN.parse(paper(content), content))
    assert likeness.windows_in_other >= 0.8
    placed = [sentence for sentence in document.sentences if sentence.regions]
    assert len(placed) >= 0.8 * len(document.sentences)


@pytest.mark.grobid
@pytest.mark.skipif(not REAL, reason="GROBID_URL names no server")
def test_a_real_server_s_refusal_of_a_broken_file_has_a_reason() -> None:
    content = PDF[:900]
    with pytest.raises(ParseError) as ended:
        GrobidParser(GrobidSettings(url=REAL), OWN).parse(paper(content), content)
    assert ended.value.outcome.code is OutcomeCode.BROKEN_FILE
