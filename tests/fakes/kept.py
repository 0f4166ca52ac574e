"""Put a document, and chunks with vectors, into a database without a night around it."""

from sqlalchemy import Connection, text

from etl.records.chunk import ChunkSet, EmbeddedChunks, EmbeddingSpace, Vectors
from etl.records.document import Document
from etl.records.recipe import Fingerprint
from etl.store.chunks import ChunkStore
from etl.store.database import Database
from etl.store.documents import DocumentStore
from etl.store.plain_json import plain_json

__all__ = ["keep_chunks", "keep_document", "keep_fingerprint"]


def keep_document(database: Database, document: Document) -> Document:
    """Write a document with a work and a full text of its own; the same again changes nothing."""
    with database.transaction() as tx:
        key = {"id": document.full_text_id, "sha": f"{document.full_text_id:064x}"}
        tx.execute(
            text("INSERT INTO core.work VALUES (:id, 'a paper') ON CONFLICT DO NOTHING"), key
        )
        tx.execute(
            text(
                "INSERT INTO core.full_text VALUES (:id, :id, :sha, 'text/plain', 1, 'x') "
                "ON CONFLICT DO NOTHING"
            ),
            key,
        )
        keep_fingerprint(tx, document.parser)
        DocumentStore.save(tx, document, work_id=document.full_text_id, run_id=1)
    return document


def keep_chunks(
    database: Database, chunk_set: ChunkSet, vectors: Vectors, space: EmbeddingSpace
) -> None:
    """Write the chunks of a kept document with their vectors."""
    embedded = EmbeddedChunks(
        chunk_set_id=chunk_set.chunk_set_id, space_id=space.space_id, vectors=vectors
    )
    with database.transaction() as tx:
        keep_fingerprint(tx, chunk_set.chunker)
        keep_fingerprint(tx, space.fingerprint)
        ChunkStore.save(tx, chunk_set, embedded, run_id=1)


def keep_fingerprint(connection: Connection, fingerprint: Fingerprint) -> None:
    """Register a recipe without putting it in force."""
    connection.execute(
        text(
            "INSERT INTO core.fingerprint (fingerprint_id, stage, name, sha256, recipe) "
            "VALUES (:id, :stage, :name, :sha, CAST(:recipe AS jsonb)) ON CONFLICT DO NOTHING"
        ),
        {
            "id": fingerprint.fingerprint_id,
            "stage": fingerprint.stage,
            "name": fingerprint.name,
            "sha": fingerprint.sha256,
            "recipe": plain_json(fingerprint.recipe),
        },
    )
