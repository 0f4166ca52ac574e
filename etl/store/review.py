"""The review desk: whose turn it is, one label more, taken back, and the last word on a fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from etl.errors import StaleAttemptError, UsageError
from etl.keys import content_key
from etl.store.database import Database, rows_of
from etl.store.plain_json import printable
from etl.store.queries import query

__all__ = ["REVIEW_LABELS", "ReviewItem", "ReviewStore", "Word"]

#: What a person may say of a fact; ``missing`` is for blank cells of files only.
REVIEW_LABELS = ("yes", "no", "partly", "unclear", "not_applicable")
_SOURCE = "review desk"
#: Statements for the two kinds of words: is it there, the last one, the one that counts, one more.
_STATEMENTS = {
    "label": ("has_label", "last_label", "standing_label", "insert_label"),
    "adjudication": (
        "has_adjudication",
        "last_adjudication",
        "standing_adjudication",
        "insert_adjudication",
    ),
}
_Rows = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a person says of one fact: that a paper reports what a question asks for, or not."""

    work_id: int
    question_id: str
    #: Who says it.
    person: str
    #: One of ``REVIEW_LABELS``.
    label: str
    #: The value as the person reads it; None where only the label was given.
    value: str | None = None
    comment: str | None = None
    #: From showing the item to giving the label, >= 0; None where not measured.
    seconds: float | None = None
    #: True where neither an answer nor another label was shown.
    is_blind: bool = False
    #: ``random`` where the cell was drawn at random from the corpus, ``chosen`` from the queue.
    sample: str = "chosen"
    #: The fence: the id of the last word that the form was drawn from (``ReviewItem.after``);
    #: None where there was none. A word said since then refuses this one.
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """The next cell for one person; what a blind reader must not see is None."""

    work_id: int
    paper: str
    title: str
    document_id: int
    question_id: str
    question: str
    answer_type: str
    #: label, second label or adjudicate.
    task: str
    #: To be given back as ``Word.after``.
    after: int | None
    #: Order of the queue, 0..1.
    priority: float
    #: That the answer is yes, 0..1.
    probability: float | None
    decision_state: str | None
    #: Weight of yes among the votes for yes or no, 0..1, and how many were heard.
    share: float | None
    voter_count: int | None
    #: Labels of the annotators; only where the task is to adjudicate.
    labels: tuple[Mapping[str, Any], ...] = ()


