"""export, release diff, report and dictionary, as they are typed."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from etl.cli.app import app
from etl.settings import load_settings
from tests.fakes.tiny_night import TinyNight, make_paper, reworded, tiny_questions

pytestmark = pytest.mark.store


@pytest.fixture
def night(
    tiny: TinyNight, papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> TinyNight:
    """One release; the commands find its database, and nothing of this checkout's settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__URL", tiny.database.url)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__PASSFILE", str(tiny.database.passfile))
    load_settings.cache_clear()
    (papers / "=one.txt").write_text(make_paper(0))
    tiny.run(papers)
    return tiny


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _json(*arguments: str) -> Any:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _second_release(night: TinyNight, papers: Path) -> None:
    first, second, third = tiny_questions()
    night.load([reworded(first, "By which optimizer was it trained?"), second, third])
    (papers / "two.txt").write_text(make_paper(1))
    night.run(papers)


@pytest.mark.usefixtures("night")
def test_an_export_to_standard_output_is_the_file_s_text(tmp_path: Path) -> None:
    printed = _run("export", "--format", "csv")
    assert printed.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(printed.stdout_bytes.decode(), newline="")))
    assert [row["paper"] for row in rows] == ["'=one.txt"] * 3
    (told,) = _json("export", "--format", "csv", "--out", "a.csv")["files"]
    assert (tmp_path / "a.csv").read_bytes() == printed.stdout_bytes
    assert len(told["sha256"]) == 64


@pytest.mark.usefixtures("night")
def test_a_terminal_sees_how_far_an_export_is_and_the_rows_stay_clean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = _run("export", "--format", "csv")
    assert plain.stderr == ""
    # How rich is told that standard error is a terminal.
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = _run("export", "--format", "csv")
    assert "release 1: answers" in shown.stderr
    assert shown.stdout_bytes == plain.stdout_bytes
    crate = _run("export", "--format", "ro-crate", "--out", "crate").stderr
    assert all(f"release 1: {part}" in crate for part in ("answers", "evidence", "works"))


@pytest.mark.parametrize("form", ["csv", "raw-csv", "jsonl", "parquet", "bibtex", "orkg"])
def test_an_older_release_is_written_with_the_same_hash(
    night: TinyNight, papers: Path, form: str
) -> None:
    before = _json("export", "--format", form, "--out", "before")["files"][0]["sha256"]
    _second_release(night, papers)
    again = _json("export", "--format", form, "--out", "again", "--release", "1")
    assert again["files"][0]["sha256"] == before
    assert _json("export", "--format", form, "--out", "now")["files"][0]["sha256"] != before


def test_a_moment_stands_for_the_release_of_its_time(
    night: TinyNight, fresh: Any, papers: Path
) -> None:
    before = _json("export", "--out", "before")["files"][0]["sha256"]
    fresh.sql("UPDATE core.release SET published_at = '2026-01-01T12:00:00Z'")
    _second_release(night, papers)
    again = _json("export", "--out", "again", "--as-of", "2026-01-01T12:00:00")
    assert again["files"][0]["sha256"] == before
    assert _run("export", "--as-of", "2026-01-01T11:59:59").exit_code == 2


@pytest.mark.usefixtures("night")
def test_a_crate_is_a_folder_of_its_own(tmp_path: Path) -> None:
    files = _json("export", "--format", "ro-crate", "--out", "crate")["files"]
    assert {one["file"] for one in files} == {path.name for path in (tmp_path / "crate").iterdir()}
    refused = _run("export", "--format", "ro-crate", "--out", "crate")
    assert refused.exit_code == 2


@pytest.mark.usefixtures("night")
@pytest.mark.parametrize("form", ["parquet", "ro-crate"])
def test_what_is_no_text_needs_a_place(form: str) -> None:
    result = _run("export", "--format", form)
    assert result.exit_code == 2
    assert "--out" in result.stderr


@pytest.mark.usefixtures("night")
def test_a_release_that_is_not_there_leaves_no_file(tmp_path: Path) -> None:
    assert _run("export", "--release", "9", "--out", "a.csv").exit_code == 2
    assert _run("release", "diff", "1", "9").exit_code == 2
    assert _run("export", "--out", "no/such/folder/a.csv").exit_code == 2
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".csv", ".part")] == []


def test_two_releases_are_compared(night: TinyNight, papers: Path) -> None:
    _second_release(night, papers)
    found = _json("release", "diff", "1", "2")["differences"]
    assert {(row["paper"], row["cause"]) for row in found} == {
        ("=one.txt", "question_version"),
        ("two.txt", "new_paper"),
    }
    shown = _run("release", "diff", "1", "2").stdout
    assert "question_version" in shown
    assert "same answers" in _run("release", "diff", "2", "2").stdout


@pytest.mark.usefixtures("night")
def test_the_report_is_a_page_and_its_json(tmp_path: Path) -> None:
    assert _run("report", "--out", "n.html").exit_code == 0
    assert (tmp_path / "n.html").read_text().startswith("<!DOCTYPE html>")
    assert json.loads((tmp_path / "n.json").read_text()) == _json("report", "--out", "n.html")
    assert _run("report", "--run", "99").exit_code == 2


@pytest.mark.usefixtures("night")
def test_a_stale_dictionary_is_found_and_not_written(fresh: Any) -> None:
    fresh.sql("COMMENT ON COLUMN out.answers.paper IS 'Another word.'")
    result = _run("dictionary", "--check", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["stale"] == ["README.md", "dictionary.csv"]
