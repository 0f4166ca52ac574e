"""What chunk, embed and retrieve hand on: chunks, their vectors, and passages."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from etl.records.recipe import Fingerprint

__all__ = [
    "Chunk",
    "ChunkKind",
    "ChunkSet",
    "EmbeddedChunks",
    "EmbeddingSpace",
    "Passage",
    "Vectors",
]


#: ``(n, dim)`` float32; each row has unit length where the space says ``normalised``.
Vectors = NDArray[np.float32]


class ChunkKind(StrEnum):
    """Prose, captions and tables are never mixed in one chunk."""

    PROSE = "prose"
    CAPTION = "caption"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Whole sentences of one section, small enough for the embedder."""

    chunk_index: int
    section_index: int
    kind: ChunkKind
    #: First and last sentence, both included; all between belong to the chunk.
    first_sentence: int
    last_sentence: int
    #: The sentences' texts joined by one space; shown to users.
    text: str
    #: ``Title | 2 Methods > 2.1 Images``; embedded before the text, never shown as evidence.
    prefix: str
    #: Tokens of prefix and text together, special tokens included, in the embedder's tokenizer.
    token_count: int
    #: True where one sentence was longer than the budget and had to be split for embedding.
    is_oversize: bool = False
    #: True where a sentence reads like an instruction to a language model; it stays readable.
    is_suspect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkSet:
    """All chunks of one document by one chunker."""

    chunk_set_id: int
    document_id: int
    chunker: Fingerprint
    chunks: tuple[Chunk, ...]
    #: Chunks left out because nearly the same text stands in an earlier one of the same kind.
    near_duplicate_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSpace:
    """Vectors of different spaces are never compared."""

    #: model, revision, dtype, dim, normalisation.
    fingerprint: Fingerprint
    dim: int

    @property
    def space_id(self) -> int:
        """Key of the space: that of its fingerprint."""
        return self.fingerprint.fingerprint_id


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedChunks:
    """The vectors of one chunk set, row i for chunk i."""

    chunk_set_id: int
    space_id: int
    #: ``(n_chunks, dim)`` float32.
    vectors: Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk as retrieved for one question."""

    #: 1-based; 1 is the best.
    passage_rank: int
    chunk_index: int
    #: Reciprocal rank fusion score, > 0; comparable within one question only.
    score: float
    #: Cosine similarity in [-1, 1] between question and chunk.
    cosine: float
    #: Which searches found it: ``vector``, ``text``.
    methods: tuple[str, ...]
