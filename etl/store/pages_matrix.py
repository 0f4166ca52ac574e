"""The matrix page: papers × questions, filtered, screen by screen."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from etl.store.database import Database
from etl.store.pages import PageReader
from etl.store.queries import query

__all__ = ["MatrixFilter", "MatrixStore"]

_FILE = "pages_matrix"
#: Rows a trip to the server brings while a view is taken away as a file.
_ROWS_A_TRIP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixFilter:
    """Which works are wanted; a filter that is None filters nothing."""

    #: Part of a title or name, or a DOI.
    search: str | None = None
    #: ``corpus:NAME`` or ``folder:PATH``.
    corpus: str | None = None
    year_from: int | None = None
    year_to: int | None = None
    #: Narrows state, probability and disagreement to one question.
    question: str | None = None
    #: Works with a cell in this state.
    state: str | None = None
    #: Works where voters say yes and no of the same question.
    disagreement: bool = False
    #: Works with a decision less probable than this, 0..1.
    probability_below: float | None = None


class MatrixStore:
    """
    Reads screens of the matrix.

    Args:
        database: Opened by ``open_reader``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def screen(self, wanted: MatrixFilter, *, after: int | None, row_limit: int) -> dict[str, Any]:
        """
        Read one screen in one snapshot.

        Args:
            wanted: The filters.
            after: The last work of the screen before; None, or one that is not here, begins anew.
            row_limit: Works on a screen, >= 1.

        Returns:
            ``works`` (at most *row_limit*), ``has_more``, ``cells``, ``questions``, ``states``
            (of the whole release), ``sources`` and ``release`` (None before the first).
        """
        with PageReader.open(self._database, _FILE) as reader:
            last = reader.one("matrix_after", work_id=after) if after is not None else None
            works = reader.rows(
                "matrix_works",
                **asdict(wanted),
                after_paper=last["paper"] if last else None,
                after_work=after,
                row_limit=row_limit + 1,
            )
            shown = works[:row_limit]
            ids = [work["work_id"] for work in shown]
            return {
                "works": shown,
                "has_more": len(works) > row_limit,
                "cells": reader.rows("matrix_cells", work_ids=ids),
                "questions": reader.rows("matrix_questions"),
                "states": reader.rows("matrix_states"),
                "sources": reader.rows("matrix_sources"),
                "release": reader.one("matrix_release"),
            }

    @contextmanager
    def stream(self, wanted: MatrixFilter) -> Iterator[Iterator[Mapping[str, Any]]]:
        """Read the whole view, one row a cell, through a server-side cursor."""
        with self._database.transaction() as connection:
            result = connection.execution_options(
                stream_results=True, max_row_buffer=_ROWS_A_TRIP
            ).execute(query(_FILE, "matrix_view"), asdict(wanted))
            yield (dict(row._mapping) for row in result)  # noqa: SLF001 - SQLAlchemy's public name

    def statement(self, wanted: MatrixFilter) -> str:
        """The SQL of the whole view with its values in place, as an analyst can run it."""
        with self._database.transaction() as connection:
            compiled = str(query(_FILE, "matrix_view").compile(dialect=connection.dialect))
            cursor = connection.connection.cursor()
            try:
                written: bytes = cursor.mogrify(compiled, asdict(wanted))
            finally:
                cursor.close()
        return written.decode("utf-8")
