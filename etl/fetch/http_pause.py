"""
How long a host asks us to wait.

Reads:    Retry-After and limit headers
Writes:   nothing
Gives up: never; what cannot be read counts as not said
Version:  none
Next:     etl/fetch/guard.py
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["MAX_PAUSE_SECONDS", "retry_after", "told_rate"]

#: Longer wishes are absurd or a ban: the host rests an hour, and the next night asks again.
MAX_PAUSE_SECONDS = 3600.0


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """
    Read a Retry-After header.

    Args:
        value: Seconds, an HTTP date, nonsense, or None.
        now: The time dates are measured from, with a zone.

    Returns:
        Seconds in [0, 3600], or None where nothing usable is said.
    """
    if value is None:
        return None
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            return None
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (zoned - now).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MAX_PAUSE_SECONDS)


def told_rate(headers: Mapping[str, str]) -> float | None:
    """Requests a second by X-Rate-Limit-Limit and -Interval (Crossref: ``5`` and ``1s``)."""
    try:
        limit = float(headers.get("x-rate-limit-limit", ""))
        interval = float(headers.get("x-rate-limit-interval", "").strip().removesuffix("s"))
    except ValueError:
        return None
    usable = limit > 0 and interval > 0 and math.isfinite(limit) and math.isfinite(interval)
    return limit / interval if usable else None
