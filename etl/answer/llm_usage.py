"""
Add up what a cell's calls took.

Reads:    requests and the replies to them
Writes:   nothing; the record goes with the ballot
Gives up: never
Version:  none of its own
Next:     the answerer, which hands the record to the ballot
"""

import json
from collections.abc import Sequence

from etl.keys import fingerprint_sha256, sha256_hex
from etl.llm.wire import ChatReply, ChatRequest
from etl.records.ballot import Generation

__all__ = ["Usage"]

#: Enough to see what went wrong; an answer within its bounds is shorter.
_MAX_OUTPUT = 8000


class Usage:
    """
    The calls of one cell, in order.

    Args:
        seed: Sent with each of them.
        boundary: Stood around the paper in each of them.
        revision: Of the weights, by the settings; empty where they do not say it.
        suspect_count: Sentences of the context that read like instructions.
    """

    def __init__(self, *, seed: int, boundary: str, revision: str, suspect_count: int) -> None:
        self._seed = seed
        self._boundary = boundary
        self._revision = revision
        self._suspect_count = suspect_count
        self._calls: list[tuple[ChatRequest, ChatReply]] = []
        #: See :class:`Generation`.
        self.is_stable: bool | None = None
        self.yes_probability: float | None = None

    def add(self, request: ChatRequest, reply: ChatReply) -> None:
        """Count one call that was answered."""
        self._calls.append((request, reply))

    def generation(self) -> Generation | None:
        """The record; None where no call was answered."""
        if not self._calls:
            return None
        request, last = self._calls[-1]
        replies = [reply for _, reply in self._calls]
        cached = [reply.cached_tokens for reply in replies if reply.cached_tokens is not None]
        joules = [r.energy_joules for r in replies if r.energy_joules is not None]
        is_measured = len(joules) == len(replies)
        prompt = json.dumps(request.messages(), ensure_ascii=False)
        return Generation(
            model=last.model,
            system_fingerprint=last.system_fingerprint,
            prompt_sha256=sha256_hex(prompt.encode("utf-8", "backslashreplace")),
            schema_sha256=fingerprint_sha256(request.schema),
            seed=self._seed,
            call_count=len(replies),
            prompt_tokens=sum(reply.prompt_tokens for reply in replies),
            cached_tokens=sum(cached) if cached else None,
            completion_tokens=sum(reply.completion_tokens for reply in replies),
            latency_seconds=sum(reply.latency_seconds for reply in replies),
            finish_reason=last.finish_reason,
            request_id=last.request_id,
            output_text=last.text[:_MAX_OUTPUT],
            suspect_count=self._suspect_count,
            revision=self._revision or last.root,
            endpoint=last.endpoint,
            boundary=self._boundary,
            is_stable=self.is_stable,
            yes_probability=self.yes_probability,
            energy_joules=sum(joules) if is_measured else None,
            energy_reason=None if is_measured else next(filter(None, _reasons(replies)), "unknown"),
        )


def _reasons(replies: Sequence[ChatReply]) -> list[str | None]:
    return [reply.energy_reason for reply in replies]
