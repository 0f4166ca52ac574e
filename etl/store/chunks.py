"""Chunk sets with their vectors, and the vectors of questions."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from etl.errors import UsageError
from etl.records.chunk import Chunk, ChunkKind, ChunkSet, EmbeddedChunks, Vectors
from etl.records.question import Question
from etl.records.recipe import Fingerprint
from etl.store.bulk import copy_rows, copy_vectors
from etl.store.database import Database
from etl.store.queries import query

__all__ = ["ChunkStore"]


class ChunkStore:
    """Reads and writes ``core.chunk_set``, ``core.chunk``, their words and the vector tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def save(
        connection: Connection, chunk_set: ChunkSet, embedded: EmbeddedChunks, *, run_id: int
    ) -> None:
        """Write chunks, their weighed words and vectors once, in the caller's transaction."""
        found = connection.execute(
            query("embed", "insert_chunk_set"),
            {
                "chunk_set_id": chunk_set.chunk_set_id,
                "document_id": chunk_set.document_id,
                "chunker_id": chunk_set.chunker.fingerprint_id,
                "chunk_count": len(chunk_set.chunks),
                "near_duplicate_count": chunk_set.near_duplicate_count,
                "run_id": run_id,
                "space_id": embedded.space_id,
            },
        ).one()
        if found.is_new:
            _copy_chunks(connection, chunk_set)
            connection.execute(
                query("embed", "weigh_words"), {"chunk_set_id": chunk_set.chunk_set_id}
            )
        if not found.has_vectors:
            copy_vectors(
                connection,
                chunk_set_id=chunk_set.chunk_set_id,
                space_id=embedded.space_id,
                vectors=embedded.vectors,
            )

    def load(self, document_id: int, chunker_id: int) -> ChunkSet:
        """Read the chunks of one document by one chunker."""
        with self._database.transaction() as connection:
            head = connection.execute(
                query("embed", "load_chunk_set"),
                {"document_id": document_id, "chunker_id": chunker_id},
            ).one()
            rows = connection.execute(
                query("embed", "load_chunks"), {"chunk_set_id": head.chunk_set_id}
            )
            return ChunkSet(
                chunk_set_id=head.chunk_set_id,
                document_id=document_id,
                chunker=Fingerprint(
                    fingerprint_id=head.fingerprint_id,
                    stage=head.stage,
                    name=head.name,
                    sha256=head.sha256,
                    recipe=head.recipe,
                ),
                chunks=tuple(
                    Chunk(**{**row._mapping, "kind": ChunkKind(row.kind)})  # noqa: SLF001
                    for row in rows
                ),
                near_duplicate_count=head.near_duplicate_count,
            )

    def missing_question_vectors(self, space_id: int) -> set[int]:
        """Ids of question versions in force that have no vector in this space yet."""
        rows = self._database.read(query("embed", "missing_question_vectors"), space_id=space_id)
        return {row.question_version_id for row in rows}

    def save_question_vectors(
        self, space_id: int, questions: Sequence[Question], vectors: Vectors
    ) -> None:
        """Keep ``(n, dim)`` vectors of n questions; existing ones stay."""
        with self._database.transaction() as connection:
            for question, vector in zip(questions, vectors, strict=True):
                connection.execute(
                    query("embed", "insert_question_vector"),
                    {
                        "question_version_id": question.question_version_id,
                        "space_id": space_id,
                        "vector": "[" + ",".join(repr(float(x)) for x in vector) + "]",
                    },
                )

    def load_question_vectors(self, space_id: int, questions: Sequence[Question]) -> Vectors:
        """
        Vectors of the questions, ``(n, dim)`` float32 in their order.

        Raises:
            UsageError: One of them has no vector in this space.
        """
        rows = self._database.read(
            query("embed", "load_question_vectors"),
            space_id=space_id,
            ids=[question.question_version_id for question in questions],
        )
        known = {row.question_version_id: row.vector for row in rows}
        absent = [q.question_id for q in questions if q.question_version_id not in known]
        if absent:
            raise UsageError(f"no vector for {', '.join(absent)}; plan the night again")
        return np.array([known[q.question_version_id] for q in questions], dtype=np.float32)


def _copy_chunks(connection: Connection, chunk_set: ChunkSet) -> None:
    columns = (
        "chunk_set_id", "chunk_index", "section_index", "kind", "first_sentence",
        "last_sentence", "text", "prefix", "token_count", "is_oversize",
        "is_suspect",
    )  # fmt: skip
    copy_rows(
        connection,
        "core.chunk",
        columns,
        (
            (
                chunk_set.chunk_set_id,
                c.chunk_index,
                c.section_index,
                c.kind,
                c.first_sentence,
                c.last_sentence,
                c.text,
                c.prefix,
                c.token_count,
                "t" if c.is_oversize else "f",
                "t" if c.is_suspect else "f",
            )
            for c in chunk_set.chunks
        ),
    )
