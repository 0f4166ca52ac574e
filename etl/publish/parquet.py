"""
Write the answers of a release as a Parquet file with typed columns.

Reads:    rows of ``out.answers``
Writes:   one file, a row group at a time
Gives up: never
Version:  equal rows give equal bytes with the same pyarrow
Next:     the analyst
"""

import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["write_parquet"]

#: Rows in memory at once; a few MB with quotes, and row groups that readers can skip.
_GROUP_ROWS = 10_000
_TYPES = {"page": "int32", "probability": "float32"}
_COLUMNS = (
    "paper",
    "title",
    "question_id",
    "question_key",
    "state",
    "value",
    "value_json",
    "probability",
    "reason",
    "quote",
    "section",
    "page",
    "quote_cut",
    "link",
    "licence",
)


def write_parquet(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """
    Write rows with the columns of an export of answers.

    Args:
        rows: Each with all columns; ``value_json`` may be any JSON value and becomes its text.
        path: Overwritten.

    Returns:
        How many rows were written; none give a file with columns and no row.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    schema = pa.schema([(name, _TYPES.get(name, "string")) for name in _COLUMNS])
    count = 0
    stream = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := list(itertools.islice(stream, _GROUP_ROWS)):
            columns = {name: [_value(row, name) for row in group] for name in _COLUMNS}
            writer.write_table(pa.table(columns, schema=schema))
            count += len(group)
    return count


def _value(row: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - any SQL value
    value = row[name]
    if name == "value_json" and value is not None:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value
