"""
Load published question sets: whole articles, questions, and the passages that answer them.

COVID-QA has the SQuAD form, QASPER its own record form or that of L-Eval. Texts are read only;
nothing of them is kept.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.errors import UsageError

__all__ = ["LabelledPaper", "LabelledQuestion", "load_covid_qa", "load_qasper"]

#: QASPER marks evidence that is a figure or table by this; the text form does not hold it.
_FLOAT = "FLOAT SELECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledQuestion:
    """A question and the texts of the paper that answer it."""

    text: str
    #: Each stands in the paper.
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPaper:
    """One article as plain text with its questions."""

    name: str
    text: str
    questions: tuple[LabelledQuestion, ...]


def load_covid_qa(path: Path) -> list[LabelledPaper]:
    """
    Read the SQuAD form; answers that do not stand in their article are left out.

    Raises:
        UsageError: The file is missing or has another form.
    """
    papers: list[LabelledPaper] = []
    try:
        for article in json.loads(_read(path))["data"]:
            for paragraph in article["paragraphs"]:
                context = str(paragraph["context"])
                found = [
                    LabelledQuestion(text=qa["question"], evidence=(qa["answers"][0]["text"],))
                    for qa in paragraph["qas"]
                    if qa["answers"] and qa["answers"][0]["text"] in context
                ]
                name = str(paragraph.get("document_id", len(papers)))
                papers.append(LabelledPaper(name=name, text=context, questions=tuple(found)))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is not in the SQuAD form: {error!r}") from error
    return papers


def load_qasper(records: Path, leval: Path) -> list[LabelledPaper]:
    """
    Read QASPER's records and the L-Eval lines; a question that is in both counts once.

    Evidence in figures and tables is left out, and questions without any other.

    Raises:
        UsageError: A file is missing or has another form.
    """
    try:
        papers = [_record(record) for record in json.loads(_read(records))]
        lines = [json.loads(line) for line in _read(leval).splitlines() if line.strip()]
        papers += [_leval(line) for line in lines]
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{records} or {leval} is not in a QASPER form: {error!r}") from error
    seen: set[tuple[str, tuple[str, ...]]] = set()
    kept = []
    for paper in papers:
        fresh = [q for q in paper.questions if (q.text, q.evidence) not in seen]
        seen |= {(q.text, q.evidence) for q in fresh}
        kept.append(LabelledPaper(name=paper.name, text=paper.text, questions=tuple(fresh)))
    return [paper for paper in kept if paper.questions]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _record(record: Mapping[str, Any]) -> LabelledPaper:
    body = record["full_text"]
    parts = [str(record["title"]), "Abstract", str(record["abstract"])]
    for name, paragraphs in zip(body["section_name"], body["paragraphs"], strict=True):
        parts += [str(name or "").split(":::")[-1].strip(), *map(str, paragraphs)]
    text = "\n\n".join(part for part in parts if part.strip())
    asked = record["qas"]
    questions = [
        LabelledQuestion(text=question, evidence=tuple(_evidence(answers, text)))
        for question, answers in zip(asked["question"], asked["answers"], strict=True)
    ]
    return LabelledPaper(
        name=str(record["id"]), text=text, questions=tuple(q for q in questions if q.evidence)
    )


def _evidence(answers: Mapping[str, Any], text: str) -> Iterator[str]:
    """The evidence of the first annotator who gives any."""
    for answer in answers["answer"]:
        found = [e for e in answer["evidence"] if not e.startswith(_FLOAT) and e in text]
        if found:
            yield from dict.fromkeys(found)
            return


def _leval(line: Mapping[str, Any]) -> LabelledPaper:
    text = str(line["text"])
    questions = (
        LabelledQuestion(
            text=qa["question"],
            evidence=tuple(e for e in qa["evidence"] if not e.startswith(_FLOAT)),
        )
        for qa in line["qas"]
    )
    # One line break ends a paragraph there; the reader of plain text wants a blank line.
    return LabelledPaper(
        name=str(line["paper"]),
        text=text.replace("\n", "\n\n"),
        questions=tuple(q for q in questions if q.evidence),
    )
