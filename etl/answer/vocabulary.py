"""
The terms a typed question accepts, with the forms they take in a text.

Reads:    ``spec["vocabulary"]`` of a question
Writes:   nothing
Gives up: never; a question without a vocabulary has an empty one
Version:  part of the question version, which holds the terms
Next:     the readers of each answer type
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from etl.records import Question
from etl.words import find_terms

__all__ = ["Mention", "Vocabulary", "build_vocabulary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place where a term literally stands."""

    #: The term's canonical name.
    term: str
    #: As it stands in the text.
    surface: str
    #: First character of the surface.
    start: int
    #: One past its last character.
    end: int

    @property
    def label(self) -> str:
        """The term, and the surface behind it where that says more: a number or version."""
        extra = set(re.findall(r"\d+", self.surface)) - set(re.findall(r"\d+", self.term))
        return f"{self.term} ({self.surface})" if extra else self.term


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Canonical names, each with every form that counts as it."""

    #: Name → its forms, the name itself among them.
    terms: Mapping[str, tuple[str, ...]]

    def stands_in(self, text: str) -> bool:
        """True where any form of any term stands in the text."""
        return any(find_terms(text, form) for forms in self.terms.values() for form in forms)

    def mentions(self, text: str) -> list[Mention]:
        """
        All mentions of all terms, without those inside a longer mention.

        Returns:
            In order of position, the longer first where two begin together.
        """
        found = {
            Mention(term=term, surface=text[start:end], start=start, end=end)
            for term, forms in self.terms.items()
            for form in forms
            for start, end in find_terms(text, form)
        }
        ordered = sorted(found, key=lambda m: (m.start, -m.end, m.term))
        return [m for m in ordered if not any(_covers(other, m) for other in ordered)]


def build_vocabulary(question: Question) -> Vocabulary:
    """The question's vocabulary; each name counts as a form of itself."""
    raw = question.spec.get("vocabulary") or {}
    terms = {
        str(name): tuple(dict.fromkeys((str(name), *map(str, aliases or ()))))
        for name, aliases in raw.items()
    }
    return Vocabulary(terms=terms)


def _covers(outer: Mention, inner: Mention) -> bool:
    longer = outer.end - outer.start > inner.end - inner.start
    return longer and outer.start <= inner.start and inner.end <= outer.end
