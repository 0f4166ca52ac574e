"""
Turn rows of a file into answers and labels with our names for questions and columns.

Reads:    rows of ``etl.agree.recorded_file``
Writes:   nothing
Gives up: UsageError where a needed column is missing; a bad row is a ``Refusal``
Version:  raw texts are kept beside every reading of them
Next:     ``etl.store.people``
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from etl.agree.labels import read_answer, read_label
from etl.agree.recorded_file import RawRow, Refusal
from etl.errors import UsageError

__all__ = ["ColumnRules", "RecordedAnswer", "RecordedLabel", "answers_of", "labels_of"]

#: Names under which the columns were met, best first; compared without case.
_ALIASES = {
    "paper": ("paper", "uid", "unique_id", "publication", "paper_id", "doi", "no"),
    "question": ("question", "question_id", "cq", "cq_no"),
    "answerer": ("answerer", "model", "system"),
    "answer": ("answer", "text", "response", "cq_answer", "cq_ans"),
    "state": ("state",),
    "value": ("value",),
    "quote": ("quote", "evidence"),
    "annotator": ("annotator", "adjudicator", "reviewer"),
    "label": ("label", "decision", "human_evaluation", "verdict"),
    "comment": ("comment", "note"),
    "about": ("about", "about_answerer"),
    "seconds": ("seconds",),
    "labelled_at": ("labelled_at", "labeled_at", "at"),
    "blind": ("blind", "is_blind"),
    "sample": ("sample",),
}
_QUESTION_NAME = re.compile(r"^([a-z]+)0*(\d+)$")
#: ``Publication_<paper>_CQ5.txt``: one name for paper and question.
_JOINT_NAME = re.compile(r"^Publication_(?P<paper>.+)_(?P<question>CQ\d+)\.txt$")
_SAMPLES = ("random", "chosen", "unstated")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """One recorded answer; raw texts are untouched."""

    line: int
    paper: str
    question_id: str
    answerer: str
    raw: str
    raw_state: str | None
    raw_value: str | None
    quote: str | None
    form: str
    state: str
    basis: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLabel:
    """One label of one person; raw texts are untouched."""

    line: int
    paper: str
    question_id: str
    annotator: str
    #: The answerer whose answer was judged; None for a label on the fact.
    about: str | None
    raw: str
    label: str
    value: str | None
    comment: str | None
    is_blind: bool | None
    sample: str
    seconds: float | None
    #: ISO 8601; None where the file does not say.
    labelled_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRules:
    """How to read the columns of one file."""

    #: Question ids by each name they may have: id, key, text, all folded by ``fold``.
    questions: Mapping[str, str]
    #: Our name of a column, or a question id, to the file's name of it.
    renamed: Mapping[str, str] = field(default_factory=dict)
    #: Values of columns that the file lacks.
    defaults: Mapping[str, str] = field(default_factory=dict)

    def question_of(self, name: str) -> str | None:
        """The id of a question by id (``CQ1`` is ``CQ01``), number, key or text; else None."""
        folded = self.fold(name)
        return self.questions.get(f"cq{folded}" if folded.isdigit() else folded)

    @staticmethod
    def fold(name: str) -> str:
        """A name without case, blanks at its ends and leading zeros of its number."""
        folded = " ".join(name.lower().split())
        folded = folded.lstrip("0") or folded if folded.isdigit() else folded
        match = _QUESTION_NAME.match(folded)
        return match[1] + match[2] if match else folded

    def columns_of(self, names: Iterable[str]) -> dict[str, str]:
        """Our column names to those of a file that has ``names``."""
        by_folded = {name.lower(): name for name in names}
        found = {
            ours: by_folded[alias]
            for ours, aliases in _ALIASES.items()
            for alias in reversed(aliases)
            if alias in by_folded
        }
        return found | {k: v for k, v in self.renamed.items() if k in _ALIASES}

    def wide_columns_of(self, names: Iterable[str]) -> dict[str, str]:
        """Question ids to the columns of a file that has one column a question."""
        asked = {q: c for c in names if (q := self.question_of(c)) is not None}
        renamed = {
            q: column
            for name, column in self.renamed.items()
            if name not in _ALIASES and (q := self.question_of(name)) is not None
        }
        return renamed or asked


def answers_of(
    rows: Iterable[RawRow | Refusal], rules: ColumnRules
) -> Iterator[RecordedAnswer | Refusal]:
    """
    Read recorded answers.

    Args:
        rows: Of one file.
        rules: How to read its columns.

    Yields:
        Answers and refusals in the order of the file.

    Raises:
        UsageError: Its columns do not say paper, question, answerer and answer.
    """
    for row in _long_rows(rows, rules, "answer", ("paper", "answerer")):
        yield row if isinstance(row, Refusal) else _answer_of(row, rules)


def labels_of(
    rows: Iterable[RawRow | Refusal], rules: ColumnRules
) -> Iterator[RecordedLabel | Refusal]:
    """
    Read labels of people.

    Args:
        rows: Of one file.
        rules: How to read its columns.

    Yields:
        Labels and refusals in the order of the file.

    Raises:
        UsageError: Its columns do not say paper, question, annotator and label.
    """
    for row in _long_rows(rows, rules, "label", ("paper", "annotator")):
        yield row if isinstance(row, Refusal) else _label_of(row, rules)


def _long_rows(
    rows: Iterable[RawRow | Refusal], rules: ColumnRules, content: str, needed: tuple[str, ...]
) -> Iterator[RawRow | Refusal]:
    """Rows under our column names; a wide row becomes one row a question."""
    for row in rows:
        if isinstance(row, Refusal):
            yield row
            continue
        columns = rules.columns_of(row.cells)
        cells = dict(rules.defaults)
        cells |= {o: row.cells[f] for o, f in columns.items() if f in row.cells}
        joint = _JOINT_NAME.match(cells.get("paper", ""))
        if joint is not None:
            cells |= joint.groupdict()
        wide = {} if "question" in cells else rules.wide_columns_of(row.cells)
        missing = [name for name in needed if name not in cells]
        missing += [] if wide else [n for n in ("question", content) if n not in cells]
        if missing:
            raise UsageError(
                f"line {row.line} has no {', '.join(missing)}; it has "
                f"{', '.join(row.cells) or 'nothing'}: name it with --column, or give its value"
            )
        for question, column in wide.items():
            if column in row.cells:
                long = {**cells, "question": question, content: row.cells[column]}
                yield RawRow(row.line, long)
        if not wide:
            yield RawRow(row.line, cells)


def _place(cells: Mapping[str, str], rules: ColumnRules, who: str) -> tuple[str, str, str] | str:
    """Paper, question id and name, or why there are none."""
    paper, name = cells["paper"].strip(), cells[who].strip()
    if not paper:
        return "no paper"
    if not name:
        return f"no {who}"
    question_id = rules.question_of(cells["question"])
    if question_id is None:
        return f"unknown question {cells['question'].strip()[:60]!r}"
    return paper, question_id, name


def _answer_of(row: RawRow, rules: ColumnRules) -> RecordedAnswer | Refusal:
    cells = row.cells
    place = _place(cells, rules, "answerer")
    if isinstance(place, str):
        return Refusal(row.line, place)
    value = _or_none(cells.get("value"))
    try:
        read = read_answer(cells["answer"], stated=_or_none(cells.get("state")), value=value)
    except ValueError as error:
        return Refusal(row.line, str(error))
    paper, question_id, answerer = place
    return RecordedAnswer(
        line=row.line,
        paper=paper,
        question_id=question_id,
        answerer=answerer,
        raw=cells["answer"],
        raw_state=_or_none(cells.get("state")),
        raw_value=value,
        quote=_or_none(cells.get("quote")),
        form=read.form,
        state=read.state.value,
        basis=read.basis,
        reason=read.reason,
    )


def _label_of(row: RawRow, rules: ColumnRules) -> RecordedLabel | Refusal:
    cells = row.cells
    place = _place(cells, rules, "annotator")
    if isinstance(place, str):
        return Refusal(row.line, place)
    label = read_label(cells["label"])
    if label is None:
        return Refusal(row.line, f"unknown label {cells['label'].strip()[:60]!r}")
    try:
        seconds = _seconds(cells.get("seconds"))
        labelled_at = _time(cells.get("labelled_at"))
        is_blind = _blind(cells.get("blind"))
        sample = _sample(cells.get("sample"))
    except ValueError as error:
        return Refusal(row.line, str(error))
    paper, question_id, annotator = place
    return RecordedLabel(
        line=row.line,
        paper=paper,
        question_id=question_id,
        annotator=annotator,
        about=_or_none(cells.get("about")),
        raw=cells["label"],
        label=label,
        value=_or_none(cells.get("value")),
        comment=_or_none(cells.get("comment")),
        is_blind=is_blind,
        sample=sample,
        seconds=seconds,
        labelled_at=labelled_at,
    )


def _or_none(text: str | None) -> str | None:
    return text if text is not None and text.strip() else None


def _seconds(text: str | None) -> float | None:
    if _or_none(text) is None:
        return None
    try:
        seconds = float(text or "")
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise ValueError(f"seconds {(text or '')[:40]!r} is no duration")
    return seconds


def _time(text: str | None) -> str | None:
    if _or_none(text) is None:
        return None
    try:
        return datetime.fromisoformat((text or "").strip()).isoformat()
    except ValueError:
        raise ValueError(f"labelled_at {(text or '')[:40]!r} is no ISO 8601 time") from None


def _blind(text: str | None) -> bool | None:
    if _or_none(text) is None:
        return None
    label = read_label(text or "")
    if label not in ("yes", "no"):
        raise ValueError(f"blind {(text or '')[:40]!r} is neither yes nor no")
    return label == "yes"


def _sample(text: str | None) -> str:
    sample = (_or_none(text) or "unstated").strip().lower()
    if sample not in _SAMPLES:
        raise ValueError(f"sample {sample[:40]!r} is none of {', '.join(_SAMPLES)}")
    return sample
