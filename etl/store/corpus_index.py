"""Search the whole corpus by meaning: exact where that is cheap, by the HNSW index where not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from etl.errors import UsageError
from etl.records.chunk import Vectors
from etl.store.database import Database, rows_of
from etl.store.queries import query

__all__ = ["CorpusIndex", "Found", "SearchFilter"]

#: So many vectors are compared one by one in about 10 ms; with fewer, an index only loses rows:
#: of 10 wanted under a filter that 1 % passes, a plain HNSW scan gave 0.1 (measured, pgvector 0.8).
_EXACT_LIMIT = 20_000
#: Neighbours an HNSW scan looks at. The extension's 40 found 72 of 100 true neighbours, 200 found
#: 95 (100,030 vectors of 384 numbers).
_MIN_EF = 200
_MAX_EF = 1000
#: Where a filtered scan gives up; the search is repeated exactly then.
_MAX_SCANNED = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilter:
    """Which chunks may be found; None filters nothing."""

    #: Part of the paper's name or title.
    paper: str | None = None
    #: Part of the venue.
    venue: str | None = None
    from_year: int | None = None
    to_year: int | None = None
    #: Kinds of section, e.g. methods.
    sections: tuple[str, ...] | None = None
    #: Words that must stand in the chunk, as a web search is written.
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The nearest chunks, and how they were found."""

    #: ``exact`` or ``index``.
    method: str
    #: Chunks that pass the filter; counted no further than 20,001 (or k, where that is more).
    candidate_count: int
    #: True where there are more than were counted.
    is_more: bool
    #: Best first: chunk_set_id, chunk_index, text, paper, title, year, venue, section, kind, page,
    #: document_id, work_id, is_suspect, and ``cosine`` in [-1, 1].
    passages: Sequence[Mapping[str, Any]]


class CorpusIndex:
    """
    All chunks of the readings in force.

    Args:
        database: The writer's.
        space_id: The embedding space to search in.
        exact_limit: Up to so many candidates are compared one by one.
    """

    def __init__(
        self, database: Database, *, space_id: int, exact_limit: int = _EXACT_LIMIT
    ) -> None:
        self._database = database
        self._space_id = space_id
        self._exact_limit = exact_limit

    def search(self, vector: Vectors, where: SearchFilter, *, k: int) -> Found:
        """
        Find the chunks nearest to a vector.

        Args:
            vector: ``(dim,)`` float32 in the index's space.
            where: Which chunks may be found.
            k: Chunks wanted, >= 1.

        Returns:
            Exactly ``min(k, candidates)`` passages; a scan of the index that gives fewer is
            repeated exactly.

        Raises:
            UsageError: The corpus holds no vector of this space.
        """
        given = {
            **asdict(where),
            "sections": list(where.sections) if where.sections else None,
            "space_id": self._space_id,
        }
        with self._database.transaction() as connection:
            count = connection.execute(
                query("retrieve", "count_candidates"),
                {**given, "count_limit": max(self._exact_limit + 1, k)},
            ).scalar_one()
            is_more = count > self._exact_limit
            wanted = min(k, count)
            given |= {"vector": json.dumps([round(float(x), 6) for x in vector]), "k": k}
            nearest = self._by_index(connection, given, vector, k) if is_more else []
            method = "index" if len(nearest) == wanted and nearest else "exact"
            if method == "exact":
                nearest = rows_of(connection.execute(query("retrieve", "search_exact"), given))
            if len(nearest) != wanted:
                raise UsageError(f"{len(nearest)} of {wanted} chunks came back; search again")
            return Found(
                method=method,
                candidate_count=count,
                is_more=is_more,
                passages=_with_text(connection, nearest),
            )

    def is_built(self) -> bool:
        """True where this space has its HNSW index."""
        rows = self._database.read(query("retrieve", "has_search_index"), space_id=self._space_id)
        return bool(rows[0].is_built)

    def build(self) -> str:
        """
        Make the HNSW index of this space; a second time changes nothing.

        It costs a night 0.5 ms of CPU for each new chunk from then on, so nobody gets it unasked.

        Raises:
            UsageError: The corpus holds no vector of this space.
        """
        with self._database.transaction() as connection:
            # Half an hour for ten million chunks is no fault; a stage's limit would cut it.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            name = connection.execute(
                query("retrieve", "build_search_index"), {"space_id": self._space_id}
            ).scalar_one()
        if name is None:
            raise UsageError("the corpus holds no vector of this model yet; run a night first")
        return str(name)

    def _by_index(
        self, connection: Connection, given: Mapping[str, Any], vector: Vectors, k: int
    ) -> list[Mapping[str, Any]]:
        found = connection.execute(
            query("retrieve", "has_search_index"), {"space_id": self._space_id}
        )
        if not found.scalar_one():
            return []
        ef = min(_MAX_EF, max(_MIN_EF, 2 * k))
        connection.execute(query("retrieve", "widen_scan"), {"ef": ef, "most": _MAX_SCANNED})
        return rows_of(
            connection.execute(
                query("retrieve", "search_index"), {**given, "dimension": len(vector)}
            )
        )


def _with_text(
    connection: Connection, nearest: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    rows = rows_of(
        connection.execute(
            query("retrieve", "found_chunks"),
            {
                "chunk_set_ids": [row["chunk_set_id"] for row in nearest],
                "chunk_indexes": [row["chunk_index"] for row in nearest],
            },
        )
    )
    return [
        {**row, "cosine": max(-1.0, min(1.0, 1.0 - near["distance"]))}
        for row, near in zip(rows, nearest, strict=True)
    ]
