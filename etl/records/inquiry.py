"""What is asked of one paper together, and what asking has taken."""

from collections.abc import Sequence
from dataclasses import dataclass

from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document
from etl.records.question import Question

__all__ = [
    "Inquiry",
    "Spend",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What asking language models has taken."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    #: Time in which there was somebody to wait for, seconds; calls at once count once.
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Sent and written."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Inquiry:
    """All that is asked of one paper together; two are never equal, and no log tells its text."""

    document: Document
    chunk_set: ChunkSet
    questions: tuple[Question, ...]
    #: One list a question, best first.
    passages: tuple[Sequence[Passage], ...]
