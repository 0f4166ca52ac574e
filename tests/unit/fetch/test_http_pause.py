"""What a host wishes is understood, and the absurd is capped."""

from datetime import UTC, datetime

import pytest

from etl.fetch.http_pause import MAX_PAUSE_SECONDS, retry_after, told_rate

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("-3", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("999999999999", MAX_PAUSE_SECONDS),
        ("inf", MAX_PAUSE_SECONDS),
        ("1e400", MAX_PAUSE_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_PAUSE_SECONDS),
        ("nan", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_all_its_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


@pytest.mark.parametrize(
    ("limit", "interval", "rate"),
    [("50", "1s", 50.0), ("5", "10s", 0.5), ("0", "1s", None), ("x", "1s", None),
     ("5", "", None), ("5", "0s", None), ("nan", "1s", None)],
)  # fmt: skip
def test_limit_headers_tell_a_rate_or_nothing(
    limit: str, interval: str, rate: float | None
) -> None:
    headers = {"x-rate-limit-limit": limit, "x-rate-limit-interval": interval}
    assert told_rate(headers) == rate
