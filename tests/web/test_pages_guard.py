"""What stands before the pages, by itself: sizes, pace, headers, faults."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.airflow


@pytest.fixture
def guard(airflow_home: Any) -> Any:  # noqa: ARG001 - puts the plugins on the path
    from florilegium_airflow.web import guard

    return guard


def ask(app: Any, **scope: Any) -> tuple[int, dict[str, str], bytes]:
    """One request straight to an ASGI app: status, headers and body."""
    sent: list[dict[str, Any]] = []
    body = scope.pop("body", b"")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    whole = {
        "type": "http",
        "method": "GET",
        "path": "/matrix",
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.1", 1),
        **scope,
    }
    asyncio.run(app(whole, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:])


async def _fine(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"fine"})


async def _broken(_scope: Any, _receive: Any, _send: Any) -> None:
    raise RuntimeError("secret words of a paper")


def generous(guard: Any, app: Any = _fine, host: str = "") -> Any:
    return guard.Guard(app, guard.Pace(per_second=1, burst=1000), host)


def test_five_megabytes_of_query_are_refused_before_anything_reads_them(guard: Any) -> None:
    status, headers, body = ask(generous(guard), query_string=b"search=" + b"a" * 5_000_000)
    assert status == 414
    assert headers["x-content-type-options"] == "nosniff"
    assert len(body) < 100


@pytest.mark.parametrize("length", [b"70000", b"-1", b"many", b"1e3"])
def test_a_length_that_is_too_large_or_none_is_refused(guard: Any, length: bytes) -> None:
    assert ask(generous(guard), headers=[(b"content-length", length)])[0] == 413


def test_a_page_that_fails_says_so_without_its_reason(guard: Any) -> None:
    status, headers, body = ask(generous(guard, _broken))
    assert status == 500
    assert "default-src 'none'" in headers["content-security-policy"]
    assert b"secret" not in body


def test_a_person_who_asks_too_fast_is_told_how_long_to_wait(guard: Any) -> None:
    now = [0.0]
    pace = guard.Pace(per_second=2, burst=3, clock=lambda: now[0])
    app = guard.Guard(_fine, pace)
    cookie = [(b"cookie", b"_token=anna")]
    assert [ask(app, headers=cookie)[0] for _ in range(4)] == [200, 200, 200, 429]
    _, headers, _ = ask(app, headers=cookie)
    assert headers["retry-after"] == "1"
    assert ask(app, headers=[(b"cookie", b"_token=bert")])[0] == 200, "others go on"
    now[0] = 1.0
    assert [ask(app, headers=cookie)[0] for _ in range(3)] == [200, 200, 429]


def test_the_memory_of_people_is_bounded(guard: Any) -> None:
    pace = guard.Pace(per_second=1, burst=1)
    for number in range(6000):
        pace.wait_seconds(f"person {number}")
    assert len(pace._buckets) <= 4096


@pytest.mark.parametrize(
    ("origin", "status"), [(b"https://papers.example", 200), (b"https://other.example", 403)]
)
def test_behind_a_proxy_the_known_name_counts_as_ours(
    guard: Any, origin: bytes, status: int
) -> None:
    headers = [
        (b"host", b"10.0.0.7:8080"),
        (b"origin", origin),
        (b"content-type", b"application/json"),
    ]
    app = generous(guard, host="papers.example")
    assert ask(app, method="POST", headers=headers)[0] == status


def test_the_app_is_built_once_and_a_fault_in_building_is_no_traceback(
    airflow_home: Any,  # noqa: ARG001
) -> None:
    from florilegium_airflow.web.lazy import LazyApp

    built: list[int] = []

    def build() -> Callable[..., Any]:
        built.append(1)
        return _fine

    app = LazyApp(build)
    assert [ask(app)[0] for _ in range(3)] == [200, 200, 200]
    assert len(built) == 1

    def fail() -> Any:
        raise RuntimeError("no settings")

    status, _, body = ask(LazyApp(fail))
    assert status == 503
    assert b"no settings" not in body
