"""
Read recorded answers and labels from a file, line by line, refusing what makes no sense.

Reads:    CSV (long, or one column a question), JSON lines, or a folder of text files
Writes:   nothing
Gives up: UsageError where the file as a whole has no use; a bad line is a ``Refusal``
Version:  memory is that of the longest line
Next:     ``etl.agree.recorded_rows``
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from etl.errors import UsageError

if TYPE_CHECKING:
    from _csv import Reader as _Reader

__all__ = ["MAX_CELL_CHARS", "RawRow", "Refusal", "read_rows"]

#: A cell of 10 MB is fine; beyond this a quote was never closed.
MAX_CELL_CHARS = 64 * 1024 * 1024
_TEXT_FILE = re.compile(r"^(?P<paper>.+)_(?P<question>[A-Za-z]+\d+)\.txt$")
_JSON_ENDINGS = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line of a file, as text."""

    #: 1-based line where it begins; number of the file for a folder.
    line: int
    #: By the file's own column names; a column that a JSON line lacks is absent.
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line that was not taken, and why."""

    line: int
    reason: str


def read_rows(path: Path, *, encoding: str = "utf-8") -> Iterator[RawRow | Refusal]:
    """
    Read one file or folder.

    A byte order mark decides over ``encoding``. Columns of a CSV are parted by comma, semicolon
    or tab, whichever its first line holds most. A line that is not in ``encoding`` is refused.

    Args:
        path: ``.jsonl`` is read as JSON lines, a folder as ``[ANSWERER/]PAPER_QUESTION.txt``
            files, everything else as CSV with a first line of column names.
        encoding: Any that Python knows.

    Yields:
        Rows and refusals in the order of the file.

    Raises:
        UsageError: The path cannot be read, the file is empty, or the encoding is unknown.
    """
    try:
        if path.is_dir():
            yield from _folder_rows(path, encoding)
            return
        with path.open("rb") as raw:
            chosen = _encoding_of(raw.read(4), encoding)
            raw.seek(0)
            # Wrong bytes become lone surrogates, so that they cost one line and not the file.
            text = io.TextIOWrapper(raw, encoding=chosen, errors="surrogateescape", newline="")
            is_json = path.suffix.lower() in _JSON_ENDINGS
            yield from (_json_rows if is_json else _csv_rows)(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (LookupError, UnicodeError) as error:
        raise UsageError(f"{path} cannot be read as {encoding}: {error}") from error


def _encoding_of(start: bytes, encoding: str) -> str:
    if start.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    return "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else encoding


def _csv_rows(text: TextIO) -> Iterator[RawRow | Refusal]:
    first = text.readline()
    if not first.strip():
        raise UsageError("the file is empty or does not begin with a line of column names")
    delimiter = max(",;\t", key=first.count)
    before = csv.field_size_limit(MAX_CELL_CHARS)
    try:
        header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
        if len(set(header)) != len(header):
            raise UsageError("two columns have the same name")
        yield from _csv_body(csv.reader(text, delimiter=delimiter, strict=True), header)
    finally:
        csv.field_size_limit(before)


def _csv_body(reader: "_Reader", header: list[str]) -> Iterator[RawRow | Refusal]:
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refusal(line, f"not CSV: {error}")
            continue
        if not cells:
            continue
        if len(cells) != len(header):
            yield Refusal(line, f"{len(cells)} cells where the header has {len(header)}")
        elif _is_wrongly_encoded("".join(cells)):
            yield Refusal(line, "not in the encoding of the file; give --encoding")
        else:
            yield RawRow(line, dict(zip(header, cells, strict=True)))


def _json_rows(text: TextIO) -> Iterator[RawRow | Refusal]:
    for line, body in enumerate(iter(lambda: text.readline(MAX_CELL_CHARS), ""), start=1):
        if not body.strip():
            continue
        if _is_wrongly_encoded(body):
            yield Refusal(line, "not in the encoding of the file; give --encoding")
            continue
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as error:
            yield Refusal(line, f"not JSON: {error}")
            continue
        if isinstance(found, dict):
            yield RawRow(line, {k: _as_text(v) for k, v in found.items() if v is not None})
        else:
            yield Refusal(line, "not a JSON object")


def _folder_rows(folder: Path, encoding: str) -> Iterator[RawRow | Refusal]:
    for number, path in enumerate(sorted(folder.rglob("*.txt")), start=1):
        name = str(path.relative_to(folder))
        match = _TEXT_FILE.match(path.name)
        if match is None:
            yield Refusal(number, f"{name}: the name is not PAPER_QUESTION.txt")
            continue
        content = path.read_bytes()
        try:
            answer = content.decode(_encoding_of(content[:4], encoding))
        except UnicodeError:
            yield Refusal(number, f"{name}: not in the encoding of the file; give --encoding")
            continue
        cells = {"paper": match["paper"], "question": match["question"], "answer": answer}
        if path.parent != folder:
            cells["answerer"] = path.parent.name
        yield RawRow(number, cells)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_wrongly_encoded(text: str) -> bool:
    """True where surrogateescape had to stand in for a byte."""
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)
