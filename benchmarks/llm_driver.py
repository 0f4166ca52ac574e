"""
What asking a language model costs us, the model itself left out (performance bar 10).

Run ``python -m benchmarks.llm_driver [FOLDER]``; the bundled samples by default. A stand-in
server in a process of its own answers at once or after a fixed time. Counted are answers by CPU
second of this process, alone and in a whole answer stage with its database (server processes
counted in, each answer committed as it comes), and answers by wall second against concurrency ÷
latency, both ways. Packs of about 6,000 tokens, 28 questions a paper, as in the night. Then one
question is added: what the next night takes of a full run.

Then the papers of the folder with the built-in catalogue and the real retrieval: tokens that an
engine with a prefix cache has to compute for our pack, against one prompt a question with its own
passages in the order of their ranks, as the founding study sent them. Tokens are words and signs.
"""

import logging
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import structlog

from benchmarks._ground import Figure, open_ground, print_figures
from etl.answer.llm_answerer import LlmAnswerer
from etl.catalogue.load import load_catalogue
from etl.errors import PermanentError
from etl.fetch.take import full_text_of
from etl.journey import embed_questions, find_passages, index_document, parse_paper
from etl.keys import content_key
from etl.llm.prompt import system_text
from etl.llm.purse import Purse
from etl.records.document import DocumentStatus, Zone
from etl.records.inquiry import Inquiry
from etl.records.question import AnswerType, Question
from etl.retrieve.memory_index import MemoryIndex
from etl.settings import LlmSettings, Settings
from etl.wiring import build_ports
from tests.fakes.small_paper import make_chunk_set, make_document, passages_of
from tests.fakes.tiny_night import TinyNight, make_paper
from tests.standins.vllm import StandInVllm

_QUESTIONS = 28
_SENTENCES = 200
#: Their questions fill the slots 21 times to the last one, so that no half-empty tail decides.
_PAPERS = 24
_MIN_ANSWERS_PER_CPU_SECOND = 300
#: As by default; more than the questions of one paper, so that papers have to overlap.
_IN_FLIGHT = 32
#: Of an answer of a server that works on so many at once.
_LATENCY_SECONDS = 1.0
_MIN_SHARE = 0.9
_MAX_TOKEN_RATIO = 0.4
_MAX_ADDED = 1.3 / _QUESTIONS
_SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "papers"
_WORDS = "of the model that was trained here on images from every site and season in the set"


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures; 0 where every bar is met."""
    folder = Path(arguments[0]) if arguments else _SAMPLES
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with _server(0.0) as url:
        alone = _answers_per_cpu_second(url)
        stored = _night(url)
    with _server(_LATENCY_SECONDS) as url:
        reached = _answers_per_second(url)
        committed = _night(url)
    ideal = _IN_FLIGHT / _LATENCY_SECONDS
    ours, theirs, hits = _computed_tokens(folder)
    bar = _MIN_ANSWERS_PER_CPU_SECOND
    rows = [("asked", alone), ("asked, checked and stored", stored.answers_per_cpu_second)]
    speeds = [("asked", reached), ("stored", committed.answers_per_second)]
    return print_figures(
        [
            *(
                Figure(
                    name=f"answers a CPU second, {name}",
                    figure=f"{found:.0f}",
                    baseline="-",
                    ratio=found,
                    sense=">=",
                    bound=bar,
                )
                for name, found in rows
            ),
            *(
                Figure(
                    name=f"answers a second / (in flight / latency), {name}",
                    figure=f"{found:.1f}",
                    baseline=f"{ideal:.1f}",
                    ratio=found / ideal,
                    sense=">=",
                    bound=_MIN_SHARE,
                )
                for name, found in speeds
            ),
            Figure(
                name="calls of one added question / of a full run",
                figure=str(stored.added_calls),
                baseline=str(stored.calls),
                ratio=stored.added_calls / stored.calls,
                sense="<=",
                bound=_MAX_ADDED,
            ),
            Figure(
                name="tokens written for one added question / a full run",
                figure=str(stored.added_tokens),
                baseline=str(stored.tokens),
                ratio=stored.added_tokens / stored.tokens,
                sense="<=",
                bound=_MAX_ADDED,
            ),
            Figure(
                name="computed prompt tokens / prompts by question",
                figure=str(ours),
                baseline=str(theirs),
                ratio=ours / theirs,
                sense="<=",
                bound=_MAX_TOKEN_RATIO,
            ),
            Figure(
                name="share of tokens found in the cache",
                figure=f"{hits:.3f}",
                baseline="-",
                ratio=hits,
                sense=">=",
                bound=_MIN_SHARE,
            ),
        ]
    )


def _computed_tokens(folder: Path) -> tuple[int, int, float]:
    """Tokens computed for packs, for prompts by question, and the packs' cache hits in [0, 1]."""
    settings = Settings(_env_file=None, llm=LlmSettings())
    ports = build_ports(settings)
    questions = list(load_catalogue(None).questions)
    vectors = embed_questions(questions, ports)
    by_question = StandInVllm()
    with StandInVllm() as server:
        voter = LlmAnswerer("stand-in", [server.url], settings.llm, {})
        for path in sorted(path for path in folder.iterdir() if path.is_file()):
            content = path.read_bytes()
            try:
                document = parse_paper(full_text_of(content, name=path.name), content, ports)
            except PermanentError:
                continue
            if document.status is not DocumentStatus.PARSED:
                continue
            chunk_set, embedded = index_document(document, ports)
            index = MemoryIndex(document, chunk_set, embedded.vectors, settings.retrieve)
            passages = find_passages(chunk_set, questions, vectors, index, ports)
            ballots = voter.answer(document, chunk_set, questions, passages)
            for question, found, ballot in zip(questions, passages, ballots, strict=True):
                if ballot.generation is None:
                    continue
                texts = [chunk_set.chunks[p.chunk_index].text for p in found]
                by_question.cache("\n".join([system_text("b"), *texts, question.text]))
    theirs = by_question.sent_tokens - by_question.cached_tokens
    return (
        server.sent_tokens - server.cached_tokens,
        theirs,
        server.cached_tokens / server.sent_tokens,
    )


