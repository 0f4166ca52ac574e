"""Audit readings without labels: evidence that carries, names that leak, links nobody wrote."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from etl.answer.urls import squash_url
from etl.evaluate.facts import Fact
from etl.evaluate.figures import Figure
from etl.journey import Reading
from etl.records.ballot import CellState
from etl.records.decision import DecisionState
from etl.records.document import Document, Zone
from etl.records.question import Question
from etl.verify.carried import verify_ballot
from etl.words import find_terms

__all__ = [
    "LINK_QUESTIONS",
    "audit_answers_outside",
    "audit_evidence",
    "audit_foreign_links",
    "audit_leak",
    "audit_links",
]

#: Questions that ask for links: the code's and the records'.
LINK_QUESTIONS = frozenset({"CQ10", "CQ11"})


_READ_ZONES = frozenset({Zone.FRONT, Zone.ABSTRACT, Zone.BODY, Zone.BACK})


def audit_leak(readings: Mapping[str, Reading], questions: Sequence[Question]) -> Figure:
    """Share of answered cells that name a term of the question that the paper does not hold."""
    misses = []
    total = 0
    for name, reading, question, value in _answers(readings, questions):
        total += 1
        text = "\n".join(b.text for b in reading.document.blocks if b.zone in _READ_ZONES)
        terms = question.spec.get("vocabulary") or {}
        for item in _items(value):
            term = item.get("name")
            forms = (str(term), *map(str, terms.get(term) or ()))
            if term and not any(find_terms(text, form) for form in forms):
                misses.append(f"{name}: {question.question_id}: {term}")
                break
    return Figure(
        measure="question terms that stand nowhere in the paper (leak)",
        anchor="27 %",
        hits=len(misses),
        total=total,
        bar=0.01,
        is_ceiling=True,
        misses=tuple(misses),
    )


def audit_evidence(readings: Mapping[str, Reading], questions: Sequence[Question]) -> Figure:
    """Share of answered ballots whose evidence is a source slice that carries the value."""
    by_id = {question.question_version_id: question for question in questions}
    hits = total = 0
    misses = []
    for name, reading in readings.items():
        for ballot in reading.ballots:
            if ballot.state is not CellState.ANSWERED:
                continue
            total += 1
            question = by_id[ballot.question_version_id]
            if verify_ballot(ballot, reading.document, question) == ballot:
                hits += 1
            else:
                misses.append(f"{name}: {question.question_id}")
    return Figure(
        measure="answers carried by a slice of their source",
        anchor="0 %",
        hits=hits,
        total=total,
        bar=1.0,
        misses=tuple(misses),
    )


def audit_links(readings: Mapping[str, Reading], questions: Sequence[Question]) -> Figure:
    """Share of given URLs that stand neither in the text nor among the file's links."""
    total = 0
    misses = []
    for name, reading, question, value in _answers(readings, questions):
        for item in _items(value):
            if "url" not in item:
                continue
            total += 1
            if squash_url(str(item["url"])) not in _written(reading.document):
                misses.append(f"{name}: {question.question_id}: {item['url']}")
    return Figure(
        measure="links that the paper does not hold (invented)",
        anchor="1 of 3",
        hits=len(misses),
        total=total,
        bar=0.0,
        is_ceiling=True,
        misses=tuple(misses),
    )


def audit_foreign_links(
    facts: Sequence[Fact],
    readings: Mapping[str, Reading],
    questions: Sequence[Question],
    *,
    measure: str,
) -> Figure:
    """Share of links given as a paper's own that its labels do not name: those of others."""
    own = {
        (fact.paper, fact.question_id): {squash_url(quote) for quote in fact.quotes}
        for fact in facts
        if fact.question_id in LINK_QUESTIONS
    }
    total = 0
    misses = []
    for name, _, question, value in _answers(readings, questions):
        for item in _items(value) if (name, question.question_id) in own else ():
            total += 1
            if squash_url(str(item.get("url"))) not in own[name, question.question_id]:
                misses.append(f"{name}: {question.question_id}: {item.get('url')}")
    return Figure(
        measure=measure,
        anchor="none",
        hits=len(misses),
        total=total,
        bar=0.0,
        is_ceiling=True,
        misses=tuple(misses),
    )


def audit_answers_outside(readings: Mapping[str, Reading], questions: Sequence[Question]) -> Figure:
    """Share of cells answered in papers to which no question applies."""
    answered = [f"{name}: {q.question_id}" for name, _, q, _ in _answers(readings, questions)]
    return Figure(
        measure="cells answered in papers outside the field",
        anchor="16 %",
        hits=len(answered),
        total=sum(len(reading.decisions) for reading in readings.values()),
        bar=0.01,
        is_ceiling=True,
        misses=tuple(answered),
    )


def _answers(
    readings: Mapping[str, Reading], questions: Sequence[Question]
) -> Iterator[tuple[str, Reading, Question, Any]]:
    by_id = {question.question_version_id: question for question in questions}
    for name, reading in readings.items():
        for decision in reading.decisions:
            if decision.state is DecisionState.ANSWERED:
                yield name, reading, by_id[decision.question_version_id], decision.value


def _items(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _written(document: Document) -> str:
    texts = [block.text for block in document.blocks]
    return "\n".join(squash_url(text) for text in [*texts, *(link.url for link in document.links)])
