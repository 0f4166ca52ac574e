"""Exports keep every value and defuse formulas."""

import csv
import io
import json

import pytest

from etl.publish.export import ExportFormat, export_rows

ROWS = [
    {"paper": 'a "b",\nc', "value": {"b": 1, "a": [2]}, "page": None},
    {"paper": "=HYPERLINK(1)", "value": -3, "page": 4},
]


def _text(form: ExportFormat) -> str:
    return "".join(export_rows(ROWS, form))


def test_csv_reads_back_with_line_breaks_quotes_and_missing_values():
    read = list(csv.DictReader(io.StringIO(_text(ExportFormat.RAW_CSV), newline="")))
    assert read[0] == {"paper": 'a "b",\nc', "value": '{"a": [2], "b": 1}', "page": ""}
    assert read[1] == {"paper": "=HYPERLINK(1)", "value": "-3", "page": "4"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_finds_no_formula(start):
    line = list(export_rows([{"value": f"{start}1+1"}], ExportFormat.CSV))[1]
    assert next(csv.reader(io.StringIO(line, newline="")))[0] == f"'{start}1+1"


def test_json_lines_keep_types():
    assert [json.loads(line) for line in _text(ExportFormat.JSONL).splitlines()] == ROWS


@pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.RAW_CSV, ExportFormat.JSONL])
def test_no_rows_give_no_text(form):
    assert not list(export_rows([], form))
