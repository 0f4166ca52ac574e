"""
Make a paper fit into a model's window before anything is sent; nothing is ever cut silently.

Tokens are counted by the model's own tokenizer: the folder in the settings, else the server's
``/tokenize``. Without either they are estimated at 2.5 bytes a token, which is more tokens than
common tokenizers make of scientific English (3 to 4.5 bytes); a text that is denser still is
refused by the server with 400 and ends as a typed fault.

What does not fit is left out by whole chunks, the least wanted first, and counted in the pack.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from etl.llm.client import LlmClient
from etl.llm.pack import Pack
from etl.llm.wire import Fault, FaultKind
from etl.settings import LlmSettings

__all__ = ["count_tokens", "estimate_tokens", "fit_pack"]

_BYTES_PER_TOKEN = 2.5
#: Roles and turn marks of a chat template.
_TOKENS_PER_MESSAGE = 16
#: For the words that ask a question again, and for a question that is shorter in characters but
#: longer in tokens than the longest one, which is the one that is counted.
_MARGIN = 64
#: Each round leaves out what the last count says; three are enough unless counts lie.
_MAX_ROUNDS = 8

_Messages = Sequence[Mapping[str, str]]


def estimate_tokens(messages: _Messages) -> int:
    """Tokens of a conversation at 2.5 bytes a token and 16 tokens a message."""
    size = sum(len(message["content"].encode()) for message in messages)
    return math.ceil(size / _BYTES_PER_TOKEN) + _TOKENS_PER_MESSAGE * len(messages)


async def count_tokens(client: LlmClient, settings: LlmSettings, messages: _Messages) -> int:
    """Tokens of a conversation by the best means there is; see above."""
    if settings.tokenizer is not None:
        rendered = _tokenizer(settings.tokenizer).apply_chat_template(
            [dict(message) for message in messages], add_generation_prompt=True, tokenize=False
        )
        return len(_tokenizer(settings.tokenizer).encode(rendered, add_special_tokens=False))
    return await client.count_tokens(messages) or estimate_tokens(messages)


@cache
def _tokenizer(folder: str) -> Any:  # noqa: ANN401 - the library has no types
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


async def fit_pack(
    client: LlmClient,
    settings: LlmSettings,
    chunks: Sequence[int],
    render: Callable[[Sequence[int], int], Pack],
    messages_of: Callable[[Pack], _Messages],
) -> Pack | Fault:
    """
    Show as many chunks as fit beside the longest question and twice the longest answer.

    Args:
        client: Knows the model's window and can count.
        settings: Longest answer, and the most tokens to show.
        chunks: The most wanted first.
        render: Writes some of them out; also gets how many are left out.
        messages_of: The conversation with the longest question.

    Returns:
        The pack, or a fault where not one chunk fits.
    """
    served = await client.preflight()
    window = served.max_model_len or settings.max_model_len
    # An answer that was cut is asked for again with twice the tokens.
    room = min(window - 2 * settings.max_tokens - _MARGIN, settings.context_tokens)
    taken = len(chunks)
    for _ in range(_MAX_ROUNDS):
        if taken < 1:
            break
        pack = render(chunks[:taken], len(chunks) - taken)
        count = await count_tokens(client, settings, messages_of(pack))
        if count <= room:
            return pack
        # Chunks differ in size, so one less than proportional at least.
        taken = min(taken - 1, math.floor(taken * room / count))
    return Fault(kind=FaultKind.NO_ROOM, detail=f"no passage fits into {max(0, room)} tokens")
