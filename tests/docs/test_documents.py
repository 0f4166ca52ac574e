"""README and ARCHITECTURE speak only of what is there."""

import configparser
import re
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from etl.cli.app import app
from etl.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "samples/README.md")
#: Made by a first run, so a fresh clone does not hold them.
MADE_BY_A_RUN = re.compile(r"^(var/|\.venv)")
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def code_of(text: str) -> list[str]:
    """Every line of a code block and every piece of inline code."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [line.strip() for block in blocks for line in block.splitlines()] + inline


def known_commands() -> set[tuple[str, ...]]:
    """``("stack", "up")`` and so on, without the name of the program."""
    tree = typer.main.get_command(app)
    assert isinstance(tree, TyperGroup)
    groups = {name: getattr(one, "commands", None) for name, one in tree.commands.items()}
    return {(name,) for name, inner in groups.items() if inner is None} | {
        (name, each) for name, inner in groups.items() if inner for each in inner
    }


def mentioned_commands() -> set[tuple[str, ...]]:
    """Commands of the README; after ``florilegium stack up``, ``stack down`` counts too."""
    known_groups = {path[0] for path in known_commands() if len(path) == 2}
    found = set()
    for code in code_of(README):
        words = code.split("#")[0].split()
        starts = [index for index, word in enumerate(words) if word.endswith("florilegium")]
        rest = words[starts[0] + 1 :] if starts else words
        if (starts or (words and words[0] in known_groups)) and rest:
            found.add(tuple(rest[: 2 if rest[0] in known_groups else 1]))
    return found


def paths_of(text: str) -> set[str]:
    """Inline code that looks like a path of this repository, and the targets of links."""
    inline = {code for code in code_of(text) if re.fullmatch(r"[\w.\-]+(/[\w.\-*]*)+", code)}
    links = set(re.findall(r"\]\(([^)#]+)\)", text))
    return {path for path in inline | links if "://" not in path}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    code = "\n".join(code_of((ROOT / name).read_text(encoding="utf-8")))
    assert set(re.findall(r"^make ([a-z-]+)", code, re.MULTILINE)) <= targets


def test_every_command_that_is_named_exists() -> None:
    assert mentioned_commands() <= known_commands()


def test_every_command_that_exists_is_named() -> None:
    assert known_commands() <= mentioned_commands()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_is_named_exists(name: str) -> None:
    folder = (ROOT / name).parent
    paths = paths_of((ROOT / name).read_text(encoding="utf-8"))
    missing = [
        path
        for path in sorted(paths)
        if not MADE_BY_A_RUN.match(path)
        and not (folder / path).exists()
        and not (ROOT / path).exists()
    ]
    assert not missing


def test_every_setting_that_is_named_exists_with_its_default() -> None:
    rows = re.findall(r"^\| `FLORILEGIUM_(\w+)` \| (.+?) \|", README, re.MULTILINE)
    assert len(rows) >= 5
    for name, default in rows:
        field: object = Settings.model_construct()
        for part in name.lower().split("__"):
            field = getattr(field, part)
        if default not in {"none", "local", "built in"}:
            assert str(field) == default.strip("`")


def test_every_setting_named_outside_the_table_exists() -> None:
    for name in set(re.findall(r"FLORILEGIUM_([A-Z_]+)", README + ARCHITECTURE)):
        field: object = Settings.model_construct()
        for part in name.lower().split("__"):
            field = getattr(field, part)


def view_columns() -> dict[str, set[str]]:
    """Columns of the views of ``out``, by the comments that every column has to have."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "sql" / "views").glob("*.sql"):
        sql = path.read_text(encoding="utf-8")
        for view in re.findall(r"CREATE (?:OR REPLACE )?VIEW out\.(\w+)", sql):
            found[view] = set(re.findall(rf"COMMENT ON COLUMN out\.{view}\.(\w+)", sql))
    return found


def test_every_view_that_is_named_exists() -> None:
    named = set(re.findall(r"\bout\.(\w+)", README + ARCHITECTURE))
    assert "answers" in named
    assert named <= set(view_columns())


def test_every_column_of_a_printed_statement_exists() -> None:
    statements = re.findall(r"SELECT ([\w, ]+) FROM out\.(\w+)", README)
    assert len(statements) >= 3
    for columns, view in statements:
        assert set(columns.split(", ")) <= view_columns()[view]


def test_the_layers_told_are_the_layers_checked() -> None:
    rules = configparser.ConfigParser()
    rules.read(ROOT / ".importlinter", encoding="utf-8")
    checked = re.findall(r"\w+", rules["importlinter:contract:layers"]["layers"])
    table = ARCHITECTURE.split("| layer | what it is |")[1].split("\n\n")[0]
    told = [
        name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    assert told == checked


def test_the_architecture_is_at_most_two_pages() -> None:
    assert len(ARCHITECTURE.split()) <= 1100


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_names_a_place_on_one_machine(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.findall(r"(?<![\w.])/(?:home|root|work|tmp|usr|opt)/\w*", text)
