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
            # Six decimals are finer than the half precision they are compared in.
            vectors=[json.dumps(row) for row in np.round(vectors.astype(float), 6).tolist()],
            terms=[self._tsquery(question) for question in questions],
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

    def _tsquery(self, question: Question) -> str:
        # Quoted lexemes joined by OR; the quotes keep operators in a term from being read as such.
        terms = (t.replace("\\", "\\\\").replace("'", "''") for t in self._terms_of(question))
        return " | ".join(f"'{term}'" for term in terms)
