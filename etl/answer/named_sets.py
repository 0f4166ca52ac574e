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
from etl.records.question import Question
from etl.words import iter_words

__all__ = ["NAMED_SET_VERSION", "asks_for_sets", "with_named_sets"]

NAMED_SET_VERSION = "named-sets/2"

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
    r"|JSON|PDF|\w*PNG|JPE?G|WAV|[23]D|DNA|RNA|PCR|SVM|PCA|IUCN|NCBI|USA?|UK|EU|URL|ID|III?|NLP|NMT|NLU|NLG|ASR|OCR|NER|LMs?|LLMs?|GANs?|APIs?)$",
    re.IGNORECASE,
)

#: Two capitals label a column or a state as often as a set.
_MIN_NAME = 3


def asks_for_sets(question: Question) -> bool:
    """True where the question's own words ask for datasets."""
    return bool({"dataset", "datasets"} & set(iter_words(question.text)))


def with_named_sets(
    vocabulary: Vocabulary, texts: Iterable[str], *, whole_text: str = ""
) -> Vocabulary:
    """
    Add each proper name that stands right before, or in brackets behind, a word for a set.

    Args:
        vocabulary: Names that are known already stay as they are.
        texts: The sentences of the passages, so that a name is only known from this paper.
        whole_text: The paper. Capitals that it spells out in small letters (``language
            identification (LID)``) name a task or a thing, no set.

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
        if len(name) >= _MIN_NAME
        and not _NO_SET.match(name)
        and not vocabulary.stands_in(f"{name} {surface}")
        and not _is_spelled_small(name, whole_text)
    }
    return vocabulary.limited_to({**vocabulary.terms, **new})


def _is_spelled_small(name: str, text: str) -> bool:
    """True where a name stands in brackets behind small words that hold its letters in order."""
    if not name.isupper():
        return False
    words = rf"((?:\b[a-z]+[\s-]+){{1,{len(name)}}})\({re.escape(name)}s?\)"
    return any(
        _holds_letters(match[1], name.lower()) and not re.search(rf"\b{_SET}\b", match[1])
        for match in re.finditer(words, text)
    )


def _holds_letters(words: str, letters: str) -> bool:
    """The letters stand in this order in the words, the first of them at a word's beginning."""
    pattern = rf"\b{letters[0]}" + "".join(f".*?{re.escape(letter)}" for letter in letters[1:])
    return re.search(pattern, words) is not None
