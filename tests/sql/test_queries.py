"""Every named statement fits the schema, every call finds its block, every block is called."""

import ast
import re
from typing import Any

import pytest
from sqlalchemy import text

from etl.store.queries import _blocks, query, sql_folder

pytestmark = pytest.mark.store

_ROOT = sql_folder().parent
_STAGES = sorted(path.stem for path in (sql_folder() / "queries").glob("*.sql"))
_BLOCKS = [(stage, name) for stage in _STAGES for name in _blocks(stage)]
#: As in SQLAlchemy: a colon that is no cast and no slice.
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")


@pytest.mark.parametrize(("stage", "name"), _BLOCKS, ids=[f"{s}.{n}" for s, n in _BLOCKS])
def test_the_server_can_prepare_the_statement(template: Any, stage: str, name: str) -> None:
    parameters: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return parameters.setdefault(match[1], f"${len(parameters) + 1}")

    body = _PARAMETER.sub(number, query(stage, name).text).rstrip().rstrip(";")
    with template.open()._engine.connect() as connection:
        connection.exec_driver_sql("PREPARE statement AS " + body.replace("%", "%%"))
        known = connection.execute(
            text("SELECT cardinality(parameter_types) FROM pg_prepared_statements")
        ).scalar_one()
        connection.rollback()
    assert known == len(parameters)


@pytest.mark.parametrize("stage", _STAGES)
def test_a_file_holds_named_blocks_of_one_statement_each_and_nothing_else(stage: str) -> None:
    body = (sql_folder() / "queries" / f"{stage}.sql").read_text()
    names = re.findall(r"^-- name: (\w+)$", body, re.MULTILINE)
    assert body.startswith("-- name: ")
    assert len(names) == len(set(names)) == len(_blocks(stage))
    for name, block in _blocks(stage).items():
        code = re.sub(r"--[^\n]*|'[^']*'", "", block)
        assert code.count(";") == 1, name
        assert code.rstrip().endswith(";"), name


def _calls() -> tuple[set[tuple[str, str]], set[str]]:
    """Pairs (stage, name) of literal calls, and all literal words of etl/store."""
    pairs: set[tuple[str, str]] = set()
    words: set[str] = set()
    for path in (_ROOT / "etl").rglob("*.py"):
        tree = ast.parse(path.read_text())
        in_store = "store" in path.parts
        for node in ast.walk(tree):
            if in_store and isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
            if isinstance(node, ast.Call) and _name(node.func) == "query":
                values = [a.value for a in node.args if isinstance(a, ast.Constant)]
                if len(values) == 2:
                    pairs.add((str(values[0]), str(values[1])))
    return pairs, words


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def test_every_call_names_a_block_that_is_there() -> None:
    pairs, _ = _calls()
    assert len(pairs) > 30
    assert pairs - set(_BLOCKS) == set()


def test_no_block_is_left_that_nobody_calls() -> None:
    pairs, words = _calls()
    # The name may also reach query() through a variable; `life_` is put before six names.
    reached = {
        (stage, name)
        for stage, name in _BLOCKS
        if name in words or (name.startswith("life_") and name.removeprefix("life_") in words)
    }
    assert set(_BLOCKS) - pairs - reached == set()


def test_statements_take_values_by_parameter_only() -> None:
    for path in (_ROOT / "etl").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) == "text" and node.args:
                is_formatted = isinstance(node.args[0], ast.JoinedStr)
                # Names of views and indexes, out of the server's own catalogue and quoted.
                assert not is_formatted or path.name in {"migrate.py", "upkeep.py"}, path