def _serve(pipe: Connection, delay: float) -> None:
    with StandInVllm(delay_seconds=delay) as server:
        pipe.send(server.url)
        pipe.recv()


@contextmanager
def _server(delay: float) -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, delay))
    child.start()
    try:
        yield ours.recv()
    finally:
        ours.send("end")
        child.join()


def _questions(count: int = _QUESTIONS) -> list[Question]:
    return [
        Question(
            question_version_id=content_key("bench", number),
            question_id=f"B{number:02}",
            version=1,
            key=f"b{number:02}",
            text=f"Which thing of kind {number} was it?",
            answer_type=AnswerType.ENTITY_LIST,
            section_prior={},
            cues=(),
        )
        for number in range(count)
    ]


def _ask(url: str, papers: int) -> float:
    """Ask all questions of some papers; answers a wall second, from first call to last answer."""
    settings = LlmSettings(in_flight=_IN_FLIGHT)
    voter = LlmAnswerer("stand-in", [url], settings, {})
    inquiries = [_inquiry(number) for number in range(papers)]
    begun = time.perf_counter()
    count = 0
    for part in voter.answer_inquiries(iter(inquiries), Purse(settings)):
        assert all(ballot.state == "answered" for ballot in part.ballots)
        count += len(part.ballots)
    assert count == papers * _QUESTIONS
    return count / (time.perf_counter() - begun)


def _inquiry(number: int) -> Inquiry:
    texts = [f"Sentence {i} of Paper {number} tells {_WORDS}." for i in range(_SENTENCES)]
    document = make_document(("methods", Zone.BODY, texts), document_id=number)
    questions = tuple(_questions())
    return Inquiry(
        document=document,
        chunk_set=make_chunk_set(document),
        questions=questions,
        passages=(passages_of(0),) * len(questions),
    )


def _answers_per_cpu_second(url: str) -> float:
    _ask(url, 1)
    begun = time.process_time()
    _ask(url, _PAPERS)
    return _PAPERS * _QUESTIONS / (time.process_time() - begun)


def _answers_per_second(url: str) -> float:
    return _ask(url, _PAPERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Night:
    """What the answer stage of a night took, and that of the next with one question more."""

    answers_per_cpu_second: float
    answers_per_second: float
    calls: int
    tokens: int
    added_calls: int
    added_tokens: int


_SPENT = """
SELECT coalesce(sum(call_count), 0), coalesce(sum(completion_tokens), 0) FROM core.generation
"""


def _night(url: str) -> _Night:
    with open_ground() as ground, tempfile.TemporaryDirectory() as folder:
        papers = Path(folder) / "papers"
        papers.mkdir()
        for number in range(_PAPERS):
            lines = (f"Sentence {i} of Paper {number} tells {_WORDS}." for i in range(_SENTENCES))
            text = make_paper(number, extra="\n\n".join(lines))
            (papers / f"{number}.txt").write_text(text)
        tiny = TinyNight(database=ground.settings, store=Path(folder) / "store")
        tiny.load(_questions())
        whole = LlmSettings(layout="whole_paper", in_flight=_IN_FLIGHT)
        tiny.answerers = {"llm": LlmAnswerer("stand-in", [url], whole, {})}
        with tiny.begun(papers) as (night, run_id):
            for stage in ("fetch", "parse", "embed"):
                tiny.stage(night, run_id, stage)
            cpu, wall = _cpu_seconds(), time.perf_counter()
            tiny.stage(night, run_id, "answer")
            cpu, wall = _cpu_seconds() - cpu, time.perf_counter() - wall
            night.finish(run_id)
        count = tiny.one("SELECT count(*) FROM core.generation")
        assert count == _PAPERS * _QUESTIONS
        ((calls, tokens),) = tiny.rows(_SPENT)
        tiny.load(_questions(_QUESTIONS + 1))
        with tiny.begun(None) as (night, run_id):
            tiny.stage(night, run_id, "answer")
            night.finish(run_id)
        ((all_calls, all_tokens),) = tiny.rows(_SPENT)
    return _Night(
        answers_per_cpu_second=count / cpu,
        answers_per_second=count / wall,
        calls=int(calls),
        tokens=int(tokens),
        added_calls=int(all_calls - calls),
        added_tokens=int(all_tokens - tokens),
    )


def _cpu_seconds() -> float:
    """CPU of this process and of every Postgres process below it."""
    own = time.process_time()
    for child in psutil.Process().children(recursive=True):
        try:
            if child.name().startswith("postgres"):
                times = child.cpu_times()
                own += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
