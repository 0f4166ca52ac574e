"""What is asked: one version of one question of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = [
    "AnswerType",
    "Question",
]


class AnswerType(StrEnum):
    """The form a question's answer has to take."""

    ENTITY_LIST = "entity_list"
    KEY_VALUE_LIST = "key_value_list"
    URL_LIST = "url_list"
    ENUM_LIST = "enum_list"
    YES_NO = "yes_no"
    SHORT_TEXT = "short_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One version of one entry of the catalogue."""

    question_version_id: int
    #: ``CQ01`` …
    question_id: str
    version: int
    #: snake_case name, used as column name.
    key: str
    text: str
    answer_type: AnswerType
    #: Section kind → weight ≥ 0; 1 where absent, 0 bars a section.
    section_prior: Mapping[str, float]
    #: Words that often stand in a passage that answers; used for retrieval only.
    cues: tuple[str, ...]
    #: Everything else of the entry (vocabulary, fields); JSON-serialisable.
    spec: Mapping[str, Any] = field(default_factory=dict)
