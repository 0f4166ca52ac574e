"""Decisions under releases: written while pending, seen once published."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from etl.errors import StaleAttemptError
from etl.records.ballot import Ballot, CellState
from etl.records.decision import Decision, SettledFact
from etl.records.question import Question
from etl.store.ballots import question_of
from etl.store.causes import cause_of
from etl.store.database import Database
from etl.store.plain_json import plain_json, printable
from etl.store.queries import query

__all__ = ["DecisionStore", "DueDecision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDecision:
    """A question whose decision for one work has to be made anew, and on what it rests."""

    question: Question
    document_id: int | None
    #: ballots, unreadable or failed.
    basis: str
    #: Outcome code and words where there are no ballots.
    code: str | None
    detail: str | None
    ballots_md5: str
    #: Ballots of the answerers in force and of other systems whose claim is proven or who claim
    #: nothing; empty unless the basis is ballots. Without evidence.
    ballots: tuple[Ballot, ...]
    #: Other systems that claim an answer without proof in this reading.
    unproven: tuple[int, ...]
    #: Names for the rule's weights, by answerer id.
    names: Mapping[int, str]
    #: What people settled; None where they have not.
    fact: SettledFact | None
    calibration_id: int | None
    is_retracted: bool
    #: Why it is due.
    cause: str


class DecisionStore:
    """Reads and writes ``core.decision`` and ``core.release``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_release(self) -> int:
        """The release that pending decisions will appear in."""
        return int(self._database.read(query("decide", "next_release"))[0][0])

    def load_key(self, work_id: int) -> str:
        """Hash of all that the work's decisions rest on now."""
        rows = self._database.read(query("decide", "load_decision_key"), work_id=work_id)
        return str(rows[0].input_md5)

    def load_due(self, work_id: int, *, release_id: int, rule_id: int) -> list[DueDecision]:
        """All decisions of one work that are due, by question id."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                query("decide", "due_decisions"),
                {"work_id": work_id, "release_id": release_id, "rule_id": rule_id},
            ).all()
            questions = {
                row.question_id: question_of(row._mapping)  # noqa: SLF001
                for row in connection.execute(query("decide", "load_questions"))
            }
            votes = _votes(connection, work_id, [row._mapping for row in rows])  # noqa: SLF001
            heard = {i for one in votes.values() for i in one.heard}
            heard |= {i for row in rows for i in row.old_voters or ()}
            recipes = {
                row.fingerprint_id: row.recipe
                for row in connection.execute(query("decide", "load_recipes"), {"ids": list(heard)})
            }
        return [
            _due(row._mapping, questions[row.question_id], votes, recipes, rule_id)  # noqa: SLF001
            for row in rows
        ]

    @staticmethod
    def save(
        connection: Connection,
        due: Sequence[DueDecision],
        decisions: Sequence[Decision],
        *,
        work_id: int,
        release_id: int,
        rule_id: int,
        run_id: int,
        input_md5: str,
    ) -> None:
        """Write decisions of one work into the pending release, in the caller's transaction."""
        for reason, decision in zip(due, decisions, strict=True):
            key = {
                "work_id": work_id,
                "question_id": reason.question.question_id,
                "release_id": release_id,
            }
            connection.execute(query("decide", "drop_pending_decision"), key)
            connection.execute(query("decide", "close_decision"), key)
            connection.execute(
                query("decide", "insert_decision"),
                {
                    **key,
                    "question_version_id": decision.question_version_id,
                    "document_id": decision.document_id,
                    "state": decision.state,
                    "value": plain_json(decision.value),
                    "value_text": decision.value_text,
                    "probability": decision.probability,
                    "reason": printable(decision.reason) if decision.reason else None,
                    "rule_id": rule_id,
                    "ballots_md5": reason.ballots_md5,
                    "cause": reason.cause,
                    "run_id": run_id,
                    "voted_state": decision.voted_state or decision.state,
                    "voters": list(decision.voters),
                    "share": decision.share,
                    "yes_probability": decision.yes_probability,
                    "calibration_id": reason.calibration_id,
                    "calibration_scope": decision.calibration_scope,
                    "gold_label": reason.fact.label if reason.fact else None,
                    "gold_basis": reason.fact.basis if reason.fact else None,
                    "is_retracted": reason.is_retracted,
                },
            )
            for answerer_id in decision.supporters:
                connection.execute(
                    query("decide", "insert_support"), {**key, "answerer_id": answerer_id}
                )
        pending = {"work_id": work_id, "release_id": release_id}
        connection.execute(query("decide", "drop_pending_retired"), pending)
        connection.execute(query("decide", "close_retired"), pending)
        sheet = {"work_id": work_id, "input_md5": input_md5}
        connection.execute(query("decide", "save_decision_sheet"), sheet)

    def publish(self, run_id: int) -> dict[str, int]:
        """
        Move analysts to the pending release.

        Returns:
            ``release_id``, ``changed_count``, ``decision_count``; empty when nothing changed.

        Raises:
            StaleAttemptError: The run is no longer running; nothing was published.
        """
        with self._database.transaction() as connection:
            running = connection.execute(query("publish", "lock_running_run"), {"run_id": run_id})
            if running.one_or_none() is None:
                raise StaleAttemptError(f"run {run_id} is no longer running; nothing was published")
            release_id = connection.execute(query("decide", "next_release")).scalar_one()
            row = connection.execute(
                query("publish", "publish_release"), {"release_id": release_id, "run_id": run_id}
            ).one_or_none()
            connection.execute(query("publish", "settle_sightings"), {"run_id": run_id})
        return {} if row is None else {name: int(n) for name, n in row._mapping.items()}  # noqa: SLF001

    def settle_papers(self, run_id: int) -> None:
        """Write down how each paper of a stopped run ended; what was not reached stays open."""
        with self._database.transaction() as connection:
            connection.execute(query("publish", "settle_sightings"), {"run_id": run_id})

    def night_counts(self, run_id: int) -> dict[str, int]:
        """What a run really did, counted from the facts it wrote."""
        row = self._database.read(query("publish", "night_counts"), run_id=run_id)[0]
        return {name: int(count) for name, count in row._mapping.items()}  # noqa: SLF001


