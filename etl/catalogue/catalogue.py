"""The catalogue as a record."""

from dataclasses import dataclass

from etl.records.question import Question

__all__ = ["Catalogue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The questions that are asked of every paper."""

    #: The folder's name, or that of the built-in catalogue.
    name: str
    #: In the order of their ids.
    questions: tuple[Question, ...]
