"""Long and wide forms hold what out.answers holds; the wide one follows the catalogue."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.records.question import AnswerType
from tests.fakes.tiny_night import TinyNight, tiny_questions
from tests.fakes.typed_answerer import TypedAnswerer, typed_paper, typed_questions

pytestmark = pytest.mark.store

_WIDE_COLUMNS = """
SELECT a.attname, coalesce(col_description(a.attrelid, a.attnum), '') FROM pg_attribute a
WHERE a.attrelid = 'out.answers_wide'::regclass AND a.attnum > 0 ORDER BY a.attnum
"""


def _read(database: Any, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in database.open("florilegium_analyst").read(text(statement))]


def test_items_of_every_type_are_rows(typed_night: Any) -> None:
    assert _read(
        typed_night,
        "SELECT paper, question_key, item_index, name, surface, answerer FROM out.entities "
        "WHERE question_key = 'frameworks' AND paper = 'paper0.txt' ORDER BY item_index",
    ) == [
        ("paper0.txt", "frameworks", 1, "PyTorch", "pytorch", "fake/1"),
        ("paper0.txt", "frameworks", 2, "Keras", "keras", "fake/1"),
    ]
    assert _read(
        typed_night,
        "SELECT DISTINCT name, value, number, unit FROM out.measurements ORDER BY name",
    ) == [("CPU", "2", 2.0, None), ("GPU", "24", 24.0, "GB"), ("training set", "80:20", None, None)]
    assert _read(
        typed_night, "SELECT paper, host, role FROM out.urls WHERE question_key = 'code_url'"
    ) == [("paper0.txt", "x.example", "own")]


def test_an_item_leads_to_its_quote(typed_night: Any) -> None:
    (row,) = _read(
        typed_night,
        "SELECT DISTINCT n.paper, e.quote <> '' FROM out.entities n "
        "JOIN out.evidence e USING (work_id, question_id, answerer) "
        "WHERE n.evidence_ranks @> to_jsonb(e.evidence_rank) AND n.name = 'Keras' "
        "AND n.paper = 'paper0.txt'",
    )
    assert row == ("paper0.txt", True)


def test_the_long_forms_hold_exactly_the_items_of_the_answers(typed_night: Any) -> None:
    (counts,) = _read(
        typed_night,
        "SELECT (SELECT sum(jsonb_array_length(value_json)) FROM out.answers WHERE state = "
        "'answered'), (SELECT count(*) FROM out.entities) + (SELECT count(*) FROM "
        "out.measurements) + (SELECT count(*) FROM out.urls)",
    )
    assert counts[0] == counts[1] > 0


def test_the_wide_form_holds_every_answer_once(typed_night: Any) -> None:
    wide = _read(
        typed_night,
        "SELECT paper, year, frameworks, frameworks_state, code_url, code_url_state "
        "FROM out.answers_wide ORDER BY paper",
    )
    code = "https://x.example/frogs"
    assert wide[-2:] == [
        ("paper0.txt", 2024, "PyTorch; Keras", "answered", code, "answered"),
        ("paper1.txt", 2024, "PyTorch; Keras", "answered", None, "not_reported"),
    ]
    works = _read(typed_night, "SELECT count(DISTINCT work_id) FROM out.answers")
    assert len(wide) == works[0][0]


def test_the_wide_form_follows_the_catalogue_with_a_word_on_every_column(
    clone: Callable[[], Any], tmp_path: Path
) -> None:
    database = clone()
    tiny = TinyNight(database=database.settings(), store=tmp_path / "store")
    fixed = ["work_id", "paper", "title", "doi", "year", "venue"]
    assert [row[0] for row in tiny.rows(_WIDE_COLUMNS)] == fixed
    first, second, third = tiny_questions()
    tiny.load([first, second])
    assert [row[0] for row in tiny.rows(_WIDE_COLUMNS)][6:] == [
        "tq1",
        "tq1_state",
        "tq2",
        "tq2_state",
    ]
    assert all(words for _, words in tiny.rows(_WIDE_COLUMNS))
    tiny.load([second, third])
    assert [row[0] for row in tiny.rows(_WIDE_COLUMNS)][6::2] == ["tq2", "tq3"]
    assert _read(database, "SELECT count(*) FROM out.answers_wide") == [(0,)]


def test_keys_that_meet_or_hold_quotes_make_columns_all_the_same(
    clone: Callable[[], Any], tmp_path: Path
) -> None:
    database = clone()
    tiny = TinyNight(database=database.settings(), store=tmp_path / "store")
    first, second, third = tiny_questions()
    hostile = 'a"; DROP TABLE core.work; --'
    long = "k" * 60
    tiny.load(
        [
            replace(first, key=hostile, text="It's a $$ 'trap' %I %s"),
            replace(second, key="paper"),
            replace(third, key=long),
        ]
    )
    columns = dict(tiny.rows(_WIDE_COLUMNS))
    assert hostile in columns
    assert columns[hostile] == "Catalogue TQ1: It's a $$ 'trap' %I %s"
    assert {"paper_tq2", "paper_tq2_state", long, long[:57] + "_state"} <= set(columns)
    assert tiny.one("SELECT count(*) FROM core.work") == 0


def test_an_unchanged_catalogue_takes_no_lock_on_the_wide_form(
    clone: Callable[[], Any], tmp_path: Path
) -> None:
    database = clone()
    tiny = TinyNight(database=database.settings(), store=tmp_path / "store")
    tiny.load()
    before = tiny.one("SELECT 'out.answers_wide'::regclass::oid")
    tiny.load()
    assert tiny.one("SELECT 'out.answers_wide'::regclass::oid") == before
    tiny.load(tiny_questions()[:1])
    assert tiny.one("SELECT 'out.answers_wide'::regclass::oid") != before


def test_analysts_cannot_rebuild_the_wide_form(typed_night: Any) -> None:
    with pytest.raises(Exception, match="permission denied"):
        _read(typed_night, "SELECT ops.rebuild_wide_forms()")


def test_a_statement_without_quotes_looks_for_none(typed_night: Any) -> None:
    def plan(columns: str) -> str:
        rows = typed_night.sql(f"EXPLAIN SELECT {columns} FROM out.answers")  # noqa: S608 - names of ours
        return "\n".join(rows)

    assert "evidence" not in plan("state, value")
    assert "evidence" in plan("state, quote")


@pytest.fixture(scope="module")
def all_types(clone: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One paper with code and one without, asked questions of every answer type."""
    database = clone()
    folder = tmp_path_factory.mktemp("types")
    (folder / "papers").mkdir()
    for subject in ("frogs", "terns"):
        (folder / "papers" / f"{subject}.txt").write_text(typed_paper(subject))
    tiny = TinyNight(
        database=database.settings(),
        store=folder / "store",
        answerers={"typed": TypedAnswerer()},
    )
    words, verdict, _ = tiny_questions()
    questions = [
        *typed_questions(),
        replace(words, question_id="W1", key="in_words"),
        replace(verdict, question_id="W2", key="uses_dl", answer_type=AnswerType.YES_NO),
    ]
    tiny.load(questions)
    tiny.run(folder / "papers")
    return database


