"""
Importing answers of other systems: time, memory, and that a second import writes nothing.

Run ``python benchmarks/imports.py``. 464 papers × 28 questions × 5 systems = 64,960 answers are
made here: two thirds short prose, hundreds of them empty, one of 39,999 characters, the rest
verdicts. The database is an embedded Postgres of its own. Figures are CPU seconds of this process
and of the server's backend, and the peak of this process's memory. Exit code 1 when a bar is
missed.
"""

import csv
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from etl.agree.recorded_file import Refusal, read_rows
from etl.agree.recorded_rows import ColumnRules, answers_of
from etl.catalogue.load import load_catalogue
from etl.cli.people import answer_line
from etl.settings import DatabaseSettings
from etl.stack.postgres import EmbeddedPostgres
from etl.store.database import Database, open_database
from etl.store.migrate import migrate
from etl.store.people import ImportCounts, ImportLine, PeopleStore
from etl.store.questions import QuestionStore

_PAPERS, _SYSTEMS = 464, 5
_MAX_CPU_SECONDS = 60.0
_MAX_MEMORY_MIB = 300.0
_WORDS = (
    *("the", "authors", "train", "a", "network", "on", "images", "of", "leaves", "with", "an"),
    *("optimiser", "and", "report", "accuracy", "while", "code", "is", "kept", "in", "archives"),
    *("where", "frames", "were", "labelled", "by", "two", "experts", "after", "each", "season"),
)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.csv"
        questions = [question.question_id for question in load_catalogue(None).questions]
        rows = write_answers(file, questions)
        with EmbeddedPostgres(Path(folder) / "postgres") as postgres:
            database = prepare(postgres)
            first, seconds, refused = timed_import(postgres, database, file)
            again, again_seconds, _ = timed_import(postgres, database, file)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = [
        ("answers read", float(first.read), float(rows), first.read == rows),
        ("refused", float(len(first.refused) + refused), 0.0, not first.refused and not refused),
        ("written", float(first.written), float(rows), first.written == rows),
        ("CPU seconds, client and server", seconds, _MAX_CPU_SECONDS, seconds <= _MAX_CPU_SECONDS),
        ("rows written by a second import", float(again.written), 0.0, again.written == 0),
        ("its CPU seconds", again_seconds, _MAX_CPU_SECONDS, again_seconds <= _MAX_CPU_SECONDS),
        ("peak memory, MiB", memory, _MAX_MEMORY_MIB, memory <= _MAX_MEMORY_MIB),
    ]
    for name, figure, bar, passed in figures:
        print(f"{'pass' if passed else 'MISS'}  {name:34} {figure:12.1f}  bar {bar:.1f}")
    return 0 if all(passed for *_, passed in figures) else 1


def write_answers(file: Path, questions: list[str]) -> int:
    generator = random.Random(20261120)  # noqa: S311 - synthetic text
    count = 0
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("paper", "question", "answerer", "answer"))
        for paper in range(_PAPERS):
            for question in questions:
                for system in range(_SYSTEMS):
                    count += 1
                    answer = one_answer(generator, count)
                    writer.writerow((f"10.1234_j.{paper}.pdf", question, f"m{system}", answer))
    return count


def one_answer(generator: random.Random, count: int) -> str:
    if count == 777:
        return ("again and again " * 2500)[:39_999]
    if count % 170 == 0:
        return ""
    if count % 3 == 0:
        return generator.choice(("Yes", "No", "No ", "True"))
    words = generator.choices(_WORDS, k=generator.randint(20, 120))
    return " ".join(words[:15]) + ".\n" + " ".join(words[15:]) + '. "Quoted", it says.'


def prepare(postgres: EmbeddedPostgres) -> Database:
    postgres.create_database("imports", "florilegium_owner")
    settings = DatabaseSettings(
        url=postgres.dsn("imports", "florilegium_writer"),
        owner_url=postgres.dsn("imports", "florilegium_owner"),
        passfile=postgres.passfile,
    )
    migrate(open_database(settings, url=settings.owner_url))
    database = open_database(settings)
    catalogue = load_catalogue(None)
    QuestionStore(database).load_catalogue(catalogue.name, catalogue.questions)
    return database


def timed_import(
    postgres: EmbeddedPostgres, database: Database, file: Path
) -> tuple[ImportCounts, float, int]:
    store = PeopleStore(database)
    names = {ColumnRules.fold(name): q for name, q in store.question_names().items()}
    refused: list[Refusal] = []

    def lines() -> Iterator[ImportLine]:
        for row in answers_of(read_rows(file), ColumnRules(questions=names)):
            if isinstance(row, Refusal):
                refused.append(row)
            else:
                yield answer_line(row)

    begun, children = time.process_time(), server_seconds(postgres)
    counts = store.import_answers(lines(), file.name)
    seconds = time.process_time() - begun + server_seconds(postgres) - children
    return counts, seconds, len(refused)


def server_seconds(postgres: EmbeddedPostgres) -> float:
    """CPU seconds of the server so far: its processes, and those that have ended."""
    postmaster = psutil.Process(postgres.pid())
    times = postmaster.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for process in postmaster.children():
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:2])
    return float(total)


if __name__ == "__main__":
    sys.exit(main())
