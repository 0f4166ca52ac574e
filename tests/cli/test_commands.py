"""Commands that need no database: their JSON, their exit codes, their one clear line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from etl.cli.app import app
from etl.settings import load_settings

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "papers"


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file of the checkout, and a database where none is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(
        "FLORILEGIUM_DATABASE__URL", "postgresql+psycopg2://florilegium_writer@127.0.0.1:1/x"
    )
    load_settings.cache_clear()


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _json(*arguments: str) -> Any:
    result = _run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("name", "has_pages"),
    [
        ("terns-two-column.pdf", True),
        ("cameras.jats.xml", False),
        ("pollen.tei.xml", True),
        ("beetles.txt", False),
    ],
)
def test_parse_gives_the_documented_form_for_every_format(name: str, has_pages: bool) -> None:
    found = _json("parse", str(SAMPLES / name), "--json")
    assert {"parser", "parser_version", "status", "quality", "title", "sections"} <= set(found)
    assert found["status"] == "parsed"
    blocks = [block for section in found["sections"] for block in section["blocks"]]
    assert blocks
    assert all({"kind", "text", "regions"} <= set(block) for block in blocks)
    assert any(block["regions"] for block in blocks) == has_pages


@pytest.mark.model
def test_retrieve_gives_one_json_line_a_question_with_sentences_and_places(tmp_path: Path) -> None:
    questions = tmp_path / "questions.txt"
    questions.write_text("Which optimizer was used?\n\nWhere is the code?\n")
    result = _run(
        "retrieve", "--file", str(SAMPLES / "terns-two-column.pdf"),
        "--questions", str(questions), "-k", "3", "--json",
    )  # fmt: skip
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["question"] for line in lines] == [
        "Which optimizer was used?",
        "Where is the code?",
    ]
    for line in lines:
        assert [passage["rank"] for passage in line["passages"]] == [1, 2, 3]
        assert all(p["sentences"] and p["regions"] and p["text"] for p in line["passages"])


def test_verify_lists_what_the_context_does_not_hold(tmp_path: Path) -> None:
    context, answer = tmp_path / "context.txt", tmp_path / "answer.txt"
    context.write_text("The network was trained with Adam for 40 epochs on two cameras.")
    answer.write_text("It was trained with Adam. The code is on GitHub.")
    found = _json("verify", "--context", str(context), "--answer", str(answer), "--json")
    assert not found["grounded"]
    assert [sentence["supported"] for sentence in found["sentences"]] == [True, False]
    assert "GitHub" in found["sentences"][1]["unsupported_terms"]


def test_the_built_in_catalogue_has_no_findings() -> None:
    assert _json("catalogue", "lint", "--json") == {"findings": []}


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("parse", "nowhere.pdf"), 2, "cannot be read"),
        (("retrieve", "--file", "x.pdf"), 2, "give --question TEXT or --questions FILE"),
        (("run", "--stage", "dream"), 2, "there is no stage"),
        (("run", "--papers", "nowhere"), 2, "is not a folder"),
        (("status",), 3, "florilegium doctor"),
        (("plan",), 3, "florilegium doctor"),
        (("why", "x"), 3, "florilegium doctor"),
    ],
)
def test_an_error_is_one_clear_line_with_its_exit_code(
    arguments: tuple[str, ...], code: int, line: str
) -> None:
    result = _run(*arguments)
    assert result.exit_code == code, result.output
    assert line in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_bad_paper_is_work_that_failed_with_what_to_do(tmp_path: Path) -> None:
    page = tmp_path / "page.pdf"
    page.write_text("<!doctype html><html><body>Access denied</body></html>")
    result = _run("parse", str(page))
    assert result.exit_code == 1
    assert "fetch the PDF" in result.stderr


def test_a_database_url_with_a_password_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "FLORILEGIUM_DATABASE__URL", "postgresql+psycopg2://writer:canary77@127.0.0.1:1/x"
    )
    load_settings.cache_clear()
    result = _run("status")
    assert result.exit_code == 2
    assert "password file" in result.stderr
    assert "canary" not in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search"], "give a TEXT"),
        (["search", "frogs", "--section", "nowhere"], "no section kind 'nowhere'"),
        (["search", "frogs", "-k", "0"], "greater than or equal to 1"),
    ],
)
def test_a_search_for_nothing_or_nowhere_is_wrong_use(arguments: list[str], words: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_search_without_a_database_says_what_is_missing() -> None:
    result = _run("search", "frogs", "--json")
    assert result.exit_code == 3
    assert "doctor" in result.output
