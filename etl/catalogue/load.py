"""
Turn catalogue files into questions with content keys.

A question's key follows from what it means, so white space, comments, the order of lines and
terms, and the ``version`` number shown to people change no key, while a new term, cue, prior or
word does: then exactly that question is asked again.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from etl.catalogue.catalogue import Catalogue
from etl.catalogue.derived import parent_record
from etl.catalogue.entry import QuestionEntry, VocabularyEntry
from etl.catalogue.lint import lint_shelf
from etl.catalogue.shelf import BUILT_IN_FOLDER, Shelf, read_shelf
from etl.errors import CatalogueError
from etl.keys import content_key, fingerprint_sha256
from etl.records.question import AnswerType, Question

__all__ = ["load_catalogue"]

_BUILT_IN_NAME = "deep-learning-methods"

#: Types whose answers can hold the terms of a derived question beside their own; links hold
#: hosts without that.
_HOLDS_PARTS = frozenset({AnswerType.ENTITY_LIST, AnswerType.ENUM_LIST, AnswerType.KEY_VALUE_LIST})


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
    entries = {shelved.entry.id: shelved.entry for shelved in shelf.questions}
    own = [
        _build_question(entry, shelf, _find_parts(entry.id, entries))
        for entry in entries.values()
        if entry.derived_from is None
    ]
    asked = {question.question_id: question for question in own}
    derived = [
        _build_derived(entry, shelf, asked[entry.derived_from])
        for entry in entries.values()
        if entry.derived_from is not None
    ]
    questions = own + derived
    return Catalogue(
        name=shelf.folder.resolve().name if folder else _BUILT_IN_NAME,
        questions=tuple(sorted(questions, key=_natural_order)),
    )


def _natural_order(question: Question) -> list[tuple[int, str]]:
    """Sort CQ9 before CQ10 and CQ100 after both."""
    parts = re.split(r"(\d+)", question.question_id)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _find_parts(question_id: str, entries: Mapping[str, QuestionEntry]) -> Sequence[QuestionEntry]:
    """The questions that are answered from this one's answer."""
    return [entry for entry in entries.values() if entry.derived_from == question_id]


def _build_question(
    entry: QuestionEntry, shelf: Shelf, parts: Sequence[QuestionEntry] = ()
) -> Question:
    """
    A question that is asked; it also looks for what the questions derived from it want.

    So a derived answer is a part of its parent's answer and can never contradict it. The parts
    of a list of numbers are ``plain_terms``: names that need no number.
    """
    vocabulary, near = _vocabulary_of(entry, shelf), _near_of(entry, shelf)
    plain: set[str] = set()
    for part in parts if entry.type in _HOLDS_PARTS else ():
        extra = _vocabulary_of(part, shelf)
        plain |= extra.keys() - vocabulary.keys()
        near |= _near_of(part, shelf)
        for term, aliases in extra.items():
            vocabulary[term] = sorted({*vocabulary.get(term, ()), *aliases})
    meaning = _meaning(entry)
    cues = {*meaning["cues"], *(_tidy(cue) for part in parts for cue in part.cues)}
    return _question(
        entry,
        {
            **meaning,
            "cues": sorted(cues) if entry.type in _HOLDS_PARTS else meaning["cues"],
            "vocabulary": dict(sorted(vocabulary.items())),
            "plain_terms": sorted(plain),
        }
        | ({"near": dict(sorted(near.items()))} if near else {}),
    )


def _build_derived(entry: QuestionEntry, shelf: Shelf, parent: Question) -> Question:
    """A question that is answered from its parent: found by the parent's words and priors."""
    question = _question(
        entry,
        {
            **_meaning(entry),
            "vocabulary": _vocabulary_of(entry, shelf),
            "section_prior": dict(parent.section_prior),
            "cues": list(parent.cues),
            "parent": str(parent.spec["sha256"]),
        },
    )
    return replace(question, spec={**question.spec, "parent": parent_record(parent)})


def _vocabulary_of(entry: QuestionEntry, shelf: Shelf) -> dict[str, list[str]]:
    if entry.vocabulary is None:
        return {}
    return _build_vocabulary(shelf.vocabularies[entry.vocabulary].entry)


def _near_of(entry: QuestionEntry, shelf: Shelf) -> dict[str, list[str]]:
    """Term → the words of which one must stand near it; terms that need none are absent."""
    if entry.vocabulary is None:
        return {}
    return {
        _tidy(term.term): sorted({_tidy(word) for word in term.near})
        for term in shelf.vocabularies[entry.vocabulary].entry.terms
        if term.near
    }


def _meaning(entry: QuestionEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "question": _tidy(entry.question),
        "type": entry.type.value,
        "section_prior": dict(sorted(entry.section_prior.items())),
        "cues": sorted({_tidy(cue) for cue in entry.cues}),
        "fields": {name: entry.fields[name].model_dump() for name in sorted(entry.fields)},
        "decision": _build_rule(entry),
        "applicable_if": _build_applicability(entry),
        "derived_from": entry.derived_from,
    }


def _build_rule(entry: QuestionEntry) -> dict[str, Any]:
    """A default that nobody wrote down means nothing, so it does not enter the key."""
    stated = entry.decision.model_dump(exclude_defaults=True)
    return {"rule": entry.decision.rule, "min_support": entry.decision.min_support} | stated


def _question(entry: QuestionEntry, meaning: Mapping[str, Any]) -> Question:
    sha256 = fingerprint_sha256(meaning)
    kept = (
        *("vocabulary", "near", "fields", "decision", "applicable_if", "derived_from"),
        "plain_terms",
    )
    return Question(
        question_version_id=content_key(entry.id, sha256),
        question_id=entry.id,
        version=entry.version,
        key=entry.key,
        text=meaning["question"],
        answer_type=entry.type,
        section_prior=meaning["section_prior"],
        cues=tuple(meaning["cues"]),
        spec={name: meaning[name] for name in kept if name in meaning}
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
