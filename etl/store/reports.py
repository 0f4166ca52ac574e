"""What people ask of the database: what is due, how a night went, why a paper is as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from etl.errors import UsageError
from etl.records.question import Question
from etl.records.recipe import Fingerprint
from etl.store.database import Database, rows_of
from etl.store.queries import query
from etl.store.questions import QuestionStore
from etl.store.runs import RunStore

__all__ = ["ReportStore"]

Rows = list[Mapping[str, Any]]


class ReportStore:
    """Read-only questions about works and runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(
        self,
        recipes: Sequence[tuple[str, str, Fingerprint]],
        catalogue: str,
        questions: Sequence[Question],
    ) -> dict[str, Any]:
        """
        Say what a night with these recipes and questions would do; change nothing.

        The recipes are put in force and the catalogue is loaded in a transaction that is
        rolled back, so the plan is made by the very statements that the night runs.
        """
        with self._database.rollback() as connection:
            RunStore.activate_in(connection, recipes)
            catalogue_change = QuestionStore.load_in(connection, catalogue, questions)
            due = connection.execute(query("report", "due_counts")).all()
            cells = connection.execute(query("report", "missing_cells")).all()
            papers = connection.execute(query("report", "due_papers")).all()
            return {
                "due": {row.stage: row.paper_count for row in due},
                "catalogue": catalogue_change,
                "cells": rows_of(cells),
                "models": rows_of(connection.execute(query("report", "model_estimate")).all()),
                "papers": rows_of(papers),
            }

    def model_estimate(self) -> Rows:
        """What the missing cells of language models will take, by what earlier answers took."""
        return self._rows("model_estimate")

    def status(self, *, run_limit: int = 5) -> dict[str, Any]:
        """Health of the corpus, the last runs, and the last run's stages and failures."""
        runs = self._rows("recent_runs", run_limit=run_limit)
        last = runs[0]["run_id"] if runs else -1
        return {
            "health": self._rows("health")[0],
            "runs": runs,
            "stages": self._rows("run_stages", run_id=last),
            "failures": self._rows("run_failures", run_id=last),
        }

    def hours_since_night(self) -> float | None:
        """How long ago a night was done; None before the first."""
        hours = self._read("hours_since_night")[0].hours
        return None if hours is None else float(hours)

    def endings(self, run_id: int) -> Rows:
        """Papers of a run that were not answered, with outcome and code."""
        return self._rows("run_endings", run_id=run_id)

    def last_run_id(self) -> int | None:
        """The newest run, or None before the first."""
        rows = self._read("last_run", stage="run")
        return rows[0].run_id if rows else None

    def answer_states(self) -> Rows:
        """State of every work × question of the current release, by paper and question."""
        return self._rows("answer_states")

    def answers_of(self, work_id: int) -> Rows:
        """All answers of one work with their first proof."""
        return self._rows("answers_of", work_id=work_id)

    def canonical_export(self) -> Rows:
        """The current release without clocks and counters: equal corpora export equally."""
        return self._rows("canonical_export")

    def releases(self) -> Rows:
        """All releases, oldest first."""
        return self._rows("releases")

    def find_work(self, needle: str) -> tuple[int, str]:
        """
        Find one work by id, path, hash, DOI, or part of its path or title.

        Raises:
            UsageError: None or several works fit.
        """
        found = self._read("find_works", needle=needle, work_limit=6)
        exact = [row for row in found if needle in (row.name, str(row.work_id))]
        fitting = exact or found
        if not fitting:
            for row in self._read("last_refusal", locator=needle):
                raise UsageError(
                    f"{needle!r} was never taken in; run {row.run_id}: {row.code}, {row.detail}. "
                    f"{row.next_step}"
                )
            raise UsageError(f"no paper fits {needle!r}; out.papers lists all of them")
        if len(fitting) > 1:
            names = ", ".join(f"{row.name} ({row.work_id})" for row in fitting[:5])
            raise UsageError(
                f"several papers fit {needle!r}: {names}; give more of the name, or the number"
            )
        return fitting[0].work_id, fitting[0].name

    def life(self, work_id: int) -> dict[str, Rows]:
        """A work's whole life: seen, fetched, noticed, read, asked, decided, failed, due."""
        parts = (
            *("sightings", "full_texts", "notices", "takedowns", "documents", "ballots"),
            *("changes", "failures", "due"),
        )
        return {part: self._rows(f"life_{part}", work_id=work_id) for part in parts}

    def _rows(self, name: str, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL values
        return rows_of(self._read(name, **parameters))

    def _read(
        self,
        name: str,
        *,
        stage: str = "report",
        **parameters: Any,  # noqa: ANN401 - SQL values
    ) -> Sequence[Row[Any]]:
        return self._database.read(query(stage, name), **parameters)
