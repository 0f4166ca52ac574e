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
}


def test_parquet_reads_back_equal_to_raw_csv(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [ROW, ROW | {"page": None, "value_json": None, "probability": None}]
    assert write_parquet(rows, tmp_path / "a.parquet") == 2
    read = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    text = "".join(export_rows(rows, ExportFormat.RAW_CSV))
    for typed, plain in zip(read, csv.DictReader(io.StringIO(text, newline="")), strict=True):
        assert {k: "" if v is None else str(v) for k, v in typed.items()} == plain
    assert read[0]["page"] == 3
    assert json.loads(read[0]["value_json"]) == ROW["value_json"]


def test_parquet_of_nothing_has_its_columns(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert write_parquet([], tmp_path / "a.parquet") == 0
    table = parquet.read_table(tmp_path / "a.parquet")
    assert (table.num_rows, table.column_names) == (0, list(ROW))


@pytest.mark.parametrize("form", ["parquet", "bibtex", "orkg", "ro-crate"])
def test_forms_that_are_no_lines_a_row_are_refused_as_such(form):
    with pytest.raises(ValueError, match="not made of one line"):
        list(export_rows([ROW], ExportFormat(form)))
