"""
Turn the comments of a database into its dictionary: a page for analysts, a table for programs.

Reads:    rows of schema, object, kind, column, type and comment
Writes:   ``sql/README.md`` (the schema out), ``sql/dictionary.csv`` (all schemas) and
          ``sql/contract.csv`` (what was ever promised of the schema out), as text
Gives up: UsageError where something has no comment
Version:  equal comments give equal bytes
Next:     the analyst
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from etl.errors import UsageError
from etl.publish.export import ExportFormat, csv_line, export_rows

__all__ = ["contract_csv", "dictionary_csv", "dictionary_markdown"]

_HEAD = Path(__file__).with_name("dictionary_head.md")
_CONTRACT = ["object", "column_name", "type"]
Row = Mapping[str, Any]


def dictionary_csv(rows: Sequence[Row]) -> str:
    """
    All tables, views, functions and columns, one a line.

    Args:
        rows: With ``schema``, ``object``, ``kind``, ``position``, ``column_name``, ``type`` and
            ``comment``; a row without a column is about the object itself.

    Raises:
        UsageError: A comment is missing.
    """
    _refuse_silence(rows)
    plain = [{name: row[name] for name in row if name != "position"} for row in rows]
    return "".join(export_rows(plain, ExportFormat.RAW_CSV))


def dictionary_markdown(rows: Sequence[Row]) -> str:
    """
    The page of the schema ``out``: how to connect, then every view and function.

    Args:
        rows: As for :func:`dictionary_csv`.

    Raises:
        UsageError: A comment is missing.
    """
    _refuse_silence(rows)
    own = sorted(
        (row for row in rows if row["schema"] == "out"),
        key=lambda row: (row["kind"] == "function", row["object"], row["position"]),
    )
    parts = [_HEAD.read_text(encoding="utf-8").rstrip() + "\n"]
    for name, group in groupby(own, key=lambda row: row["object"]):
        parts.append(_section(name, list(group)))
    return "\n".join(parts)


def contract_csv(rows: Sequence[Row], promised: str) -> str:
    """
    The contract with analysts: every column of ``out`` that there is or ever was, one a line.

    Args:
        rows: As for :func:`dictionary_csv`.
        promised: The contract so far; empty for none.

    Returns:
        CSV of object, column and type. A line is added for what is new and never taken away, so
        that a column that is lost or renamed stays in sight; a function's column is empty and
        its type what it gives.
    """
    lines = csv.reader(io.StringIO(promised, newline=""))
    kept = {(one[0], one[1]): one[2] for one in lines if one and one != _CONTRACT}
    for row in rows:
        if row["schema"] == "out" and row["type"] is not None:
            kept[row["object"], row["column_name"] or ""] = row["type"]
    return "".join(
        csv_line(line) for line in [_CONTRACT, *sorted([*k, v] for k, v in kept.items())]
    )


def _section(name: str, rows: Sequence[Row]) -> str:
    head, *columns = rows
    lines = [f"### out.{name}", "", _cell(head["comment"])]
    if head["kind"] == "function":
        lines += ["", f"Gives `{head['type']}`."]
    if columns:
        lines += ["", "| column | type | meaning |", "| --- | --- | --- |"]
        lines += [
            f"| `{row['column_name']}` | {row['type']} | {_cell(row['comment'])} |"
            for row in columns
        ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _refuse_silence(rows: Iterable[Row]) -> None:
    silent = [
        f"{r['schema']}.{r['object']}.{r['column_name'] or ''}" for r in rows if not r["comment"]
    ]
    if silent:
        raise UsageError(f"without a comment: {', '.join(s.rstrip('.') for s in silent)}")
