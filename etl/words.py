r"""
Words and terms of a text: one tokenizer, one stemmer, one rule for "this term stands here".

Retrieval, answering and verification all ask whether a word or a vocabulary term stands in a
text; they ask it here, so a value that an answerer found is found again when it is verified.

A **word** matches ``[a-z0-9]+([+.-]+[a-z0-9]+)*\+*`` after NFKC and lower-casing, so
``r-cnn``, ``0.001``, ``v3.1`` and ``c++`` are single words.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["content_words", "find_terms", "iter_words", "stem"]

_WORD = re.compile(r"[a-z0-9]+(?:[+.\-]+[a-z0-9]+)*\+*")
_HYPHENS = re.compile("[\u2010-\u2015\u2212\u00ad]")

#: English function words and the question words of a catalogue; they find nothing by themselves.
_STOP_WORDS = frozenset(
    _WORD.findall(
        """
    a about above after again against all also an and any are as at be because been before being
    below between both but by can could did do does doing done down during each etc few for from
    further had has have having he her here hers him his how i if in into is it its itself just
    may me might more most much must my no nor not of off on once one only or other our ours out
    over own per same she should so some such than that the their theirs them then there these
    they this those through to too under until up upon used using very via was we were what when
    where whether which while who whom whose why will with within without would you your use uses
    given give gives paper study work stated reported described applied employed
    """
    )
)


def iter_words(text: str) -> list[str]:
    """All words of a text in order, lower-cased; empty for a text without any."""
    folded = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text)).lower()
    return _WORD.findall(folded)


def stem(word: str) -> str:
    """
    Cut the commonest English endings: ``images``/``image`` and ``trained``/``training`` meet.

    One pass of suffix stripping in the spirit of step 1 of Porter (Program 14, 1980): plural
    ``-ies``/``-es``/``-s``, then ``-ing``/``-ed`` where three letters with a vowel stay, a
    doubled last consonant is undoubled, a last ``-e`` goes. Words with a digit or a sign stay.

    Args:
        word: One lower-case word.

    Returns:
        The stem, at least two characters for any word of two.
    """
    if not word.isalpha() or len(word) <= 3:
        return word
    base = _without_plural(word)
    for ending in ("ing", "ed"):
        rest = base.removesuffix(ending)
        if rest != base and len(rest) >= 3 and re.search("[aeiouy]", rest):
            base = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    return base.removesuffix("e") if len(base) > 3 else base


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def content_words(texts: Iterable[str]) -> list[str]:
    """
    The words that carry meaning, each once, in order of first appearance.

    Args:
        texts: Any texts, for example a question and its cues.

    Returns:
        Distinct words of ``[a-z0-9+.-]`` that are no stop word and no single letter.
    """
    found = (word for text in texts for word in iter_words(text))
    return list(dict.fromkeys(w for w in found if w not in _STOP_WORDS and len(w) > 1))


def find_terms(text: str, alias: str) -> list[tuple[int, int]]:
    """
    Find the places where a vocabulary alias literally stands as a word of its own.

    White space and hyphens between the alias's words are interchangeable, ``-ise`` equals
    ``-ize``, and a plural ``s`` may follow. An alias of at most five characters with an upper
    case letter (``SGD``, ``Adam``, ``IoU``) is matched with its case, all others without. A name
    with an upper-case letter may carry a version (``ResNet-101``, ``YOLOv5``, ``DeepLabv3+``).

    Args:
        text: Where to look.
        alias: A word or phrase; one without a letter or digit finds nothing.

    Returns:
        ``(start, end)`` of each place in order; ``text[start:end]`` is the term as it stands.
    """
    # Most aliases stand nowhere; a plain substring test of their longest word says so before
    # the pattern is tried (an answerer asks this 100,000 times a paper).
    if not re.search(r"\w", alias) or _longest_word(alias) not in _folded(text):
        return []
    return [match.span() for match in _term_pattern(alias.strip()).finditer(text)]


@lru_cache(maxsize=1024)
def _folded(text: str) -> str:
    """Lower case with ``z`` as ``s``, because ``-ize`` equals ``-ise``."""
    return text.lower().replace("z", "s")


@lru_cache(maxsize=8192)
def _longest_word(alias: str) -> str:
    return max(re.findall(r"[a-z0-9]+", _folded(alias)), key=len, default="")


@lru_cache(maxsize=8192)
def _term_pattern(alias: str) -> re.Pattern[str]:
    parts = [_part(part) for part in re.split(r"[\s\-\u2010-\u2015]+", alias) if part]
    core = r"[\s\-\u2010-\u2015]{0,2}".join(parts) if "-" in alias else _spaced(parts)
    is_name = any(letter.isupper() for letter in alias)
    plural = "" if alias[-1:].isdigit() else "(?:e?s)?"
    # A number glued to several words is a citation (``Detection API80``), to one a version.
    glued = r"|-?\d+(?:\.\d+)*\+?" if len(parts) == 1 else ""
    version = rf"(?:[\s\-]?v\d+(?:\.\d+)*\+?{glued})?" if is_name else ""
    flags = re.NOFLAG if is_name and len(alias) <= 5 else re.IGNORECASE
    return re.compile(rf"(?<!\w){core}{plural}{version}(?!\w)", flags)


def _spaced(parts: list[str]) -> str:
    return r"[\s\-\u2010-\u2015]{1,3}".join(parts)


def _part(part: str) -> str:
    return re.sub(r"i[sz](?=(?:e|ed|es|ing|er|ers|ation|ations)$)", "i[sz]", re.escape(part))
