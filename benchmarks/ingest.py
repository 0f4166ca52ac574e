"""
Writing vectors (performance bar 3): our path, which may run twice, against a bare COPY.

Run ``python -m benchmarks.ingest``. Ours is :meth:`ChunkStore.save` as a night calls it, a paper
at a time: two look-ups, then a packed binary COPY. The floor is one binary COPY of the same rows
into the same table; beside it psycopg2's ``execute_values`` with vectors as text. CPU seconds of
client and server together, all three in turn in one run.
"""

import io
import itertools

import numpy as np
from psycopg2.extras import execute_values
from sqlalchemy import Connection

from benchmarks._ground import Figure, Ground, Meter, compare, open_ground, print_figures
from etl.keys import content_key, fingerprint_sha256
from etl.records.chunk import Chunk, ChunkKind, ChunkSet, EmbeddedChunks, Vectors
from etl.records.recipe import Fingerprint
from etl.store.chunks import ChunkStore
from etl.store.database import Database

_PAPERS = 500
_CHUNKS = 60
_DIM = 384
#: The text path is an order of magnitude slower: fewer rows, compared by the row.
_SLOW_PAPERS = 25

_spaces = itertools.count(1)


def main() -> int:
    """Print the figures; 0 where every bar is met."""
    with open_ground() as ground:
        database, pid = ground.open_one_connection()
        source = np.random.default_rng(7)
        vectors = source.standard_normal((_PAPERS, _CHUNKS, _DIM)).astype(np.float32)
        chunk_sets = [_make_chunk_set(number) for number in range(_PAPERS)]
        _lay(ground, database, chunk_sets)
        ours, floor, slow = compare(
            Meter(pid),
            [
                lambda: _save(database, chunk_sets, vectors),
                lambda: _copy_bare(database, chunk_sets, vectors),
                lambda: _execute_values(database, chunk_sets[:_SLOW_PAPERS], vectors),
            ],
        )
    rows = _PAPERS * _CHUNKS
    ours, floor, slow = ours / rows, floor / rows, slow / (_SLOW_PAPERS * _CHUNKS)
    print(f"{rows} vectors of {_DIM} numbers, {_CHUNKS} a paper; CPU of client and server")
    return print_figures(
        [
            Figure(
                name="rows a CPU second / bare binary COPY",
                figure=f"{1 / ours:,.0f}",
                baseline=f"{1 / floor:,.0f}",
                ratio=floor / ours,
                sense=">=",
                bound=0.7,
            ),
            Figure(
                name="rows a CPU second / execute_values",
                figure=f"{1 / ours:,.0f}",
                baseline=f"{1 / slow:,.0f}",
                ratio=slow / ours,
                sense=">=",
                bound=8,
            ),
        ]
    )


def _make_chunk_set(number: int) -> ChunkSet:
    sha256 = fingerprint_sha256({"stage": "chunk"})
    chunks = tuple(
        Chunk(
            chunk_index=index,
            section_index=0,
            kind=ChunkKind.PROSE,
            first_sentence=index,
            last_sentence=index,
            text=f"Sentence {index} of paper {number}.",
            prefix="",
            token_count=6,
        )
        for index in range(_CHUNKS)
    )
    chunker = Fingerprint(
        fingerprint_id=content_key("chunk", sha256),
        stage="chunk",
        name="bench/1",
        sha256=sha256,
        recipe={"stage": "chunk"},
    )
    return ChunkSet(chunk_set_id=number + 1, document_id=number + 1, chunker=chunker, chunks=chunks)


