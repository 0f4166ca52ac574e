"""The import rules hold, and each of them would be noticed if it were broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")
FOLDERS = ("dags", "etl", "plugins")

FAULTS = {
    "the library imports Airflow": (
        "etl/chunk/pack.py",
        "import airflow.sdk",
        "etl.chunk.pack -> airflow",
    ),
    "the library imports the Airflow surface": (
        "etl/keys.py",
        "import florilegium_airflow",
        "etl.keys -> florilegium_airflow",
    ),
    "a stage imports another stage": (
        "etl/chunk/pack.py",
        "import etl.parse.sentences",
        "etl.chunk.pack -> etl.parse.sentences",
    ),
    "a stage imports the store": (
        "etl/retrieve/query.py",
        "import etl.store",
        "etl.retrieve.query -> etl.store",
    ),
    "a record imports a stage": (
        "etl/records/document.py",
        "import etl.fetch",
        "etl.records.document -> etl.fetch",
    ),
    "a stage speaks to the database": (
        "etl/retrieve/query.py",
        "import sqlalchemy",
        "etl.retrieve.query -> sqlalchemy",
    ),
    "the journey speaks to the database": (
        "etl/journey.py",
        "import psycopg2.extras",
        "etl.journey -> psycopg2",
    ),
    "a DAG imports the library": (
        "dags/parse_papers.py",
        "import etl.keys",
        "dags.parse_papers -> etl.keys",
    ),
    "a DAG imports another DAG": (
        "dags/parse_papers.py",
        "import dags.fetch_papers",
        "dags.parse_papers -> dags.fetch_papers",
    ),
    "a module stands in no layer": ("etl/unplaced.py", "", "- etl.unplaced"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["env", "PYTHONPATH=plugins", "COLUMNS=200", LINT, "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of everything the import rules speak of."""
    for name in FOLDERS:
        ignore = shutil.ignore_patterns("__pycache__", ".*_cache")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_the_import_rules_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_import_rule_is_named_with_its_file(tree: Path, fault: str) -> None:
    path, line, expected = FAULTS[fault]
    with (tree / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    result = lint(tree)
    assert result.returncode == 1
    assert expected in result.stdout
