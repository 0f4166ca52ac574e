"""
Many rows at once by COPY.

Vectors go in Postgres' binary format: pgvector's text form costs about fifteen times the CPU.
"""

import io
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from etl.records.chunk import Vectors
from etl.records.document import Region

__all__ = ["copy_rows", "copy_vectors", "regions_literal"]

#: Binary COPY: signature, flags, header extension (PostgreSQL manual, COPY, file formats).
_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
#: Text COPY: what a field may not hold bare.
_COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def regions_literal(regions: Sequence[Region]) -> str:
    """Boxes as a Postgres array literal of rows (page, x0, y0, x1, y1)."""
    boxes = (f"{{{r.page},{r.x0:.2f},{r.y0:.2f},{r.x1:.2f},{r.y1:.2f}}}" for r in regions)
    return "{" + ",".join(boxes) + "}"


def copy_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """
    COPY rows into a table, in the caller's transaction.

    Args:
        connection: Inside a transaction.
        table: Schema-qualified name, a constant of ours.
        columns: Column names, constants of ours.
        rows: Values; None becomes NULL, an empty text stays an empty text.
    """
    lines = ("\t".join(map(_copy_field, row)) + "\n" for row in rows)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with _driver_cursor(connection) as cursor:
        cursor.copy_expert(statement, io.StringIO("".join(lines)))


def _copy_field(value: object) -> str:
    return r"\N" if value is None else str(value).translate(_COPY_ESCAPES)


def copy_vectors(
    connection: Connection, *, chunk_set_id: int, space_id: int, vectors: Vectors
) -> None:
    """
    COPY the vectors of one chunk set into ``core.embedding``.

    Args:
        connection: Inside a transaction.
        chunk_set_id: The chunk set; row i belongs to chunk i.
        space_id: The embedding space.
        vectors: ``(n, dim)`` float32, stored as halfvec.
    """
    count, dim = vectors.shape
    halfvec_bytes = 4 + 2 * dim
    row = np.dtype(
        [
            ("fields", ">i2"),
            ("n1", ">i4"), ("chunk_set_id", ">i8"),
            ("n2", ">i4"), ("space_id", ">i8"),
            ("n3", ">i4"), ("chunk_index", ">i4"),
            ("n4", ">i4"), ("dim", ">i2"), ("unused", ">i2"), ("vector", ">f2", (dim,)),
        ]
    )  # fmt: skip
    packed = np.zeros(count, dtype=row)
    packed["fields"] = 4
    packed["n1"], packed["chunk_set_id"] = 8, chunk_set_id
    packed["n2"], packed["space_id"] = 8, space_id
    packed["n3"], packed["chunk_index"] = 4, np.arange(count)
    packed["n4"], packed["dim"] = halfvec_bytes, dim
    packed["vector"] = vectors
    stream = io.BytesIO(_HEADER + packed.tobytes() + _TRAILER)
    statement = (
        "COPY core.embedding (chunk_set_id, space_id, chunk_index, vector) "
        "FROM STDIN (FORMAT binary)"
    )
    with _driver_cursor(connection) as cursor:
        cursor.copy_expert(statement, stream)


def _driver_cursor(connection: Connection) -> Any:  # noqa: ANN401 - the driver's own cursor type
    driver = connection.connection.driver_connection
    if driver is None:
        msg = "the connection is closed"
        raise RuntimeError(msg)
    return driver.cursor()
