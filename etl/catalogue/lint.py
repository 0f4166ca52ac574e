"""
Say what is wrong in a catalogue, with file and line.

A catalogue with any finding is not loaded: a question that means something else than its author
thinks costs one answer a paper.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from etl.catalogue.entry import SECTION_KINDS, Applicability, QuestionEntry, VocabularyEntry
from etl.catalogue.shelf import Finding, Shelf, Shelved, read_shelf
from etl.catalogue.wording import find_example, find_forbidden_character, find_sql
from etl.records.question import AnswerType

__all__ = ["lint_catalogue", "lint_shelf"]

_Question = Shelved[QuestionEntry]
_Vocabulary = Shelved[VocabularyEntry]


def lint_catalogue(folder: Path) -> list[Finding]:
    """
    Check all files of a folder.

    Args:
        folder: As for :func:`etl.catalogue.shelf.read_shelf`.

    Returns:
        Findings by file and line; none for a sound catalogue.

    Raises:
        CatalogueError: The folder does not exist or holds no question file.
    """
    return lint_shelf(read_shelf(folder))


def lint_shelf(shelf: Shelf) -> list[Finding]:
    """Check files already read; the findings of reading them come along."""
    findings = list(shelf.findings)
    for question in shelf.questions:
        findings += _check_wording(question)
        findings += _check_sections(question)
        findings += _check_references(question, shelf)
    findings += _check_duplicates(shelf.questions)
    findings += _check_circles(shelf.questions)
    findings += _check_derivations(shelf.questions)
    for vocabulary in shelf.vocabularies.values():
        findings += _check_vocabulary(vocabulary)
    return sorted(findings, key=lambda found: (str(found.path), found.line, found.message))


def _check_wording(question: _Question) -> Iterator[Finding]:
    example = find_example(question.entry.question)
    if example is not None:
        message = f"the question holds an example or a list: {example!r}; use examples_for_humans"
        yield question.finding("example", message, "question")
    statement = find_sql(question.entry.question)
    if statement is not None:
        message = f"the question holds a database statement: {statement[:60]!r}"
        yield question.finding("sql", message, "question")
    yield from _check_characters(question)


def _check_characters(shelved: _Question | _Vocabulary) -> Iterator[Finding]:
    for location, text in _iter_texts(shelved.file.value):
        character = find_forbidden_character(text)
        if character is not None:
            message = f"holds the control or invisible character {character}"
            yield shelved.finding("character", message, *location)


def _iter_texts(
    value: object, location: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield location, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*location, key), str(key)
            yield from _iter_texts(inner, (*location, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _iter_texts(inner, (*location, index))


def _check_sections(question: _Question) -> Iterator[Finding]:
    for kind in question.entry.section_prior:
        if kind not in SECTION_KINDS:
            message = f"no section kind {kind!r}; there are {', '.join(sorted(SECTION_KINDS))}"
            yield question.finding("section", message, "section_prior", kind)


def _check_references(question: _Question, shelf: Shelf) -> Iterator[Finding]:
    entry = question.entry
    if entry.vocabulary is not None and entry.vocabulary not in shelf.vocabularies:
        message = f"no readable vocabulary {entry.vocabulary!r} in vocabularies/"
        yield question.finding("vocabulary", message, "vocabulary")
    known = {other.entry.id for other in shelf.questions}
    for field, target in _iter_targets(entry):
        if target not in known:
            message = f"{field} names {target}, which is no readable question"
            yield question.finding("reference", message, field)


def _check_derivations(questions: Iterable[_Question]) -> Iterator[Finding]:
    """A derived question has no answer of its own that a further one could be computed from."""
    by_id = {question.entry.id: question for question in questions}
    for question in by_id.values():
        parent = by_id.get(question.entry.derived_from or "")
        if parent is None or parent.entry.derived_from == parent.entry.id:
            continue
        if parent.entry.derived_from is not None:
            message = f"{parent.entry.id} is derived itself; name {parent.entry.derived_from}"
            yield question.finding("derivation", message, "derived_from")
        if question.entry.type not in (AnswerType.ENTITY_LIST, AnswerType.ENUM_LIST):
            message = "only a list of terms can be derived"
            yield question.finding("derivation", message, "type")


def _iter_targets(entry: QuestionEntry) -> Iterator[tuple[str, str]]:
    if entry.derived_from is not None:
        yield "derived_from", entry.derived_from
    if isinstance(entry.applicable_if, Applicability):
        yield "applicable_if", entry.applicable_if.question


def _check_duplicates(questions: Iterable[_Question]) -> Iterator[Finding]:
    first: dict[tuple[str, str], Path] = {}
    for question in questions:
        for field, value in (("id", question.entry.id), ("key", question.entry.key)):
            # Two keys that differ only in a name's case would be one column in SQL.
            seen = first.setdefault((field, value.lower()), question.file.path)
            if seen != question.file.path:
                message = f"{field} {value!r} is already that of {seen.name}"
                yield question.finding("duplicate", message, field)


def _check_circles(questions: Iterable[_Question]) -> Iterator[Finding]:
    """Follow both kinds of dependency together: a circle may mix them."""
    by_id = {question.entry.id: question for question in questions}
    targets = {
        question_id: sorted({target for _, target in _iter_targets(question.entry)})
        for question_id, question in by_id.items()
    }
    for question_id, question in sorted(by_id.items()):
        seen: set[str] = set()
        waiting = list(targets[question_id])
        while waiting:
            target = waiting.pop()
            if target not in seen:
                seen.add(target)
                waiting += targets.get(target, [])
        if question_id in seen:
            field = next(iter(_iter_targets(question.entry)))[0]
            yield question.finding("circle", f"{question_id} depends on itself", field)


def _check_vocabulary(vocabulary: _Vocabulary) -> Iterator[Finding]:
    yield from _check_characters(vocabulary)
    first: dict[str, str] = {}
    for index, entry in enumerate(vocabulary.entry.terms):
        seen: set[str] = set()
        for place, name in enumerate([entry.term, *entry.aliases]):
            tidy = " ".join(name.split())
            # Two spellings of one term may differ in case (Adam, ADAM), two terms may not.
            owner = first.setdefault(tidy.casefold(), entry.term)
            if owner != entry.term or tidy in seen:
                inner: tuple[str | int, ...] = ("aliases", place - 1) if place else ("term",)
                message = f"{name!r} already stands for {owner!r}"
                yield vocabulary.finding("alias", message, "terms", index, *inner)
            seen.add(tidy)
