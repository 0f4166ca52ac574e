"""
A night as five verbs: begin, plan, work, settle, finish.

Airflow, the command line and the tests call the same verbs. Work runs at least once, its
effect lands once: claim (attempt + 1, lease by the database clock) → work outside any
transaction → one commit that checks the attempt and writes facts and state together.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from itertools import groupby
from operator import itemgetter

import structlog

from etl import journey
from etl.errors import BudgetSpentError, GateError, StaleAttemptError, UsageError
from etl.fetch.corpus_source import CorpusSource
from etl.fetch.corpus_walk import WalkReport
from etl.night.heartbeat import Heartbeat
from etl.night.item import ItemHand
from etl.night.killpoint import Killpoint, killpoint
from etl.night.report import report_path, write_report
from etl.night.stages import Desk, work_one
from etl.night.together import work_together
from etl.ports import PatientAnswerer
from etl.records.recipe import Fingerprint
from etl.store.database import Database
from etl.store.questions import QuestionStore
from etl.store.quotes import put_quote_policy
from etl.store.runs import Batch, Claim, RunStore

__all__ = ["STAGE_ORDER", "Night"]

_log = structlog.get_logger()

#: Subject, recipe, and attempt as which it was done before.
_Due = tuple[int, int, int | None]

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
        maximum: int | None = None,
        is_walked: bool = False,
    ) -> int:
        """
        Open a run and put the recipes of the settings in force.

        Args:
            kind: night, adhoc or cli.
            trigger: What began it.
            papers: Folder or corpus file to fetch from; None fetches nothing.
            work_ids: Works an ad-hoc run is confined to, beside those it fetches.
            question_ids: Questions an ad-hoc run is confined to.
            maximum: Most papers whose bytes are taken; None for all.
            is_walked: The sources of its corpus were walked over already, by :meth:`walk`.

        Returns:
            The run's id.

        Raises:
            RunInProgressError: Another run is alive.
            UsageError: A work or question that is not here is asked for, or an ad-hoc run names
                neither papers nor works.
        """
        self._runs.check_asked(work_ids, question_ids)
        if kind == "adhoc" and not papers and work_ids is None:
            raise UsageError("name a folder of papers or the works to ask")
        recipes = self._recipes()
        run_id = self._runs.begin(
            kind=kind,
            trigger=trigger,
            holder="session" if kind == "cli" else "lease",
            papers=papers,
            work_ids=work_ids,
            question_ids=question_ids,
            maximum=maximum,
            is_walked=is_walked,
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

    def walk_units(
        self, papers: str, *, since: date | None = None, until: date | None = None
    ) -> list[str]:
        """
        What the sources of a corpus can be walked over by, one task each.

        Args:
            papers: Corpus file; a folder has nothing to walk over.
            since: First day of a window (a backfill); None for the nightly walk.
            until: Its last day; None for today.

        Returns:
            Units for :meth:`walk`.
        """
        source = self._desk.open_source(papers)
        return source.walk().units(since, until) if isinstance(source, CorpusSource) else []

    def walk(self, papers: str, unit: str) -> WalkReport:
        """
        Ask one source what it offers, and keep that; needs no run, so nothing is lost without.

        Raises:
            UsageError: *papers* is no corpus file.
        """
        source = self._desk.open_source(papers)
        if not isinstance(source, CorpusSource):
            raise UsageError(f"{papers} is a folder: it has no sources to walk over")
        return source.walk(on_page=_page_kept).walk(unit)

    def refresh_notices(self) -> dict[str, int]:
        """Ask about retractions and corrections of works that are here; needs no run."""
        return self._desk.refresh_notices()

    def decide_anew(self, work_id: int) -> str:
        """
        Decide on one work outside the nights and publish: its text was taken down.

        Returns:
            What was published, in words.

        Raises:
            RunInProgressError: Another run is alive; that one decides on the work.
            TransientError: A service that tells its recipe is down.
        """
        run_id = self.begin(kind="adhoc", trigger="florilegium takedown", work_ids=[work_id])
        with self.hold(run_id):
            for batch_id in self.plan(run_id, "decide"):
                self.work(batch_id)
            self._runs.settle(run_id, "decide")
            release = self.publish(run_id)
            self.finish(run_id)
        _log.info("night.decided_anew", work_id=work_id)
        number = release.get("release_id")
        return f"release {number} shows it" if number else "no release had shown its answers"

    def _sight(self, run_id: int) -> None:
        run = self._runs.load(run_id)
        if run["papers"] is not None:
            source = self._desk.open_source(run["papers"])
            if not isinstance(source, CorpusSource):
                items = list(source.iter_items())
            else:
                if not run["is_walked"]:
                    source.walk_all(on_page=_page_kept)
                items = list(source.offered_items())
            self._desk.works.record_sightings(run_id, items, maximum=run["maximum"])
        killpoint(Killpoint.SIGHTED)

    def _embed_missing_questions(self) -> None:
        space_id = self._desk.ports.embedder.space.space_id
        missing = self._desk.chunks.missing_question_vectors(space_id)
        questions = [q for q in self._questions.current() if q.question_version_id in missing]
        if questions:
            vectors = journey.embed_questions(questions, self._desk.ports)
            self._desk.chunks.save_question_vectors(space_id, questions, vectors)

    def label(self, batch_id: int) -> str:
        """Which papers a batch holds, for people; names are untrusted text."""
        return self._runs.batch_label(batch_id)

    def size(self, batch_id: int) -> int:
        """How many items a batch has."""
        return len(self._runs.load_batch(batch_id).subject_ids)

    def asks_models(self) -> bool:
        """True where a language model has something to answer."""
        return self._desk.ballots.is_model_due()

    def work(self, batch_id: int, *, on_item: Callable[[], None] | None = None) -> dict[str, int]:
        """
        Work on one batch until each item has ended or belongs to somebody else.

        Args:
            batch_id: Which batch.
            on_item: Called when an item has ended, to show that the work goes on.

        Returns:
            Counts of its items: done, excluded, failed, open. Open are also those that wait
            for the next run because this one has spent its budget.

        Raises:
            TransientError: A service is down; the items in hand went back unburnt.
        """
        batch = self._runs.load_batch(batch_id)
        lease = self._desk.settings.night.lease_seconds
        # A dead holder's lease runs out in one lease time; a living one renews it and ends it.
        deadline = time.monotonic() + 2 * lease
        with Heartbeat(self._runs, batch.run_id, interval_seconds=lease / 4) as heartbeat:
            tell = on_item or _no_one
            hand = ItemHand(self._desk, self._database, heartbeat, on_end=tell)
            # An ad-hoc run answers some of a paper's questions: the paper stays due, and is done.
            ended: set[tuple[int, int]] = set()
            while due := [d for d in self._runs.still_due(batch) if d[:2] not in ended]:
                before = len(ended)
                try:
                    self._work_due(batch, due, hand, ended)
                except BudgetSpentError as error:
                    _log.warning("night.budget_spent", run_id=batch.run_id, reason=str(error))
                    break
                if len(ended) == before:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(min(1.0, lease / 10))
        return self._runs.batch_counts(batch_id)

    def _work_due(
        self, batch: Batch, due: Sequence[_Due], hand: ItemHand, ended: set[tuple[int, int]]
    ) -> None:
        """Work on what can be claimed: one paper after the other, or together where that waits."""
        patient = self._patient_answerers(batch.stage)
        for claim in self._claims(batch, [d for d in due if d[1] not in patient], ended):
            self._work_claimed(claim, hand)
        together = [d for d in due if d[1] in patient]
        for recipe_id, papers in groupby(together, key=itemgetter(1)):
            claims = self._claims(batch, list(papers), ended)
            work_together(
                self._desk, self._database, hand, patient[recipe_id], claims, run_id=batch.run_id
            )

    def _patient_answerers(self, stage: str) -> dict[int, PatientAnswerer]:
        if stage != "answer":
            return {}
        return {
            answerer.fingerprint.fingerprint_id: answerer
            for answerer in self._desk.ports.answerers.values()
            if isinstance(answerer, PatientAnswerer)
        }

    def _claims(
        self, batch: Batch, due: Sequence[_Due], ended: set[tuple[int, int]]
    ) -> Iterator[Claim]:
        for subject_id, recipe_id, done_attempt in due:
            claim = self._runs.claim(
                run_id=batch.run_id,
                stage=batch.stage,
                subject_id=subject_id,
                recipe_id=recipe_id,
                done_attempt=done_attempt,
            )
            if claim is not None:
                ended.add((subject_id, recipe_id))
                yield claim

    def _work_claimed(self, claim: Claim, hand: ItemHand) -> None:
        hand.take(claim)
        log = _log.bind(stage=claim.stage, subject_id=claim.subject_id, attempt=claim.attempt)
        try:
            with hand.faults_recorded(claim):
                self._finish_item(claim, hand)
            log.info("night.item_ended", run_id=claim.run_id)
        except StaleAttemptError as error:
            log.warning("night.item_superseded", error=str(error))
        except BaseException:
            # Also a terminated process: Airflow and the command line raise on SIGTERM.
            hand.give_back(claim)
            raise
        finally:
            hand.drop(claim)

    def _finish_item(self, claim: Claim, hand: ItemHand) -> None:
        killpoint(Killpoint.CLAIMED)
        hand.check_crashes(claim)
        write = work_one(self._desk, claim)
        killpoint(Killpoint.WORKED)
        with self._database.transaction() as tx:
            self._runs.fence(tx, claim, "done")
            killpoint(Killpoint.FENCED)
            write(tx)
            killpoint(Killpoint.WRITTEN)
        killpoint(Killpoint.COMMITTED)

    def settle(self, run_id: int, stage: str, *, max_failed_ratio: float) -> dict[str, int]:
        """
        Count how a stage ended and stop the night when too much of it failed.

        One or two papers say nothing about the night, so fewer than ``night.min_failed`` never
        stop it; with a *max_failed_ratio* of 0 one does.

        Returns:
            in_count = done_count + excluded_count + failed_count + open_count.

        Raises:
            GateError: The failed share is above *max_failed_ratio*; the run is closed.
        """
        counts = self._runs.settle(run_id, stage)
        killpoint(Killpoint.SETTLED)
        failed, total = counts["failed_count"], counts["in_count"]
        least = self._desk.settings.night.min_failed if max_failed_ratio else 1
        if failed >= least and failed / total > max_failed_ratio:
            note = (
                f"{stage}: {failed} of {total} papers failed, the limit is "
                f"{max_failed_ratio:.0%}; `florilegium status` lists them"
            )
            self._desk.decisions.settle_papers(run_id)
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

    def report(self, run_id: int) -> str:
        """Write the report of a run that has ended; returns where its page lies."""
        folder = self._desk.settings.publish.reports.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        page = report_path(folder, run_id)
        write_report(self._database, page, run_id=run_id)
        return str(page)

    def finish(self, run_id: int) -> dict[str, int]:
        """Close the run; returns what it really did, counted from its facts."""
        counts = self.counts(run_id)
        done = counts["parsed"] + counts["embedded"] + counts["asked"] + counts["decided"]
        stopped = self._desk.spends.stop_reason(run_id)
        note = "worked" if done else "nothing to do"
        self._runs.end(run_id, state="done", note=f"{note}; {stopped}" if stopped else note)
        return counts


def _page_kept() -> None:
    killpoint(Killpoint.PAGE_KEPT)


def _no_one() -> None:
    """Nobody wants to know that an item has ended."""
