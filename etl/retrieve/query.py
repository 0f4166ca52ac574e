"""
What is searched for: the question itself, and its words.

Reads:    one question of the catalogue
Writes:   nothing
Gives up: never
Version:  QUERY_VERSION, part of every retriever recipe
Next:     fusion
"""

from collections.abc import Mapping

from etl.clean_text import clean_text
from etl.records.question import Question
from etl.words import content_words

__all__ = ["QUERY_VERSION", "query_terms", "query_text"]

QUERY_VERSION = "question-and-cues/3"


def query_text(question: Question) -> str:
    """
    The text that is embedded: the bare question, cleaned like the papers' own text.

    A prompt template around it makes all questions alike: their mean cosine rises from 0.38 to
    0.86 and the top four passages overlap by 54 % only with those of the bare question.
    """
    return " ".join(clean_text(_asked_text(question)).text.split())


def query_terms(question: Question) -> list[str]:
    """
    The words of the word search: content words of the question, then of its cues.

    Returns:
        Distinct lower-case words of ``[a-z0-9+.-]``, safe to join into a tsquery or a pattern
        after quoting; may be empty.
    """
    asked = (_asked_text(question), *question.cues)
    return content_words(clean_text(text).text for text in asked)


def _asked_text(question: Question) -> str:
    """A derived question is found by the words of the question that it is answered from."""
    parent = question.spec.get("parent")
    return str(parent["text"]) if isinstance(parent, Mapping) else question.text
