"""What answer and verify hand to decide: one answerer's typed answer with its evidence."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = [
    "Ballot",
    "CellState",
    "Evidence",
    "Generation",
    "MatchKind",
]


class CellState(StrEnum):
    """Every cell ends in exactly one of these."""

    #: A typed value with evidence.
    ANSWERED = "answered"
    #: The paper was read and does not say.
    NOT_REPORTED = "not_reported"
    #: The question does not apply to this paper.
    NOT_APPLICABLE = "not_applicable"
    #: The paper's text cannot be trusted; nothing was asked.
    UNREADABLE = "unreadable"
    #: The work on this cell failed; the reason is stored.
    FAILED = "failed"


class MatchKind(StrEnum):
    """How a quote was found in the source."""

    #: The answerer cited a sentence id, so the quote is the stored text.
    CITED = "cited"
    EXACT = "exact"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A character span of one block that proves an answer."""

    #: 1-based; 1 is the strongest.
    evidence_rank: int
    block_index: int
    sentence_index: int
    char_start: int
    char_end: int
    #: Equals ``block.text[char_start:char_end]``; the database checks it again.
    quote: str
    match_kind: MatchKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What a language model was asked for one cell, and what that took; all calls together."""

    #: The model's name as the server gave it back.
    model: str
    #: Version and configuration of the engine as it reports them; None where it does not.
    system_fingerprint: str | None
    #: SHA-256 of the last prompt: system text, context and question.
    prompt_sha256: str
    #: SHA-256 of the schema that the answer had to follow.
    schema_sha256: str
    seed: int
    #: Requests that got an answer for this cell, >= 1; more than one where it was asked again.
    call_count: int
    #: Tokens sent, over all calls, as the engine counts them.
    prompt_tokens: int
    #: Of those, taken from the prefix cache; None where the engine does not report it.
    cached_tokens: int | None
    #: Tokens written, over all calls.
    completion_tokens: int
    #: Waiting time of all calls, seconds.
    latency_seconds: float
    #: Why the last call ended: ``stop``, ``length`` …
    finish_reason: str
    #: Id of the last request; also in the server's log.
    request_id: str
    #: The last output as it came, cut to 8,000 characters. Untrusted text.
    output_text: str
    #: Sentences and headings of the context that read like instructions to a model.
    suspect_count: int
    #: Revision of the weights by the settings, else where the server says they come from.
    revision: str | None = None
    #: Host and port of the server that answered.
    endpoint: str = ""
    #: Stands in the prompt around the paper; with it the prompt can be written out again.
    boundary: str = ""
    #: Whether the answer stayed the same without the suspect sentences; None without any.
    is_stable: bool | None = None
    #: The model's probability of "yes" to the question, in [0, 1]; None where it was not asked.
    yes_probability: float | None = None
    #: Energy of all calls, joules; None where it is not known.
    energy_joules: float | None = None
    #: Why it is not known; None exactly when it is.
    energy_reason: str | None = "no power meter is set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One answerer's typed answer to one cell."""

    document_id: int
    question_version_id: int
    #: Fingerprint id of the answerer (kind, model, prompt, decoding, retrieval).
    answerer_id: int
    state: CellState
    #: Typed by the question's answer type; None unless answered.
    value: Any
    #: One line for tables; None unless answered.
    value_text: str | None
    #: The answerer's own confidence in [0, 1]; None where it has none.
    score: float | None
    #: Why there is no answer; None exactly when answered.
    reason: str | None
    #: At least one item exactly when answered.
    evidence: tuple[Evidence, ...]
    #: SHA-256 of the passages retrieved for this question.
    context_sha256: str
    #: The language model's call behind it; None for answerers without one.
    generation: Generation | None = None
