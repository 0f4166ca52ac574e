"""
Whether a host reserves text mining in the file meant for it.

Reads:    ``/.well-known/tdmrep.json`` of a host, once
Writes:   nothing
Gives up: never; a host without such a file, or with one that cannot be read, reserves nothing
Version:  TDM Reservation Protocol, W3C community group report of 2024
Next:     etl/fetch/corpus_source.py
"""

import json
import re
from urllib.parse import urlsplit

from etl.errors import FetchError
from etl.fetch.guard import GuardedClient

__all__ = ["Reservations"]

_PLACE = "/.well-known/tdmrep.json"
_MAX_BYTES = 1_000_000


class Reservations:
    """Remembers what each host said, as long as it lives."""

    def __init__(self, client: GuardedClient) -> None:
        self._client = client
        self._rules: dict[str, list[tuple[re.Pattern[str], bool]]] = {}

    def holds(self, url: str) -> bool:
        """True where the most exact rule for this address says that mining is reserved."""
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._rules:
            self._rules[host] = self._ask(host)
        path = parts.path or "/"
        return next((is_kept for rule, is_kept in self._rules[host] if rule.match(path)), False)

    def _ask(self, host: str) -> list[tuple[re.Pattern[str], bool]]:
        try:
            answer = self._client.get(
                host + _PLACE,
                max_bytes=_MAX_BYTES,
                allowed=frozenset({200, 400, 401, 403, 404, 405, 406, 410}),
            )
            told = json.loads(answer.content) if answer.status == 200 else []
        except (FetchError, ValueError, RecursionError):
            return []
        rules = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
        places = sorted(
            ((str(each.get("location", "/")), each.get("tdm-reservation") == 1) for each in rules),
            # The longest pattern is the most exact, as in robots.txt (RFC 9309).
            key=lambda rule: -len(rule[0]),
        )
        return [(_pattern(place), is_kept) for place, is_kept in places]


def _pattern(place: str) -> re.Pattern[str]:
    """A path that begins so; ``*`` stands for anything, ``$`` for the end."""
    ending = "$" if place.endswith("$") else ""
    bare = place.removesuffix("$")
    return re.compile(".*".join(map(re.escape, bare.split("*"))) + ending)
