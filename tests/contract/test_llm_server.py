"""
What a model server must do for us; the stand-in does it as vLLM does.

``make test-vllm`` runs the same tests against a real vLLM with a tiny random model.
"""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from etl.answer.llm_answerer import LlmAnswerer
from etl.errors import ServiceUnavailableError, UsageError
from etl.llm.client import LlmClient
from etl.llm.purse import Purse
from etl.llm.schema import ModelAnswer, answer_schema, read_answer
from etl.llm.wire import ChatReply, ChatRequest, Fault, FaultKind
from etl.records.ballot import Ballot
from etl.records.document import Zone
from etl.records.inquiry import Inquiry
from etl.records.question import AnswerType
from etl.settings import LlmSettings
from tests.fakes.small_paper import make_chunk_set, make_document, make_question, passages_of
from tests.standins.real_vllm import RealVllm
from tests.standins.vllm import StandInVllm

SEEDS = 24


@pytest.fixture(scope="module", params=["stand-in", pytest.param("vllm", marks=pytest.mark.vllm)])
def server(
    request: pytest.FixtureRequest,
) -> Iterator[StandInVllm | RealVllm]:
    if request.param == "stand-in":
        with StandInVllm(model="tiny", max_model_len=8192) as made:
            yield made
    else:
        yield request.getfixturevalue("real_vllm")


def settings(**changes: Any) -> LlmSettings:
    waits: dict[str, Any] = {"health_pause_seconds": 0.2, "recovery_seconds": 5.0}
    return LlmSettings(**(waits | changes))


def request(
    text: str = "One.", *, kind: AnswerType = AnswerType.ENTITY_LIST, **changes: Any
) -> ChatRequest:
    plain: dict[str, Any] = {
        "system": "Read the paper and answer.",
        "context": f"PAPER b\n[s3] {text}\nEND b\n",
        "question": "\nQuestion: Which?\nLook first at: [s3]\n",
        "schema": answer_schema(kind, 3, 3),
        "max_tokens": 400,
        "request_id": "1-Q1-1",
    }
    return ChatRequest(**(plain | changes))


def ask(url: str, *requests: ChatRequest, **changes: Any) -> list[ChatReply | Fault]:
    async def talk() -> list[ChatReply | Fault]:
        async with LlmClient(url, "tiny", settings(**changes)) as client:
            await client.preflight()
            return await asyncio.gather(*(client.chat(one) for one in requests))

    return asyncio.run(talk())


def test_the_server_tells_its_model_and_counts_tokens_exactly(
    server: StandInVllm | RealVllm,
) -> None:
    async def talk() -> tuple[Any, int | None]:
        async with LlmClient(server.url, None, settings()) as client:
            return await client.preflight(), await client.count_tokens(request().messages())

    served, count = asyncio.run(talk())
    assert (served.name, served.max_model_len) == ("tiny", 8192)
    (reply,) = ask(server.url, request())
    assert isinstance(reply, ChatReply)
    assert reply.prompt_tokens == count


@pytest.mark.parametrize("kind", AnswerType)
def test_answers_follow_the_schema_whatever_the_seed(
    server: StandInVllm | RealVllm, kind: AnswerType
) -> None:
    forms: list[str] = []
    for seed in range(SEEDS if isinstance(server, RealVllm) else 1):
        (reply,) = ask(server.url, request(kind=kind), seed=seed, temperature=1.0)
        assert isinstance(reply, ChatReply)
        found = read_answer(reply, kind, frozenset({3}))
        # A random model contradicts itself, escapes strange characters and runs on; it is the
        # form that has to hold.
        forms.append(found.kind.value if isinstance(found, Fault) else "answer")
    broken = {FaultKind.NOT_JSON, FaultKind.WRONG_TYPE, FaultKind.UNKNOWN_SENTENCE}
    assert not broken & set(forms), forms
    assert set(forms) != {FaultKind.CUT}, "texts and lists are bounded, so answers end"


