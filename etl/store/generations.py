"""What the calls of a language model took, beside the ballots they led to."""

from collections.abc import Sequence

from sqlalchemy import Connection

from etl.records.ballot import Ballot, Generation
from etl.store.bulk import copy_rows
from etl.store.plain_json import printable

__all__ = ["save_generations"]

_COLUMNS = (
    "document_id", "question_version_id", "answerer_id", "model", "system_fingerprint",
    "prompt_sha256", "schema_sha256", "seed", "call_count", "prompt_tokens", "cached_tokens",
    "completion_tokens", "latency_seconds", "finish_reason", "request_id", "output_text",
    "suspect_count", "revision", "endpoint", "boundary", "is_stable", "yes_probability",
    "energy_joules", "energy_reason",
)  # fmt: skip


def save_generations(connection: Connection, ballots: Sequence[Ballot]) -> None:
    """Write the generations of new ballots that have one, in the caller's transaction."""
    rows = [_row(b, b.generation) for b in ballots if b.generation is not None]
    if rows:
        copy_rows(connection, "core.generation", _COLUMNS, rows)


def _row(ballot: Ballot, made: Generation) -> tuple[object, ...]:
    return (
        ballot.document_id,
        ballot.question_version_id,
        ballot.answerer_id,
        printable(made.model),
        None if made.system_fingerprint is None else printable(made.system_fingerprint),
        made.prompt_sha256,
        made.schema_sha256,
        made.seed,
        made.call_count,
        made.prompt_tokens,
        made.cached_tokens,
        made.completion_tokens,
        made.latency_seconds,
        printable(made.finish_reason),
        printable(made.request_id),
        printable(made.output_text),
        made.suspect_count,
        None if made.revision is None else printable(made.revision),
        printable(made.endpoint),
        made.boundary,
        made.is_stable,
        made.yes_probability,
        made.energy_joules,
        made.energy_reason,
    )
