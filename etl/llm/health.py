"""Which models a server serves, in one question: for forms and ``doctor``."""

import asyncio

import httpx

from etl.errors import ServiceUnavailableError
from etl.llm.http_line import HttpLine
from etl.llm.replies import read_served_models
from etl.settings import LlmSettings

__all__ = ["served_models"]


def served_models(settings: LlmSettings) -> list[str]:
    """
    Ask the first server of the settings.

    Returns:
        Names in the server's order.

    Raises:
        ServiceUnavailableError: No server is set, it does not answer, or refuses the key.
    """
    urls = [url for urls in settings.models.values() for url in urls]
    if not urls:
        raise ServiceUnavailableError("no server is set")
    return asyncio.run(_ask(urls[0], settings))


async def _ask(url: str, settings: LlmSettings) -> list[str]:
    try:
        async with HttpLine(url, settings) as line:
            answer = await line.send("GET", "/v1/models", seconds=settings.connect_seconds)
    except httpx.TransportError as error:
        raise ServiceUnavailableError(f"no answer ({type(error).__name__})") from error
    if answer.status != 200:
        raise ServiceUnavailableError(f"the server answers {answer.status} to /v1/models")
    return [model.name for model in read_served_models(answer.body)]
