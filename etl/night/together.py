"""
Work on many papers at once with an answerer that waits for a server.

Each answer is committed soon after it has come, in a transaction that checks the claim of its
paper; the last one of a paper also ends the item. So whatever dies, what was committed stays,
and the next attempt asks only what is missing.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import structlog

from etl import journey
from etl.errors import (
    BudgetSpentError,
    Outcome,
    OutcomeCode,
    ServiceUnavailableError,
    StaleAttemptError,
)
from etl.llm.purse import Purse
from etl.night.item import ItemHand
from etl.night.killpoint import Killpoint, killpoint
from etl.night.stages import Desk, OpenPaper, open_paper
from etl.ports import Part, PatientAnswerer
from etl.records.ballot import Ballot
from etl.records.inquiry import Inquiry, Spend
from etl.store.database import Database
from etl.store.runs import Claim

__all__ = ["work_together"]

_log = structlog.get_logger()


@dataclass(slots=True)
class _OnDesk:
    paper: OpenPaper
    #: Questions without a committed answer.
    left: int


def work_together(
    desk: Desk,
    database: Database,
    hand: ItemHand,
    answerer: PatientAnswerer,
    claims: Iterator[Claim],
    *,
    run_id: int,
) -> None:
    """
    Answer the papers of some claims.

    Args:
        desk: Stores and ports.
        database: For the transactions that write.
        hand: Holds the items.
        answerer: In force for all of them.
        claims: Of one run and one recipe; taken one by one, as there is room.
        run_id: The run, whose budget it is.

    Raises:
        TransientError: No server is left, or the database is down; open items went back.
        BudgetSpentError: The run may ask no more; open items went back with that reason.
    """
    purse = Purse(desk.settings.llm, desk.spends.load(run_id))
    with database.held():
        _Together(desk, database, hand, answerer, purse, run_id).work(claims)


class _Together:
    def __init__(
        self,
        desk: Desk,
        database: Database,
        hand: ItemHand,
        answerer: PatientAnswerer,
        purse: Purse,
        run_id: int,
    ) -> None:
        self._desk = desk
        self._database = database
        self._hand = hand
        self._answerer = answerer
        self._answerer_id = answerer.fingerprint.fingerprint_id
        self._purse = purse
        self._run_id = run_id
        self._on_desk: dict[Inquiry, _OnDesk] = {}
        self._held: dict[Claim, None] = {}
        self._spent: BudgetSpentError | None = None

    def work(self, claims: Iterator[Claim]) -> None:
        try:
            inquiries = self._inquiries(claims)
            with closing(journey.answer_inquiries(inquiries, self._answerer, self._purse)) as parts:
                for part in parts:
                    self._end_part(part)
        except BudgetSpentError as error:
            self._spent = self._spent or error
        except BaseException:
            # Also a terminated process: Airflow and the command line raise on SIGTERM.
            self._give_back_all(None)
            raise
        finally:
            self._write_spend()
        if self._spent is not None:
            self._give_back_all(Outcome(code=OutcomeCode.BUDGET_SPENT, detail=str(self._spent)))
            raise self._spent

    def _inquiries(self, claims: Iterator[Claim]) -> Iterator[Inquiry]:
        while True:
            try:
                self._purse.check()
            except BudgetSpentError as error:
                self._spent = error
                return
            claim = next(claims, None)
            if claim is None:
                return
            self._hand.take(claim)
            self._held[claim] = None
            paper = self._open(claim)
            if paper is not None and paper.inquiry.questions:
                self._on_desk[paper.inquiry] = _OnDesk(paper, len(paper.inquiry.questions))
                yield paper.inquiry

    def _open(self, claim: Claim) -> OpenPaper | None:
        """Load a paper and keep at once what is carried over; None where its fault is recorded."""
        killpoint(Killpoint.CLAIMED)
        with self._faults_recorded(claim):
            self._hand.check_crashes(claim)
            opened = open_paper(self._desk, claim)
            if opened.carried or not opened.inquiry.questions:
                self._commit(_OnDesk(opened, len(opened.inquiry.questions)), (), is_first=True)
            return opened

    def _end_part(self, part: Part) -> None:
        on_desk = self._on_desk.get(part.inquiry)
        if on_desk is None:
            # Its claim was lost or its fault recorded; what still arrives is not ours to write.
            return
        claim = on_desk.paper.claim
        with self._faults_recorded(claim):
            if part.error is not None:
                raise part.error
            on_desk.left -= len(part.ballots)
            self._commit(on_desk, part.ballots)
        if claim not in self._held:
            del self._on_desk[part.inquiry]

    def _commit(
        self, on_desk: _OnDesk, ballots: Sequence[Ballot], *, is_first: bool = False
    ) -> None:
        paper, claim = on_desk.paper, on_desk.paper.claim
        is_last = on_desk.left == 0
        if is_last:
            killpoint(Killpoint.WORKED)
        with self._database.transaction() as tx:
            if is_last:
                self._desk.runs.fence(tx, claim, "done")
            else:
                self._desk.runs.check_claim(tx, claim)
            killpoint(Killpoint.FENCED)
            if is_first:
                paper.write_carried(tx)
            paper.write(tx, ballots)
            if is_last:
                paper.write_sheet(tx)
            self._desk.spends.add(tx, self._run_id, self._answerer_id, self._purse.take())
            killpoint(Killpoint.WRITTEN)
        killpoint(Killpoint.COMMITTED)
        if is_last:
            self._let_go(claim)
            _log.info("night.item_ended", subject_id=claim.subject_id, attempt=claim.attempt)

    @contextmanager
    def _faults_recorded(self, claim: Claim) -> Iterator[None]:
        """As of one paper; afterwards the claim is ours no more."""
        is_sound = False
        try:
            with self._hand.faults_recorded(claim):
                yield
                is_sound = True
        except StaleAttemptError as error:
            _log.warning("night.item_superseded", error=str(error))
        if not is_sound:
            self._let_go(claim)

    def _let_go(self, claim: Claim) -> None:
        self._held.pop(claim, None)
        self._hand.drop(claim)

    def _give_back_all(self, outcome: Outcome | None) -> None:
        for claim in list(self._held):
            self._hand.give_back(claim, outcome)
        self._held.clear()

    def _write_spend(self) -> None:
        """What was spent since the last commit: calls that were not answered count as well."""
        left = self._purse.take()
        key = (self._run_id, self._answerer_id)
        try:
            with self._database.transaction() as tx:
                if left != Spend():
                    self._desk.spends.add(tx, *key, left)
                if self._spent is not None:
                    self._desk.spends.stop(tx, *key, str(self._spent))
        except ServiceUnavailableError as error:
            _log.warning("night.spend_missed", error=str(error))
