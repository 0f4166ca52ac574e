"""
How a derived question carries the question that it is answered from.

The parent travels inside ``spec["parent"]`` of the derived question, so one cell can be filled
again without the rest of the catalogue, and a change of the parent is a change of what derives
from it.
"""

from typing import Any

from etl.records.question import AnswerType, Question

__all__ = ["parent_of", "parent_record"]


def parent_record(parent: Question) -> dict[str, Any]:
    """A question as JSON-serialisable values."""
    return {
        "question_version_id": parent.question_version_id,
        "question_id": parent.question_id,
        "version": parent.version,
        "key": parent.key,
        "text": parent.text,
        "answer_type": parent.answer_type.value,
        "section_prior": dict(parent.section_prior),
        "cues": list(parent.cues),
        "spec": dict(parent.spec),
    }


def parent_of(question: Question) -> Question | None:
    """The question that this one is answered from; None for one that is asked itself."""
    record = question.spec.get("parent")
    if not isinstance(record, dict):
        return None
    return Question(
        **{
            **record,
            "answer_type": AnswerType(record["answer_type"]),
            "cues": tuple(record["cues"]),
        }
    )
