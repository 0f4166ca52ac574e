"""
Read the probability of "yes" from the log probabilities of a constrained answer.

The engine is made to write one of a few words and tells how likely each first token was *after*
the grammar had masked all others (measured on vLLM 0.32: allowed tokens sum to 1, the others are
-9999). The words differ in their first letter, so whatever pieces a tokenizer cuts them into
("yes", "ye" + "s", "y" + "es"), the first token decides: the probability of a word is the sum over
all first tokens that begin it.
"""

import math
from collections.abc import Mapping
from typing import Any

from etl.llm.replies import read_json
from etl.llm.wire import Fault, FaultKind

__all__ = ["CHOICES", "TOP_TOKENS", "read_probability"]

#: Different in their first letters.
CHOICES = ("yes", "no", "unclear")
#: The most that vLLM gives by default; the pieces that begin three words are fewer.
TOP_TOKENS = 20
#: Below this sum the server has not masked the other tokens, or showed too few.
_MIN_MASS = 0.9


def read_probability(body: bytes | None) -> float | Fault:
    """
    P(yes) among :data:`CHOICES`, in [0, 1].

    Args:
        body: A chat completion with log probabilities.
    """
    tokens = _first_tokens(read_json(body))
    if tokens is None:
        return Fault(kind=FaultKind.NOT_JSON, detail="the server gave no log probabilities")
    mass = dict.fromkeys(CHOICES, 0.0)
    for text, logprob in tokens:
        word = next((word for word in CHOICES if text and word.startswith(text)), None)
        if word is not None:
            mass[word] += math.exp(min(0.0, logprob))
    total = sum(mass.values())
    if total < _MIN_MASS:
        detail = "the server did not keep to the choice, so its probabilities say nothing"
        return Fault(kind=FaultKind.WRONG_TYPE, detail=detail)
    return min(1.0, mass["yes"] / total)


def _first_tokens(found: Any) -> list[tuple[str, float]] | None:  # noqa: ANN401 - any JSON value
    for step in ("choices", 0, "logprobs", "content", 0, "top_logprobs"):
        if isinstance(step, str):
            found = found.get(step) if isinstance(found, Mapping) else None
        else:
            found = found[step] if isinstance(found, list) and len(found) > step else None
    if not isinstance(found, list):
        return None
    # A piece may come twice, as text and as bytes of another spelling; by text once.
    tokens: dict[str, float] = {}
    for entry in found:
        if not isinstance(entry, Mapping):
            continue
        text, logprob = entry.get("token"), entry.get("logprob")
        if isinstance(text, str) and isinstance(logprob, int | float) and logprob == logprob:  # noqa: PLR0124 - no NaN
            tokens.setdefault(text, float(logprob))
    return list(tokens.items())
