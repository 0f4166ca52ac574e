"""Other systems as voters: their recorded answers on the way to ballots."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from etl.records.ballot import Ballot
from etl.records.question import Question
from etl.records.recipe import Fingerprint
from etl.store.ballots import BallotStore, question_of
from etl.store.database import Database
from etl.store.plain_json import plain_json
from etl.store.queries import query

__all__ = ["ForeignAnswer", "ForeignPlace", "ForeignStore"]

#: Runs count from 1: a night must not count as asked what others answered long before.
_NO_RUN = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignPlace:
    """A slice of a block that an answer repeats."""

    block_index: int
    char_start: int
    char_end: int
    #: exact or fuzzy.
    match_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignAnswer:
    """A recorded answer that may become a ballot on the reading in force."""

    document_id: int
    question: Question
    answerer: str
    form: str
    state: str
    reason: str | None
    #: At most 20,000 characters.
    raw: str
    places: tuple[ForeignPlace, ...]


class ForeignStore:
    """Reads recorded answers of one work, writes their ballots."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unregistered(self, work_id: int) -> list[tuple[str, str]]:
        """Name and form of systems that spoke of a work and have no fingerprint yet."""
        rows = self._database.read(query("people", "foreign_answerers"), work_id=work_id)
        return [(row.answerer, row.form) for row in rows]

    def to_cast(self, work_id: int) -> list[ForeignAnswer]:
        """Answers that are no ballots yet and can be: proven in this reading, or claiming none."""
        with self._database.transaction() as connection:
            key = {"work_id": work_id}
            rows = connection.execute(query("people", "foreign_ballots_to_cast"), key).all()
            if not rows:
                return []
            here = key | {"document_id": rows[0].document_id}
            places: dict[tuple[str, str, str], list[ForeignPlace]] = {}
            for row in connection.execute(query("people", "foreign_places"), here):
                place = ForeignPlace(
                    block_index=row.block_index,
                    char_start=row.char_start,
                    char_end=row.char_end,
                    match_kind=row.match_kind,
                )
                places.setdefault((row.question_id, row.answerer, row.form), []).append(place)
        return [
            ForeignAnswer(
                document_id=row.document_id,
                question=question_of(row._mapping),  # noqa: SLF001 - SQLAlchemy's public name for it
                answerer=row.answerer,
                form=row.form,
                state=row.state,
                reason=row.reason,
                raw=row.raw,
                places=tuple(places.get((row.question_id, row.answerer, row.form), ())),
            )
            for row in rows
        ]

    def register(self, fingerprints: Sequence[Fingerprint]) -> None:
        """Give other systems their keys; they are never in force, so nothing is asked of them."""
        with self._database.transaction() as connection:
            for fingerprint in fingerprints:
                self._register(connection, fingerprint)

    def save(self, ballots: Sequence[Ballot]) -> None:
        """Write ballots with their evidence, in one transaction; what is there stays."""
        with self._database.transaction() as connection:
            for ballot in ballots:
                # No run asked it and no chunk was searched for it: it has no passages.
                BallotStore.save(connection, ballot, (), chunk_set_id=0, run_id=_NO_RUN)

    @staticmethod
    def _register(connection: Connection, fingerprint: Fingerprint) -> None:
        connection.execute(
            query("run", "register_fingerprint"),
            {
                "fingerprint_id": fingerprint.fingerprint_id,
                "stage": fingerprint.stage,
                "name": fingerprint.name,
                "sha256": fingerprint.sha256,
                "recipe": plain_json(fingerprint.recipe),
            },
        )