def _lay(ground: Ground, database: Database, chunk_sets: list[ChunkSet]) -> None:
    """Write what the vectors hang on, once: they alone are measured."""
    chunker = chunk_sets[0].chunker
    ground.sql(
        f"""
        INSERT INTO core.fingerprint (fingerprint_id, stage, name, sha256, recipe)
        VALUES ({chunker.fingerprint_id}, 'chunk', 'bench/1', '{chunker.sha256}', '{{}}');
        INSERT INTO core.fingerprint (fingerprint_id, stage, name, sha256, recipe)
        SELECT n, 'embed', 'bench', n, '{{}}' FROM generate_series(1, 1000) n;
        INSERT INTO core.work SELECT n, 'paper' FROM generate_series(1, {_PAPERS}) n;
        INSERT INTO core.full_text
        SELECT n, n, lpad(to_hex(n), 64, '0'), 'text/plain', 1, 'x'
        FROM generate_series(1, {_PAPERS}) n;
        INSERT INTO core.document
        SELECT n, n, {chunker.fingerprint_id}, n, 'parsed', NULL, NULL, '', NULL, NULL, NULL,
               'ok', 0, 0, 0, 0, 0, 0, 0, '{{}}', 1
        FROM generate_series(1, {_PAPERS}) n;
        """  # noqa: S608 - numbers of ours
    )
    one = np.ones((_CHUNKS, 4), dtype=np.float32)
    with database.transaction() as connection:
        for chunk_set in chunk_sets:
            _save_one(connection, chunk_set, one, space_id=1000)


def _save_one(connection: Connection, chunk_set: ChunkSet, vectors: Vectors, space_id: int) -> None:
    embedded = EmbeddedChunks(
        chunk_set_id=chunk_set.chunk_set_id, space_id=space_id, vectors=vectors
    )
    ChunkStore.save(connection, chunk_set, embedded, run_id=1)


def _save(database: Database, chunk_sets: list[ChunkSet], vectors: Vectors) -> None:
    space_id = next(_spaces)
    with database.transaction() as connection:
        for chunk_set, rows in zip(chunk_sets, vectors, strict=True):
            _save_one(connection, chunk_set, rows, space_id)


def _copy_bare(database: Database, chunk_sets: list[ChunkSet], vectors: Vectors) -> None:
    """One COPY of all rows, packed in one go by numpy."""
    space_id = next(_spaces)
    row = np.dtype(
        [
            ("fields", ">i2"),
            ("n1", ">i4"), ("chunk_set_id", ">i8"),
            ("n2", ">i4"), ("space_id", ">i8"),
            ("n3", ">i4"), ("chunk_index", ">i4"),
            ("n4", ">i4"), ("dim", ">i2"), ("unused", ">i2"), ("vector", ">f2", (_DIM,)),
        ]
    )  # fmt: skip
    packed = np.zeros(len(chunk_sets) * _CHUNKS, dtype=row)
    packed["fields"], packed["n1"], packed["n2"], packed["n3"] = 4, 8, 8, 4
    packed["n4"], packed["dim"] = 4 + 2 * _DIM, _DIM
    packed["chunk_set_id"] = np.repeat([c.chunk_set_id for c in chunk_sets], _CHUNKS)
    packed["space_id"] = space_id
    packed["chunk_index"] = np.tile(np.arange(_CHUNKS), len(chunk_sets))
    packed["vector"] = vectors.reshape(-1, _DIM)
    head, tail = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"
    with database.transaction() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor:
            cursor.copy_expert(
                "COPY core.embedding (chunk_set_id, space_id, chunk_index, vector) "
                "FROM STDIN (FORMAT binary)",
                io.BytesIO(head + packed.tobytes() + tail),
            )


def _execute_values(database: Database, chunk_sets: list[ChunkSet], vectors: Vectors) -> None:
    space_id = next(_spaces)
    rows = [
        (chunk_set.chunk_set_id, space_id, index, "[" + ",".join(map(str, vector.tolist())) + "]")
        for chunk_set, paper in zip(chunk_sets, vectors, strict=False)
        for index, vector in enumerate(paper)
    ]
    with database.transaction() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor:
            execute_values(
                cursor,
                "INSERT INTO core.embedding (chunk_set_id, space_id, chunk_index, vector) "
                "VALUES %s ON CONFLICT DO NOTHING",
                rows,
            )


if __name__ == "__main__":
    main()
