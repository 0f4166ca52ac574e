"""
Turn a model's answer into a typed value with the sentences that carry it.

Reads:    an answer of the right form, its document and its question
Writes:   nothing
Gives up: never; what no cited sentence carries is left for verify to reject
Version:  LLM_VALUE_VERSION, part of the fingerprint of every language model
Next:     the answerer, which makes the ballot
"""

import re
from collections.abc import Sequence

from etl.answer.reading import Item, Reading, build_reading
from etl.answer.urls import find_urls, host_of, squash_url
from etl.answer.vocabulary import Vocabulary, build_vocabulary
from etl.llm.schema import ModelAnswer
from etl.records.ballot import CellState
from etl.records.document import Document
from etl.records.question import AnswerType, Question
from etl.words import find_terms

__all__ = ["LLM_VALUE_VERSION", "read_model_answer"]

LLM_VALUE_VERSION = "model-values/1"

#: More sentences an item prove no more and are tedious to read.
_MAX_SENTENCES = 3
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)


def read_model_answer(
    document: Document, question: Question, answer: ModelAnswer
) -> Reading | tuple[CellState, str]:
    """
    Give the typed value in the forms that the extractive answerer uses.

    Names are brought to the vocabulary's spelling where they hold one of its terms; an
    ``enum_list`` takes no others. The vocabulary itself never reaches the model.

    Returns:
        A reading; or ``not_reported`` with its reason.
    """
    if answer.verdict == "not_stated":
        return CellState.NOT_REPORTED, "the model finds it not stated"
    if question.answer_type is AnswerType.YES_NO:
        value = {"verdict": answer.verdict, "surface": answer.value}
        return Reading(value=value, value_text=answer.verdict, sentences=answer.evidence, score=1.0)
    if answer.verdict == "no":
        return CellState.NOT_REPORTED, "the model reads that the paper denies it"
    if question.answer_type is AnswerType.SHORT_TEXT:
        return Reading(
            value=answer.value, value_text=answer.value, sentences=answer.evidence, score=1.0
        )
    cited = [(index, document.text_of(document.sentences[index])) for index in answer.evidence]
    vocabulary = build_vocabulary(question)
    items: list[Item] = []
    match question.answer_type:
        case AnswerType.URL_LIST:
            items = [item for url in answer.value for item in _links(url, cited)]
        case AnswerType.KEY_VALUE_LIST:
            items = [_key_value(row, vocabulary, cited) for row in answer.value]
        case AnswerType.ENUM_LIST:
            items = [i for text in answer.value for i in _terms(text, vocabulary, cited)]
        case _:
            items = [_entity(text, vocabulary, cited) for text in answer.value]
    reading = build_reading(_distinct(items))
    return reading or (CellState.NOT_REPORTED, "nothing of the model's value is in its sentences")


_Cited = Sequence[tuple[int, str]]


def _entity(text: str, vocabulary: Vocabulary, cited: _Cited) -> Item:
    terms = {mention.term for mention in vocabulary.mentions(text)}
    name = terms.pop() if len(terms) == 1 else text
    value = {"name": name, "surface": text}
    return Item(value=value, label=name, sentences=_carriers(text, cited), score=1.0)


def _terms(text: str, vocabulary: Vocabulary, cited: _Cited) -> list[Item]:
    return [
        Item(
            value={"name": mention.term, "surface": mention.surface},
            label=mention.term,
            sentences=_carriers(mention.surface, cited),
            score=1.0,
        )
        for mention in vocabulary.mentions(text)
    ]


def _key_value(row: dict[str, str], vocabulary: Vocabulary, cited: _Cited) -> Item:
    terms = {mention.term for mention in vocabulary.mentions(row["name"])}
    name = terms.pop() if len(terms) == 1 else row["name"]
    amount, unit = row["value"], row["unit"] or None
    # Models like to write the unit behind the number as well.
    if unit is not None and amount.lower().endswith(unit.lower()) and len(amount) > len(unit):
        amount = amount[: -len(unit)].rstrip()
    number = float(amount) if _NUMBER.fullmatch(amount) else None
    both = [pair for pair in cited if _stands(row["name"], pair[1])]
    return Item(
        value={
            "name": name,
            "surface": row["name"],
            "value": amount,
            "number": number,
            "unit": unit,
        },
        label=" ".join(part for part in (name, amount, unit) if part),
        sentences=_carriers(amount, both or cited),
        score=1.0,
    )


def _links(url: str, cited: _Cited) -> list[Item]:
    """The address as its sentence spells it; one that no sentence spells in full is dropped."""
    for index, text in cited:
        for whole, _, _ in find_urls(text):
            if squash_url(whole) == squash_url(url):
                value = {"url": whole, "host": host_of(whole), "role": "own"}
                return [Item(value=value, label=whole, sentences=(index,), score=1.0)]
    return []


def _carriers(text: str, cited: _Cited) -> tuple[int, ...]:
    """The cited sentences that hold a text; all of them where none does: verify rejects it."""
    found = [index for index, sentence in cited if _stands(text, sentence)]
    return tuple(found or [index for index, _ in cited])[:_MAX_SENTENCES]


def _stands(text: str, sentence: str) -> bool:
    return bool(find_terms(sentence, text)) or _folded(text) in _folded(sentence)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _distinct(items: Sequence[Item]) -> list[Item]:
    """One item a label, its first."""
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(item.label, item)
    return list(found.values())
