"""Runs, batches and claims: who works on what, until when, and whether a write may land."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from etl.errors import Outcome, RunInProgressError, StaleAttemptError, UsageError
from etl.records.recipe import Fingerprint
from etl.settings import NightSettings
from etl.store.database import Database
from etl.store.plain_json import plain_json, printable
from etl.store.queries import query

__all__ = ["Batch", "Claim", "RunStore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A handful of papers that one task works on."""

    batch_id: int
    run_id: int
    stage: str
    subject_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one item; worth nothing once a later attempt was made."""

    run_id: int
    stage: str
    subject_id: int
    recipe_id: int
    #: The fencing token.
    attempt: int
    #: Holders of this item that died before us.
    crash_count: int

    @property
    def key(self) -> dict[str, int | str]:
        """The item's key as statement parameters."""
        return {
            "stage": self.stage,
            "subject_id": self.subject_id,
            "recipe_id": self.recipe_id,
        }


class RunStore:
    """Reads and writes ``ops.run``, ``ops.batch`` and ``ops.item``."""

    def __init__(self, database: Database, settings: NightSettings) -> None:
        self._database = database
        self._settings = settings

    # runs

    def begin(
        self,
        *,
        kind: str,
        trigger: str,
        holder: str,
        papers: str | None,
        work_ids: Sequence[int] | None,
        question_ids: Sequence[str] | None,
        maximum: int | None = None,
        is_walked: bool = False,
    ) -> int:
        """
        Open a run unless another one is alive; the same trigger gets its own run again.

        Raises:
            RunInProgressError: Another run is running and its holder lives.
        """
        with self._database.transaction() as connection:
            connection.execute(query("run", "lock_runs"))
            connection.execute(query("run", "end_long_reads"))
            running = connection.execute(query("run", "running_run")).one_or_none()
            if running is not None:
                if holder == "lease" and running.trigger == trigger:
                    # A retried task asks again for the run it has begun.
                    return int(running.run_id)
                if self._is_alive(connection, running):
                    raise RunInProgressError(
                        f"run {running.run_id} is in progress; wait for it or see "
                        "`florilegium status`"
                    )
                self._end(connection, running.run_id, "abandoned", "its holder is gone")
            return int(
                connection.execute(
                    query("run", "insert_run"),
                    {
                        "kind": kind,
                        "trigger": printable(trigger),
                        "holder": holder,
                        "papers": papers,
                        "work_ids": list(work_ids) if work_ids is not None else None,
                        "question_ids": list(question_ids) if question_ids is not None else None,
                        "lease_seconds": self._settings.run_lease_seconds,
                        "maximum": maximum,
                        "is_walked": is_walked,
                    },
                ).scalar_one()
            )

    def check_asked(
        self, work_ids: Sequence[int] | None, question_ids: Sequence[str] | None
    ) -> None:
        """
        Refuse to confine a run to what is not here: it would end well and have done nothing.

        Raises:
            UsageError: Works or questions that nobody knows, named.
        """
        row = self._database.read(
            query("run", "unknown_asked"),
            work_ids=list(work_ids or ()),
            question_ids=list(question_ids or ()),
        )[0]
        if row.work_ids:
            named = ", ".join(str(each) for each in row.work_ids[:5])
            raise UsageError(f"there is no work {named}; out.papers lists all of them")
        if row.question_ids:
            named = ", ".join(printable(each)[:20] for each in row.question_ids[:5])
            raise UsageError(f"there is no question {named}; out.catalogue lists all of them")

    @staticmethod
    def _is_alive(connection: Connection, running: Any) -> bool:  # noqa: ANN401 - a row
        if running.holder == "lease":
            return bool(running.is_leased)
        free = connection.execute(
            query("run", "try_session_lock"), {"run_id": running.run_id}
        ).scalar_one()
        if free:
            connection.execute(query("run", "release_session_lock"), {"run_id": running.run_id})
        return not free

    @contextmanager
    def hold(self, run_id: int) -> Iterator[None]:
        """
        Keep a session lock on the run: when this process dies, the run is known dead.

        Raises:
            RunInProgressError: The run is no longer running; another one took over.
        """
        with self._database.session() as connection:
            connection.execute(query("run", "hold_session_lock"), {"run_id": run_id})
            if not self.renew(run_id):
                # Somebody began between our begin and this lock, and took ours for dead.
                raise RunInProgressError(f"run {run_id} was taken over by another one")
            yield

    def renew(self, run_id: int) -> bool:
        """Lengthen the run's lease; False when it is no longer running."""
        with self._database.transaction() as connection:
            renewed = connection.execute(
                query("run", "renew_run"),
                {"run_id": run_id, "lease_seconds": self._settings.run_lease_seconds},
            ).one_or_none()
        return renewed is not None

    def end(self, run_id: int, *, state: str, note: str) -> None:
        """Close a run as done, failed or abandoned; a closed run stays as it is."""
        with self._database.transaction() as connection:
            self._end(connection, run_id, state, note)

    @staticmethod
    def _end(connection: Connection, run_id: int, state: str, note: str) -> None:
        connection.execute(
            query("run", "end_run"), {"run_id": run_id, "state": state, "note": printable(note)}
        )

    def abandon_leased(self, note: str) -> list[int]:
        """Close all runs held by lease: for a stack that starts and knows that none lives."""
        with self._database.transaction() as connection:
            return list(
                connection.execute(query("run", "abandon_leased_runs"), {"note": note}).scalars()
            )

    def load(self, run_id: int) -> Mapping[str, Any]:
        """
        One run's row.

        Raises:
            UsageError: There is no such run.
        """
        rows = self._database.read(query("run", "load_run"), run_id=run_id)
        if not rows:
            raise UsageError(f"there is no run {run_id}; see `florilegium status`")
        return dict(rows[0]._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it

    # recipes

    def activate(self, recipes: Sequence[tuple[str, str, Fingerprint]]) -> None:
        """
        Put recipes in force; what they have not done yet becomes due.

        Args:
            recipes: Triples (stage, scope, fingerprint); all others go out of force.
        """
        with self._database.transaction() as connection:
            self.activate_in(connection, recipes)

    @staticmethod
    def activate_in(
        connection: Connection, recipes: Sequence[tuple[str, str, Fingerprint]]
    ) -> None:
        """The same in the caller's transaction."""
        for stage, scope, fingerprint in recipes:
            connection.execute(
                query("run", "register_fingerprint"),
                {
                    "fingerprint_id": fingerprint.fingerprint_id,
                    "stage": fingerprint.stage,
                    "name": fingerprint.name,
                    "sha256": fingerprint.sha256,
                    "recipe": plain_json(fingerprint.recipe),
                },
            )
            connection.execute(
                query("run", "activate_fingerprint"),
                {
                    "stage": stage,
                    "scope": scope,
                    "fingerprint_id": fingerprint.fingerprint_id,
                },
            )
        keep = [f"{stage}/{scope}" for stage, scope, _ in recipes]
        connection.execute(query("run", "deactivate_fingerprints"), {"keep": keep})

    # batches

    def plan(self, run_id: int, stage: str) -> list[int]:
        """Group what is due into batches by one statement; returns their ids, at most 200."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                query("run", "plan_batches"),
                {
                    "run_id": run_id,
                    "stage": stage,
                    "papers_per_batch": getattr(self._settings.papers_per_batch, stage),
                    "max_batches": self._settings.max_batches,
                },
            )
            return sorted(rows.scalars())

    def load_batch(self, batch_id: int) -> Batch:
        """
        Read one batch.

        Raises:
            UsageError: There is no such batch.
        """
        rows = self._database.read(query("run", "load_batch"), batch_id=batch_id)
        if not rows:
            raise UsageError(f"there is no batch {batch_id}")
        row = rows[0]
        return Batch(
            batch_id=batch_id,
            run_id=row.run_id,
            stage=row.stage,
            subject_ids=tuple(row.subject_ids),
        )

    def batch_label(self, batch_id: int) -> str:
        """Which papers a batch holds, for people: ``a.pdf … k.pdf (16 papers)``."""
        row = self._database.read(query("run", "batch_label"), batch_id=batch_id)[0]
        first, last = (_short_name(name) for name in (row.first_name, row.last_name))
        if row.paper_count < 2:
            return first
        return f"{first} … {last} ({row.paper_count} papers)"

    def still_due(self, batch: Batch) -> list[tuple[int, int, int | None]]:
        """
        Items of a batch whose facts are still missing.

        Returns:
            Triples (subject, recipe, attempt as which it was done before, or None); a claim
            takes all three.
        """
        rows = self._database.read(
            query("run", "still_due"), batch_id=batch.batch_id, stage=batch.stage
        )
        return [(row.subject_id, row.recipe_id, row.done_attempt) for row in rows]

    def batch_counts(self, batch_id: int) -> dict[str, int]:
        """How a batch's items stand: done, excluded, failed, open."""
        row = self._database.read(query("run", "batch_counts"), batch_id=batch_id)[0]
        return {name: int(count) for name, count in row._mapping.items()}  # noqa: SLF001

    def settle(self, run_id: int, stage: str) -> dict[str, int]:
        """Count how a stage ended and keep the counts."""
        with self._database.transaction() as connection:
            row = connection.execute(
                query("run", "settle_stage"), {"run_id": run_id, "stage": stage}
            ).one()
            return {name: int(count) for name, count in row._mapping.items()}  # noqa: SLF001

    # claims

    def claim(
        self,
        *,
        run_id: int,
        stage: str,
        subject_id: int,
        recipe_id: int,
        done_attempt: int | None = None,
    ) -> Claim | None:
        """
        Take an item for ``lease_seconds``.

        Args:
            run_id: For which run.
            stage: Step of the journey.
            subject_id: What to work on.
            recipe_id: By which recipe.
            done_attempt: From :meth:`still_due`; an item that is done under any other attempt
                was done by somebody else meanwhile.

        Returns:
            The claim; None while another holder's lease is good, or when the item is done.
        """
        key = {"stage": stage, "subject_id": subject_id, "recipe_id": recipe_id}
        with self._database.transaction() as connection:
            row = connection.execute(
                query("item", "claim"),
                {
                    **key,
                    "run_id": run_id,
                    "lease_seconds": self._settings.lease_seconds,
                    "done_attempt": done_attempt,
                },
            ).one_or_none()
        if row is None:
            return None
        return Claim(
            run_id=run_id,
            stage=stage,
            subject_id=subject_id,
            recipe_id=recipe_id,
            attempt=row.attempt,
            crash_count=row.crash_count,
        )

    def renew_claim(self, claim: Claim) -> None:
        """Lengthen a lease that is still ours."""
        with self._database.transaction() as connection:
            connection.execute(
                query("item", "renew"),
                {
                    **claim.key,
                    "attempt": claim.attempt,
                    "lease_seconds": self._settings.lease_seconds,
                },
            )

    def check_claim(self, connection: Connection, claim: Claim) -> None:
        """
        Make sure that a claim still holds, inside a transaction that writes part of its facts.

        The item's row is locked until the transaction ends, so nobody can claim it in between.

        Raises:
            StaleAttemptError: A later attempt owns the item; the transaction must not commit.
        """
        held = connection.execute(
            query("item", "renew"),
            {**claim.key, "attempt": claim.attempt, "lease_seconds": self._settings.lease_seconds},
        ).one_or_none()
        if held is None:
            raise _stale(claim)

    @staticmethod
    def fence(
        connection: Connection, claim: Claim, state: str, outcome: Outcome | None = None
    ) -> None:
        """
        End an item inside the transaction that writes its facts.

        Raises:
            StaleAttemptError: A later attempt owns the item; the transaction must not commit.
        """
        ended = connection.execute(
            query("item", "end_item"),
            {
                **claim.key,
                "attempt": claim.attempt,
                "state": state,
                "code": outcome.code if outcome else None,
                "detail": printable(outcome.detail) if outcome else None,
            },
        ).one_or_none()
        if ended is None:
            raise _stale(claim)

    def release(self, claim: Claim, outcome: Outcome | None = None) -> None:
        """
        Put an item back without burning it: the work was interrupted, not wrong.

        Args:
            claim: Held by us.
            outcome: Why, where there is more to say than an interruption.
        """
        with self._database.transaction() as connection:
            self.fence(connection, claim, "todo", outcome)

    def record_failure(self, connection: Connection, claim: Claim, outcome: Outcome) -> None:
        """End an item as excluded or failed and log why, in the caller's transaction."""
        state = "excluded" if outcome.code.is_exclusion else "failed"
        self.fence(connection, claim, state, outcome)
        label = connection.execute(
            query("item", "subject_label"),
            {"stage": claim.stage, "subject_id": claim.subject_id},
        ).one()
        connection.execute(
            query("item", "insert_failure"),
            {
                "run_id": claim.run_id,
                "stage": claim.stage,
                "subject_id": claim.subject_id,
                "work_id": label.work_id,
                "locator": label.locator,
                "attempt": claim.attempt,
                "code": outcome.code,
                "detail": printable(outcome.detail),
                "next_step": outcome.code.next_step,
                "is_exclusion": outcome.code.is_exclusion,
            },
        )

    def reopen(self, code: str | None, *, work_id: int | None = None) -> int:
        """
        Make failed and excluded items due again, and the failed answers of language models.

        Args:
            code: One outcome code or one kind of a model's fault; None for all, but not for
                answers that are unstable, which a second try gives again.
            work_id: One work; None for all.

        Returns:
            How many items and answers.
        """
        with self._database.transaction() as connection:
            items = connection.execute(
                query("item", "reopen"), {"code": code, "work_id": work_id}
            ).all()
            cells = connection.execute(
                query("answer", "reopen_failed_ballots"), {"reason": code, "work_id": work_id}
            )
            return len(items) + int(cells.scalar_one())


def _stale(claim: Claim) -> StaleAttemptError:
    return StaleAttemptError(
        f"{claim.stage} {claim.subject_id}: attempt {claim.attempt} is no longer the "
        "newest; nothing was written"
    )


def _short_name(name: str | None) -> str:
    """The end of a paper's name, which tells papers of one folder apart; safe to show."""
    shown = printable((name or "").rsplit("/", maxsplit=1)[-1])
    return shown if len(shown) <= 40 else f"…{shown[-39:]}"
