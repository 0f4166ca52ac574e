"""Whose version a content is: works are found, merged or set side by side for people to look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from etl.errors import UsageError
from etl.identity import Likeness, Naming, Title, author_key, compare, title_key, title_of
from etl.intake import Identifier, Offer
from etl.records.full_text import FoundItem, FullText
from etl.store.database import Database, rows_of
from etl.store.plain_json import printable
from etl.store.queries import query

__all__ = ["IdentityStore"]

_RULE = "rule"


class IdentityStore:
    """Reads and writes ``core.work_merge``, ``core.match_candidate`` and ``core.match_verdict``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def find_work(
        connection: Connection, item: FoundItem, full_text: FullText, offer: Offer
    ) -> FullText:
        """
        Find the work that fetched bytes are a version of, in the caller's transaction.

        The same bytes, the same record, or a shared strong name without conflict; else the
        bytes are a work of their own. Holds a lock until the transaction ends.

        Returns:
            The full text with its work.
        """
        connection.execute(query("identity", "lock_identity"))
        place = {"source": item.source, "locator": item.locator}
        for statement, values in (
            ("work_of_content", {"sha256": full_text.sha256}),
            ("work_of_place", place),
        ):
            known = connection.execute(query("identity", statement), values).scalar_one_or_none()
            if known is not None:
                return replace(full_text, work_id=known)
        naming = Naming(identifiers=offer.identifiers, titles=(title_of(offer),))
        others = _namesakes(connection, offer.identifiers, None)
        namings = _namings(connection, others)
        for work_id in others:
            if compare(naming, namings[work_id]).likeness is Likeness.SAME:
                return replace(full_text, work_id=work_id)
        return full_text

    @staticmethod
    def settle(connection: Connection, full_text: FullText, offer: Offer) -> None:
        """
        Keep a version's title, then look at the works that may be the same one.

        Works that the new names join are merged into the one known first; what people have to
        decide becomes a candidate. In the transaction that wrote the names.
        """
        title = title_of(offer)
        connection.execute(
            query("identity", "insert_title"),
            {
                "full_text_id": full_text.full_text_id,
                "source": offer.source,
                "source_id": printable(offer.source_id),
                "title": printable(offer.title),
                "title_key": title_key(offer.title),
                "first_author": author_key(offer.first_author),
                "year": title.year,
            },
        )
        work_id = full_text.work_id
        own = _namings(connection, [work_id])[work_id]
        others = [
            *_namesakes(connection, own.identifiers, work_id),
            *_like_titled(connection, title, work_id),
        ]
        namings = _namings(connection, others)
        for other in dict.fromkeys(others):
            found = compare(own, namings[other])
            if found.likeness is Likeness.SAME:
                work_id = _merge(connection, work_id, other, found.detail, _RULE)
            elif found.likeness is not Likeness.UNRELATED:
                connection.execute(
                    query("identity", "insert_candidate"),
                    {
                        "one": work_id,
                        "other": other,
                        "reason": found.likeness,
                        "detail": printable(found.detail),
                        "score": found.score,
                    },
                )

    def candidates(self, *, only_open: bool) -> Sequence[Mapping[str, Any]]:
        """Pairs of works that may be one."""
        return rows_of(self._database.read(query("identity", "candidates"), only_open=only_open))

    def merge(self, one: int, other: int, *, reason: str, by: str) -> int:
        """
        Merge two works because a person says so.

        Returns:
            The work that goes on: the one known first.

        Raises:
            UsageError: They are the same, merged before, or taken down.
        """
        try:
            with self._database.transaction() as connection:
                connection.execute(query("identity", "lock_identity"))
                _say(connection, one, other, "same", reason, by)
                return _merge(connection, one, other, reason, by)
        except IntegrityError as error:
            raise _unusable(one, other) from error

    def keep_apart(self, one: int, other: int, *, reason: str, by: str) -> None:
        """
        Say that two works are two; the rule will not merge them any more.

        Raises:
            UsageError: One of them is not known.
        """
        try:
            with self._database.transaction() as connection:
                _say(connection, one, other, "different", reason, by)
        except IntegrityError as error:
            raise _unusable(one, other) from error


def _unusable(one: int, other: int) -> UsageError:
    return UsageError(
        f"works {one} and {other} are not two works that stand: unknown, the same, "
        "merged before, or taken down"
    )


def _say(connection: Connection, one: int, other: int, verdict: str, reason: str, by: str) -> None:
    values = {"one": one, "other": other, "verdict": verdict}
    connection.execute(
        query("identity", "insert_verdict"),
        {**values, "reason": printable(reason), "decided_by": printable(by)},
    )


def _merge(connection: Connection, one: int, other: int, why: str, who: str) -> int:
    """Merge the younger work into the elder; returns the elder."""
    pair = connection.execute(query("identity", "elder"), {"one": one, "other": other}).scalars()
    new_id, *rest = pair
    connection.execute(
        query("identity", "merge_works"),
        {
            "old_id": rest[0] if rest else new_id,
            "new_id": new_id,
            "why": printable(why),
            "who": printable(who),
        },
    )
    return int(new_id)


def _namesakes(
    connection: Connection, identifiers: Iterable[Identifier], work_id: int | None
) -> list[int]:
    names = list(identifiers)
    rows = connection.execute(
        query("identity", "namesakes"),
        {
            "schemes": [name.scheme for name in names],
            "values": [printable(name.value) for name in names],
            "work_id": work_id,
        },
    )
    return [row.work_id for row in rows]


def _like_titled(connection: Connection, title: Title, work_id: int) -> list[int]:
    if not title.key:
        return []
    rows = connection.execute(
        query("identity", "like_titled"),
        {
            "title_key": title.key,
            "first_author": title.first_author,
            "year": title.year,
            "work_id": work_id,
        },
    )
    return list(rows.scalars())


def _namings(connection: Connection, work_ids: Sequence[int]) -> dict[int, Naming]:
    """All names of works, by their keys."""
    asked = {"work_ids": list(work_ids)}
    names: dict[int, list[Identifier]] = {work_id: [] for work_id in work_ids}
    titles: dict[int, list[Title]] = {work_id: [] for work_id in work_ids}
    if work_ids:
        for row in connection.execute(query("identity", "names_of"), asked):
            names[row.work_id].append(
                Identifier(
                    scheme=row.scheme, value=row.value, source=row.source, authority=row.authority
                )
            )
        for row in connection.execute(query("identity", "titles_of"), asked):
            titles[row.work_id].append(
                Title(key=row.title_key, first_author=row.first_author, year=row.year)
            )
    return {
        work_id: Naming(identifiers=tuple(names[work_id]), titles=tuple(titles[work_id]))
        for work_id in work_ids
    }
