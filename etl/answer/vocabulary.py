"""
The terms a typed question accepts, with the forms they take in a text.

Reads:    ``spec["vocabulary"]`` of a question
Writes:   nothing
Gives up: never; a question without a vocabulary has an empty one
Version:  part of the question version, which holds the terms
Next:     the readers of each answer type
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from etl.records.question import Question
from etl.value_text import name_as_told
from etl.words import find_terms, iter_words, stem

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
        return name_as_told(self.term, self.surface)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Canonical names, each with every form that counts as it."""

    #: Name → its forms, the name itself among them.
    terms: Mapping[str, tuple[str, ...]]
    #: Name → stems of which one must stand in the same text; absent for a name that needs none.
    near: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def stands_in(self, text: str) -> bool:
        """True where any form of any term stands in the text and means that term."""
        return any(
            self._means(term, text)
            for term, forms in self.terms.items()
            if any(find_terms(text, form) for form in forms)
        )

    def mentions(self, text: str) -> list[Mention]:
        """
        All mentions of all terms, without those inside a longer mention.

        Returns:
            In order of position, the longer first where two begin together.
        """
        found: set[Mention] = set()
        exact: dict[tuple[int, int], str] = {}
        for term, forms in self.terms.items():
            if not self._means(term, text):
                continue
            for form in forms:
                for start, end in find_terms(text, form):
                    surface = text[start:end]
                    found.add(Mention(term=term, surface=surface, start=start, end=end))
                    if surface.casefold() == form.casefold():
                        exact[start, end] = term
        # ``random seeds`` is a form of its own before it is the plural of another term's.
        found = {m for m in found if exact.get((m.start, m.end), m.term) == m.term}
        ordered = sorted(found, key=lambda m: (m.start, -m.end, m.term))
        return [m for m in ordered if not any(_covers(other, m) for other in ordered)]

    def limited_to(self, terms: Mapping[str, tuple[str, ...]]) -> "Vocabulary":
        """Other terms or forms, with the same words that must stand near them."""
        return Vocabulary(terms=terms, near=self.near)

    def _means(self, term: str, text: str) -> bool:
        """A word that means several things counts where one of its companions stands too."""
        companions = self.near.get(term)
        return companions is None or any(stem(word) in companions for word in iter_words(text))


def build_vocabulary(question: Question) -> Vocabulary:
    """The question's vocabulary; each name counts as a form of itself."""
    raw = question.spec.get("vocabulary") or {}
    terms = {
        str(name): tuple(dict.fromkeys((str(name), *map(str, aliases or ()))))
        for name, aliases in raw.items()
    }
    near: Mapping[str, Sequence[str]] = question.spec.get("near") or {}
    stems = {
        str(name): frozenset(stem(part) for word in words for part in iter_words(str(word)))
        for name, words in near.items()
    }
    return Vocabulary(terms=terms, near=stems)


def _covers(outer: Mention, inner: Mention) -> bool:
    longer = outer.end - outer.start > inner.end - inner.start
    return longer and outer.start <= inner.start and inner.end <= outer.end