def test_every_answer_type_has_a_wide_form_with_typed_columns(all_types: Any) -> None:
    assert _read(all_types, "SELECT paper, frameworks FROM out.entities_wide ORDER BY paper") == [
        ("frogs.txt", ["PyTorch", "Keras"]),
        ("terns.txt", ["PyTorch", "Keras"]),
    ]
    (hardware,) = _read(
        all_types,
        "SELECT hardware -> 'GPU' ->> 'number', hardware -> 'GPU' ->> 'unit', "
        "hardware -> 'CPU' ->> 'value' FROM out.measurements_wide WHERE paper = 'frogs.txt'",
    )
    assert hardware == ("24.0", "GB", "2")
    assert _read(all_types, "SELECT paper, code_url FROM out.urls_wide ORDER BY paper") == [
        ("frogs.txt", ["https://x.example/frogs"]),
        ("terns.txt", None),
    ]
    assert _read(all_types, "SELECT paper, uses_dl FROM out.verdicts_wide ORDER BY paper") == [
        ("frogs.txt", True),
        ("terns.txt", False),
    ]
    texts = _read(all_types, "SELECT in_words LIKE 'We trained ResNet%' FROM out.texts_wide")
    assert texts == [(True,), (True,)]


def test_every_answer_type_has_a_long_form(all_types: Any) -> None:
    assert _read(
        all_types, "SELECT paper, question_key, verdict, is_yes FROM out.verdicts ORDER BY paper"
    ) == [("frogs.txt", "uses_dl", "yes", True), ("terns.txt", "uses_dl", "no", False)]
    (text_row,) = _read(
        all_types,
        "SELECT t.question_key, t.value = a.value, t.value_cut FROM out.texts t "
        "JOIN out.answers a USING (work_id, question_id) WHERE t.paper = 'frogs.txt'",
    )
    assert text_row == ("in_words", True, None)
    answered = _read(all_types, "SELECT count(*) FROM out.answers WHERE state = 'answered'")
    told = " UNION ALL ".join(
        f"SELECT work_id, question_id FROM out.{view}"  # noqa: S608 - names of ours
        for view in ("entities", "measurements", "urls", "verdicts", "texts")
    )
    held = _read(all_types, f"SELECT count(*) FROM (SELECT DISTINCT * FROM ({told}) u) d")  # noqa: S608
    assert held == answered, "each answer stands in exactly one of the five"


def test_a_wide_form_has_a_row_for_every_work_and_words_on_every_column(all_types: Any) -> None:
    views = ("entities_wide", "measurements_wide", "urls_wide", "verdicts_wide", "texts_wide")
    for view in views:
        assert _read(all_types, f"SELECT count(*) FROM out.{view}") == [(2,)]  # noqa: S608
        bare = all_types.sql(
            "SELECT attname FROM pg_attribute WHERE attnum > 0 "  # noqa: S608 - names of ours
            f"AND attrelid = 'out.{view}'::regclass AND col_description(attrelid, attnum) IS NULL"
        )
        assert bare == []
