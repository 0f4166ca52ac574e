import json
import math
from typing import Any

import pytest

from etl.llm.probability import CHOICES, read_probability
from etl.llm.wire import Fault


def body(top: Any) -> bytes:
    content = [{"token": "yes", "logprob": 0.0, "top_logprobs": top}]
    return json.dumps({"choices": [{"logprobs": {"content": content}}]}).encode()


def tokens(**shares: float) -> list[dict[str, Any]]:
    return [{"token": text, "logprob": math.log(p)} for text, p in shares.items()]


def test_the_words_differ_in_their_first_letters_so_the_first_token_decides() -> None:
    assert len({word[0] for word in CHOICES}) == len(CHOICES)


def test_all_ways_to_cut_a_word_into_tokens_are_summed() -> None:
    found = read_probability(body(tokens(yes=0.4, ye=0.2, y=0.1, no=0.2, un=0.1)))
    assert found == pytest.approx(0.7)


def test_masked_and_strange_tokens_do_not_count() -> None:
    top = [
        *tokens(yes=0.5, no=0.5),
        {"token": "The", "logprob": -9999.0},
        {"token": "yes", "logprob": -0.1},
        {"token": "", "logprob": 0.0},
        {"token": 3, "logprob": 0.0},
        {"logprob": 0.0},
        "yes",
    ]
    assert read_probability(body(top)) == pytest.approx(0.5)


def test_a_server_that_ignores_the_choice_says_nothing() -> None:
    found = read_probability(body(tokens(The=0.7, yes=0.2, no=0.1)))
    assert isinstance(found, Fault)
    assert "did not keep to the choice" in found.detail


@pytest.mark.parametrize(
    "raw",
    [
        None,
        b"",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"logprobs": null}]}',
        b'{"choices": [{"logprobs": {"content": []}}]}',
        b'{"choices": [{"logprobs": {"content": [{"top_logprobs": 3}]}}]}',
    ],
)
def test_an_answer_without_probabilities_is_a_fault_and_no_number(raw: bytes | None) -> None:
    assert isinstance(read_probability(raw), Fault)


def test_a_number_that_is_none_is_no_probability() -> None:
    raw = body([{"token": "yes", "logprob": 1.0}]).replace(b"1.0", b"NaN")
    assert isinstance(read_probability(raw), Fault)
