"""
Write the rows of a release as text that other programs read.

Reads:    rows of ``out`` views
Writes:   CSV or JSON lines, row by row
Gives up: never; a value that CSV cannot hold is written as JSON
Version:  equal rows give equal bytes, so an export has a hash
Next:     the analyst
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

__all__ = ["ExportFormat", "export_rows", "export_sha256"]

#: A spreadsheet takes a cell that begins like this for a formula (OWASP, CSV Injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class ExportFormat(StrEnum):
    """What can be written."""

    #: Safe to open in a spreadsheet: formulas are defused by an apostrophe.
    CSV = "csv"
    #: As stored, for programs.
    RAW_CSV = "raw-csv"
    JSONL = "jsonl"


def export_rows(rows: Iterable[Mapping[str, Any]], form: ExportFormat) -> Iterator[str]:
    """
    Turn rows into lines, each with its line end.

    Args:
        rows: All with the same keys; their order is kept.
        form: CSV begins with a line of the keys; JSON lines name them in each row.

    Yields:
        Nothing at all for no rows.
    """
    for number, row in enumerate(rows):
        if form is ExportFormat.JSONL:
            yield json.dumps(dict(row), ensure_ascii=False, default=str) + "\n"
            continue
        if number == 0:
            yield _csv_line(row)
        cells = [_cell(value) for value in row.values()]
        yield _csv_line(map(_defused, cells) if form is ExportFormat.CSV else cells)


def export_sha256(rows: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over the JSON lines of rows, as 64 hex digits; equal rows give equal hashes."""
    digest = hashlib.sha256()
    for line in export_rows(rows, ExportFormat.JSONL):
        digest.update(line.encode("utf-8"))
    return digest.hexdigest()


def _cell(value: Any) -> str:  # noqa: ANN401 - any SQL value
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _defused(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    # RFC 4180's line end; with it a bare carriage return in a cell is quoted too.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
