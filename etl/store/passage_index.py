"""Search within one paper in Postgres: one statement for all its questions."""

import json
from collections.abc import Callable, Sequence

import numpy as np

from etl.records import Passage, Question, Vectors
from etl.settings import RetrieveSettings
from etl.store.database import Database
from etl.store.plain_json import plain_json
from etl.store.queries import query

__all__ = ["PostgresIndex"]

#: Vectors travel as whole numbers, which the server reads in half the time of decimals. The
#: scale leaves 1 / 60,000 of rounding, finer than half precision is at 0.05; cosine ignores it.
_VECTOR_SCALE = 30_000


class PostgresIndex:
    """A :class:`~etl.ports.PassageIndex` over ``core.chunk`` and ``core.embedding``."""

    def __init__(
        self,
        database: Database,
        settings: RetrieveSettings,
        *,
        space_id: int,
        terms_of: Callable[[Question], Sequence[str]],
    ) -> None:
        self._database = database
        self._settings = settings
        self._space_id = space_id
        self._terms_of = terms_of
        #: Words as given → the stems the server makes of them.
        self._stemmed: dict[str, str] = {}

    def search(
        self, chunk_set_id: int, questions: Sequence[Question], vectors: Vectors, *, k: int
    ) -> list[list[Passage]]:
        """See :meth:`etl.ports.PassageIndex.search`."""
        found: list[list[Passage]] = [[] for _ in questions]
        if not questions:
            return found
        rows = self._database.read(
            query("retrieve", "search_document"),
            chunk_set_id=chunk_set_id,
            space_id=self._space_id,
            vectors=_vector_texts(vectors),
            terms=self._tsqueries(questions),
            priors=[plain_json(dict(question.section_prior)) for question in questions],
            constant=self._settings.rrf_constant,
            k=k,
        )
        for row in rows:
            found[row.question_index - 1].append(
                Passage(
                    passage_rank=row.passage_rank,
                    chunk_index=row.chunk_index,
                    score=float(row.score),
                    cosine=float(row.cosine),
                    methods=("vector", "text") if row.is_text_hit else ("vector",),
                )
            )
        return found

    def _tsqueries(self, questions: Sequence[Question]) -> list[str]:
        """
        The stems of each question's words, asked of the server once a question and process.

        Each stem once, in descending order: ``ts_rank`` sorts the stems of its query again for
        every chunk and is spared most of it.
        """
        asked = [_quoted(self._terms_of(question)) for question in questions]
        new = [terms for terms in dict.fromkeys(asked) if terms not in self._stemmed]
        if new:
            rows = self._database.read(query("retrieve", "read_terms"), terms=new)
            for terms, row in zip(new, rows, strict=True):
                stems = sorted(set(row.terms.split(" | ")), reverse=True)
                self._stemmed[terms] = " | ".join(stems)
        return [self._stemmed[terms] for terms in asked]


def _quoted(terms: Sequence[str]) -> str:
    # Quoted lexemes joined by OR; the quotes keep operators in a term from being read as such.
    doubled = (term.replace("\\", "\\\\").replace("'", "''") for term in terms)
    return " | ".join(f"'{term}'" for term in doubled)


def _vector_texts(vectors: Vectors) -> list[str]:
    """Vectors of any length as whole numbers, ready for a cast to ``halfvec``."""
    wide = vectors.astype(float)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    scaled = np.rint(wide / np.where(lengths == 0, 1.0, lengths) * _VECTOR_SCALE)
    return [json.dumps(row, separators=(",", ":")) for row in scaled.astype(int).tolist()]
