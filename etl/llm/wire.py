"""
What goes to a language model's server and what comes back, as plain records.

Nothing here raises: a call ends as a :class:`ChatReply` or as a :class:`Fault`, so whoever asks
has to say what becomes of either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["ChatReply", "ChatRequest", "Fault", "FaultKind", "ServedModel"]


class FaultKind(StrEnum):
    """Why a call brought no answer; the word stands in the ballot's reason."""

    #: The server refused the request (400, 413, 422): the same request fails again.
    REFUSED_REQUEST = "refused_request"
    #: The connection or the engine broke under this request, every time it was sent.
    LOST = "lost"
    #: More bytes than an answer can have.
    OVERSIZE = "oversize"
    #: The answer hit the token limit, also with twice the limit.
    CUT = "cut"
    #: Not one JSON object.
    NOT_JSON = "not_json"
    #: A JSON object of another form than the schema asks for.
    WRONG_TYPE = "wrong_type"
    #: A text holds control characters.
    CONTROL_CHARACTERS = "control_characters"
    #: No text at all.
    EMPTY = "empty"
    #: The model declined to answer.
    REFUSAL = "refusal"
    #: It cites a sentence that was not shown to it.
    UNKNOWN_SENTENCE = "unknown_sentence"
    #: Verdict, value and evidence do not go together.
    CONTRADICTORY = "contradictory"
    #: Not even one passage fits beside the question.
    NO_ROOM = "no_room"
    #: It rests on sentences that read like instructions, or changes without them.
    UNSTABLE = "unstable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The typed end of a call without an answer."""

    kind: FaultKind
    #: What happened, without text of the paper.
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """The model an endpoint serves, as the endpoint tells."""

    name: str
    #: Where the weights come from, where the server says it.
    root: str | None
    #: Longest prompt and answer together, tokens; None where the server does not say it.
    max_model_len: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One question to a model."""

    #: Instructions; the same for all questions of a paper.
    system: str
    #: The paper's text; the same for all questions of a paper.
    context: str
    #: What differs; comes last, so that all before it can be taken from the prefix cache.
    question: str
    #: JSON schema that the answer must follow.
    schema: Mapping[str, Any]
    #: Longest answer, tokens.
    max_tokens: int
    #: Sent as ``X-Request-Id``.
    request_id: str

    def messages(self) -> list[dict[str, str]]:
        """The conversation: instructions, then paper and question."""
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": self.context + self.question},
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """One answer as it came; its text is untrusted."""

    text: str
    #: ``stop``, ``length``, ``content_filter`` …; empty where the server gave none.
    finish_reason: str
    #: The server's own word that the model declined.
    is_refusal: bool
    model: str
    system_fingerprint: str | None
    prompt_tokens: int
    #: None where the server does not report it.
    cached_tokens: int | None
    completion_tokens: int
    latency_seconds: float
    request_id: str
    #: Where the weights come from, where the server says it.
    root: str | None = None
    #: Host and port of the server.
    endpoint: str = ""
    #: Energy of the call, joules; None where it is not known.
    energy_joules: float | None = None
    #: Why not.
    energy_reason: str | None = None
