import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from etl.llm.budget import estimate_tokens, fit_pack
from etl.llm.client import LlmClient
from etl.llm.pack import Pack, render_pack
from etl.llm.wire import Fault, FaultKind
from etl.records.document import Zone
from etl.settings import LlmSettings
from tests.fakes.small_paper import make_chunk_set, make_document
from tests.standins.vllm import StandInVllm, count_words

PAPER = make_document(*(("methods", Zone.BODY, [f"Part {i} " + "word " * 60]) for i in range(8)))
CHUNKS = make_chunk_set(PAPER)
ANSWER = 16


@pytest.fixture
def server() -> Iterator[StandInVllm]:
    with StandInVllm() as made:
        yield made


def messages_of(pack: Pack) -> list[dict[str, str]]:
    return [{"role": "user", "content": pack.text}]


def fit(server: StandInVllm, **changes: Any) -> Pack | Fault:
    settings = LlmSettings(max_tokens=ANSWER, **changes)

    def render(chunks: Sequence[int], trimmed: int) -> Pack:
        return render_pack(PAPER, CHUNKS, chunks, boundary="b", trimmed_count=trimmed)

    async def talk() -> Pack | Fault:
        async with LlmClient(server.url, None, settings) as client:
            return await fit_pack(client, settings, [5, 2, 0, 1, 3, 4, 6, 7], render, messages_of)

    return asyncio.run(talk())


def test_what_fits_is_shown_whole(server: StandInVllm) -> None:
    pack = fit(server)
    assert isinstance(pack, Pack)
    assert (len(pack.sentences), pack.trimmed_count) == (8, 0)


def test_the_least_wanted_chunks_are_left_out_counted_by_the_tokenizer(server: StandInVllm) -> None:
    server.max_model_len = 400
    pack = fit(server)
    assert isinstance(pack, Pack)
    assert {2, 5} <= set(pack.sentences)
    assert 7 not in pack.sentences
    assert pack.trimmed_count == 8 - len(pack.sentences) > 0
    assert count_words(messages_of(pack)) + 2 * ANSWER <= server.max_model_len


def test_the_settings_may_show_less_than_the_window_holds(server: StandInVllm) -> None:
    pack = fit(server, context_tokens=256)
    assert isinstance(pack, Pack)
    assert count_words(messages_of(pack)) <= 256


def test_without_a_tokenizer_the_estimate_is_on_the_safe_side(server: StandInVllm) -> None:
    server.has_tokenize = False
    pack = fit(server, context_tokens=700)
    assert isinstance(pack, Pack)
    assert pack.trimmed_count > 0
    assert estimate_tokens(messages_of(pack)) <= 700
    assert estimate_tokens(messages_of(pack)) >= 1.5 * count_words(messages_of(pack))


def test_where_not_one_chunk_fits_it_is_said(server: StandInVllm) -> None:
    server.max_model_len = 120
    found = fit(server)
    assert isinstance(found, Fault)
    assert found.kind is FaultKind.NO_ROOM
