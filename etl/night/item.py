"""Take an item in hand and let it go in order: leases, faults of one paper, giving back."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from etl.errors import FlorilegiumError, Outcome, OutcomeCode, PermanentError
from etl.night.heartbeat import Heartbeat
from etl.night.stages import Desk
from etl.store.database import Database
from etl.store.runs import Claim

__all__ = ["ItemHand"]

_log = structlog.get_logger()


class ItemHand:
    """
    Holds the items of one batch.

    Args:
        desk: Stores and settings.
        database: For the transactions that write.
        heartbeat: Renews what is held.
        on_end: Called when an item has ended, to show that the work goes on.
    """

    def __init__(
        self,
        desk: Desk,
        database: Database,
        heartbeat: Heartbeat,
        *,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._desk = desk
        self._database = database
        self._heartbeat = heartbeat
        self._on_end = on_end
        self._taken: set[Claim] = set()

    def take(self, claim: Claim) -> None:
        """Renew this claim from now on."""
        self._heartbeat.hold(claim)
        self._taken.add(claim)

    def drop(self, claim: Claim) -> None:
        """Renew it no longer: it has ended."""
        self._heartbeat.drop(claim)
        if claim in self._taken:
            self._taken.discard(claim)
            self._on_end()

    def give_back(self, claim: Claim, outcome: Outcome | None = None) -> None:
        """Put an interrupted item back, unburnt, with the reason if there is more to say."""
        try:
            self._desk.runs.release(claim, outcome)
        except FlorilegiumError as error:
            # The database is down or the item is no longer ours; its lease runs out by itself.
            _log.warning("night.release_missed", stage=claim.stage, error=str(error))
        self.drop(claim)

    def check_crashes(self, claim: Claim) -> None:
        """
        Set a paper down that its holders die of.

        Raises:
            PermanentError: Too many did.
        """
        if claim.crash_count >= self._desk.settings.night.max_crashes:
            raise PermanentError(
                OutcomeCode.PARSER_CRASH if claim.stage == "parse" else OutcomeCode.INTERNAL,
                f"{claim.crash_count} tasks died while they held this paper",
            )

    @contextmanager
    def faults_recorded(self, claim: Claim) -> Iterator[None]:
        """A fault that concerns this paper alone ends it with a row, and nobody else."""
        try:
            yield
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

    def _record_failure(self, claim: Claim, outcome: Outcome) -> None:
        with self._database.transaction() as tx:
            self._desk.runs.record_failure(tx, claim, outcome)
            if claim.stage == "fetch":
                self._desk.works.end_sighting(tx, claim, outcome)
