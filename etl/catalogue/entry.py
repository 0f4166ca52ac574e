"""
What may stand in a catalogue file: the door between YAML and the records.

Everything is strict: an unknown field, a number where a word belongs or an unquoted ``no`` is an
error with its line and never a silent conversion.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from etl.records.question import AnswerType

__all__ = [
    "SECTION_KINDS",
    "AnswerField",
    "Applicability",
    "DecisionRule",
    "GoldenCell",
    "QuestionEntry",
    "TermEntry",
    "VocabularyEntry",
]

#: Section kinds a prior may name: the values of ``records.Section.kind``.
SECTION_KINDS = frozenset(
    {
        "abstract",
        "introduction",
        "methods",
        "results",
        "discussion",
        "conclusion",
        "data_availability",
        "code_availability",
        "ethics",
        "funding",
        "acknowledgements",
        "conflicts",
        "contributions",
        "references",
        "supplement",
        "other",
    }
)

_Words = Annotated[str, Field(min_length=1, max_length=2000)]
_QuestionId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_-]{1,15}$")]
#: 60 characters leave room under Postgres' limit of 63 bytes for a column name.
_Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
_Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Applicability(_Strict):
    """Ask only of papers where another question ended in one of these states."""

    question: _QuestionId
    states: list[Literal["answered", "not_reported", "not_applicable"]] = Field(min_length=1)


class AnswerField(_Strict):
    """One named part of a key-value answer."""

    kind: Literal["term", "text", "number", "number_or_text"]
    #: Unit the number is given in where the paper names none.
    unit: _Words | None = None
    optional: bool = True


class DecisionRule(_Strict):
    """How the ballots become one decision."""

    #: ``majority`` weighs whole answers, ``item_majority`` each item of a list on its own.
    #: ``any_support`` takes what any voter found, for answers that cannot contradict each other.
    #: ``weighted`` is ``item_majority`` with ``weights``; ``unanimous`` wants all to agree.
    rule: Literal["majority", "item_majority", "any_support", "weighted", "unanimous"]
    #: Ballots an answer or item needs at least; with fewer voters, all of them.
    min_support: int = Field(default=1, ge=1)
    #: Voters that must be heard; with fewer of them asked, all.
    min_votes: int = Field(default=1, ge=1)
    #: Who gets a tie between ``answered`` and another state.
    ties: Literal["not_reported", "answered", "conflicting"] = "not_reported"
    #: By the voter's name in the settings (``rule``, ``extractive``, ``llm:…``) or, for answers
    #: of other systems, by theirs; 1 where not named. Only with the rule ``weighted``.
    weights: dict[str, _Weight] = Field(default_factory=dict)
    #: Do imported answers of other systems vote, too?
    foreign: bool = True

    @model_validator(mode="after")
    def _weights_belong_to_weighted(self) -> Self:
        if self.weights and self.rule != "weighted":
            raise ValueError("weights need the rule weighted")
        return self


class GoldenCell(_Strict):
    """What the answer to a question must be in one paper that everybody can read."""

    #: File name in the folder of papers that the test reads.
    paper: _Words
    #: Names, values or links that the answer must hold, or that the paper does not say.
    expect: list[_Words] | Literal["not_reported"]


class QuestionEntry(_Strict):
    """One question file."""

    id: _QuestionId
    key: _Key
    version: int = Field(ge=1)
    #: Goes to the embedder and into prompts, so it holds no example.
    question: _Words
    type: Annotated[AnswerType, Field(strict=False)]
    section_prior: dict[str, _Weight]
    cues: list[_Words]
    decision: DecisionRule
    #: Name of a vocabulary file without ``.yaml``.
    vocabulary: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    fields: dict[_Key, AnswerField] = Field(default_factory=dict)
    #: ``uses_dl`` asks only papers that train or apply a deep network.
    applicable_if: Literal["uses_dl"] | Applicability | None = None
    #: The question whose answer this one can be computed from.
    derived_from: _QuestionId | None = None
    #: Cells that ``florilegium catalogue test`` tries before a change is used; in no key.
    golden: list[GoldenCell] = Field(default_factory=list)
    #: For readers of the file; neither reaches a prompt, an index or a key.
    comment: str | None = None
    examples_for_humans: list[str] = Field(default_factory=list)


class TermEntry(_Strict):
    """One term and the other ways papers write it."""

    term: _Words
    aliases: list[_Words] = Field(default_factory=list)
    #: Words of which one must stand in the sentence for the term to count, where the term means
    #: something else elsewhere: ``translation`` of images, and of languages.
    near: list[_Words] = Field(default_factory=list)


class VocabularyEntry(_Strict):
    """One vocabulary file."""

    terms: list[TermEntry] = Field(min_length=1)
    #: For readers of the file.
    comment: str | None = None
