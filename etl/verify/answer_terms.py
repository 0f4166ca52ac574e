"""
The terms of a sentence that state facts: URLs, numbers, names and plain content words.

Reads:    one sentence of a prose answer
Writes:   nothing
Gives up: never
Version:  part of ANSWER_TEXT_VERSION
Next:     the check of prose answers
"""

import re
from dataclasses import dataclass

from etl.words import content_words, iter_words, stem

__all__ = ["SentenceTerms", "read_terms"]

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"()\[\]{}]+|\bdoi:\s?10\.\S+", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?![\w])|(?<=\D)\d+(?:\.\d+)?(?=%)"
)
_TOKEN = re.compile(r"[A-Za-z@][\w@+/.\-]*[\w+]|[A-Za-z]")

#: Stems of words with which answers talk about themselves, their source or their own reasoning.
_TALK = frozenset(
    stem(word)
    for word in iter_words(
        """
        answer text context passage document article author mention explicitly indirectly provide
        specify specifically describe state unspecified information question query name detail
        therefore however additionally firstly secondly finally overall case include consist main
        primary various several employ utilize specific present general purpose allow taking
        advantage fact process task based relate know example one two three another well different
        """
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceTerms:
    """What one sentence asserts, as it stands."""

    urls: tuple[str, ...]
    numbers: tuple[str, ...]
    #: Words that look like names: a capital that does not merely open the sentence.
    names: tuple[str, ...]
    #: Lower-case content words that are no talk about the answer itself.
    words: tuple[str, ...]


def read_terms(sentence: str) -> SentenceTerms:
    """Take a sentence apart; each term once, in order."""
    urls = tuple(dict.fromkeys(match[0].rstrip(".,;:") for match in _URL.finditer(sentence)))
    bare = _URL.sub(" ", sentence)
    names = _names(bare)
    lowered = {part for name in names for part in content_words([name])}
    numbers = tuple(dict.fromkeys(match[0] for match in _NUMBER.finditer(bare)))
    words = [
        word
        for word in content_words([bare])
        if stem(word) not in _TALK and word not in lowered and not word[0].isdigit()
    ]
    return SentenceTerms(urls=urls, numbers=numbers, names=names, words=tuple(words))


def _names(sentence: str) -> tuple[str, ...]:
    found = []
    for match in _TOKEN.finditer(sentence):
        token = match[0].rstrip(".-/")
        opens = not re.search(r"\w", sentence[: match.start()])
        has_inner = any(c.isupper() for c in token[1:]) or "@" in token
        has_digit = any(c.isdigit() for c in token) and any(c.isalpha() for c in token)
        if has_inner or has_digit or (token[:1].isupper() and not opens and len(token) > 1):
            found.append(token)
    return tuple(dict.fromkeys(found))
