"""
What Airflow mounts: an app that is built when its first request comes.

Every process of Airflow loads the plugin, each task too; only the API server serves pages. So
nothing of FastAPI or the library may be imported where the plugin is defined.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

__all__ = ["LazyApp"]

_log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class LazyApp:
    """
    An ASGI app that stands in for one that is expensive to import.

    Args:
        build: Makes the app; called once, in a thread.
    """

    def __init__(self, build: Callable[[], AsgiApp]) -> None:
        self._build = build
        self._app: AsgiApp | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; one that cannot be served is answered 503, never with a traceback."""
        try:
            app = await self._built()
        except Exception:  # noqa: BLE001 - whatever it is, only the log may tell
            _log.exception("the pages of florilegium cannot be built")
            await _unavailable(scope, send)
            return
        await app(scope, receive, send)

    async def _built(self) -> AsgiApp:
        if self._app is None:
            async with self._lock:
                if self._app is None:
                    self._app = await asyncio.to_thread(self._build)
        return self._app


async def _unavailable(scope: Scope, send: Send) -> None:
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    words = b"The pages of Florilegium cannot be built: the log of the API server says why.\n"
    await send({"type": "http.response.body", "body": words})
