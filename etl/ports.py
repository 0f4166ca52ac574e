"""
What the stages ask of the world, as Protocols.

Adapters are built in one place (``etl/wiring.py``) and handed in; each port has a shipped
fake in ``tests/fakes`` and one contract suite that runs against fake and real.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from etl.records.ballot import Ballot
from etl.records.chunk import ChunkSet, EmbeddingSpace, Passage, Vectors
from etl.records.document import Document
from etl.records.full_text import FoundItem, FullText, MediaType
from etl.records.inquiry import Inquiry
from etl.records.question import Question
from etl.records.recipe import Fingerprint

__all__ = [
    "Allowance",
    "Answerer",
    "Embedder",
    "FileStore",
    "Parser",
    "Part",
    "PassageIndex",
    "PatientAnswerer",
    "Reranker",
    "Source",
]


class Source(Protocol):
    """Somewhere papers come from."""

    def iter_items(self) -> Iterator[FoundItem]:
        """Yield everything the source offers now, in a stable order."""
        ...

    def read_bytes(self, item: FoundItem, *, max_bytes: int) -> bytes:
        """
        Take the bytes of one item.

        Raises:
            FetchError: The item cannot be read, is empty, or is larger than *max_bytes*.
        """
        ...


class FileStore(Protocol):
    """Content-addressed storage; a path never changes its bytes."""

    def put(self, content: bytes, *, sha256: str, suffix: str) -> str:
        """Store bytes once and return their path; a half-written file never has that path."""
        ...

    def get(self, store_path: str) -> bytes:
        """
        Read bytes back.

        Raises:
            ServiceUnavailableError: The store does not answer or lost the file.
        """
        ...

    def remove(self, store_path: str) -> None:
        """
        Remove bytes that had to go; a file that is not there is no error.

        Raises:
            ServiceUnavailableError: The store does not answer.
        """
        ...


class Parser(Protocol):
    """A reader of one or more media types."""

    def fingerprint(self, media_type: MediaType) -> Fingerprint:
        """The fingerprint of the reader that would be used for this media type."""
        ...

    def parse(self, full_text: FullText, content: bytes) -> Document:
        """
        Read bytes into a document; an unreadable paper is a document too, with its outcome.

        Raises:
            ParseError: The bytes are no paper this reader can open.
        """
        ...


class Embedder(Protocol):
    """A sentence embedding model."""

    @property
    def space(self) -> EmbeddingSpace:
        """The space its vectors live in; cheap, loads no model."""
        ...

    @property
    def max_tokens(self) -> int:
        """Longest input of one forward pass in tokens, special tokens included."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Token counts without truncation, special tokens included; loads the tokenizer only."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """
        Embed texts; one longer than ``max_tokens`` is read in windows, so no token is lost.

        Returns:
            ``(len(texts), dim)`` float32; ``(0, dim)`` for no text.

        Raises:
            EmbedError: A vector is NaN, Inf or zero.
        """
        ...


class PassageIndex(Protocol):
    """The searchable chunks of documents."""

    def search(
        self, chunk_set_id: int, questions: Sequence[Question], vectors: Vectors, *, k: int
    ) -> list[list[Passage]]:
        """
        Find passages of one document for all questions at once.

        Args:
            chunk_set_id: Which document's chunks.
            questions: n questions.
            vectors: ``(n, dim)`` float32, their vectors in the index's space.
            k: Passages a question, >= 1.

        Returns:
            One list a question, ``min(k, chunks with a positive prior)`` long, best first.
        """
        ...


class Reranker(Protocol):
    """A model that reads a question and a passage together."""

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What makes its scores what they are, as JSON values; cheap, loads no model."""
        ...

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """
        How well each text answers the question.

        Returns:
            One score a text in [0, 1], higher is better.

        Raises:
            AnswerError: A score is not a number.
        """
        ...


class Answerer(Protocol):
    """Something that can fill a ballot."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Kind, model, prompt, decoding and retrieval options; cheap, loads no model."""
        ...

    def answer(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Ballot]:
        """Answer all questions of one document; one ballot a question, in their order."""
        ...


class Allowance(Protocol):
    """What may be spent on calls."""

    def begin_call(self) -> None:
        """
        Count a call that is about to be sent.

        Raises:
            BudgetSpentError: It may not be.
        """
        ...

    def end_call(self, *, prompt_tokens: int, completion_tokens: int) -> None:
        """Count what it took; zeros where it was not answered."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some answers of one inquiry, or the fault that ends it."""

    inquiry: Inquiry
    #: Of any of its questions, in any order; each question's ballot comes once.
    ballots: tuple[Ballot, ...] = ()
    #: Concerns this paper alone; nothing more comes of it.
    error: Exception | None = None


@runtime_checkable
class PatientAnswerer(Answerer, Protocol):
    """An answerer that waits for a server: it takes many papers at once and answers one by one."""

    def answer_inquiries(
        self, inquiries: Iterator[Inquiry], allowance: Allowance
    ) -> Generator[Part, None, None]:
        """
        Answer papers as they are taken, each when there is room for it.

        Args:
            inquiries: Papers; the next is taken when the ones before leave slots free.
            allowance: What may be spent.

        Yields:
            What has arrived, soon after it did; what has arrived before an error comes before it.

        Raises:
            ServiceUnavailableError: No server is left.
            BudgetSpentError: Nothing more may be asked; what was asked has been yielded.
            UsageError: The settings are wrong.
        """
        ...
