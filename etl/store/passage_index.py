"""Search within one paper in Postgres: one statement for all its questions."""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from etl.records.chunk import Passage, Vectors
from etl.records.question import Question
from etl.settings import RetrieveSettings
from etl.store.database import Database
from etl.store.plain_json import plain_json
from etl.store.queries import query

__all__ = ["PostgresIndex"]

#: Vectors travel as whole numbers, which the server reads in half the time of decimals. The
#: scale leaves 1 / 60,000 of rounding, finer than half precision is at 0.05; cosine ignores it.
_VECTOR_SCALE = 30_000


class PostgresIndex:
    """A :class:`~etl.ports.PassageIndex` over ``core.chunk_words`` and ``core.embedding``."""

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
        #: Words as given → the vector the server makes of them.
        self._placed: dict[str, str] = {}

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
            words=self._word_vectors(questions),
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

    def _word_vectors(self, questions: Sequence[Question]) -> list[str]:
        """The words of each question as a vector, asked of the server once in a process."""
        asked = ["\n".join(self._terms_of(question)) for question in questions]
        new = [words for words in dict.fromkeys(asked) if words not in self._placed]
        if new:
            rows = self._database.read(query("retrieve", "place_words"), words=new)
            self._placed.update(zip(new, (row.words for row in rows), strict=True))
        return [self._placed[words] for words in asked]


def _vector_texts(vectors: Vectors) -> list[str]:
    """Vectors of any length as whole numbers, ready for a cast to ``halfvec``."""
    return list(_texts_of(vectors.astype(np.float64).tobytes(), vectors.shape[1]))


# A night asks every paper the same questions: their vectors are written out once.
@lru_cache(maxsize=4)
def _texts_of(content: bytes, dim: int) -> tuple[str, ...]:
    wide = np.frombuffer(content, dtype=np.float64).reshape(-1, dim)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    scaled = np.rint(wide / np.where(lengths == 0, 1.0, lengths) * _VECTOR_SCALE)
    return tuple(json.dumps(row, separators=(",", ":")) for row in scaled.astype(int).tolist())
