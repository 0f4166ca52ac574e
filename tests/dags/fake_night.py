"""A night without a library: the methods of ``etl.night.Night`` over plain dictionaries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

from etl.errors import GateError, RunInProgressError, TransientError, UsageError


@dataclass
class FakeNight:
    """Remembers every call; a stage has as many batches as it is given."""

    #: Stage → counts of each of its batches; a stage that is absent has nothing to do.
    batches: Mapping[str, Sequence[Mapping[str, int]]] = field(default_factory=dict)
    #: Run that already holds the night.
    held_by: int | None = None
    #: Batch ids whose work finds a service away, and how many times.
    away: dict[int, int] = field(default_factory=dict)
    #: Batch ids whose work fails with an error nobody expected.
    broken: frozenset[int] = frozenset()
    #: How many times planning finds the database away.
    plan_outages: int = 0
    begun: list[dict[str, object]] = field(default_factory=list)
    attached: list[tuple[int | None, str]] = field(default_factory=list)
    planned: list[tuple[int, str]] = field(default_factory=list)
    worked: list[int] = field(default_factory=list)
    settled: list[tuple[int, str, float]] = field(default_factory=list)
    published: list[int] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    reported: list[int] = field(default_factory=list)
    closed: list[tuple[int, str]] = field(default_factory=list)
    #: Parts of the weekly round that were done, with whether files were to be deleted.
    tidied: list[tuple[str, bool]] = field(default_factory=list)
    #: Whether a language model has something to answer.
    is_model_due: bool = True
    #: Stage whose plan fails for good.
    unplannable: str | None = None
    #: What the sources of the corpus can be walked over by.
    units: Sequence[str] = ()
    #: Windows that were asked for, and units that were walked over.
    windows: list[tuple[object, object]] = field(default_factory=list)
    walked: list[str] = field(default_factory=list)
    #: Units whose source cannot be reached.
    unreachable: frozenset[str] = frozenset()
    limits: list[tuple[int | None, bool]] = field(default_factory=list)
    _run_of_trigger: dict[str, int] = field(default_factory=dict)

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
        self.limits.append((maximum, is_walked))
        if self.held_by is not None:
            raise RunInProgressError(f"run {self.held_by} in progress")
        self.begun.append(
            {"kind": kind, "papers": papers, "work_ids": work_ids, "question_ids": question_ids}
        )
        return self._run_of_trigger.setdefault(trigger, 41 + len(self._run_of_trigger))

    def walk_units(self, papers: str, *, since: object, until: object) -> list[str]:
        self.windows.append((since, until))
        return list(self.units) if papers.endswith(".yaml") else []

    def walk(self, papers: str, unit: str) -> SimpleNamespace:
        assert papers.endswith(".yaml")
        self.walked.append(unit)
        stopped = "unreachable: no answer" if unit in self.unreachable else None
        return SimpleNamespace(
            pages=1, offers=3, new=2, refused=1, unmatched=("x",), stopped=stopped
        )

    def refresh_notices(self) -> dict[str, int]:
        return {"crossref": 1}

    def attach(self, run_id: int | None, *, trigger: str) -> int:
        self.attached.append((run_id, trigger))
        return run_id or self.begin(kind="night", trigger=trigger)

    def plan(self, run_id: int, stage: str) -> list[int]:
        if self.plan_outages:
            self.plan_outages -= 1
            raise TransientError("the database does not answer")
        if stage == self.unplannable:
            raise UsageError("there is no such folder")
        self.planned.append((run_id, stage))
        return [self._first_id(stage) + i for i in range(len(self.batches.get(stage, ())))]

    def label(self, batch_id: int) -> str:
        return f"a.pdf … k.pdf ({batch_id} papers)"

    def asks_models(self) -> bool:
        return self.is_model_due

    def work(self, batch_id: int, *, on_item: Callable[[], None] | None = None) -> dict[str, int]:
        if self.away.get(batch_id, 0):
            self.away[batch_id] -= 1
            raise TransientError("the model does not answer")
        if batch_id in self.broken:
            message = "nobody expected this"
            raise RuntimeError(message)
        self.worked.append(batch_id)
        if on_item is not None:
            on_item()
        stage = next(s for s in self.batches if 0 <= batch_id - self._first_id(s) < 100)
        return dict(self.batches[stage][batch_id - self._first_id(stage)])

    def settle(self, run_id: int, stage: str, *, max_failed_ratio: float) -> dict[str, int]:
        self.settled.append((run_id, stage, max_failed_ratio))
        counts = dict.fromkeys(("done", "excluded", "failed", "open"), 0)
        for batch in self.batches.get(stage, ()):
            for state, count in batch.items():
                counts[state] += count
        total = sum(counts.values())
        if total and counts["failed"] / total > max_failed_ratio:
            raise GateError(f"{counts['failed']} of {total} papers failed in {stage}")
        return {"in_count": total, **{f"{state}_count": n for state, n in counts.items()}}

    def fail(self, run_id: int, note: str) -> None:
        self.closed.append((run_id, note))

    def publish(self, run_id: int) -> dict[str, int]:
        self.published.append(run_id)
        return {"release_id": 3, "changed_count": 2, "decision_count": 140}

    def report(self, run_id: int) -> str:
        self.reported.append(run_id)
        return f"/reports/run-{run_id}.html"

    def finish(self, run_id: int) -> dict[str, int]:
        self.finished.append(run_id)
        return {"done": 4}

    def do(self, part: str, *, deletes_orphans: bool = False) -> Mapping[str, object]:
        self.tidied.append((part, deletes_orphans))
        return {"orphans": 2, "examples": ["ab/cd.pdf"]}

    @staticmethod
    def _first_id(stage: str) -> int:
        return 100 * ("fetch", "parse", "embed", "answer", "decide").index(stage) + 100

    def as_module(self) -> ModuleType:
        """Stand in for ``etl.wiring``, so that the door of the plugin is tested too."""
        module = ModuleType("etl.wiring")
        module.build_night = lambda _settings: self  # type: ignore[attr-defined]
        module.build_upkeep = lambda _settings: self  # type: ignore[attr-defined]
        return module