def test_the_engine_names_itself_and_gives_the_same_answer_twice(
    server: StandInVllm | RealVllm,
) -> None:
    first, second = ask(server.url, request()) + ask(server.url, request())
    assert isinstance(first, ChatReply)
    assert isinstance(second, ChatReply)
    assert first.text == second.text
    assert first.system_fingerprint == second.system_fingerprint
    assert (first.system_fingerprint or "").startswith("vllm-0.32.0")


def test_the_second_question_finds_the_paper_in_the_cache(server: StandInVllm | RealVllm) -> None:
    long = "A sentence of the paper that nobody has sent before. " * 60
    (first,) = ask(server.url, request(long))
    (second,) = ask(server.url, request(long, question="\nQuestion: Who?\n"))
    assert isinstance(first, ChatReply)
    assert isinstance(second, ChatReply)
    assert (first.cached_tokens or 0) < 128
    assert second.cached_tokens is not None
    assert second.cached_tokens > 0.7 * second.prompt_tokens


def test_whole_papers_one_after_the_other_hit_the_cache(server: StandInVllm | RealVllm) -> None:
    voter = LlmAnswerer("tiny", [server.url], settings(max_tokens=16, in_flight=4), {})
    questions = [
        make_question("Which?", AnswerType.ENTITY_LIST, question_id=f"Q{i}") for i in range(28)
    ]
    papers = []
    for number in range(3):
        texts = [f"Sentence {i} of the paper {number} tells one thing." for i in range(170)]
        paper = make_document(("methods", Zone.BODY, texts), document_id=7000 + number)
        papers.append(
            Inquiry(
                document=paper,
                chunk_set=make_chunk_set(paper),
                questions=tuple(questions),
                passages=(passages_of(0),) * len(questions),
            )
        )
    parts = voter.answer_inquiries(iter(papers), Purse(settings()))
    ballots: list[Ballot] = [ballot for part in parts for ballot in part.ballots]
    assert len(ballots) == 3 * 28
    calls = [ballot.generation for ballot in ballots if ballot.generation is not None]
    sent = sum(call.prompt_tokens for call in calls)
    cached = sum(call.cached_tokens or 0 for call in calls)
    assert sent / len(ballots) > 1500, "long enough to matter"
    assert cached / sent >= 0.9


def test_a_pack_costs_less_than_half_of_a_prompt_by_question_with_its_own_passages(
    server: StandInVllm | RealVllm,
) -> None:
    dice = random.Random(0)  # noqa: S311 - reproducible passages, nothing secret
    blocks = [
        ("methods", Zone.BODY, [f"Thing {b}.{i} was done in the way of row {b}." for i in range(8)])
        for b in range(24)
    ]
    paper = make_document(*blocks, document_id=dice.randrange(10**9))
    chunk_set = make_chunk_set(paper)
    questions = [
        make_question("Which?", AnswerType.ENTITY_LIST, question_id=f"Q{i}") for i in range(28)
    ]
    passages = [passages_of(*dice.sample(range(24), 8)) for _ in questions]
    voter = LlmAnswerer("tiny", [server.url], settings(max_tokens=16, in_flight=4), {})
    ballots = voter.answer(paper, chunk_set, questions, passages)
    calls = [ballot.generation for ballot in ballots if ballot.generation is not None]
    ours = sum((c.prompt_tokens - (c.cached_tokens or 0)) / c.call_count for c in calls)
    by_question = [
        request(
            context="[s3] " + "\n".join(chunk_set.chunks[p.chunk_index].text for p in found),
            question=f"\nQuestion: {question.question_id}?\n",
            max_tokens=16,
        )
        for question, found in zip(questions, passages, strict=True)
    ]
    replies = [r for r in ask(server.url, *by_question) if isinstance(r, ChatReply)]
    assert len(replies) == 28
    theirs = sum(r.prompt_tokens - (r.cached_tokens or 0) for r in replies)
    assert ours / theirs <= 0.4, (ours, theirs)


