"""
Search the chunks of one document in memory, without a database.

Reads:    a document, its chunks and their vectors
Writes:   nothing
Gives up: UsageError where the chunk set or the vectors are not those of this index
Version:  LEXICAL_VERSION names the word search; fusion and query carry their own
Next:     answer
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from etl.errors import UsageError
from etl.records.chunk import ChunkSet, Passage, Vectors
from etl.records.document import Document, Zone
from etl.records.question import Question
from etl.retrieve.fusion import fuse
from etl.retrieve.query import query_terms
from etl.settings import RetrieveSettings
from etl.words import iter_words, stem

__all__ = ["LEXICAL_VERSION", "MemoryIndex"]

LEXICAL_VERSION = "bm25-stem/2"

#: Saturation and length weight of BM25; the usual values (Robertson, Zaragoza, FnTIR 2009).
_BM25_K1 = 1.2
_BM25_B = 0.75
_BM25_PARTS = 4096

#: Zones that no question ever sees, whatever the catalogue's priors say.
_BARRED_ZONES = frozenset({Zone.REFERENCES, Zone.NOISE, Zone.HIDDEN})


class MemoryIndex:
    """
    The chunks of one document, searchable by vector and by word.

    The word search is BM25 over stemmed lower-case words of the chunk and its section title:
    ``sum over query terms of idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean))``
    with ``idf = ln(1 + (n - df + 0.5) / (df + 0.5))`` over the n chunks that a question may see,
    in whole 4,096ths. ``core.weigh_words`` computes the same formula.

    Args:
        document: The document the chunks were cut from; gives the sections.
        chunk_set: Its chunks.
        vectors: ``(n_chunks, dim)`` float32, row i for chunk i.
        settings: The constant of rank fusion.

    Raises:
        UsageError: The vectors are not one row a chunk.
    """

    def __init__(
        self,
        document: Document,
        chunk_set: ChunkSet,
        vectors: Vectors,
        settings: RetrieveSettings,
    ) -> None:
        if len(vectors) != len(chunk_set.chunks):
            raise UsageError(f"{len(vectors)} vectors for {len(chunk_set.chunks)} chunks")
        self._document = document
        self._chunk_set = chunk_set
        self._vectors = _unit_rows(vectors)
        self._settings = settings
        self._terms = [
            Counter(_index_terms(f"{document.sections[chunk.section_index].title} {chunk.text}"))
            for chunk in chunk_set.chunks
        ]
        self._readable = [
            chunk.chunk_index
            for chunk in chunk_set.chunks
            if document.sections[chunk.section_index].zone not in _BARRED_ZONES
        ]
        readable = [self._terms[chunk_index] for chunk_index in self._readable]
        self._mean_length = sum(map(Counter.total, readable)) / max(1, len(readable))
        self._holders = Counter(term for terms in readable for term in terms)

    def search(
        self, chunk_set_id: int, questions: Sequence[Question], vectors: Vectors, *, k: int
    ) -> list[list[Passage]]:
        """
        Find the passages of all questions; see :class:`etl.ports.PassageIndex`.

        Raises:
            UsageError: Another chunk set is asked for, or vectors and questions differ in number.
        """
        if chunk_set_id != self._chunk_set.chunk_set_id:
            raise UsageError(f"this index holds chunk set {self._chunk_set.chunk_set_id} only")
        if len(vectors) != len(questions):
            raise UsageError(f"{len(vectors)} vectors for {len(questions)} questions")
        if not self._chunk_set.chunks or not questions:
            return [[] for _ in questions]
        # A matrix product's last digits depend on how many questions are asked together.
        cosines = np.round(_unit_rows(vectors) @ self._vectors.T, 6)
        return [
            self._search_one(question, row, k)
            for question, row in zip(questions, cosines.tolist(), strict=True)
        ]

    def _search_one(self, question: Question, cosines: list[float], k: int) -> list[Passage]:
        priors = self._priors(question)
        allowed = [chunk_index for chunk_index, prior in priors.items() if prior > 0]
        vector_ranks = _ranks({chunk_index: cosines[chunk_index] for chunk_index in allowed})
        text_ranks = _ranks(self._word_scores(query_terms(question), allowed))
        fused = fuse(
            vector_ranks, text_ranks, constant=self._settings.rrf_constant, priors=priors, k=k
        )
        return [
            Passage(
                passage_rank=passage_rank,
                chunk_index=chunk_index,
                score=score,
                cosine=max(-1.0, min(1.0, cosines[chunk_index])),
                methods=("vector", "text") if chunk_index in text_ranks else ("vector",),
            )
            for passage_rank, (chunk_index, score) in enumerate(fused, start=1)
        ]

    def _priors(self, question: Question) -> dict[int, float]:
        priors = dict.fromkeys(range(len(self._chunk_set.chunks)), 0.0)
        for chunk_index in self._readable:
            section = self._document.sections[self._chunk_set.chunks[chunk_index].section_index]
            priors[chunk_index] = question.section_prior.get(section.kind, 1.0)
        return priors

    def _word_scores(self, terms: Sequence[str], allowed: Sequence[int]) -> dict[int, float]:
        scores: dict[int, float] = {}
        for term in dict.fromkeys(stem(term) for term in terms):
            holders = self._holders[term]
            idf = math.log(1 + (len(self._readable) - holders + 0.5) / (holders + 0.5))
            for chunk_index in allowed:
                counts = self._terms[chunk_index]
                if term not in counts:
                    continue
                length = counts.total() / self._mean_length
                damping = _BM25_K1 * (1 - _BM25_B + _BM25_B * length)
                gain = idf * counts[term] * (_BM25_K1 + 1) / (counts[term] + damping)
                # Whole parts add up without rounding: equal chunks tie in whatever order.
                parts = max(1, round(gain * _BM25_PARTS))
                scores[chunk_index] = scores.get(chunk_index, 0.0) + parts / _BM25_PARTS
        return scores


def _index_terms(text: str) -> list[str]:
    """Stems of all words; a compound (``github.com``, ``u-net``) counts with its parts too."""
    terms = []
    for word in iter_words(text):
        terms.append(stem(word))
        parts = [part for part in word.replace("+", "-").replace(".", "-").split("-") if part]
        if len(parts) > 1:
            terms.extend(stem(part) for part in parts)
    return terms


def _ranks(scores: Mapping[int, float]) -> dict[int, int]:
    """Ranks from 1, the highest score first; equal scores share a rank, as ``rank()`` does."""
    ordered = sorted(scores, key=lambda chunk_index: (-scores[chunk_index], chunk_index))
    ranks: dict[int, int] = {}
    for position, chunk_index in enumerate(ordered):
        before = ordered[position - 1] if position else None
        is_tied = before is not None and scores[before] == scores[chunk_index]
        ranks[chunk_index] = ranks[before] if before is not None and is_tied else position + 1
    return ranks


def _unit_rows(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.where(lengths == 0, 1.0, lengths)).astype(np.float32)
    return unit
