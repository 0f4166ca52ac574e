"""
The circuit breaker of one endpoint.

It opens when the server was waited for in vain, or came back again and again without one answer.
While it is open nothing is sent there. After a while one look at the server's health decides:
healthy closes it, anything else leaves it open. It outlives a paper and a batch, so the papers of
a dead server do not each wait for it.
"""

import time

from etl.errors import EndpointDownError

__all__ = ["Breaker"]


class Breaker:
    """
    Closed (calls pass), open (they are refused), or half open (one look, without patience).

    Args:
        url: Named in the error.
        probe_seconds: How long it stays open before the next look.
    """

    def __init__(self, url: str, probe_seconds: float) -> None:
        self._url = url
        self._probe_seconds = probe_seconds
        self._reason: str | None = None
        self._look_at = 0.0
        #: Recoveries in a row without one answer in between.
        self.fruitless = 0

    @property
    def is_half_open(self) -> bool:
        """True where the server was given up and it is time for another look."""
        return self._reason is not None and time.monotonic() >= self._look_at

    def check(self) -> None:
        """
        Let a call pass, or not.

        Raises:
            EndpointDownError: The server was given up a short while ago.
        """
        if self._reason is not None and not self.is_half_open:
            raise EndpointDownError(self._reason)

    def open(self, reason: str) -> EndpointDownError:
        """Give the server up; returns the error to raise."""
        self._reason, self.fruitless = reason, 0
        self._look_at = time.monotonic() + self._probe_seconds
        return EndpointDownError(reason)

    def pass_calls(self) -> None:
        """It is healthy: calls pass again, and the next answer closes the breaker."""
        self._reason = None

    def close(self) -> None:
        """An answer came."""
        self._reason, self.fruitless = None, 0

    def look_again(self) -> None:
        """A new task begins: its pause was long enough, whatever is left of ours."""
        self._look_at = 0.0
