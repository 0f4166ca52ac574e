"""How far each walk has come, what was offered, and whose a version is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection

from etl.intake import FullTextLink, Identifier, Notice, Offer, Rights, Validator
from etl.keys import sha256_hex
from etl.records.full_text import FullText
from etl.store.database import Database, rows_of
from etl.store.notices import NoticeStore
from etl.store.plain_json import plain_json, printable
from etl.store.queries import query
from etl.store.takedown import TakedownStore

__all__ = ["WalkStore"]


class WalkStore:
    """Reads and writes ``ops.walk``, ``ops.offer``, ``core.identifier``, ``core.rights``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def today(self) -> date:
        """The day in UTC by the database clock."""
        found: date = self._database.read(query("intake", "today"))[0].today
        return found

    def open_walk(
        self,
        corpus: str,
        source: str,
        *,
        first: date,
        until: date,
        overlap_days: int,
        backfill: str = "",
    ) -> tuple[date, date, str | None]:
        """
        Take up the walk under way, or begin one from the watermark less the overlap.

        A backfill is a walk of its own over exactly these days.

        Returns:
            First and last day, and the cursor to go on from.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                query("intake", "open_walk"),
                {
                    "corpus": corpus,
                    "source": source,
                    "first": first,
                    "until": until,
                    "overlap": overlap_days,
                    "backfill": backfill,
                },
            ).one()
        return row.window_from, row.window_to, row.next_cursor

    def restart_walk(self, corpus: str, source: str, *, backfill: str = "") -> None:
        """Forget the cursor of the walk under way; its window stays."""
        with self._database.transaction() as connection:
            connection.execute(
                query("intake", "restart_walk"),
                {"corpus": corpus, "source": source, "backfill": backfill},
            )

    def save_page(
        self,
        corpus: str,
        source: str,
        offers: Sequence[tuple[Offer, str | None]],
        *,
        next_cursor: str | None,
        backfill: str = "",
    ) -> int:
        """
        Keep a page, its notices and its cursor in one transaction; at the end the watermark moves.

        Returns:
            How many offers are new.
        """
        # Of two records with one id on a page the later stands.
        latest = {offer.source_id: (offer, refusal) for offer, refusal in offers}
        place = {"corpus": corpus, "source": source}
        with self._database.transaction() as connection:
            rows = connection.execute(
                query("intake", "save_offers"),
                {
                    **place,
                    "source_ids": [printable(source_id) for source_id in latest],
                    "stamps": [printable(offer.stamp) for offer, _ in latest.values()],
                    "records": [plain_json(asdict(offer)) for offer, _ in latest.values()],
                    "refusals": [
                        None if refusal is None else printable(refusal)
                        for _, refusal in latest.values()
                    ],
                },
            ).all()
            NoticeStore.save_in(connection, (n for offer, _ in offers for n in offer.notices))
            connection.execute(
                query("intake", "move_walk"),
                {**place, "next_cursor": next_cursor, "backfill": backfill},
            )
        return sum(row.is_new for row in rows)

    def note_walk(
        self,
        corpus: str,
        source: str,
        *,
        stopped: str | None,
        unmatched: Sequence[str],
        backfill: str = "",
    ) -> None:
        """Keep how a run left a walk: why it stopped early, and what it could not use."""
        with self._database.transaction() as connection:
            connection.execute(
                query("intake", "note_walk"),
                {
                    "corpus": corpus,
                    "source": source,
                    "backfill": backfill,
                    "stopped": None if stopped is None else printable(stopped),
                    "unmatched": [printable(reason) for reason in unmatched],
                },
            )

    def walks(self, corpus: str) -> Sequence[Mapping[str, Any]]:
        """How far each walk of a corpus has come, and how the last run left it."""
        return rows_of(self._database.read(query("intake", "walks"), corpus=corpus))

    def offered(self, corpus: str) -> Sequence[tuple[str, Offer]]:
        """Pairs (source, offer) of all offers in their latest form, in a stable order."""
        rows = self._database.read(query("intake", "offered"), corpus=corpus)
        return [(row.source, _offer(row.record)) for row in rows]

    def load_offer(self, corpus: str, source: str, source_id: str) -> Offer:
        """One offer in its latest form."""
        row = self._database.read(
            query("intake", "load_offer"), corpus=corpus, source=source, source_id=source_id
        )[0]
        return _offer(row.record)

    def taken_down(self, names: Iterable[Identifier]) -> str | None:
        """A name among these whose work was taken down; None where there is none."""
        return TakedownStore(self._database).name_of(names)

    def validator(self, url: str) -> Validator | None:
        """What an address said to ask with; None where it was never taken, or said nothing."""
        rows = self._database.read(query("intake", "load_validator"), url_sha256=sha256_hex(url))
        if not rows:
            return None
        row = rows[0]
        return Validator(etag=row.etag, last_modified=row.last_modified, store_path=row.store_path)

    @staticmethod
    def save_validator(
        connection: Connection,
        full_text: FullText,
        link: FullTextLink,
        *,
        etag: str | None,
        last_modified: str | None,
    ) -> None:
        """Keep what an address said to ask with, in the caller's transaction."""
        if etag or last_modified:
            connection.execute(
                query("intake", "save_validator"),
                {
                    "url_sha256": sha256_hex(link.url),
                    "etag": printable(etag) if etag else None,
                    "last_modified": printable(last_modified) if last_modified else None,
                    "full_text_id": full_text.full_text_id,
                },
            )

    @staticmethod
    def save_facts(
        connection: Connection, full_text: FullText, offer: Offer, link: FullTextLink, *, rule: str
    ) -> None:
        """Write names and rights of a version, in the caller's transaction."""
        for name in offer.identifiers:
            connection.execute(
                query("intake", "insert_identifier"),
                {
                    "scheme": name.scheme,
                    "value": name.value,
                    "work_id": full_text.work_id,
                    "source": name.source,
                    "authority": name.authority,
                },
            )
        rights = asdict(link.rights)
        if rights["tdm_basis"] == "unknown" and "override by" in rule:
            rights["tdm_basis"] = "override"
        connection.execute(
            query("intake", "insert_rights"),
            {
                "full_text_id": full_text.full_text_id,
                "source": offer.source,
                # Keys and tokens stand in queries.
                "url": printable(link.url.split("?")[0]),
                "version": link.version,
                "policy": rule,
                **rights,
            },
        )


def _offer(record: dict[str, Any]) -> Offer:
    values = dict(record)
    values["rights"] = Rights(**values["rights"])
    values["identifiers"] = tuple(Identifier(**each) for each in values["identifiers"])
    values["notices"] = tuple(Notice(**each) for each in values.get("notices", ()))
    values["links"] = tuple(
        FullTextLink(**{**each, "rights": Rights(**each["rights"])}) for each in values["links"]
    )
    return Offer(**values)
