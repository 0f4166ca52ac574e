"""
Judge decisions against hand-labelled facts.

Two forms are read: a table of facts (a question, patterns that its answer must match, a quote),
and a file that says for every paper and question which pieces of the text answer it.
"""

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from etl.errors import UsageError
from etl.evaluate.recall import holds_half
from etl.journey import Reading
from etl.records.ballot import Evidence
from etl.records.decision import Decision, DecisionState
from etl.records.question import Question

__all__ = [
    "Fact",
    "Verdict",
    "evidence_of",
    "judge_facts",
    "load_fact_table",
    "load_sample_facts",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a careful reader finds for one question in one paper."""

    #: File name of the paper.
    paper: str
    question_id: str
    #: False where the paper does not say it.
    is_answerable: bool
    #: Regular expressions that must all match the typed value; none asks for no value.
    patterns: tuple[str, ...] = ()
    #: Pieces of the paper; evidence is right when it holds half of any.
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One fact and what became of it."""

    fact: Fact
    is_right: bool
    #: One line: the state, or which part was wrong.
    reason: str


def load_fact_table(path: Path) -> list[Fact]:
    """
    Read a CSV with the columns pdf, cq, answerable, answer_must_match_all, quote.

    Raises:
        UsageError: The file is missing or lacks a column.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [_fact(row) for row in csv.DictReader(file)]
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (KeyError, ValueError) as error:
        raise UsageError(f"{path} is no table of facts: {error!r}") from error


def load_sample_facts(path: Path) -> list[Fact]:
    """
    Read a YAML file ``paper: {question: [piece of the text, …]}``; no piece means "not said".

    Raises:
        UsageError: The file is missing or has another form.
    """
    try:
        papers = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    if not isinstance(papers, Mapping) or not all(isinstance(a, Mapping) for a in papers.values()):
        raise UsageError(f"{path} is no file of facts")
    return [
        Fact(
            paper=str(paper),
            question_id=str(question_id),
            is_answerable=bool(quotes),
            quotes=tuple(map(str, quotes)),
        )
        for paper, answers in papers.items()
        for question_id, quotes in answers.items()
    ]


def judge_facts(
    facts: Iterable[Fact], readings: Mapping[str, Reading], questions: Sequence[Question]
) -> list[Verdict]:
    """
    Compare each fact with the decision on its question.

    An answerable fact is right when the decision is answered, its value matches all patterns,
    and a cited sentence holds half of a quote; one that is not answerable, when the decision is
    anything but answered. A paper that was not read, or a question that was not asked, is wrong.
    """
    version = {question.question_id: question.question_version_id for question in questions}
    return [_judge(fact, readings.get(fact.paper), version.get(fact.question_id)) for fact in facts]


def evidence_of(reading: Reading, decision: Decision) -> list[Evidence]:
    """The evidence of all ballots that carry a decision."""
    return [
        evidence
        for ballot in reading.ballots
        if ballot.question_version_id == decision.question_version_id
        and ballot.answerer_id in decision.supporters
        for evidence in ballot.evidence
    ]


def _fact(row: Mapping[str, str]) -> Fact:
    return Fact(
        paper=f"{row['pdf']}.pdf",
        question_id=f"CQ{int(row['cq']):02}",
        is_answerable=row["answerable"] == "yes",
        patterns=tuple(filter(None, row["answer_must_match_all"].split(";"))),
        quotes=tuple(filter(None, [row["quote"]])),
    )


def _judge(fact: Fact, reading: Reading | None, version_id: int | None) -> Verdict:
    decisions = reading.decisions if reading else ()
    decision = next((d for d in decisions if d.question_version_id == version_id), None)
    if reading is None or decision is None:
        return Verdict(fact=fact, is_right=False, reason="not asked")
    is_answered = decision.state is DecisionState.ANSWERED
    if not (is_answered and fact.is_answerable):
        told = decision.value_text or decision.reason or ""
        reason = f"{decision.state.value}: {told[:120]}"
        return Verdict(fact=fact, is_right=is_answered == fact.is_answerable, reason=reason)
    value = f"{decision.value_text} {json.dumps(decision.value, ensure_ascii=False)}"
    wrong = [p for p in fact.patterns if not re.search(p, value, re.IGNORECASE)]
    if wrong:
        reason = f"value lacks {'; '.join(wrong)}: {(decision.value_text or '')[:120]}"
        return Verdict(fact=fact, is_right=False, reason=reason)
    cited = [_squeezed(evidence.quote) for evidence in evidence_of(reading, decision)]
    pieces = [piece for quote in fact.quotes for piece in _sentences(_squeezed(quote))]
    is_right = not pieces or any(holds_half(text, piece) for text in cited for piece in pieces)
    return Verdict(fact=fact, is_right=is_right, reason="" if is_right else "other evidence")


def _sentences(quote: str) -> list[str]:
    """A quote over a sentence border is held by evidence of either side; scraps do not count."""
    pieces = [piece for piece in re.split(r"(?<=[.!?])\s+", quote) if len(piece.split()) > 3]
    return pieces or [quote]


def _squeezed(text: str) -> str:
    """Soft hyphens and blanks inside a URL differ between readers of the same page."""
    return re.sub(r"(?<=/)\s+", "", text.replace("\u00ad", ""))
