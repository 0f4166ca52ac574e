"""``florilegium fetch`` says what a corpus brings, and what is wrong with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from etl.cli.app import app
from etl.settings import load_settings
from etl.store.database import open_database
from etl.store.watermarks import WalkStore

pytestmark = pytest.mark.store


@pytest.fixture
def database(fresh: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database of this test's own, named by the environment."""
    settings = fresh.settings()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__URL", settings.url)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__PASSFILE", str(settings.passfile))
    monkeypatch.setenv("FLORILEGIUM_STORE__URI", str(tmp_path / "store"))
    load_settings.cache_clear()
    yield settings
    load_settings.cache_clear()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    links = ("http://127.0.0.1/paper.pdf", "http://localhost/b.pdf", "http://[::1]/c.pdf")
    (tmp_path / "urls.txt").write_text("\n".join(links) + "\n")
    file = tmp_path / "corpus.yaml"
    file.write_text(
        "name: inner\nsince: 2026-01-01\nsources:\n  - {kind: urls, file: urls.txt}\n"
        "licences:\n  override: {by: Ada Example, reason: a test of what is refused}\n"
    )
    return file


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["fetch", *arguments])


def test_a_dry_run_asks_and_keeps_nothing(database: Any, corpus: Path) -> None:
    result = _run("--corpus", str(corpus), "--dry-run", "--json")
    assert result.exit_code == 0, result.output
    (report,) = json.loads(result.stdout)["walks"]
    assert (report["offers"], report["new"], report["stopped"]) == (3, 3, None)
    assert WalkStore(open_database(database)).offered("inner") == []
    assert "What the sources offer" in _run("--corpus", str(corpus), "--dry-run").stdout


def test_links_to_the_own_machine_fail_by_name_and_the_gate_stops_there(
    database: Any, corpus: Path
) -> None:
    result = _run("--corpus", str(corpus), "--json")
    assert result.exit_code == 1
    assert "3 of 3 papers failed" in result.stdout
    rows = open_database(database)
    with rows.transaction() as connection:
        codes = connection.exec_driver_sql("SELECT DISTINCT code FROM ops.failure").all()
        kept = connection.exec_driver_sql("SELECT count(*) FROM core.full_text").scalar_one()
    assert [tuple(row) for row in codes] == [("refused_address",)]
    assert kept == 0


def test_a_corpus_whose_papers_stay_out_by_licence_is_no_failure(
    database: Any, corpus: Path
) -> None:
    text = corpus.read_text().split("licences:")[0]
    corpus.write_text(text)
    result = _run("--corpus", str(corpus), "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["counts"]["excluded_count"] == 3
    assert found["walks"][0]["stopped"] is None
    assert "Fetched" in _run("--corpus", str(corpus)).stdout
    assert database is not None


def test_a_wrong_file_is_wrong_use(database: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: X\n")
    for name in ("bad.yaml", "none.yaml"):
        result = _run("--corpus", str(tmp_path / name))
        assert result.exit_code == 2, result.output
    assert database is not None
