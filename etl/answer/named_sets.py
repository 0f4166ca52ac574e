"""
Find the proper names of datasets that no vocabulary knows: ``the UBDH dataset``.

Reads:    the sentences of the passages of a question about datasets
Writes:   nothing
Gives up: never
Version:  NAMED_SET_VERSION, part of the extractive answerer's fingerprint
Next:     the reader of terms
"""

import re
from collections.abc import Iterable

from etl.answer.vocabulary import Vocabulary
from etl.records import Question
from etl.words import iter_words

__all__ = ["NAMED_SET_VERSION", "asks_for_sets", "with_named_sets"]

NAMED_SET_VERSION = "named-sets/1"

_NAME = r"[A-Z][\w\-]*[A-Z0-9][\w\-]*(?: (?:19|20)\d\d)?"
_SET = r"(?:data\s?sets?|data\s?bases?|corpus|benchmark|collection|herbarium)"
#: A word with two capitals or a capital and a digit, at most two plain words, then a set; or a
#: set with such a word in brackets behind it. A word with one capital is left out: at the head
#: of a sentence it need not be a name.
_NAMED = re.compile(
    rf"(?<![\w\-])(?P<before>{_NAME})\s+"
    r"(?:(?:training|test|testing|validation|images?|reference|sound|audio|video|benchmark"
    rf"|annotated|labell?ed|public)\s+){{0,2}}{_SET}\b"
    rf"|\b{_SET}\s+\((?P<behind>{_NAME})\)"
)
#: Capitals that name a kind of file, model, place or method and never a set.
_NO_SET = re.compile(
    r"^(?:R?CNNs?|DNNs?|ANNs?|RNNs?|DL|ML|AI|RGB|UAVs?|GPS|GIS|LiDAR|GPUs?|CPUs?|SQL\w*|XML|CSV"
    r"|JSON|PDF|\w*PNG|JPE?G|WAV|[23]D|DNA|RNA|PCR|SVM|PCA|IUCN|NCBI|USA?|UK|EU|URL|ID|III?)$",
    re.IGNORECASE,
)


def asks_for_sets(question: Question) -> bool:
    """True where the question's own words ask for datasets."""
    return bool({"dataset", "datasets"} & set(iter_words(question.text)))


def with_named_sets(vocabulary: Vocabulary, texts: Iterable[str]) -> Vocabulary:
    """
    Add each proper name that stands right before, or in brackets behind, a word for a set.

    Args:
        vocabulary: Names that are known already stay as they are.
        texts: The sentences of the passages, so that a name is only known from this paper.

    Returns:
        A vocabulary in which each new name has itself as its only form.
    """
    names = {
        match["before"] or match["behind"]: match[0]
        for text in texts
        for match in _NAMED.finditer(text)
    }
    new = {
        name: (name,)
        for name, surface in sorted(names.items())
        if not _NO_SET.match(name) and not vocabulary.stands_in(f"{name} {surface}")
    }
    return Vocabulary(terms={**vocabulary.terms, **new})
