"""BibTeX, ORKG and Parquet: whatever a paper says, the file stays well-formed."""

import csv
import io
import json
import re
from typing import Any

import pytest

from etl.publish.bibtex import bibtex_entries
from etl.publish.export import ExportFormat, export_rows
from etl.publish.orkg import orkg_lines
from etl.publish.parquet import write_parquet

HOSTILE = 'A } title {with \\input{x} & 100% of "quotes" #1 $x_2^3$ ~ and\na break'


def _work(**changes: Any) -> dict[str, Any]:
    return {
        "work_id": 7,
        "paper": "a.pdf",
        "title": "Counting frogs",
        "doi": "10.1/x",
        "year": 2024,
        "venue": None,
        "sha256": "ab" * 32,
        "answers": [
            {
                "question": "CQ19",
                "key": "frameworks",
                "value": "PyTorch; a, b",
                "value_json": [{"name": "PyTorch"}, {"name": "a, b"}, {"url": "no name"}],
            }
        ],
    } | changes


def _entry(**changes: Any) -> str:
    (entry,) = bibtex_entries([_work(**changes)])
    return entry


def _balance(text: str) -> int:
    bare = re.sub(r"\\[{}]", "", text)
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    return depth


def test_answers_are_keywords_of_their_paper():
    assert _entry().startswith("@misc{counting2024_7,\n")
    assert "  keywords = {frameworks: PyTorch, frameworks: a; b},\n" in _entry()
    assert "  doi = {10.1/x},\n" in _entry()
    assert _entry(venue="Frog Letters").startswith("@article{")


def test_what_a_paper_does_not_state_is_left_out():
    entry = _entry(title="", year=None, doi=None, answers=[])
    assert "title = {{a.pdf}}" in entry
    assert not re.search(r"\b(year|doi|journal|keywords|annote) =", entry)


def test_no_title_breaks_an_entry_or_runs_a_command():
    entry = _entry(title=HOSTILE, venue=HOSTILE)
    assert _balance(entry) == 0
    assert "\\input" not in entry
    assert entry.count("\n@") == 0
    assert re.search(r"title = \{\{A \\\} title", entry)


def test_two_papers_never_share_a_key():
    first, second = bibtex_entries([_work(), _work(work_id=8)])
    assert first.split(",")[0] != second.split(",")[0]


def test_orkg_has_a_column_a_question_and_no_formula():
    works = [_work(title="=1+1"), _work(title=""), _work(answers=[])]
    text = "".join(orkg_lines(works, ["frameworks", "code_url"]))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(rows[0])[-2:] == ["frameworks", "code url"]
    assert rows[0]["paper:title"] == "'=1+1"
    assert rows[0]["frameworks"] == "PyTorch; a, b"
    assert len(rows) == 2, "a paper without a title cannot be found in the graph"
    assert rows[1]["frameworks"] == ""


ROW = {
    "paper": "=1+1",
    "title": None,
    "question_id": "CQ01",
    "question_key": "k",
    "state": "answered",
    "value": "x\r\ny\u2028z",
    "value_json": [{"name": "é", "number": 0.1}],
    "probability": 0.25,
    "reason": None,
    "quote": 'q"',
    "section": "S",
    "page": 3,
    "quote_cut": None,
    "link": "https://doi.org/10.1/x",
    "licence": "CC-BY-4.0",
}


#: Values that readers stumble over: quotes, breaks, formulas, blanks, words for nothing, tiny and
#: missing numbers, a leading zero.
ROWS = [
    ROW,
    ROW | {"page": None, "value_json": None, "probability": None, "value": "NULL", "quote": "NA"},
    ROW
    | {"paper": "007", "value": 'a "b", c;\td', "quote": " lead and trail ", "title": "\ufeffnewt"},
    ROW | {"paper": "+1", "value": "", "reason": "'", "section": "a\nb\n", "probability": 1e-7},
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    assert write_parquet(ROWS, folder / "a.parquet") == len(ROWS)
    text = "".join(export_rows(ROWS, ExportFormat.RAW_CSV))
    (folder / "a.csv").write_text(text, encoding="utf-8", newline="")
    text = "".join(export_rows(ROWS, ExportFormat.JSONL))
    (folder / "a.jsonl").write_text(text, encoding="utf-8", newline="")
    return folder


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as every form gives it back: JSON as text, single precision, nothing as nothing."""
    value = row["value_json"]
    if isinstance(value, list):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    probability = row["probability"]
    return row | {
        "value_json": value,
        "probability": None if probability is None else pytest.approx(probability, rel=1e-6),
    }


def test_parquet_and_csv_read_back_equal_in_duckdb(files):
    duckdb = pytest.importorskip("duckdb")
    options = (
        "header=true, all_varchar=true, nullstr='', quote='\"', escape='\"', delim=',', "
        "new_line='\\r\\n', strict_mode=false"
    )
    with duckdb.connect() as connection:
        typed = connection.sql(f"SELECT * FROM '{files}/a.parquet'")  # noqa: S608 - our own path
        rows = [dict(zip(typed.columns, row, strict=True)) for row in typed.fetchall()]
        assert rows == [_plain(row) for row in ROWS]
        plain = connection.sql(f"SELECT * FROM read_csv('{files}/a.csv', {options})")  # noqa: S608
        texts = [dict(zip(plain.columns, row, strict=True)) for row in plain.fetchall()]
    assert [_numbers(row) for row in texts] == [_emptied(row) for row in ROWS]


def test_parquet_and_csv_read_back_equal_in_pandas(files):
    pandas = pytest.importorskip("pandas")
    typed = pandas.read_parquet(files / "a.parquet")
    rows = typed.astype(object).where(typed.notna(), None).to_dict("records")
    assert rows == [_plain(row) for row in ROWS]
    plain = pandas.read_csv(files / "a.csv", dtype=str, keep_default_na=False, encoding="utf-8")
    texts = [{k: v or None for k, v in row.items()} for row in plain.to_dict("records")]
    assert [_numbers(row) for row in texts] == [_emptied(row) for row in ROWS]
    lines = pandas.read_json(files / "a.jsonl", lines=True, dtype=False)
    assert list(lines["paper"]) == [row["paper"] for row in ROWS]


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    """A row of texts with its two numbers as such."""
    kinds = {"page": int, "probability": float}
    return {k: kinds[k](v) if k in kinds and v is not None else v for k, v in row.items()}


def _emptied(row: dict[str, Any]) -> dict[str, Any]:
    """CSV has one word for an empty text and for nothing."""
    return {name: None if value == "" else value for name, value in _plain(row).items()}


def test_parquet_of_nothing_has_its_columns(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert write_parquet([], tmp_path / "a.parquet") == 0
    table = parquet.read_table(tmp_path / "a.parquet")
    assert (table.num_rows, table.column_names) == (0, list(ROW))


@pytest.mark.parametrize("form", ["parquet", "bibtex", "orkg", "ro-crate"])
def test_forms_that_are_no_lines_a_row_are_refused_as_such(form):
    with pytest.raises(ValueError, match="not made of one line"):
        list(export_rows([ROW], ExportFormat(form)))
