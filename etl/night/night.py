"""
A night as five verbs: begin, plan, work, settle, finish.

Airflow, the command line and the tests call the same verbs. Work runs at least once, its
effect lands once: claim (attempt + 1, lease by the database clock) → work outside any
transaction → one commit that checks the attempt and writes facts and state together.
"""

import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import structlog

from etl import journey
from etl.errors import (
    FlorilegiumError,
    GateError,
    Outcome,
    OutcomeCode,
    PermanentError,
    StaleAttemptError,
)
from etl.night.heartbeat import Heartbeat
from etl.night.killpoint import Killpoint, killpoint
from etl.night.stages import Desk, work_one
from etl.records import Fingerprint
from etl.store.database import Database
from etl.store.questions import QuestionStore
from etl.store.quotes import put_quote_policy
from etl.store.runs import Claim, RunStore

__all__ = ["STAGE_ORDER", "Night"]

_log = structlog.get_logger()

#: The stages of a night that work in batches, in order; publishing follows.
STAGE_ORDER = ("fetch", "parse", "embed", "answer", "decide")


class Night:
    """
    Runs stages over what is missing.

    Args:
        desk: Stores and ports.
        database: For the transactions that write.
        questions: The catalogue in the database.
        recipes: Gives the triples (stage, scope, fingerprint) to put in force; asked when a run
            begins and not before, since a reader may have to ask its server for its version.
    """

    def __init__(
        self,
        desk: Desk,
        database: Database,
        questions: QuestionStore,
        recipes: Callable[[], Sequence[tuple[str, str, Fingerprint]]],
    ) -> None:
        self._desk = desk
        self._database = database
        self._questions = questions
        self._recipes = recipes

    @property
    def _runs(self) -> RunStore:
        return self._desk.runs

    def begin(
        self,
        *,
        kind: str,
        trigger: str,
        papers: str | None = None,
        work_ids: Sequence[int] | None = None,
        question_ids: Sequence[str] | None = None,
    ) -> int:
        """
        Open a run and put the recipes of the settings in force.

        Args:
            kind: night, adhoc or cli.
            trigger: What began it.
            papers: Folder or corpus file to fetch from; None fetches nothing.
            work_ids: Works an ad-hoc run is confined to, beside those it fetches.
            question_ids: Questions an ad-hoc run is confined to.

        Returns:
            The run's id.

        Raises:
            RunInProgressError: Another run is alive.
        """
        recipes = self._recipes()
        run_id = self._runs.begin(
            kind=kind,
            trigger=trigger,
            holder="session" if kind == "cli" else "lease",
            papers=papers,
            work_ids=work_ids,
            question_ids=question_ids,
        )
        self._runs.activate(recipes)
        put_quote_policy(self._database, self._desk.settings.publish.own_quotes)
        killpoint(Killpoint.RUN_BEGUN)
        _log.info("night.begun", run_id=run_id, kind=kind, trigger=trigger)
        return run_id

    def attach(self, run_id: int | None, *, trigger: str) -> int:
        """Join a run that is still running, else begin a new one."""
        if run_id is not None and self._runs.renew(run_id):
            return run_id
        return self.begin(kind="night", trigger=trigger)

    def hold(self, run_id: int) -> AbstractContextManager[None]:
        """For a run that lives in one process: when the process dies, the run is known dead."""
        return self._runs.hold(run_id)

    def plan(self, run_id: int, stage: str) -> list[int]:
        """
        Group what is missing at a stage into batches.

        Returns:
            Ids of at most ``night.max_batches`` batches; none when nothing is to do.
        """
        self._runs.renew(run_id)
        if stage == "fetch":
            self._sight(run_id)
        if stage == "answer":
            self._embed_missing_questions()
        batch_ids = self._runs.plan(run_id, stage)
        killpoint(Killpoint.PLANNED)
        _log.info("night.planned", run_id=run_id, stage=stage, batches=len(batch_ids))
        return batch_ids

    def _sight(self, run_id: int) -> None:
        papers = self._runs.load(run_id)["papers"]
        if papers is not None:
            items = list(self._desk.open_source(papers).iter_items())
            self._desk.works.record_sightings(run_id, items)
        killpoint(Killpoint.SIGHTED)

    def _embed_missing_questions(self) -> None:
        space_id = self._desk.ports.embedder.space.space_id
        missing = self._desk.chunks.missing_question_vectors(space_id)
        questions = [q for q in self._questions.current() if q.question_version_id in missing]
        if questions:
            vectors = journey.embed_questions(questions, self._desk.ports)
            self._desk.chunks.save_question_vectors(space_id, questions, vectors)

    def work(self, batch_id: int) -> dict[str, int]:
        """
        Work on one batch until each item has ended or belongs to somebody else.

        Returns:
            Counts of its items: done, excluded, failed, open.

        Raises:
            TransientError: A service is down; the items in hand went back unburnt.
        """
        batch = self._runs.load_batch(batch_id)
        lease = self._desk.settings.night.lease_seconds
        # A dead holder's lease runs out in one lease time; a living one renews it and ends it.
        deadline = time.monotonic() + 2 * lease
        with Heartbeat(self._runs, batch.run_id, interval_seconds=lease / 4) as heartbeat:
            # An ad-hoc run answers some of a paper's questions: the paper stays due, and is done.
            ended: set[tuple[int, int]] = set()
            while due := [d for d in self._runs.still_due(batch) if d[:2] not in ended]:
                claims = (
                    self._runs.claim(
                        run_id=batch.run_id,
                        stage=batch.stage,
                        subject_id=subject_id,
                        recipe_id=recipe_id,
                        done_attempt=done_attempt,
                    )
                    for subject_id, recipe_id, done_attempt in due
                )
                mine = 0
                for claim in claims:
                    if claim is not None:
                        mine += 1
                        self._work_claimed(claim, heartbeat)
                        ended.add((claim.subject_id, claim.recipe_id))
                if mine == 0:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(min(1.0, lease / 10))
        return self._runs.batch_counts(batch_id)

    def _work_claimed(self, claim: Claim, heartbeat: Heartbeat) -> None:
        heartbeat.hold(claim)
        log = _log.bind(stage=claim.stage, subject_id=claim.subject_id, attempt=claim.attempt)
        try:
            self._finish_item(claim)
            log.info("night.item_ended", run_id=claim.run_id)
        except StaleAttemptError as error:
            log.warning("night.item_superseded", error=str(error))
        except BaseException:
            # Also a terminated process: Airflow and the command line raise on SIGTERM.
            self._give_back(claim)
            raise
        finally:
            heartbeat.drop(claim)

    def _finish_item(self, claim: Claim) -> None:
        killpoint(Killpoint.CLAIMED)
        try:
            self._check_crashes(claim)
            write = work_one(self._desk, claim)
            killpoint(Killpoint.WORKED)
            with self._database.transaction() as tx:
                self._runs.fence(tx, claim, "done")
                killpoint(Killpoint.FENCED)
                write(tx)
                killpoint(Killpoint.WRITTEN)
            killpoint(Killpoint.COMMITTED)
        except PermanentError as error:
            self._record_failure(claim, error.outcome)
        except FlorilegiumError:
            raise
        except Exception as error:  # noqa: BLE001 - one paper's fault, even ours, is never the batch's
            # Kind and place only: message and local variables may hold text of the paper.
            place = traceback.extract_tb(error.__traceback__)[-1]
            file = Path(place.filename).name
            where = f"{type(error).__name__} in {place.name} ({file}:{place.lineno})"
            _log.error("night.item_broke", stage=claim.stage, key=claim.subject_id, where=where)
            detail = f"{where}, at stage {claim.stage}"
            self._record_failure(claim, Outcome(code=OutcomeCode.INTERNAL, detail=detail))

    def _check_crashes(self, claim: Claim) -> None:
        if claim.crash_count >= self._desk.settings.night.max_crashes:
            raise PermanentError(
                OutcomeCode.PARSER_CRASH if claim.stage == "parse" else OutcomeCode.INTERNAL,
                f"{claim.crash_count} tasks died while they held this paper",
            )

    def _record_failure(self, claim: Claim, outcome: Outcome) -> None:
        with self._database.transaction() as tx:
            self._runs.record_failure(tx, claim, outcome)
            if claim.stage == "fetch":
                self._desk.works.end_sighting(tx, claim, outcome)

    def _give_back(self, claim: Claim) -> None:
        try:
            self._runs.release(claim)
        except FlorilegiumError as error:
            # The database is down or the item is no longer ours; its lease runs out by itself.
            _log.warning("night.release_missed", stage=claim.stage, error=str(error))

    def settle(self, run_id: int, stage: str, *, max_failed_ratio: float) -> dict[str, int]:
        """
        Count how a stage ended and stop the night when too much of it failed.

        Returns:
            in_count = done_count + excluded_count + failed_count + open_count.

        Raises:
            GateError: The failed share is above *max_failed_ratio*; the run is closed.
        """
        counts = self._runs.settle(run_id, stage)
        killpoint(Killpoint.SETTLED)
        failed, total = counts["failed_count"], counts["in_count"]
        if total and failed / total > max_failed_ratio:
            note = (
                f"{stage}: {failed} of {total} papers failed, the limit is "
                f"{max_failed_ratio:.0%}; `florilegium status` lists them"
            )
            self._runs.end(run_id, state="failed", note=note)
            raise GateError(note)
        return counts

    def fail(self, run_id: int, note: str) -> None:
        """Close a run that cannot go on, so that the next one need not wait for its lease."""
        self._runs.end(run_id, state="failed", note=note)

    def publish(self, run_id: int) -> dict[str, int]:
        """Move analysts to the next release; an empty answer means that nothing changed."""
        release = self._desk.decisions.publish(run_id)
        killpoint(Killpoint.PUBLISHED)
        _log.info("publish.ended", run_id=run_id, **release)
        return release

    def counts(self, run_id: int) -> dict[str, int]:
        """What a run has really done so far, counted from its facts."""
        return self._desk.decisions.night_counts(run_id)

    def finish(self, run_id: int) -> dict[str, int]:
        """Close the run; returns what it really did, counted from its facts."""
        counts = self.counts(run_id)
        done = counts["parsed"] + counts["embedded"] + counts["asked"] + counts["decided"]
        self._runs.end(run_id, state="done", note="worked" if done else "nothing to do")
        return counts
