"""A whole night over fake ports and a real database, with papers of a few sentences."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from etl.chunk.fingerprint import chunker_fingerprint
from etl.journey import Ports
from etl.keys import content_key
from etl.night.night import STAGE_ORDER, Night
from etl.ports import Answerer
from etl.records.question import AnswerType, Question
from etl.settings import (
    DatabaseSettings,
    LlmSettings,
    NightSettings,
    RetrieveSettings,
    Settings,
    StoreSettings,
)
from etl.store.database import Database, open_database
from etl.store.questions import QuestionStore
from etl.store.reports import ReportStore
from etl.wiring import assemble_night
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.parser import FakeParser

__all__ = ["CATALOGUE", "TinyNight", "core_digest", "make_paper", "reworded", "tiny_questions"]

CATALOGUE = "tiny"
#: Budget of a chunk in words: a block or two.
_CHUNK_TOKENS = 40

_SUBJECTS = ("frogs", "terns", "beetles", "pollen", "otters", "lichens", "moths", "corals")
_MODELS = ("a residual network", "a transformer", "a random forest", "a recurrent network")


def make_paper(number: int, *, extra: str = "") -> str:
    """A text for :class:`FakeParser`; every number gives another paper."""
    subject = _SUBJECTS[number % len(_SUBJECTS)]
    model = _MODELS[number % len(_MODELS)]
    return "\n".join(
        [
            f"Counting {subject} in season {number}",
            "",
            "# methods",
            f"We trained {model} on {100 + number} images of {subject}.",
            "Training used the Adam optimizer with a fixed seed.",
            "",
            f"Images were split into train and test sets by site number {number}.",
            "",
            "# results",
            f"The model found {subject} with an accuracy of 0.{50 + number % 50}.",
            "",
            "# discussion",
            f"Counting {subject} by hand remains slower than the model.",
            *([extra] if extra else []),
            "",
            "# references",
            "Ada A. An optimizer of accuracy for images. 2019.",
            "",
        ]
    )


def tiny_questions() -> list[Question]:
    """Three questions; the first never looks into the discussion, the last only there."""
    return [
        _question("TQ1", "Which optimizer trained the model?", {"discussion": 0, "results": 0}),
        _question("TQ2", "How were the images split into sets?", {}),
        _question(
            "TQ3", "What remains slower than the model?", {"methods": 0, "results": 0, "other": 0}
        ),
    ]


def _question(question_id: str, words: str, prior: dict[str, float]) -> Question:
    return Question(
        question_version_id=content_key(question_id, words),
        question_id=question_id,
        version=1,
        key=question_id.lower(),
        text=words,
        answer_type=AnswerType.SHORT_TEXT,
        section_prior=prior,
        cues=(),
        spec={},
    )


def reworded(question: Question, words: str) -> Question:
    """The next version of a question."""
    version_id = content_key(question.question_id, words)
    return replace(
        question, question_version_id=version_id, text=words, version=question.version + 1
    )


@dataclass(kw_only=True)
class TinyNight:
    """
    Ports with counters, a file store and a database; each :meth:`run` is one whole night.

    Replace a port between two nights to see what the change brings.
    """

    database: DatabaseSettings
    store: Path
    parser: FakeParser = field(default_factory=FakeParser)
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    answerers: dict[str, Any] = field(default_factory=lambda: {"fake": FakeAnswerer()})
    night_settings: NightSettings = field(default_factory=NightSettings)
    #: Only the budget of a run is read from here; a model's answerer has its own.
    llm: LlmSettings = field(default_factory=LlmSettings)
    chunk_tokens: int = _CHUNK_TOKENS

    def load(self, questions: Sequence[Question] | None = None) -> dict[str, list[str]]:
        """Put a catalogue in force, the tiny one by default."""
        chosen = tiny_questions() if questions is None else questions
        return QuestionStore(self.open()).load_catalogue(CATALOGUE, chosen)

    def open(self) -> Database:
        """The database as writer."""
        return open_database(self.database)

    def reports(self) -> ReportStore:
        """What people ask of the database."""
        return ReportStore(self.open())

    def settings(self) -> Settings:
        """Settings of this night; neither environment nor file has a word in them."""
        return Settings(
            _env_file=None,  # type: ignore[call-arg]
            database=self.database,
            store=StoreSettings(uri=str(self.store)),
            night=self.night_settings,
            llm=self.llm,
            retrieve=RetrieveSettings(passages_per_question=2),
        )

    def build(self) -> Night:
        """Join ports and database anew, as every command does."""
        settings = self.settings()
        tokenizer = str(self.embedder.space.fingerprint.recipe["tokenizer"])
        voters: dict[str, Answerer] = {**self.answerers}
        ports = Ports(
            parser=self.parser,
            embedder=self.embedder,
            chunker=chunker_fingerprint(self.chunk_tokens, tokenizer),
            max_chunk_tokens=self.chunk_tokens,
            answerers=voters,
            retrieve=settings.retrieve,
        )
        return assemble_night(settings, ports, self.open())

    @contextmanager
    def begun(self, papers: Path | None, **options: Any) -> Iterator[tuple[Night, int]]:
        """A night that has begun and is held, for tests that walk it themselves."""
        night = self.build()
        run_id = night.begin(
            kind=options.pop("kind", "cli"),
            trigger=options.pop("trigger", "test"),
            papers=None if papers is None else str(papers),
            **options,
        )
        with night.hold(run_id):
            yield night, run_id

    def run(self, papers: Path | None, **options: Any) -> dict[str, int]:
        """One whole night; returns what it really did, counted from its facts."""
        limit = options.pop("max_failed_ratio", 1.0)
        with self.begun(papers, **options) as (night, run_id):
            for stage in STAGE_ORDER:
                self.stage(night, run_id, stage, max_failed_ratio=limit)
            night.publish(run_id)
            return {"run_id": run_id, **night.finish(run_id)}

    @staticmethod
    def stage(
        night: Night, run_id: int, stage: str, *, max_failed_ratio: float = 1.0
    ) -> dict[str, int]:
        """One stage: plan, work, settle."""
        for batch_id in night.plan(run_id, stage):
            night.work(batch_id)
        return night.settle(run_id, stage, max_failed_ratio=max_failed_ratio)

    def rows(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of any SELECT."""
        return [tuple(row) for row in self.open().read(text(statement), **parameters)]

    def one(self, statement: str, **parameters: Any) -> Any:
        """The single value of a SELECT."""
        return self.rows(statement, **parameters)[0][0]


_TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'core' AND table_type = 'BASE TABLE' ORDER BY table_name
"""
#: Columns that tell when and by whom, not what.
_CLOCKS = (
    "'{run_id,registered_at,first_seen_at,fetched_at,parsed_at,chunked_at,loaded_at,cast_at,"
    "decided_at,published_at,etag}'::text[]"
)


def core_digest(database: Database, *, with_writes: bool = False) -> dict[str, tuple[int, str]]:
    """
    Row count and hash of every table in ``core``.

    Args:
        database: As a role that may read it.
        with_writes: Count every write as a change, even one that writes the same again (by the
            row's ``xmin``); otherwise clocks and run ids are left out, so that two databases
            with the same facts have the same digest.
    """
    content = "xmin::text || to_jsonb(t)" if with_writes else f"(to_jsonb(t) - {_CLOCKS})::text"
    tables = [row.table_name for row in database.read(text(_TABLES))]
    digests = {}
    for table in tables:
        statement = (
            f"SELECT count(*), coalesce(md5(string_agg(row, '/' ORDER BY row)), '') "  # noqa: S608 - names of ours
            f"FROM (SELECT {content} AS row FROM core.{table} t) r"
        )
        row: Any = database.read(text(statement.replace(":", "\\:")))[0]
        digests[table] = (int(row[0]), str(row[1]))
    return digests
