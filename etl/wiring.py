"""The one place where adapters are built and joined."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from etl.answer.extractive import ExtractiveAnswerer
from etl.answer.llm_answerer import LlmAnswerer
from etl.answer.rule import RuleAnswerer
from etl.chunk.fingerprint import chunker_fingerprint
from etl.decide.rule import decision_fingerprint
from etl.embed.sentence_transformer import SentenceTransformerEmbedder
from etl.errors import UsageError
from etl.fetch.corpus import is_corpus_file, read_corpus
from etl.fetch.corpus_builder import build_folders, build_sources
from etl.fetch.corpus_source import CorpusSource
from etl.fetch.file_store import FsspecFileStore
from etl.fetch.folder_source import FolderSource
from etl.fetch.guard import GuardedClient
from etl.fetch.http_gate import DEFAULT_RULE, HOST_RULES, SLOT_SECONDS, RateGate
from etl.fetch.memory_ledger import MemoryLedger
from etl.fetch.notice_watch import NoticeSource, refresh_notices
from etl.fetch.reservation import Reservations
from etl.fetch.sources.crossref import Crossref
from etl.fetch.sources.europe_pmc import EuropePmc
from etl.fetch.sources.openalex import OpenAlex
from etl.fetch.sources.unpaywall import Unpaywall
from etl.journey import Ports
from etl.night.night import Night
from etl.night.stages import Desk
from etl.night.upkeep import Upkeep
from etl.parse.grobid.reader import GrobidParser
from etl.parse.reader import IsolatedParser
from etl.ports import Answerer, Parser, Source
from etl.records.full_text import MediaType
from etl.records.recipe import Fingerprint
from etl.retrieve.cross_encoder import CrossEncoderReranker
from etl.retrieve.fingerprint import retriever_recipe
from etl.retrieve.query import query_terms
from etl.settings import BUILT_IN_ANSWERERS, Settings
from etl.store.ballots import BallotStore
from etl.store.calibrations import CalibrationStore
from etl.store.chunks import ChunkStore
from etl.store.database import Database, open_database
from etl.store.decisions import DecisionStore
from etl.store.documents import DocumentStore
from etl.store.foreign import ForeignStore
from etl.store.notices import NoticeStore
from etl.store.passage_index import PostgresIndex
from etl.store.people import PeopleStore
from etl.store.questions import QuestionStore
from etl.store.quota import PostgresGate
from etl.store.runs import RunStore
from etl.store.sign_off import SignOffStore
from etl.store.spends import SpendStore
from etl.store.takedown import TakedownStore
from etl.store.upkeep import UpkeepStore
from etl.store.watermarks import WalkStore
from etl.store.works import WorkStore

__all__ = [
    "assemble_night",
    "build_corpus",
    "build_night",
    "build_parser",
    "build_ports",
    "build_proof_ports",
    "build_recipes",
    "build_sign_offs",
    "build_upkeep",
    "open_door",
    "open_source",
]


def build_ports(settings: Settings) -> Ports:
    """Build what one paper's journey needs; loads no model yet."""
    embedder = SentenceTransformerEmbedder(settings.embed)
    budget = min(settings.chunk.max_tokens, embedder.max_tokens)
    tokenizer = str(embedder.space.fingerprint.recipe["tokenizer"])
    reranker = CrossEncoderReranker(settings.retrieve) if settings.retrieve.reranker else None
    recipe = retriever_recipe(settings.retrieve, reranker)
    answerers: dict[str, Answerer] = {}
    for name in settings.answer.answerers:
        if name == "extractive":
            answerers[name] = ExtractiveAnswerer(embedder, settings.answer, recipe)
        elif name == "rule":
            answerers[name] = RuleAnswerer()
        else:
            raise UsageError(f"there is no answerer {name!r}; known: rule, extractive")
    for model, servers in settings.llm.servers.items():
        name = f"llm:{model or servers[0].url}"
        answerers[name] = LlmAnswerer(model, servers, settings.llm, recipe)
    return Ports(
        parser=build_parser(settings),
        embedder=embedder,
        chunker=chunker_fingerprint(budget, tokenizer),
        max_chunk_tokens=budget,
        answerers=answerers,
        retrieve=settings.retrieve,
        reranker=reranker,
    )


def build_proof_ports(settings: Settings) -> Ports:
    """
    What golden cells are tried with: all built-in answerers, whichever of them vote.

    So a catalogue that passes does so on every machine. Language models cost and may be away:
    they are asked only where no built-in answerer votes.
    """
    if not settings.answer.answerers:
        return build_ports(settings)
    answer = settings.answer.model_copy(update={"answerers": BUILT_IN_ANSWERERS})
    ports = build_ports(settings.model_copy(update={"answer": answer}))
    return replace(ports, answerers={name: ports.answerers[name] for name in BUILT_IN_ANSWERERS})


def build_parser(settings: Settings) -> Parser:
    """Our own readers, with a GROBID server for the PDFs where its address is set."""
    own = IsolatedParser(settings.parse)
    return own if settings.grobid.url is None else GrobidParser(settings.grobid, own)


