"""
Read a server's JSON with distrust: every field may be missing or of another type.

Sources: the OpenAI chat completion object; ``usage.prompt_tokens_details.cached_tokens`` as vLLM
reports it with ``--enable-prompt-tokens-details``.
"""

import json
from collections.abc import Mapping
from typing import Any

from etl.llm.wire import ChatReply, Fault, FaultKind, ServedModel

__all__ = ["error_text", "read_json", "read_reply", "read_served_models"]

#: Enough of a server's message to act on; more could repeat the prompt.
_MAX_MESSAGE = 200


def read_json(body: bytes | None) -> Any:  # noqa: ANN401 - any JSON value
    """The parsed body; None where it is no JSON."""
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError):
        return None


def read_reply(
    body: bytes | None, *, model: str, request_id: str, seconds: float
) -> ChatReply | Fault:
    """
    Read the first choice of a chat completion.

    Args:
        body: None where it was too large.
        model: Taken as the answer's model where the server does not repeat it.
        request_id: Of the request.
        seconds: How long it took.
    """
    if body is None:
        return Fault(kind=FaultKind.OVERSIZE, detail="the server's answer is too large")
    answer = read_json(body)
    choices = answer.get("choices") if isinstance(answer, Mapping) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(message, Mapping) or not isinstance(choice, Mapping):
        return Fault(kind=FaultKind.NOT_JSON, detail="the server's answer is no chat completion")
    usage = _mapping(answer.get("usage"))
    details = _mapping(usage.get("prompt_tokens_details"))
    finish_reason = _text(choice.get("finish_reason"))
    return ChatReply(
        text=_text(message.get("content")),
        finish_reason=finish_reason,
        is_refusal=bool(message.get("refusal")) or finish_reason == "content_filter",
        model=_text(answer.get("model")) or model,
        system_fingerprint=_text(answer.get("system_fingerprint")) or None,
        prompt_tokens=_count(usage.get("prompt_tokens")) or 0,
        cached_tokens=_count(details.get("cached_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")) or 0,
        latency_seconds=seconds,
        request_id=request_id,
    )


def read_served_models(body: bytes | None) -> list[ServedModel]:
    """The models of ``/v1/models`` in the server's order; none where it is no such list."""
    listed = _mapping(read_json(body)).get("data")
    if not isinstance(listed, list):
        return []
    return [
        ServedModel(
            name=_text(entry.get("id")),
            root=_text(entry.get("root")) or None,
            max_model_len=_count(entry.get("max_model_len")) or None,
        )
        for entry in listed
        if isinstance(entry, Mapping) and _text(entry.get("id"))
    ]


def error_text(body: bytes | None) -> str:
    """Kind and message of a server's error in one printable line of at most 200 characters."""
    answer = _mapping(read_json(body))
    error = _mapping(answer.get("error")) or answer
    parts = [_text(error.get(name)) for name in ("type", "param", "message")]
    line = " ".join(" ".join(part for part in parts if part).split())
    return "".join(c for c in line if c.isprintable())[:_MAX_MESSAGE] or "no message"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if value >= 0 else None