@dataclass(slots=True)
class _Votes:
    """What was said of one question of one work."""

    ballots: list[Ballot]
    unproven: list[int]
    names: dict[int, str]

    @property
    def heard(self) -> set[int]:
        """Everybody who said something, failures too."""
        return {ballot.answerer_id for ballot in self.ballots} | set(self.unproven)


def _votes(connection: Connection, work_id: int, rows: Sequence[RowMapping]) -> dict[int, _Votes]:
    """Own ballots and the votes of other systems, by question version."""
    found: dict[int, _Votes] = defaultdict(lambda: _Votes([], [], {}))
    document_ids = {row["document_id"] for row in rows if row["basis"] == "ballots"}
    for document_id in sorted(document_ids):
        own = connection.execute(query("decide", "load_ballots"), {"document_id": document_id})
        for row in own:
            votes = found[row.question_version_id]
            votes.ballots.append(_bare_ballot(row._mapping))  # noqa: SLF001
            votes.names[row.answerer_id] = row.voter
    if not document_ids:
        return found
    # A paper that our own voters hold to be outside the question is not brought in by others,
    # who were asked without looking whether it applies.
    outside = {row["question_version_id"] for row in rows if row["is_outside"]}
    for row in connection.execute(query("decide", "load_foreign_votes"), {"work_id": work_id}):
        if row.question_version_id in outside:
            continue
        votes = found[row.question_version_id]
        votes.names[row.answerer_id] = row.voter
        if row.is_proven:
            votes.ballots.append(_bare_ballot(row._mapping))  # noqa: SLF001
        else:
            votes.unproven.append(row.answerer_id)
    return found


def _due(
    row: RowMapping,
    question: Question,
    votes: Mapping[int, _Votes],
    recipes: Mapping[int, Mapping[str, Any]],
    rule_id: int,
) -> DueDecision:
    said = votes.get(row["question_version_id"]) if row["basis"] == "ballots" else None
    fact = None
    if row["gold_label"] is not None:
        fact = SettledFact(
            label=row["gold_label"], basis=row["gold_basis"], value=row["gold_value"]
        )
    return DueDecision(
        question=question,
        document_id=row["document_id"],
        basis=row["basis"],
        code=row["code"],
        detail=row["detail"],
        ballots_md5=row["ballots_md5"],
        ballots=tuple(said.ballots) if said else (),
        unproven=tuple(said.unproven) if said else (),
        names=said.names if said else {},
        fact=fact,
        calibration_id=row["calibration_id"],
        is_retracted=row["is_retracted"],
        cause=cause_of(dict(row), said.heard if said else set(), recipes, rule_id),
    )


def _bare_ballot(row: RowMapping) -> Ballot:
    return Ballot(
        document_id=row["document_id"],
        question_version_id=row["question_version_id"],
        answerer_id=row["answerer_id"],
        state=CellState(row["state"]),
        value=row["value"],
        value_text=row["value_text"],
        score=row["score"],
        reason=row["reason"],
        evidence=(),
        context_sha256=row["context_sha256"],
    )
