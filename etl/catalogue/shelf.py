"""Take the files of a catalogue folder from the shelf: parsed and typed, not yet judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from etl.catalogue.entry import QuestionEntry, VocabularyEntry
from etl.catalogue.yaml_file import YamlFile, read_yaml_file
from etl.errors import CatalogueError

__all__ = ["BUILT_IN_FOLDER", "Finding", "Shelf", "Shelved", "read_shelf"]

#: The catalogue that comes with the package.
BUILT_IN_FOLDER = Path(__file__).parent

_EntryT = TypeVar("_EntryT", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong in a catalogue."""

    path: Path
    #: 1-based.
    line: int
    #: Short name of the broken rule.
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved(Generic[_EntryT]):
    """One typed entry and the file it came from."""

    file: YamlFile
    entry: _EntryT

    def finding(self, rule: str, message: str, *location: str | int) -> Finding:
        """Build a finding on the line where *location* stands in this file."""
        line = self.file.line_of(*location)
        return Finding(path=self.file.path, line=line, rule=rule, message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All that could be read of a folder, and what could not."""

    folder: Path
    #: In the order of their file names.
    questions: tuple[Shelved[QuestionEntry], ...]
    #: By name, which is the file's name without ``.yaml``.
    vocabularies: Mapping[str, Shelved[VocabularyEntry]]
    findings: tuple[Finding, ...]


def read_shelf(folder: Path) -> Shelf:
    """
    Read every question and vocabulary of a folder.

    Args:
        folder: Holds ``questions/`` and ``vocabularies/``, or the question files themselves.
            A vocabulary the folder does not have is taken from the built-in catalogue.

    Returns:
        What could be read; a file that could not is a finding and the others go on.

    Raises:
        CatalogueError: The folder does not exist or holds no question file.
    """
    inner = folder / "questions"
    question_paths = sorted((inner if inner.is_dir() else folder).glob("*.yaml"))
    if not question_paths:
        raise CatalogueError(f"{folder}: no question file (*.yaml) here or in questions/")
    findings: list[Finding] = []
    read = [_read_entry(path, QuestionEntry, findings) for path in question_paths]
    questions = tuple(question for question in read if question is not None)
    vocabularies = {
        path.stem: _read_entry(path, VocabularyEntry, findings)
        for path in _find_vocabularies(folder, questions)
    }
    return Shelf(
        folder=folder,
        questions=questions,
        vocabularies={name: found for name, found in vocabularies.items() if found is not None},
        findings=tuple(findings),
    )


def _find_vocabularies(folder: Path, questions: Sequence[Shelved[QuestionEntry]]) -> list[Path]:
    """All of the folder, and of the built-in ones those that a question asks for."""
    own = {path.stem: path for path in folder.glob("vocabularies/*.yaml")}
    wanted = {question.entry.vocabulary for question in questions} - own.keys()
    borrowed = [path for path in BUILT_IN_FOLDER.glob("vocabularies/*.yaml") if path.stem in wanted]
    return sorted([*own.values(), *borrowed])


def _read_entry(
    path: Path, model: type[_EntryT], findings: list[Finding]
) -> Shelved[_EntryT] | None:
    try:
        file = read_yaml_file(path)
    except CatalogueError as error:
        findings.append(_finding_of(path, error))
        return None
    try:
        return Shelved(file=file, entry=model.model_validate(file.value))
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            where = [step for step in problem["loc"] if step != "[key]"]
            name = ".".join(str(step) for step in where) or "file"
            findings.append(
                Finding(
                    path=path,
                    line=file.line_of(*where),
                    rule="schema",
                    message=f"{name}: {problem['msg']}",
                )
            )
        return None


def _finding_of(path: Path, error: CatalogueError) -> Finding:
    """Split ``path:line: message`` again; the reader's errors all have this form."""
    line, message = str(error).removeprefix(f"{path}:").split(": ", 1)
    return Finding(path=path, line=int(line), rule="yaml", message=message)
