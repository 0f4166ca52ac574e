"""
Retrieval within one paper (performance bars 4 and 5): pages read, statements, CPU.

Run ``python -m benchmarks.retrieve``. Made-up papers of 60 chunks of a thousand characters and 384
numbers a vector; the pages that the vector scan of one paper reads are counted in a small and in a
tenfold table, and the one statement for all questions is compared with one statement a question
and with the bare SQL on the driver's cursor. CPU seconds of client and server together, over one
lasting connection, and of the server alone.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import event

from benchmarks._ground import Figure, Ground, Meter, compare, open_ground, print_figures
from etl.catalogue.load import load_catalogue
from etl.records.chunk import Vectors
from etl.records.question import Question
from etl.retrieve.query import query_terms
from etl.settings import RetrieveSettings
from etl.store.bulk import copy_vectors
from etl.store.database import Database
from etl.store.passage_index import PostgresIndex

_CHUNKS = 60
_DIM = 384
#: Besides the 19 of one sentence that all chunks share: published papers have 71 different content
#: words in a thousand characters.
_WORDS = 53
_SMALL, _LARGE = 170, 1_700
_SPACE = 2
_TOP = 8
#: Searches a measurement: enough for the server's ticks of 10 ms.
_SEARCHES = 40
_ROUNDS = 5


def main() -> int:
    """Print the figures; 0 where every bar is met."""
    questions = list(load_catalogue(None).questions)
    source = np.random.default_rng(11)
    vectors = source.standard_normal((len(questions), _DIM)).astype(np.float32)
    with open_ground() as ground:
        database, pid = ground.open_one_connection()
        _lay(ground, database, 1, _SMALL)
        small = _buffers(ground, vectors)
        _lay(ground, database, _SMALL + 1, _LARGE)
        large = _buffers(ground, vectors)
        statements = _count_statements(database, questions, vectors)
        costs = _costs(database, pid, questions, vectors)
        pages = _hybrid_pages(database, questions, vectors)
        server = 1000 * _server_cost(database, pid, questions, vectors)
    one, each, hybrid, bare = (1000 * cost for cost in costs)
    print(f"{_LARGE} papers of {_CHUNKS} chunks, {len(questions)} questions, top {_TOP}")
    return print_figures(
        [
            _figure("pages read by the vector scan of a paper", large, 20, large, "<=", 20),
            _figure(
                f"pages read, {_LARGE * _CHUNKS:,} / {_SMALL * _CHUNKS:,} rows",
                large, small, large / small, "<=", 1.2,
            ),
            _figure("statements for all questions of a paper", statements, 1, statements, "<=", 1),
            _figure(
                f"ms CPU, vectors: {len(questions)} statements / one",
                one, each, each / one, ">=", 3,
            ),
            _figure("ms CPU, search() / bare SQL", hybrid, bare, hybrid / bare, "<=", 1.5),
            _figure("pages read by the whole hybrid search", pages, 25, pages, "<=", 20),
            _figure("ms CPU of the server, hybrid search", server, 5, server, "<=", 5),
            _figure("ms CPU, server and client, hybrid", hybrid, 11, hybrid, "<=", 11),
        ]
    )  # fmt: skip


def _figure(
    name: str, ours: float, baseline: float, ratio: float, sense: str, bound: float
) -> Figure:
    return Figure(
        name=name,
        figure=f"{ours:.4g}",
        baseline=f"{baseline:.4g}",
        ratio=ratio,
        sense=sense,
        bound=bound,
    )


def _lay(ground: Ground, database: Database, first: int, last: int) -> None:
    """Write papers first to last: the chunks by SQL, the vectors as a night does."""
    ground.sql(
        f"""
        INSERT INTO core.fingerprint (fingerprint_id, stage, name, sha256, recipe)
        VALUES (1, 'chunk', 'bench', '1', '{{}}'), ({_SPACE}, 'embed', 'bench', '2', '{{}}')
        ON CONFLICT DO NOTHING;
        INSERT INTO core.work SELECT n, 'paper' FROM generate_series({first}, {last}) n;
        INSERT INTO core.full_text SELECT n, n, lpad(to_hex(n), 64, '0'), 'text/plain', 1, 'x'
        FROM generate_series({first}, {last}) n;
        INSERT INTO core.document
        SELECT n, n, 1, n, 'parsed', NULL, NULL, '', NULL, NULL, NULL, 'ok', 0, 0, 0, 0, 0, 0, 0,
               '{{}}', 1
        FROM generate_series({first}, {last}) n;
        INSERT INTO core.section SELECT n, s, '{{}}', (ARRAY['methods', 'results', 'other'])[s + 1],
               'body'
        FROM generate_series({first}, {last}) n, generate_series(0, 2) s;
        INSERT INTO core.chunk_set SELECT n, n, 1, {_CHUNKS}, 0, 1
        FROM generate_series({first}, {last}) n;
        INSERT INTO core.chunk (chunk_set_id, chunk_index, section_index, kind, first_sentence,
                                last_sentence, text, prefix, token_count, is_oversize,
                                is_suspect)
        SELECT n, c, c % 3, 'prose', c, c,
               format('The network of paper %s was trained with the optimizer number %s on images '
                      'of season %s and reached an accuracy that the metrics of table %s report, '
                      'with a learning rate found by search and a split by site %s.',
                      n, c % 7, c % 11, c % 5, n % 13) || f.text, '', 200, false, false
        FROM generate_series({first}, {last}) n, generate_series(0, {_CHUNKS - 1}) c
        -- As many different words as a chunk of a thousand characters has.
        CROSS JOIN LATERAL (
            SELECT string_agg(format(' word%s', (n * 7919 + c * 4729 + i * i * 31) % 3000), '')
            FROM generate_series(1, {_WORDS}) i) f(text)
        -- A night writes one paper after the other, so its rows lie together.
        ORDER BY n, c;
        SELECT count(core.weigh_words(n)) FROM generate_series({first}, {last}) n;
        """  # noqa: S608 - numbers of ours
    )
    source = np.random.default_rng(first)
    with database.transaction() as connection:
        for paper in range(first, last + 1):
            rows = source.standard_normal((_CHUNKS, _DIM)).astype(np.float32)
            copy_vectors(connection, chunk_set_id=paper, space_id=_SPACE, vectors=rows)
    ground.sql("VACUUM ANALYZE core.embedding; VACUUM ANALYZE core.chunk_words; ANALYZE;")


def _buffers(ground: Ground, vectors: Vectors) -> int:
    """Shared buffers touched by the exact vector scan of one paper, as the server counts them."""
    literal = "[" + ",".join(f"{x:.4g}" for x in vectors[0]) + "]"
    plan = ground.sql(
        f"EXPLAIN (ANALYZE, BUFFERS) SELECT chunk_index, vector <=> '{literal}'::vector::halfvec "  # noqa: S608 - numbers of ours
        f"FROM core.embedding WHERE chunk_set_id = 77 AND space_id = {_SPACE};"
    )
    execution = itertools.takewhile(lambda line: not line.startswith("Planning"), plan)
    return max(
        sum(int(count) for count in re.findall(r"(?:hit|read)=(\d+)", line)) for line in execution
    )


def _index(database: Database, *, with_words: bool = True) -> PostgresIndex:
    return PostgresIndex(
        database,
        RetrieveSettings(),
        space_id=_SPACE,
        terms_of=query_terms if with_words else lambda _question: (),
    )


def _count_statements(database: Database, questions: list[Question], vectors: Vectors) -> int:
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(database._engine, "before_cursor_execute", note)  # noqa: SLF001 - to count
    index = _index(database)
    # The stems of the questions are asked for once a process; a paper is what is counted.
    index.search(5, questions, vectors, k=_TOP)
    seen.clear()
    found = index.search(5, questions, vectors, k=_TOP)
    event.remove(database._engine, "before_cursor_execute", note)  # noqa: SLF001
    assert all(len(passages) == _TOP for passages in found)
    return len(seen)


def _hybrid_pages(database: Database, questions: list[Question], vectors: Vectors) -> float:
    """Shared buffers touched by the statement of a hybrid search, mean of papers far apart."""
    statement, parameters = _captured(database, _index(database), questions, vectors)
    explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    papers = range(1, _LARGE, _LARGE // _SEARCHES)
    pages = 0
    with database.transaction() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor:
            for paper in papers:
                cursor.execute(explained, {**parameters, "chunk_set_id": paper})
                plan = cursor.fetchall()[0][0][0]["Plan"]
                pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return pages / len(papers)


def _server_cost(
    database: Database, pid: int, questions: list[Question], vectors: Vectors
) -> float:
    """
    Seconds of CPU that the server spends on one hybrid search, the least of several rounds.

    From the scheduler's own count of nanoseconds; the least, because what neighbours on the
    machine take from its caches is no cost of the statement.
    """
    index = _index(database)
    papers: Iterator[int] = itertools.cycle(range(1, _LARGE))
    index.search(next(papers), questions, vectors, k=_TOP)
    costs = []
    for _ in range(_ROUNDS):
        before = _scheduled(pid)
        for _ in range(_SEARCHES):
            index.search(next(papers), questions, vectors, k=_TOP)
        costs.append((_scheduled(pid) - before) / _SEARCHES)
    return min(costs)


def _scheduled(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _captured(
    database: Database, index: PostgresIndex, questions: list[Question], vectors: Vectors
) -> tuple[str, dict[str, object]]:
    """The statement of a search and its parameters, as they reach the driver."""
    captured: list[tuple[str, dict[str, object]]] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event
        captured.append((arguments[2], arguments[3]))

    index.search(5, questions, vectors, k=_TOP)
    event.listen(database._engine, "before_cursor_execute", note)  # noqa: SLF001 - to repeat it
    index.search(5, questions, vectors, k=_TOP)
    event.remove(database._engine, "before_cursor_execute", note)  # noqa: SLF001
    return captured[0]


def _bare(
    database: Database, index: PostgresIndex, questions: list[Question], vectors: Vectors
) -> Callable[[], None]:
    """The very statement of a hybrid search, sent by the driver's own cursor."""
    papers: Iterator[int] = itertools.cycle(range(1, _LARGE))
    statement, parameters = _captured(database, index, questions, vectors)

    def run() -> None:
        with database.transaction() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            with driver.cursor() as cursor:
                for _ in range(_SEARCHES):
                    cursor.execute(statement, {**parameters, "chunk_set_id": next(papers)})
                    cursor.fetchall()

    return run


def _costs(
    database: Database, pid: int, questions: list[Question], vectors: Vectors
) -> list[float]:
    """CPU seconds a paper: vectors by one statement and by many, hybrid, hybrid as bare SQL."""
    index, bare_vectors = _index(database), _index(database, with_words=False)
    papers: Iterator[int] = itertools.cycle(range(1, _LARGE))

    def together() -> None:
        for _ in range(_SEARCHES):
            bare_vectors.search(next(papers), questions, vectors, k=_TOP)

    def hybrid() -> None:
        for _ in range(_SEARCHES):
            index.search(next(papers), questions, vectors, k=_TOP)

    def one_by_one() -> None:
        for _ in range(_SEARCHES):
            paper = next(papers)
            for row, question in enumerate(questions):
                bare_vectors.search(paper, [question], vectors[row : row + 1], k=_TOP)

    seconds = compare(
        Meter(pid), [together, one_by_one, hybrid, _bare(database, index, questions, vectors)]
    )
    return [second / _SEARCHES for second in seconds]


if __name__ == "__main__":
    main()
