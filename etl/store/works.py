"""What was found and fetched: sightings, works, full texts, places."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from etl.errors import Outcome
from etl.records.full_text import FoundItem, FullText, MediaType
from etl.store.database import Database, rows_of
from etl.store.plain_json import printable
from etl.store.queries import query
from etl.store.runs import Claim

__all__ = ["WorkStore"]


class WorkStore:
    """Reads and writes ``ops.sighting``, ``core.work``, ``core.full_text``, ``core.location``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_sightings(
        self, run_id: int, items: Sequence[FoundItem], *, maximum: int | None = None
    ) -> None:
        """
        Write down everything a source offers; unchanged places are known at once.

        Args:
            run_id: The run.
            items: In the source's order.
            maximum: Most items to be taken; the others stay for the next run. None for all.
        """
        with self._database.transaction() as connection:
            connection.execute(
                query("fetch", "insert_sightings"),
                {
                    "run_id": run_id,
                    "sources": [item.source for item in items],
                    "locators": [item.locator for item in items],
                    "etags": [item.etag for item in items],
                    "codes": [item.refusal.code if item.refusal else None for item in items],
                    "maximum": maximum,
                },
            )
            connection.execute(
                query("fetch", "mark_duplicates"), {"run_id": run_id, "work_id": None}
            )

    def load_sighting(self, sighting_id: int) -> FoundItem:
        """The item a sighting stands for."""
        row = self._database.read(query("fetch", "load_sighting"), sighting_id=sighting_id)[0]
        return FoundItem(source=row.source, locator=row.locator, etag=row.etag)

    def untaken(self, run_id: int) -> Sequence[Mapping[str, Any]]:
        """What a run found and did not take, with reasons; the first thousand."""
        return rows_of(self._database.read(query("fetch", "untaken"), run_id=run_id))

    def load_full_text(self, full_text_id: int) -> FullText:
        """One full text's record."""
        row = self._database.read(query("fetch", "load_full_text"), full_text_id=full_text_id)[0]
        return FullText(
            full_text_id=row.full_text_id,
            sha256=row.sha256,
            media_type=MediaType(row.media_type),
            byte_count=row.byte_count,
            store_path=row.store_path,
            work_id=row.work_id,
        )

    @staticmethod
    def save_full_text(
        connection: Connection,
        claim: Claim,
        item: FoundItem,
        full_text: FullText,
        *,
        version: str = "unknown",
    ) -> None:
        """
        Write work, full text and place, in the caller's transaction.

        Args:
            connection: Of the transaction that ends the item.
            claim: The item.
            item: Where it was found.
            full_text: What was found.
            version: published, accepted, preprint or unknown.
        """
        connection.execute(
            query("fetch", "insert_work"),
            {"work_id": full_text.work_id, "name": printable(item.locator)},
        )
        is_new = connection.execute(
            query("fetch", "insert_full_text"),
            {
                "full_text_id": full_text.full_text_id,
                "work_id": full_text.work_id,
                "sha256": full_text.sha256,
                "media_type": full_text.media_type,
                "byte_count": full_text.byte_count,
                "store_path": full_text.store_path,
                "version": version,
            },
        ).one_or_none()
        connection.execute(
            query("fetch", "insert_location"),
            {
                "source": item.source,
                "locator": item.locator,
                "etag": item.etag,
                "full_text_id": full_text.full_text_id,
            },
        )
        WorkStore._end(connection, claim, "new" if is_new else "known", full_text.full_text_id)
        connection.execute(
            query("fetch", "mark_duplicates"),
            {"run_id": claim.run_id, "work_id": full_text.work_id},
        )

    @staticmethod
    def end_sighting(connection: Connection, claim: Claim, outcome: Outcome) -> None:
        """Write down that no bytes could be taken, in the caller's transaction."""
        state = "excluded" if outcome.code.is_exclusion else "failed"
        WorkStore._end(connection, claim, state, None, outcome)

    @staticmethod
    def _end(
        connection: Connection,
        claim: Claim,
        state: str,
        full_text_id: int | None,
        outcome: Outcome | None = None,
    ) -> None:
        connection.execute(
            query("fetch", "end_sighting"),
            {
                "sighting_id": claim.subject_id,
                "outcome": state,
                "full_text_id": full_text_id,
                "code": outcome.code if outcome else None,
                "detail": printable(outcome.detail) if outcome else None,
            },
        )
