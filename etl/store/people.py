"""What others said: answers of other systems and labels of people, on their way into ``core``."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from etl.errors import UsageError
from etl.store.bulk import copy_rows
from etl.store.database import Database, rows_of
from etl.store.plain_json import printable
from etl.store.queries import query

__all__ = ["AnswerToSearch", "FoundQuote", "ImportCounts", "ImportLine", "PeopleStore"]

#: One COPY holds at most so many rows and characters: memory stays flat however long the file.
_BATCH_ROWS = 2000
_BATCH_CHARS = 4_000_000
_COLUMNS = (
    "item",
    "line",
    "paper",
    "question_id",
    "who",
    "raw",
    "form",
    "raw_state",
    "raw_value",
    "quote",
    "state",
    "state_basis",
    "reason",
    "about",
    "label",
    "comment",
    "is_blind",
    "sample",
    "seconds",
    "labelled_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """One answer or label of a file; None where the kind has no such thing."""

    line: int
    paper: str
    question_id: str
    who: str
    raw: str
    form: str | None = None
    raw_state: str | None = None
    raw_value: str | None = None
    quote: str | None = None
    state: str | None = None
    state_basis: str | None = None
    reason: str | None = None
    about: str | None = None
    label: str | None = None
    comment: str | None = None
    is_blind: bool | None = None
    sample: str | None = None
    seconds: float | None = None
    labelled_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCounts:
    """What an import did; ``read = written + unchanged + refused``."""

    read: int
    written: int
    #: Already here, or repeated within the file.
    unchanged: int
    #: ``(line, reason)`` of rows that the database would not take.
    refused: Sequence[tuple[int, str]]
    #: Names of papers matched to a full text, and names without one.
    matched_papers: int
    created_papers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerToSearch:
    """A foreign answer whose words may stand in a document."""

    foreign_paper_id: int
    question_id: str
    answerer: str
    form: str
    raw: str
    #: The passage named as proof; None where none.
    quote: str | None


class FoundQuote(Protocol):
    """A place in a document, as ``etl.agree.quote_match`` finds it."""

    @property
    def block_index(self) -> int:
        """The block."""

    @property
    def char_start(self) -> int:
        """First character in the block."""

    @property
    def char_end(self) -> int:
        """One past the last character."""

    @property
    def match_kind(self) -> str:
        """Exact or fuzzy."""

    @property
    def similarity(self) -> float:
        """0..1."""


#: Given ``(block_index, text)`` of a document, returns what finds an answer's words in it.
Searcher = Callable[
    [Sequence[tuple[int, str]]], Callable[[AnswerToSearch], "Sequence[FoundQuote] | None"]
]


class PeopleStore:
    """Writes foreign answers and labels, reads what is computed from them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def question_names(self, others: Sequence[str] = ()) -> dict[str, str]:
        """
        All names of all questions.

        Args:
            others: Ids of questions that this catalogue does not ask; they are written down.

        Returns:
            Id, key and text of each question, each to the id.

        Raises:
            UsageError: There is no question at all.
        """
        with self._database.transaction() as connection:
            for question_id in others:
                connection.execute(
                    query("people", "name_question"), {"question_id": printable(question_id)}
                )
            rows = connection.execute(query("people", "question_names")).all()
        if not rows:
            raise UsageError("there are no questions yet; run `florilegium catalogue load`")
        weak = {name: row.question_id for row in rows for name in (row.text, row.key) if name}
        return weak | {row.question_id: row.question_id for row in rows}

    def import_answers(self, lines: Iterable[ImportLine], source_name: str) -> ImportCounts:
        """Write recorded answers in one transaction; what is there stays as it is."""
        return self._import(lines, source_name, "insert_answers", "conflicting_answers")

    def import_annotations(self, lines: Iterable[ImportLine], source_name: str) -> ImportCounts:
        """Write labels in one transaction; a change of mind is a further row."""
        return self._import(lines, source_name, "insert_annotations", None)

    def import_adjudications(self, lines: Iterable[ImportLine], source_name: str) -> ImportCounts:
        """Write last words on facts in one transaction."""
        return self._import(lines, source_name, "insert_adjudications", None)

    def is_spoken_of(self, work_id: int) -> bool:
        """False where nobody but our own answerers has said anything that may be of this work."""
        rows = self._database.read(query("people", "is_spoken_of"), work_id=work_id)
        return bool(rows[0].is_spoken_of)

    def adopt_papers(self, work_id: int) -> None:
        """Join what was said of a paper under its names before its full text was here."""
        with self._database.transaction() as connection:
            connection.execute(query("people", "adopt_papers"), {"work_id": work_id})

    def search_evidence(self, searcher: Searcher, *, work_id: int | None = None) -> None:
        """
        Hold answers against the readings in force that they were not held against yet.

        One document a transaction; a new reading of a paper is searched anew.

        Args:
            searcher: Its inner function gives None where an answer holds nothing to look for,
                else the places found.
            work_id: Of this work only.
        """
        found = self._database.read(query("people", "documents_to_search"), work_id=work_id)
        for (document_id,) in found:
            with self._database.transaction() as connection:
                self._search_document(connection, document_id, searcher)

    def evidence_counts(self) -> dict[str, int]:
        """Foreign answers by evidence status."""
        counts = self._database.read(query("people", "evidence_counts"))
        return {row.evidence_status: row.answer_count for row in counts}

    def pair_labels(self) -> list[Mapping[str, Any]]:
        """Label patterns of each pair of raters with their number of cells."""
        return rows_of(self._database.read(query("people", "pair_labels")))

    def panel_labels(self) -> list[Mapping[str, Any]]:
        """Cells of each panel by how many said yes and no."""
        return rows_of(self._database.read(query("people", "panel_labels")))

    def prevalence(self, *, by_venue: bool = False) -> list[Mapping[str, Any]]:
        """The counts of ``out.prevalence``, or of ``out.prevalence_by_venue``."""
        name = "prevalence_by_venue" if by_venue else "prevalence"
        return rows_of(self._database.read(query("people", name)))

    def _import(
        self, lines: Iterable[ImportLine], source_name: str, insert: str, conflicts: str | None
    ) -> ImportCounts:
        with self._database.transaction() as connection:
            read = sum(_copy_batches(connection, lines))
            matched = len(connection.execute(query("people", "match_papers")).all())
            refused = _refusals(connection, "ambiguous_lines")
            refused += _refusals(connection, "nameless_lines")
            connection.execute(query("people", "create_works"))
            created = len(connection.execute(query("people", "create_papers")).all())
            written = connection.execute(
                query("people", insert), {"source_name": printable(source_name)}
            ).rowcount
            refused += _refusals(connection, conflicts) if conflicts else []
            connection.execute(query("people", "clear_lines"))
        return ImportCounts(
            read=read,
            written=written,
            unchanged=read - written - len(refused),
            refused=sorted(refused),
            matched_papers=matched,
            created_papers=created,
        )

    @staticmethod
    def _search_document(connection: Connection, document_id: int, searcher: Searcher) -> None:
        key = {"document_id": document_id}
        blocks = connection.execute(query("people", "visible_blocks"), key).all()
        find = searcher([(row.block_index, row.text) for row in blocks])
        for row in connection.execute(query("people", "waiting_answers"), key).all():
            answer = AnswerToSearch(**row._mapping)  # noqa: SLF001
            found = find(answer)
            cell = {
                "foreign_paper_id": answer.foreign_paper_id,
                "question_id": answer.question_id,
                "answerer": answer.answerer,
                "form": answer.form,
            }
            for rank, place in enumerate(found or (), start=1):
                connection.execute(
                    query("people", "insert_foreign_evidence"),
                    cell
                    | key
                    | {
                        "evidence_rank": rank,
                        "block_index": place.block_index,
                        "char_start": place.char_start,
                        "char_end": place.char_end,
                        "match_kind": place.match_kind,
                        "similarity": place.similarity,
                    },
                )
            connection.execute(
                query("people", "settle_evidence"),
                cell | key | {"evidence_status": _status(found)},
            )


def _status(found: Sequence[FoundQuote] | None) -> str:
    if found is None:
        return "no_quote"
    kinds = {place.match_kind for place in found}
    return "exact" if "exact" in kinds else "fuzzy" if kinds else "unsupported"


def _refusals(connection: Connection, name: str) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in connection.execute(query("people", name))]


def _copy_batches(connection: Connection, lines: Iterable[ImportLine]) -> Iterator[int]:
    batch: list[tuple[Any, ...]] = []
    chars = 0
    for item, line in enumerate(lines, start=1):
        batch.append((item, *(_field(getattr(line, name)) for name in _COLUMNS[1:])))
        chars += len(line.raw)
        if len(batch) >= _BATCH_ROWS or chars >= _BATCH_CHARS:
            copy_rows(connection, "ops.import_line", _COLUMNS, batch)
            yield len(batch)
            batch, chars = [], 0
    if batch:
        copy_rows(connection, "ops.import_line", _COLUMNS, batch)
        yield len(batch)


def _field(value: object) -> object:
    return printable(value) if isinstance(value, str) else value