class ReviewStore:
    """Appends what people say; nothing they said is ever changed or deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_item(
        self,
        person: str,
        *,
        is_blind: bool = True,
        may_adjudicate: bool = False,
        question_id: str | None = None,
        skipped: Sequence[tuple[int, str]] = (),
    ) -> ReviewItem | None:
        """
        Find the cell whose label would tell most and that this person has not labelled.

        Args:
            person: Who will label.
            is_blind: Keep answers, votes and labels of others from the item.
            may_adjudicate: Also give disputed cells, with the labels in dispute; a person who
                labelled a cell never adjudicates it.
            question_id: Of this question only.
            skipped: Pairs of work and question that the person has put aside.

        Returns:
            The item, or None where nothing is left for this person.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                query("pages_review", "waiting_cells"),
                {
                    "person": _named(person),
                    "may_adjudicate": may_adjudicate,
                    "question_id": question_id,
                    "skipped_works": [work for work, _ in skipped],
                    "skipped_questions": [question for _, question in skipped],
                    "row_limit": 1,
                },
            ).one_or_none()
            if row is None:
                return None
            told: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
            del told["question_key"]
            cell = {"work_id": row.work_id, "question_id": row.question_id, "person": person}
            if row.task == "adjudicate":
                last = connection.execute(query("review", "last_adjudication"), cell)
                labels = tuple(
                    rows_of(connection.execute(query("review", "standing_labels"), cell))
                )
            else:
                last = connection.execute(query("review", "last_label"), cell)
                labels = ()
                if is_blind:
                    hidden = ("probability", "decision_state", "share", "voter_count")
                    told |= dict.fromkeys(hidden)
            before = last.one_or_none()
        return ReviewItem(**told, after=before.word_id if before else None, labels=labels)

    def record_label(self, word: Word) -> int:
        """
        Append one person's label on one fact.

        Sending the same form twice writes one row. A second label of the same person on the
        same fact is a change of mind: it counts from now on, and the first stays readable.

        Returns:
            Id of the label.

        Raises:
            UsageError: Work, question or label does not exist, or the person has no name.
            StaleAttemptError: The person said something else since the form was drawn.
        """
        return self._append(word, "label", withdraws=None)

    def adjudicate(self, word: Word) -> int:
        """
        Append the last word on a fact; the newest one holds.

        Returns:
            Id of the word.

        Raises:
            UsageError: As for :meth:`record_label`.
            StaleAttemptError: Somebody adjudicated since the form was drawn.
        """
        return self._append(word, "adjudication", withdraws=None)

    def withdraw_label(
        self, work_id: int, question_id: str, person: str, *, word_id: int | None = None
    ) -> int | None:
        """
        Take back the person's label that counts; the one before it counts again.

        Args:
            work_id: Key of the work.
            question_id: The question.
            person: Whose label it is.
            word_id: The label that is meant: sent twice, only the first takes something back.
                None for whichever counts now.

        Returns:
            Id of the row that takes it back, or None where there is nothing to take back.
        """
        return self._withdraw(work_id, question_id, person, "label", word_id)

    def withdraw_adjudication(
        self, work_id: int, question_id: str, person: str, *, word_id: int | None = None
    ) -> int | None:
        """The same for this person's last word on a fact."""
        return self._withdraw(work_id, question_id, person, "adjudication", word_id)

    def last_word(self, work_id: int, question_id: str, person: str) -> int | None:
        """What a form on this fact has to give back as ``Word.after``; withdrawals count."""
        cell = {"work_id": work_id, "question_id": question_id, "person": person}
        rows = self._database.read(query("review", "last_label"), **cell)
        return int(rows[0].word_id) if rows else None

    def last_adjudication(self, work_id: int, question_id: str) -> int | None:
        """The same for a form that has the last word, whoever had it before."""
        cell = {"work_id": work_id, "question_id": question_id}
        rows = self._database.read(query("review", "last_adjudication"), **cell)
        return int(rows[0].word_id) if rows else None

    def standing_adjudication(self, work_id: int, question_id: str, person: str) -> int | None:
        """Id of this person's last word that was not taken back; None where there is none."""
        cell = {"work_id": work_id, "question_id": question_id, "person": person}
        rows = self._database.read(query("review", "standing_adjudication"), **cell)
        return int(rows[0].word_id) if rows else None

    def standing_labels(self, work_id: int, question_id: str) -> _Rows:
        """What each annotator holds of a fact now, by name; not for a blind reader."""
        return rows_of(
            self._database.read(
                query("review", "standing_labels"), work_id=work_id, question_id=question_id
            )
        )

    def people_at_work(self) -> _Rows:
        """Each annotator with labels, blind ones among them, seconds and the last time."""
        return rows_of(self._database.read(query("review", "people_at_work")))

    def live_agreement(
        self, first: str, second: str, *, question_id: str | None = None
    ) -> Mapping[str, Any] | None:
        """
        How far two annotators agree by now, of one question or of all together.

        Returns:
            The row of ``out.agreement``: counts, raw agreement, kappa, AC1 and alpha, with the
            reason where undefined; None where they have no cell in common.
        """
        rows = self._database.read(
            query("review", "live_agreement"), first=first, second=second, question_id=question_id
        )
        return dict(rows[0]._mapping) if rows else None  # noqa: SLF001

    def _withdraw(
        self, work_id: int, question_id: str, person: str, kind: str, meant: int | None
    ) -> int | None:
        word = Word(work_id=work_id, question_id=question_id, person=person, label="withdrawn")
        cell = {"work_id": work_id, "question_id": question_id, "person": person}
        with self._database.transaction() as connection:
            _lock(connection, word, kind)
            standing = connection.execute(query("review", _STATEMENTS[kind][2]), cell).one_or_none()
            if standing is None or meant not in (None, standing.word_id):
                return None
            paper = _paper_of(connection, work_id)
            word_id = content_key("withdrawn", kind, standing.word_id)
            _insert(connection, word, kind, paper, word_id, standing.word_id)
        return word_id

    def _append(self, word: Word, kind: str, *, withdraws: int | None) -> int:
        _check(word)
        word_id = _key(word, kind)
        cell = {"work_id": word.work_id, "question_id": word.question_id, "person": word.person}
        with self._database.transaction() as connection:
            _lock(connection, word, kind)
            if connection.execute(
                query("review", _STATEMENTS[kind][0]), {"word_id": word_id}
            ).scalar():
                return word_id
            known = {"question_id": word.question_id}
            if not connection.execute(query("review", "is_known_question"), known).scalar():
                raise UsageError(f"there is no question {word.question_id!r}")
            paper = _paper_of(connection, word.work_id)
            last = connection.execute(query("review", _STATEMENTS[kind][1]), cell).one_or_none()
            if (last.word_id if last else None) != word.after:
                raise StaleAttemptError(
                    f"{word.question_id} of this paper has another {kind} since this form was "
                    "opened; nothing was written, look at it again"
                )
            _insert(connection, word, kind, paper, word_id, withdraws)
        return word_id


def _check(word: Word) -> None:
    _named(word.person)
    if word.label not in REVIEW_LABELS:
        raise UsageError(f"{word.label!r} is no label; one of {', '.join(REVIEW_LABELS)}")
    if word.sample not in ("random", "chosen"):
        raise UsageError(f"{word.sample!r} is no sample; random or chosen")
    if word.seconds is not None and not 0 <= word.seconds < 1e9:
        raise UsageError(f"{word.seconds} seconds is no duration")


def _named(person: str) -> str:
    if not person.strip():
        raise UsageError("a label needs the name of who gives it")
    return printable(person)


def _key(word: Word, kind: str) -> int:
    """Who said what of which fact after what; a form sent twice has one key."""
    said = (word.label, word.value, word.comment, word.after)
    who = (word.work_id, word.question_id, word.person)
    return content_key(kind, *who, *("" if part is None else f"={part}" for part in said))


def _lock(connection: Connection, word: Word, kind: str) -> None:
    cell = {"kind": kind, "work_id": word.work_id, "question_id": word.question_id}
    connection.execute(query("review", "lock_cell"), cell)


def _paper_of(connection: Connection, work_id: int) -> int:
    for name in ("paper_of_work", "name_work"):
        row = connection.execute(query("review", name), {"work_id": work_id}).one_or_none()
        if row is not None:
            return int(row.foreign_paper_id)
    raise UsageError(f"there is no work {work_id}")


def _insert(
    connection: Connection,
    word: Word,
    kind: str,
    paper: int,
    word_id: int,
    withdraws: int | None,
) -> None:
    connection.execute(
        query("review", _STATEMENTS[kind][3]),
        {
            "word_id": word_id,
            "foreign_paper_id": paper,
            "question_id": word.question_id,
            "person": printable(word.person),
            "label": word.label,
            "value": printable(word.value) if word.value else None,
            "comment": printable(word.comment) if word.comment else None,
            "is_blind": word.is_blind,
            "sample": word.sample,
            "seconds": word.seconds,
            "source_name": _SOURCE,
            "withdraws": withdraws,
        },
    )