def build_night(settings: Settings) -> Night:
    """Build a night over the configured database; connects at first use."""
    return assemble_night(settings, build_ports(settings), open_database(settings.database))


def assemble_night(settings: Settings, ports: Ports, database: Database) -> Night:
    """Join given ports and a database into a night; tests hand in fakes here."""
    rule = decision_fingerprint()
    door = cache(lambda: open_door(settings, database))
    desk = Desk(
        settings=settings,
        ports=ports,
        open_source=lambda papers: open_source(settings, database, papers, door()),
        refresh_notices=lambda: ask_for_notices(settings, database, door().client),
        file_store=FsspecFileStore(settings.store.uri),
        index=PostgresIndex(
            database,
            settings.retrieve,
            space_id=ports.embedder.space.space_id,
            terms_of=query_terms,
        ),
        runs=RunStore(database, settings.night),
        works=WorkStore(database),
        documents=DocumentStore(database),
        chunks=ChunkStore(database),
        ballots=BallotStore(database),
        spends=SpendStore(database),
        decisions=DecisionStore(database),
        calibrations=CalibrationStore(database),
        people=PeopleStore(database),
        foreign=ForeignStore(database),
        takedowns=TakedownStore(database),
        rule_id=rule.fingerprint_id,
    )
    return Night(desk, database, QuestionStore(database), lambda: _recipes(ports, rule))


def build_upkeep(settings: Settings) -> Upkeep:
    """Build the weekly round; the tables are reached as their owner."""
    owner = open_database(settings.database, url=settings.database.owner_url)
    return Upkeep(UpkeepStore(owner), FsspecFileStore(settings.store.uri))


def build_sign_offs(settings: Settings) -> SignOffStore:
    """Open the verdicts on releases."""
    return SignOffStore(open_database(settings.database))


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The one way to the world outside, with what hosts said about it; one a night."""

    client: GuardedClient
    reservations: Reservations


def open_door(settings: Settings, database: Database) -> Door:
    """Build the guarded client; its limits lie in the database and are shared by all workers."""
    gate: RateGate = PostgresGate(
        database, HOST_RULES, default=DEFAULT_RULE, slot_seconds=SLOT_SECONDS
    )
    client = GuardedClient(gate, contact=settings.intake.contact)
    return Door(client=client, reservations=Reservations(client))


def open_source(settings: Settings, database: Database, papers: str, door: Door) -> Source:
    """
    Open what a run fetches from: a corpus file or reference list, else a folder of papers.

    Raises:
        UsageError: The file is no corpus, or there is no such folder.
    """
    path = Path(papers)
    if is_corpus_file(path):
        return build_corpus(settings, database, path, door, is_dry=False)
    return FolderSource(path)


def build_corpus(
    settings: Settings, database: Database, file: Path, door: Door, *, is_dry: bool
) -> CorpusSource:
    """
    Build the source behind a corpus file.

    Args:
        settings: Contact and keys.
        database: Holds the limits of hosts, in a dry run too.
        file: The definition.
        door: To the world.
        is_dry: Walk from the corpus' first day and keep nothing.

    Raises:
        UsageError: The file is no corpus.
    """
    corpus = read_corpus(file)
    walks = WalkStore(database)
    contact = settings.intake.contact
    return CorpusSource(
        corpus,
        lambda: build_sources(
            corpus,
            door.client,
            folder=file.parent,
            contact=contact,
            openalex_key=_openalex_key(settings),
        ),
        MemoryLedger() if is_dry else walks,
        door.client,
        today=walks.today(),
        kept=FsspecFileStore(settings.store.uri).get,
        finder=Unpaywall(door.client, mail=contact) if contact else None,
        reservations=door.reservations,
        folders=build_folders(corpus, file.parent),
    )


def ask_for_notices(
    settings: Settings, database: Database, client: GuardedClient
) -> dict[str, int]:
    """Ask every source of notices that may be asked; OpenAlex only with a key."""
    key = _openalex_key(settings)
    sources: list[NoticeSource] = [
        Crossref(client, "", mail=settings.intake.contact),
        EuropePmc(client, ""),
    ]
    if key is not None:
        sources.append(OpenAlex(client, "", key=key))
    return refresh_notices(sources, NoticeStore(database))


def _openalex_key(settings: Settings) -> str | None:
    key = settings.intake.openalex_key
    return None if key is None else key.get_secret_value()


def build_recipes(settings: Settings) -> Sequence[tuple[str, str, Fingerprint]]:
    """Triples (stage, scope, fingerprint) that these settings put in force."""
    return _recipes(build_ports(settings), decision_fingerprint())


def _recipes(ports: Ports, rule: Fingerprint) -> Sequence[tuple[str, str, Fingerprint]]:
    return [
        *(("parse", media.value, ports.parser.fingerprint(media)) for media in MediaType),
        ("chunk", "", ports.chunker),
        ("embed", "", ports.embedder.space.fingerprint),
        *(("answer", name, a.fingerprint) for name, a in ports.answerers.items()),
        ("decide", "", rule),
    ]
