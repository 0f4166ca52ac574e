"""
Write the rows of a release as text that other programs read.

Reads:    rows of ``out`` views
Writes:   CSV or JSON lines, row by row
Gives up: never; a value that CSV cannot hold is written as JSON
Version:  equal rows give equal bytes, so a file of a release has a hash
Next:     the analyst
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

__all__ = ["ExportFormat", "csv_line", "export_rows", "formula_safe"]

#: A spreadsheet takes a cell that begins like this for a formula (OWASP, CSV Injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class ExportFormat(StrEnum):
    """What can be written."""

    #: Safe to open in a spreadsheet: formulas are defused by an apostrophe.
    CSV = "csv"
    #: As stored, for programs.
    RAW_CSV = "raw-csv"
    JSONL = "jsonl"
    #: Typed columns, for pandas, R, DuckDB.
    PARQUET = "parquet"
    #: One entry a paper, with its answers as keywords.
    BIBTEX = "bibtex"
    #: One row a paper, for the CSV import of the Open Research Knowledge Graph.
    ORKG = "orkg"
    #: A folder with all tables, hashes, and by what they were made.
    RO_CRATE = "ro-crate"


def export_rows(rows: Iterable[Mapping[str, Any]], form: ExportFormat) -> Iterator[str]:
    """
    Turn rows into lines, each with its line end.

    Args:
        rows: All with the same keys; their order is kept.
        form: CSV begins with a line of the keys; JSON lines name them in each row.

    Yields:
        Nothing at all for no rows.

    Raises:
        ValueError: The form is not made of lines a row.
    """
    if form not in (ExportFormat.CSV, ExportFormat.RAW_CSV, ExportFormat.JSONL):
        raise ValueError(f"{form} is not made of one line a row")
    for number, row in enumerate(rows):
        if form is ExportFormat.JSONL:
            yield json.dumps(dict(row), ensure_ascii=False, default=str) + "\n"
            continue
        if number == 0:
            yield csv_line(row)
        cells = [_cell(value) for value in row.values()]
        yield csv_line(map(formula_safe, cells) if form is ExportFormat.CSV else cells)


def formula_safe(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def csv_line(cells: Iterable[str]) -> str:
    """One line of CSV with quotes where they are needed and its line end."""
    line = io.StringIO()
    # RFC 4180's line end; with it a bare carriage return in a cell is quoted too.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _cell(value: Any) -> str:  # noqa: ANN401 - any SQL value
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)
