"""
What fetching costs and how well it keeps time.

- The client keeps a source at no less than 0.9 of its permitted rate when it answers at once, with
  the limits in Postgres and two workers; above the rate is a fault.
- 10,000 records that are known are skipped in at most 5 CPU-seconds, server included.
- A stream of 2 GB is left at the cap and takes less than 64 MiB of memory.
"""

import resource
import threading
import time
from dataclasses import asdict
from datetime import date

import psutil
import structlog
from sqlalchemy import text

from benchmarks._ground import Figure, Ground, open_ground, print_figures
from etl.errors import FetchError
from etl.fetch.corpus import Corpus
from etl.fetch.corpus_source import CorpusSource
from etl.fetch.guard import GuardedClient
from etl.fetch.http_gate import DEFAULT_RULE, HOST_RULES, MemoryGate
from etl.fetch.sources.rights import rights_of
from etl.intake import HostRule, Identifier, Offer
from etl.store.database import Database, open_database
from etl.store.plain_json import plain_json
from etl.store.quota import PostgresGate
from etl.store.watermarks import WalkStore
from etl.store.works import WorkStore
from tests.standins.sources import LoopbackOnly, Reply, StandInSources

#: Of the source that may be asked most often.
_RATE = max(rule.rate for rule in HOST_RULES.values())
_REQUESTS = 60
_WORKERS = 2
_RECORDS = 10_000
_MEBIBYTE = 1024 * 1024
_KNOWN = """
INSERT INTO core.work (work_id, name) SELECT n, 'w' || n FROM generate_series(1, :n) n;
INSERT INTO core.full_text (full_text_id, work_id, sha256, media_type, byte_count, store_path)
SELECT n, n, lpad(to_hex(n), 64, '0'), 'application/jats+xml', 1, 'x' FROM generate_series(1, :n) n;
INSERT INTO core.location (source, locator, etag, full_text_id)
SELECT 'corpus:newts', 'bench:x MED/' || (n - 1), '1', n FROM generate_series(1, :n) n;
INSERT INTO ops.run (kind, trigger, holder, lease_until)
SELECT 'cli', 'bench', 'session', clock_timestamp() WHERE :n > 0
"""


def main() -> int:
    """Print the figures; 0 where every bar is met."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with open_ground() as ground, StandInSources().running() as server:
        database = open_database(ground.settings)
        share, violations = _rate(database, server)
        seconds = _skip_known(ground, database, server)
        growth = _giant(server)
    return print_figures(
        [
            Figure(name="share of a source's rate that is used", figure=f"{share * _RATE:.2f}/s",
                   baseline=f"{_RATE:.2f}/s", ratio=share, sense=">=", bound=0.9),
            Figure(name="requests over a source's limit", figure=str(violations),
                   baseline="0", ratio=violations, sense="<=", bound=0),
            Figure(name=f"{_RECORDS:,} known records skipped", figure=f"{seconds:.2f} CPU s",
                   baseline="-", ratio=seconds, sense="<=", bound=5),
            Figure(name="memory taken by a stream of 2 GB", figure=f"{growth:.0f} MiB",
                   baseline="-", ratio=growth, sense="<=", bound=64),
        ]
    )  # fmt: skip


def _rate(database: Database, server: StandInSources) -> tuple[float, int]:
    server.limit("/", rate=_RATE, concurrency=_WORKERS)
    server.serve("/fast", Reply(body=b"x"))
    rule = HostRule(rate=_RATE, concurrency=_WORKERS)
    left = iter(range(_REQUESTS))

    def work() -> None:
        gate = PostgresGate(database, {"127.0.0.1": rule}, default=DEFAULT_RULE, slot_seconds=60)
        client = GuardedClient(gate, policy=LoopbackOnly(server.port))
        while next(left, None) is not None:
            client.get(server.url("/fast"))

    began = time.monotonic()
    workers = [threading.Thread(target=work) for _ in range(_WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # The first request costs no wait.
    rate = (_REQUESTS - 1) / (time.monotonic() - began)
    server._limits.clear()  # noqa: SLF001 - the next figure is not about limits
    return rate / _RATE, len(server.violations)


def _skip_known(ground: Ground, database: Database, server: StandInSources) -> float:
    today = date(2026, 3, 1)
    rights = rights_of("cc by", source="bench")
    offers = [
        Offer(
            source="bench", source_id=f"MED/{n}", title=f"Newts, part {n}", date="2026-01-01",
            identifiers=(Identifier(scheme="doi", value=f"10.1/{n}", source="bench"),),
            links=(), rights=rights, stamp="1",
        )
        for n in range(_RECORDS)
    ]  # fmt: skip
    with database.transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO ops.offer (corpus, source, source_id, stamp, record) "
                "SELECT 'newts', 'bench:x', i, '1', CAST(r AS jsonb) "
                "FROM unnest(CAST(:ids AS text[]), CAST(:records AS text[])) AS f(i, r)"
            ),
            {
                "ids": [offer.source_id for offer in offers],
                "records": [plain_json(asdict(offer)) for offer in offers],
            },
        )
        for statement in _KNOWN.split(";"):
            connection.execute(text(statement), {"n": _RECORDS})
    corpus = Corpus.model_validate(
        {"name": "newts", "since": "2026-01-01",
         "sources": [{"kind": "europe_pmc", "query": "newts"}]}
    )  # fmt: skip
    client = GuardedClient(MemoryGate(), policy=LoopbackOnly(server.port))
    source = CorpusSource(corpus, dict, WalkStore(database), client, today=today)
    before = _cpu(ground)
    items = list(source.offered_items())
    WorkStore(database).record_sightings(1, items)
    seconds = _cpu(ground) - before
    known = database.read(text("SELECT count(*) FROM ops.sighting WHERE outcome = 'known'"))
    assert known[0][0] == len(items) == _RECORDS
    return seconds


def _cpu(ground: Ground) -> float:
    """CPU seconds of this process and of the server with all its ended sessions."""
    pid = ground.postgres.pid()
    assert pid is not None
    # Sessions are short: wait until the server has reaped them, then they are counted.
    time.sleep(0.3)
    server = psutil.Process(pid).cpu_times()
    return time.process_time() + server.children_user + server.children_system


def _giant(server: StandInSources) -> float:
    server.serve("/giant", Reply(body=bytes(_MEBIBYTE), endless=2_000_000_000))
    client = GuardedClient(MemoryGate(), policy=LoopbackOnly(server.port))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        client.get(server.url("/giant"))
    except FetchError as error:
        if error.outcome.code != "too_large":
            raise
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
