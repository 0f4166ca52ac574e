"""A document in the database, as the stages would have written it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.records import Document, EmbeddedChunks
from etl.store.chunks import ChunkStore
from etl.store.database import Database
from etl.store.documents import DocumentStore
from tests.fakes.tiny_night import TinyNight


@pytest.fixture(scope="module")
def shared(clone: Callable[[], Any]) -> Any:
    """One database for all tests of a module; each works under keys of its own."""
    return clone()


@pytest.fixture(scope="module")
def database(shared: Any) -> Database:
    opened: Database = shared.open()
    return opened


@pytest.fixture
def tiny(fresh: Any, tmp_path: Path) -> TinyNight:
    made = TinyNight(database=fresh.settings(), store=tmp_path / "store")
    made.load()
    return made


@pytest.fixture(scope="module")
def keep(database: Database) -> Callable[..., Document]:
    """Write a document, and chunks with vectors if given, with all that they hang on."""

    def write(document: Document, *embedded: Any) -> Document:
        with database.transaction() as tx:
            work_id = document.full_text_id
            tx.execute(
                text("INSERT INTO core.work VALUES (:id, 'a paper') ON CONFLICT DO NOTHING"),
                {"id": work_id},
            )
            tx.execute(
                text(
                    "INSERT INTO core.full_text VALUES (:id, :id, :sha, 'text/plain', 1, 'x') "
                    "ON CONFLICT DO NOTHING"
                ),
                {"id": work_id, "sha": f"{work_id:064x}"},
            )
            keep_fingerprint(tx, document.parser)
            DocumentStore.save(tx, document, work_id=work_id, run_id=1)
            if embedded:
                chunk_set, vectors, space = embedded
                keep_fingerprint(tx, chunk_set.chunker)
                keep_fingerprint(tx, space.fingerprint)
                ChunkStore.save(
                    tx,
                    chunk_set,
                    EmbeddedChunks(
                        chunk_set_id=chunk_set.chunk_set_id,
                        space_id=space.space_id,
                        vectors=vectors,
                    ),
                    run_id=1,
                )
        return document

    return write


def keep_fingerprint(connection: Any, fingerprint: Any) -> None:
    from etl.store.plain_json import plain_json

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


def under_key(document: Document, key: int) -> Document:
    """The same document under other keys."""
    return replace(document, document_id=key, full_text_id=key)
