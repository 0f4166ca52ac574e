"""The driver of a model's servers: what it does while its caller does something else."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from etl.answer.llm_answerer import LlmAnswerer
from etl.llm.purse import Purse
from etl.records.document import Zone
from etl.records.inquiry import Inquiry
from etl.records.question import AnswerType
from etl.settings import LlmSettings
from tests.fakes.model_voter import voter
from tests.fakes.small_paper import make_chunk_set, make_document, make_question, passages_of
from tests.standins.vllm import StandInVllm

QUESTIONS = tuple(
    make_question("Which?", AnswerType.ENTITY_LIST, question_id=f"DQ{i}") for i in range(4)
)


def _paper(number: int) -> Inquiry:
    paper = make_document(("methods", Zone.BODY, ["Ada used Adam."]), document_id=number)
    return Inquiry(
        document=paper,
        chunk_set=make_chunk_set(paper),
        questions=QUESTIONS,
        passages=(passages_of(0),) * len(QUESTIONS),
    )


def _soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


@pytest.fixture
def one_by_one(server: StandInVllm) -> LlmAnswerer:
    """A voter with one call in flight, at a server that takes its time."""
    server.delay_seconds = 0.2
    return voter(server, in_flight=1)


def test_calls_go_on_while_the_caller_writes_what_has_arrived(
    server: StandInVllm, one_by_one: LlmAnswerer
) -> None:
    parts = one_by_one.answer_inquiries(iter([_paper(1)]), Purse(LlmSettings()))
    first = next(parts)
    assert len(first.ballots) < len(QUESTIONS)
    # The caller is here and asks for nothing: all the same the rest is sent.
    assert _soon(lambda: len(server.requests) == len(QUESTIONS))
    assert sum(len(part.ballots) for part in parts) == len(QUESTIONS) - len(first.ballots)


def test_answers_go_on_while_the_caller_opens_the_next_paper(
    server: StandInVllm, one_by_one: LlmAnswerer
) -> None:
    seen: list[int] = []

    def papers() -> Iterator[Inquiry]:
        yield _paper(1)
        _soon(lambda: len(server.requests) > 1)
        seen.append(len(server.requests))
        yield _paper(2)

    ballots = [
        b for p in one_by_one.answer_inquiries(papers(), Purse(LlmSettings())) for b in p.ballots
    ]
    assert seen[0] > 1
    assert len(ballots) == 2 * len(QUESTIONS)


def test_a_caller_that_goes_away_ends_the_calls_and_the_thread(
    server: StandInVllm, one_by_one: LlmAnswerer
) -> None:
    parts = one_by_one.answer_inquiries(iter([_paper(1), _paper(2)]), Purse(LlmSettings()))
    next(parts)
    assert "llm-driver" in _threads()
    parts.close()
    assert "llm-driver" not in _threads()
    sent = len(server.requests)
    assert sent < 2 * len(QUESTIONS)
    time.sleep(3 * server.delay_seconds)
    assert len(server.requests) == sent


def test_a_caller_that_breaks_over_a_paper_ends_the_thread_too(one_by_one: LlmAnswerer) -> None:
    def papers() -> Iterator[Inquiry]:
        yield _paper(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(one_by_one.answer_inquiries(papers(), Purse(LlmSettings())))
    assert "llm-driver" not in _threads()


def test_a_signal_that_raises_while_nothing_has_arrived_ends_the_calls(
    server: StandInVllm, one_by_one: LlmAnswerer
) -> None:
    server.delay_seconds = 1.0

    def raise_it(*_: object) -> None:
        raise KeyboardInterrupt

    def send_it() -> None:
        _soon(lambda: bool(server.requests))
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, raise_it)
    sender = threading.Thread(target=send_it)
    sender.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(one_by_one.answer_inquiries(iter([_paper(1)]), Purse(LlmSettings())))
    finally:
        sender.join()
        signal.signal(signal.SIGUSR1, before)
    assert len(server.requests) == 1
    assert "llm-driver" not in _threads()