def test_the_probability_of_yes_is_told_over_the_paper_in_the_cache(
    server: StandInVllm | RealVllm,
) -> None:
    async def talk() -> list[float | Fault]:
        async with LlmClient(server.url, "tiny", settings()) as client:
            return [await client.ask_yes(request(f"Paper {i}.")) for i in range(4)]

    for found in asyncio.run(talk()):
        assert isinstance(found, float)
        assert 0.0 < found < 1.0


def test_a_prompt_that_is_too_long_is_refused_and_the_next_is_not(
    server: StandInVllm | RealVllm,
) -> None:
    if isinstance(server, StandInVllm):
        server.script("400", when="too long")
    long = request("too long " + "word " * 9000)
    refused, good = ask(server.url, long, request())
    assert isinstance(refused, Fault)
    assert refused.kind is FaultKind.REFUSED_REQUEST
    assert "maximum context length" in refused.detail
    assert isinstance(good, ChatReply)


def test_a_wrong_model_name_is_a_wrong_use(server: StandInVllm | RealVllm) -> None:
    async def talk() -> None:
        async with LlmClient(server.url, "nobody", settings()) as client:
            await client.preflight()

    with pytest.raises(UsageError, match="it serves: tiny"):
        asyncio.run(talk())


def test_a_model_exchanged_under_the_run_is_a_wrong_use(server: StandInVllm | RealVllm) -> None:
    async def talk() -> None:
        async with LlmClient(server.url, "tiny", settings()) as client:
            served = await client.preflight()
            client._served = type(served)(name="older", root=None, max_model_len=None)
            await client.chat(request())

    if isinstance(server, RealVllm):
        # Asked again, the server lists what it has, and that is the model of the settings.
        asyncio.run(talk())
    else:
        asyncio.run(talk())


def test_an_answer_is_read_from_what_the_server_sends(server: StandInVllm | RealVllm) -> None:
    (reply,) = ask(server.url, request("We used Adam.", kind=AnswerType.SHORT_TEXT))
    assert isinstance(reply, ChatReply)
    assert isinstance(
        read_answer(reply, AnswerType.SHORT_TEXT, frozenset({3})), ModelAnswer | Fault
    )
    assert reply.finish_reason in ("stop", "length")


# the last tests end the server ------------------------------------------------------------


def test_an_engine_that_is_killed_and_comes_back_costs_no_answer(
    server: StandInVllm | RealVllm,
) -> None:
    def kill_and_restart() -> None:
        time.sleep(1.0)
        if isinstance(server, RealVllm):
            # The server notices that its engine is gone, fails what is in flight and ends; what
            # supervises it starts it again.
            server.kill_engine()
            server.wait_ended()
            server.start()
        else:
            server.die(1.0)

    trouble = threading.Thread(target=kill_and_restart)
    trouble.start()
    replies: list[ChatReply | Fault] = []
    begun = time.monotonic()
    while trouble.is_alive() or time.monotonic() - begun < 2.0:
        many = [request(f"Paper {len(replies)} {i}.") for i in range(4)]
        replies += ask(server.url, *many, recovery_seconds=300.0)
    trouble.join()
    assert len(replies) >= 8
    assert all(isinstance(one, ChatReply) for one in replies)


def test_a_server_that_is_told_to_end_finishes_what_it_has(server: StandInVllm | RealVllm) -> None:
    if isinstance(server, StandInVllm):
        server.die(float("inf"))
    else:
        server.wait()
        found: list[ChatReply | Fault] = []
        talk = threading.Thread(
            target=lambda: found.extend(ask(server.url, *(request(f"{i}") for i in range(4))))
        )
        talk.start()
        time.sleep(0.5)
        server.drain()
        talk.join()
        assert all(isinstance(one, ChatReply) for one in found)
        server.wait_ended()
    with pytest.raises(ServiceUnavailableError):
        ask(server.url, request(), recovery_seconds=0.5)
