"""Look whether a model's server is healthy, once and without patience."""

import httpx

from etl.llm.http_line import base_url

__all__ = ["is_alive"]

_MISSING = 404


def is_alive(url: str, *, seconds: float = 5.0) -> bool:
    """
    True where ``/health`` says so; a server of another make that has none counts as healthy.

    Args:
        url: Address of the server, with or without ``/v1``.
        seconds: Longest wait.
    """
    try:
        answer = httpx.get(f"{base_url(url)}/health", timeout=seconds, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.is_success or answer.status_code == _MISSING
