"""A language model as voter over stand-in servers, with the waits of a test."""

from typing import Any

from etl.answer.llm_answerer import LlmAnswerer
from etl.settings import LlmSettings
from tests.fakes.tiny_night import TinyNight
from tests.standins.vllm import StandInVllm

__all__ = ["QUICK", "asked", "cells", "voter"]

#: As in production, only the waits are short.
QUICK: dict[str, Any] = {
    "busy_seconds": 1.0,
    "pause_seconds": (0.01, 0.05),
    "recovery_seconds": 0.1,
    "health_pause_seconds": 0.02,
    "connect_seconds": 1.0,
    "timeout_seconds": 5.0,
}


def voter(*servers: StandInVllm, **changes: Any) -> LlmAnswerer:
    """The model of some servers; keyword arguments are settings."""
    urls = [server.url for server in servers]
    return LlmAnswerer("stand-in", urls, LlmSettings(**(QUICK | changes)), {"k": 2})


def cells(night: TinyNight) -> set[tuple[Any, ...]]:
    """Document and question version of each ballot."""
    return set(night.rows("SELECT document_id, question_version_id FROM core.ballot"))


def asked(server: StandInVllm, since: int = 0) -> list[tuple[str, str]]:
    """Paper and question of each request."""
    found = []
    for body in server.requests[since:]:
        text = body["messages"][1]["content"]
        paper = next(line for line in text.splitlines() if line.startswith("title:"))
        found.append((paper, text.split("\nQuestion: ")[1].split("\n")[0]))
    return found
