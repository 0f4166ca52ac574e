"""Files are read line by line; what makes no sense is refused with its number."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.agree.recorded_file import RawRow, Refusal, read_rows
from etl.agree.recorded_rows import ColumnRules, RecordedAnswer, answers_of, labels_of
from etl.errors import UsageError

_RULES = ColumnRules(questions={"cq5": "CQ05", "datasets": "CQ05", "which data?": "CQ05"})


@pytest.fixture(autouse=True)
def csv_limit() -> Iterator[None]:
    """Whoever reads leaves the library's own limit as it was."""
    before = csv.field_size_limit()
    yield
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    "name", ["CQ5", "cq05", "5", "05", "datasets", "Datasets ", "Which  DATA?"]
)
def test_a_question_has_many_names(name: str) -> None:
    assert _RULES.question_of(name) == "CQ05"


def test_an_unknown_question_has_none() -> None:
    assert _RULES.question_of("CQ50") is None
    assert _RULES.question_of("") is None


def test_line_numbers_count_lines_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('a,b\n1,"two\nlines"\n\n3\n"x",y\n')
    assert list(read_rows(file)) == [
        RawRow(2, {"a": "1", "b": "two\nlines"}),
        Refusal(5, "1 cells where the header has 2"),
        RawRow(6, {"a": "x", "b": "y"}),
    ]


def test_a_wrong_byte_costs_its_line_only(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a,b\n\xe9,1\n\xc3\xa9,2\n")
    first, second = read_rows(file)
    assert first == Refusal(2, "not in the encoding of the file; give --encoding")
    assert second == RawRow(3, {"a": "é", "b": "2"})
    assert [row.cells["b"] for row in read_rows(file, encoding="latin-1")] == ["1", "2"]  # type: ignore[union-attr]


@pytest.mark.parametrize("encoding", ["no-such", "rot13"])
def test_an_encoding_that_is_none_is_wrong_use(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError):
        list(read_rows(file, encoding=encoding))


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(read_rows(tmp_path / "none.csv"))


def test_the_study_s_joint_name_is_paper_and_question() -> None:
    row = RawRow(2, {"CQ": "long text", "Unique_ID": "Publication_8.pdf_CQ5.txt", "decision": "No"})
    rules = ColumnRules(questions=_RULES.questions, defaults={"annotator": "a"})
    (label,) = labels_of([row], rules)
    assert not isinstance(label, Refusal)
    assert (label.paper, label.question_id, label.label) == ("8.pdf", "CQ05", "no")


def test_columns_can_be_named() -> None:
    rules = ColumnRules(
        questions=_RULES.questions,
        renamed={"paper": "nummer", "CQ5": "Daten"},
        defaults={"answerer": "m"},
    )
    row = RawRow(2, {"nummer": "8", "Daten": "y", "paper": "no", "more": "x"})
    (answer,) = answers_of([row], rules)
    assert isinstance(answer, RecordedAnswer)
    assert (answer.paper, answer.question_id, answer.raw) == ("8", "CQ05", "y")


def test_a_file_without_a_needed_column_is_wrong_use() -> None:
    with pytest.raises(UsageError, match=r"line 2 has no answerer; it has paper, question, answer"):
        list(answers_of([RawRow(2, {"paper": "8", "question": "5", "answer": "y"})], _RULES))
