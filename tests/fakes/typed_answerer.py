"""An answerer whose values have the forms of the real ones: names, numbers, links."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from etl.keys import content_key
from etl.records.ballot import Ballot, CellState
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document
from etl.records.question import AnswerType, Question
from tests.fakes.answerer import FakeAnswerer

__all__ = ["TypedAnswerer", "typed_paper", "typed_questions"]

_TYPES = {
    "code_url": AnswerType.URL_LIST,
    "data_split": AnswerType.KEY_VALUE_LIST,
    "data_url": AnswerType.URL_LIST,
    "frameworks": AnswerType.ENTITY_LIST,
    "hardware": AnswerType.KEY_VALUE_LIST,
    "metrics": AnswerType.ENTITY_LIST,
    "model_type": AnswerType.ENTITY_LIST,
}


def _names(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "surface": name.lower(), "evidence": [1]} for name in names]


def _number(name: str, value: str, number: float | None, unit: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "surface": name,
        "value": value,
        "number": number,
        "unit": unit,
        "evidence": [1],
    }


_VALUES: dict[str, list[dict[str, Any]]] = {
    "code_url": [
        {"url": "https://x.example/frogs", "host": "x.example", "role": "own", "evidence": [1]}
    ],
    "data_split": [_number("training set", "80:20", None, None)],
    "frameworks": _names("PyTorch", "Keras"),
    "hardware": [_number("GPU", "24", 24.0, "GB"), _number("CPU", "2", 2.0, None)],
    "metrics": _names("accuracy", "recall"),
    "model_type": _names("ResNet"),
}
_VALUES["data_url"] = _VALUES["code_url"]
#: Told from the subject; no list.
_VALUES["uses_dl"] = []


def typed_paper(subject: str) -> str:
    """A text for the fake parser whose every sentence carries all the values, as verify asks."""
    told = (
        "We trained ResNet with PyTorch and Keras on one GPU of 24 GB and CPU of 2 cores, split "
        "the training set 80:20, took accuracy and recall, and share https://x.example/frogs"
    )
    return f"Counting {subject}\n\n# methods\n{told} for {subject}.\n\n# results\n{told} again.\n"


def typed_questions(version: int = 1) -> list[Question]:
    """Seven questions with keys of the built-in catalogue; the version is part of each text."""
    return [
        Question(
            question_version_id=content_key(key, str(version)),
            question_id=f"TQ{number}",
            version=version,
            key=key,
            text=f"What of {key.replace('_', ' ')}, asked for the {version}. time?",
            answer_type=answer_type,
            section_prior={},
            cues=(),
            spec={},
        )
        for number, (key, answer_type) in enumerate(_TYPES.items(), start=1)
    ]


class TypedAnswerer(FakeAnswerer):
    """
    Gives each paper the same typed values; papers about terns offer no code and use no model.

    What it has no value for is answered with a sentence, as by :class:`FakeAnswerer`.
    """

    def answer(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Ballot]:
        plain = super().answer(document, chunk_set, questions, passages)
        return [
            self._typed(document, question, ballot)
            for question, ballot in zip(questions, plain, strict=True)
        ]

    @staticmethod
    def _typed(document: Document, question: Question, ballot: Ballot) -> Ballot:
        if ballot.state is not CellState.ANSWERED or question.key not in _VALUES:
            return ballot
        if question.answer_type is AnswerType.YES_NO:
            verdict = "no" if "terns" in document.title else "yes"
            told = {"verdict": verdict, "surface": "ResNet"}
            return replace(ballot, value=told, value_text=verdict)
        if question.key == "code_url" and "terns" in document.title:
            return replace(
                ballot,
                state=CellState.NOT_REPORTED,
                value=None,
                value_text=None,
                evidence=(),
                reason="no link",
            )
        value = _VALUES[question.key]
        shown = [str(item.get("url") or item["name"]) for item in value]
        return replace(ballot, value=value, value_text="; ".join(shown))
