"""The operator's guide speaks only of what is there, and its table of codes is the code's own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from docs.take_screenshots import SHOTS, WIDTH
from etl.catalogue.lint import lint_catalogue
from etl.publish.outcome_table import outcome_table
from etl.records.question import AnswerType
from etl.settings import StackSettings
from etl.stack.env_example import setting_names
from etl.stack.passfile import read_passfile
from etl.stack.postgres_place import find_place
from tests.conftest import TestDatabase
from tests.docs.test_documents import code_of, known_commands
from tests.fakes.tiny_night import TinyNight, make_paper

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
GUIDE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")


def test_the_table_of_outcome_codes_is_the_one_of_the_code() -> None:
    assert GUIDE.endswith(outcome_table()), "etl.publish.outcome_table makes it"


def test_every_command_of_the_guide_exists() -> None:
    known = known_commands()
    lines = [re.sub(r"^.* florilegium ", "florilegium ", code).split() for code in code_of(GUIDE)]
    named = {tuple(words[1:3]) for words in lines if words[:1] == ["florilegium"] and words[1:]}
    assert len(named) > 5
    for words in named:
        assert words[:1] in known or words in known, words


def test_every_setting_of_the_guide_exists() -> None:
    stack = [f"FLORILEGIUM_STACK__{name.upper()}" for name in StackSettings.model_fields]
    known = {*setting_names(), *stack}
    for name in re.findall(r"(?<!AIRFLOW__)FLORILEGIUM_\w+", GUIDE):
        prefix = name.rstrip("*_")
        assert name in known or any(each.startswith(prefix) for each in known), name


def test_every_place_of_the_guide_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", GUIDE):
        assert (ROOT / "docs" / target).exists(), target
    for place in re.findall(r"`((?:etl|docker|dags|plugins)/[\w./]*)`", GUIDE):
        assert (ROOT / place).exists(), place


def test_the_pictures_of_the_guide_are_those_that_the_script_takes() -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(images/([^)]+)\)", GUIDE)
    made = sorted(f"{shot.name}.png" for shot in SHOTS)
    assert sorted(name for _, name in shown) == made
    assert sorted(path.name for path in IMAGES.iterdir()) == made
    for told, name in shown:
        assert len(told.split()) >= 8, f"{name}: say what a reader who does not see it misses"


def test_the_question_that_the_guide_shows_has_no_fault(tmp_path: Path) -> None:
    files = re.findall(r"```yaml\n# (mine/\S+)\n(.*?)```", GUIDE, re.DOTALL)
    assert len(files) == 2
    for name, text in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assert lint_catalogue(tmp_path / "mine") == []
    types = re.search(r"^type: (\w+) +# or (.*)$", files[0][1], re.MULTILINE)
    assert types is not None
    assert {types[1], *types[2].split(", ")} == set(AnswerType)


@pytest.mark.parametrize("name", [shot.name for shot in SHOTS])
def test_every_picture_is_a_small_png_of_the_width_that_all_have(name: str) -> None:
    path = IMAGES / f"{name}.png"
    assert path.stat().st_size <= 120_000
    with Image.open(path) as picture:
        picture.load()
        assert (picture.format, picture.width) == ("PNG", WIDTH)


@pytest.mark.airflow
def test_every_key_of_airflow_that_the_guide_names_exists(tmp_path: Path) -> None:
    keys = {key for key in re.findall(r"AIRFLOW__\w+", GUIDE) if "FLORILEGIUM" not in key}
    assert {"AIRFLOW__METRICS__OTEL_ON", "AIRFLOW__OPENLINEAGE__TRANSPORT"} <= keys
    code = (
        "from airflow.configuration import retrieve_configuration_description as about\n"
        "print(*(f'AIRFLOW__{s.upper()}__{o.upper()}' for s, d in about().items() "
        "for o in d['options']))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "/usr/bin:/bin", "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert keys - set(finished.stdout.split()) == set()
    house = (ROOT / "plugins" / "florilegium_airflow" / "house.py").read_text()
    for key in re.findall(r"AIRFLOW__FLORILEGIUM__(\w+)", GUIDE):
        assert f'"{key.lower()}"' in house, key


@pytest.mark.store
def test_a_restored_backup_exports_the_same_release(
    fresh: TestDatabase, tmp_path: Path, papers: Path
) -> None:
    tiny = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    tiny.load()
    for number in range(3):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    tiny.run(papers)
    postgres = fresh.postgres
    programs = find_place(postgres.home).programs
    dump = tmp_path / "florilegium.dump"
    place = ["--host=127.0.0.1", f"--port={postgres.port}", "--username=postgres"]
    environment = {"PGPASSFILE": str(postgres.passfile), "PATH": "/usr/bin:/bin"}
    assert "postgres" in read_passfile(postgres.passfile)
    made = ["--format=custom", f"--file={dump}", fresh.name]
    subprocess.run([str(programs / "pg_dump"), *place, *made], env=environment, check=True)
    restored = TestDatabase(postgres=postgres, name=f"{fresh.name}_restored")
    postgres.run_sql(f"CREATE DATABASE {restored.name} OWNER florilegium_owner")
    into = ["--exit-on-error", f"--dbname={restored.name}", str(dump)]
    subprocess.run([str(programs / "pg_restore"), *place, *into], env=environment, check=True)
    again = TinyNight(database=restored.settings(), store=tmp_path / "store")
    before, after = (each.reports().canonical_export() for each in (tiny, again))
    assert len(before) > 0
    assert before == after
    # And the next night finds nothing to do.
    counts = again.run(papers)
    assert (counts["parsed"], counts["asked"], counts["decided"]) == (0, 0, 0)
