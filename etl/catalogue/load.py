"""
Turn catalogue files into questions with content keys.

A question's key follows from what it means, so white space, comments, the order of lines and
terms, and the ``version`` number shown to people change no key, while a new term, cue, prior or
word does: then exactly that question is asked again.
"""

import re
import unicodedata
from pathlib import Path
from typing import Any

from etl.catalogue.catalogue import Catalogue
from etl.catalogue.entry import QuestionEntry, VocabularyEntry
from etl.catalogue.lint import lint_shelf
from etl.catalogue.shelf import BUILT_IN_FOLDER, Shelf, read_shelf
from etl.errors import CatalogueError
from etl.keys import content_key, fingerprint_sha256
from etl.records import Question

__all__ = ["load_catalogue"]

_BUILT_IN_NAME = "deep-learning-methods"


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """
    Read a catalogue.

    Args:
        folder: As for :func:`etl.catalogue.shelf.read_shelf`; None takes the built-in one.

    Returns:
        The questions in the order of their ids. ``spec`` holds ``sha256`` (of the meaning),
        ``decision``, ``fields``, ``vocabulary`` (term → aliases, empty without one),
        ``vocabulary_name``, ``applicable_if`` (``uses_dl`` or ``{question, states}``) and
        ``derived_from``, None where absent.

    Raises:
        CatalogueError: The lint has a finding; the message names file and line, one a line.
    """
    shelf = read_shelf(folder or BUILT_IN_FOLDER)
    findings = lint_shelf(shelf)
    if findings:
        raise CatalogueError("\n".join(str(finding) for finding in findings))
    questions = [_build_question(question.entry, shelf) for question in shelf.questions]
    return Catalogue(
        name=shelf.folder.resolve().name if folder else _BUILT_IN_NAME,
        questions=tuple(sorted(questions, key=_natural_order)),
    )


def _natural_order(question: Question) -> list[tuple[int, str]]:
    """Sort CQ9 before CQ10 and CQ100 after both."""
    parts = re.split(r"(\d+)", question.question_id)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _build_question(entry: QuestionEntry, shelf: Shelf) -> Question:
    vocabulary = (
        _build_vocabulary(shelf.vocabularies[entry.vocabulary].entry) if entry.vocabulary else {}
    )
    meaning: dict[str, Any] = {
        "key": entry.key,
        "question": _tidy(entry.question),
        "type": entry.type.value,
        "section_prior": dict(sorted(entry.section_prior.items())),
        "cues": sorted({_tidy(cue) for cue in entry.cues}),
        "vocabulary": vocabulary,
        "fields": {name: entry.fields[name].model_dump() for name in sorted(entry.fields)},
        "decision": entry.decision.model_dump(),
        "applicable_if": _build_applicability(entry),
        "derived_from": entry.derived_from,
    }
    sha256 = fingerprint_sha256(meaning)
    kept = ("vocabulary", "fields", "decision", "applicable_if", "derived_from")
    return Question(
        question_version_id=content_key(entry.id, sha256),
        question_id=entry.id,
        version=entry.version,
        key=entry.key,
        text=meaning["question"],
        answer_type=entry.type,
        section_prior=meaning["section_prior"],
        cues=tuple(meaning["cues"]),
        spec={name: meaning[name] for name in kept}
        | {"vocabulary_name": entry.vocabulary, "sha256": sha256},
    )


def _build_vocabulary(vocabulary: VocabularyEntry) -> dict[str, list[str]]:
    """Sort terms and aliases: their order in the file carries no meaning."""
    terms = {
        _tidy(entry.term): sorted({_tidy(alias) for alias in entry.aliases})
        for entry in vocabulary.terms
    }
    return dict(sorted(terms.items()))


def _build_applicability(entry: QuestionEntry) -> dict[str, Any] | str | None:
    if entry.applicable_if is None or isinstance(entry.applicable_if, str):
        return entry.applicable_if
    return {
        "question": entry.applicable_if.question,
        "states": sorted(set(entry.applicable_if.states)),
    }


def _tidy(text: str) -> str:
    """NFC with single blanks, so that a re-wrapped file means the same."""
    return " ".join(unicodedata.normalize("NFC", text).split())
