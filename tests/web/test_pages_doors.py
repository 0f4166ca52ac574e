"""Every route asks who is there; no write comes in by the cookie alone."""

from typing import Any

import pytest

pytestmark = [pytest.mark.store, pytest.mark.airflow]

#: One address for each route that reads; the test below fails when a route has none.
READS = {
    "/": "",
    "/matrix": "matrix",
    "/matrix.csv": "matrix.csv",
    "/matrix.sql": "matrix.sql",
    "/answer": "answer?paper={pdf}&question=TQ2",
    "/page.png": "page.png?document={document}&question=TQ2&page=1",
    "/paper": "paper?paper={pdf}",
    "/questions": "questions",
    "/question": "question?question=TQ1",
    "/runs": "runs",
    "/run": "run?id=1",
    "/dag_run": "dag_run?dag=parse_papers&run=manual__1",
    "/report": "report?id=1",
    "/review": "review",
    "/review_cell": "review_cell?paper={pdf}&question=TQ2",
    "/plain_page.png": "plain_page.png?document={document}&page=1",
    "/style.css": "style.css",
    "/script.js": "script.js",
    "/icon.svg": "icon.svg",
}
#: And for each route that writes: what it is sent, the least role that may, and what that gets;
#: no such paper is here, so nobody's label is kept.
_CELL = {"paper": "12", "question": "TQ1"}
WRITES: dict[str, tuple[dict[str, str], str, int]] = {
    "/retry": ({"code": "broken_file"}, "op", 200),
    "/label": ({**_CELL, "label": "yes"}, "user", 404),
    "/adjudicate": ({**_CELL, "label": "yes"}, "op", 409),
    "/withdraw": ({**_CELL, "word": "1"}, "user", 200),
}
CATCH_ALL = "/{rest:path}"
FOREIGN = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
OWN = {"origin": "http://pages.test", "sec-fetch-site": "same-origin"}


def routes_of(pages: Any) -> list[tuple[str, str]]:
    """Path and method of every route, of whatever kind, also of what is mounted."""
    return [
        (route.path, method)
        for route in pages.routes
        for method in sorted(getattr(route, "methods", None) or {"GET"})
    ]


@pytest.fixture(scope="module")
def ids(night: Any) -> dict[str, Any]:
    pdf = night.work_of("terns-two-column.pdf")
    [[document]] = night.rows(f"SELECT document_id FROM out.works WHERE work_id = {pdf}")  # noqa: S608 - a number
    return {"pdf": pdf, "document": document}


def test_the_app_has_no_route_that_the_tables_do_not_know(door: Any) -> None:
    known = {(path, "GET") for path in READS} | {(path, "POST") for path in WRITES}
    known |= {(CATCH_ALL, method) for path, method in routes_of(door.pages) if path == CATCH_ALL}
    assert set(routes_of(door.pages)) == known
    assert len(known) > 20


def test_nobody_sees_anything_without_signing_in(door: Any, ids: dict[str, Any]) -> None:
    nobody = door(None)
    for path, method in routes_of(door.pages):
        address = READS.get(path, path.strip("/").replace("{rest:path}", "openapi.json"))
        answer = nobody.request(
            method, f"/florilegium/{address.format(**ids)}", json={}, headers=OWN
        )
        assert answer.status_code == 401, (method, path)
        assert "Counting" not in answer.text
    for address in ("docs", "redoc", "openapi.json", "static/style.css", "x/../matrix", "%2e%2e"):
        assert nobody.get(f"/florilegium/{address}").status_code == 401, address


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
def test_a_token_that_is_none_opens_nothing(door: Any, token: str) -> None:
    nobody = door(None)
    nobody.cookies.set("_token", token)
    assert nobody.get("/florilegium/matrix").status_code in (401, 403)
    nobody.headers["authorization"] = f"Bearer {token}"
    assert nobody.get("/florilegium/matrix").status_code in (401, 403)


@pytest.mark.parametrize("by", ["cookie", "bearer"])
def test_a_viewer_reads_every_page(door: Any, ids: dict[str, Any], by: str) -> None:
    viewer = door("viewer", by=by)
    for address in READS.values():
        answer = viewer.get(f"/florilegium/{address.format(**ids)}")
        assert answer.status_code == 200, (address, answer.text[-500:])


@pytest.mark.parametrize("path", sorted(WRITES))
def test_a_write_needs_its_role(door: Any, path: str) -> None:
    body, least, allowed = WRITES[path]
    roles = ("viewer", "user", "op", "admin")
    for role in roles:
        answer = door(role).post(f"/florilegium{path}", json=body, headers=OWN)
        expected = allowed if roles.index(role) >= roles.index(least) else 403
        assert answer.status_code == expected, (role, answer.text)


@pytest.mark.parametrize(
    "headers",
    [
        FOREIGN,
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://pages.test.evil.example"},
        {"origin": "http://pages.test:81"},
        {"sec-fetch-site": "same-site", "origin": "http://pages.test"},
        {"sec-fetch-site": "cross-site", "origin": "http://pages.test"},
        {},
    ],
)
@pytest.mark.parametrize("path", sorted(WRITES))
def test_a_write_from_elsewhere_is_refused_whoever_it_is(
    door: Any, path: str, headers: dict[str, str]
) -> None:
    body = WRITES[path][0]
    answer = door("admin").post(f"/florilegium{path}", json=body, headers=headers)
    assert answer.status_code == 403, answer.text


@pytest.mark.parametrize("path", sorted(WRITES))
def test_a_write_that_a_form_of_another_site_could_send_is_refused(door: Any, path: str) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = door("admin").post(
            f"/florilegium{path}",
            content='{"code": "broken_file"}',
            headers={"content-type": kind, **FOREIGN},
        )
        assert answer.status_code in (403, 415), kind
    assert door("admin").get(f"/florilegium{path}").status_code == 404


def test_a_program_with_a_token_may_write_without_an_origin(door: Any) -> None:
    answer = door("op", by="bearer").post("/florilegium/retry", json={"code": "broken_file"})
    assert answer.status_code == 200
    assert answer.json()["code"] == "broken_file"


def test_trying_again_makes_the_failed_paper_due(door: Any, night: Any) -> None:
    night.rows("UPDATE ops.item SET state = 'failed' WHERE code = 'broken_file'")
    failed = "SELECT count(*) FROM ops.item WHERE code = 'broken_file' AND state = 'failed'"
    assert night.rows(failed) == [["1"]]
    answer = door("op").post("/florilegium/retry", json={"code": "broken_file"}, headers=OWN)
    assert answer.json() == {"code": "broken_file", "count": 1}
    assert night.rows(failed) == [["0"]]


def test_every_answer_tells_browsers_what_they_may_do(door: Any, ids: dict[str, Any]) -> None:
    clients = [door("viewer"), door(None)]
    for client in clients:
        for address in [*READS.values(), "nothing", "matrix?state=bad"]:
            headers = client.get(f"/florilegium/{address.format(**ids)}").headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'self'" in policy
            script = policy.partition("script-src")[2].partition(";")[0]
            assert "unsafe" not in script
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "SAMEORIGIN"
            assert headers["referrer-policy"] == "same-origin"


def test_no_page_has_a_script_or_style_of_its_own(door: Any, ids: dict[str, Any]) -> None:
    viewer = door("viewer")
    for path, address in READS.items():
        page = viewer.get(f"/florilegium/{address.format(**ids)}")
        if not page.headers["content-type"].startswith("text/html") or path == "/report":
            continue
        assert page.text.count("<script") == page.text.count('<script src="script.js" defer>') == 1
        assert " style=" not in page.text
        assert "<style" not in page.text
        assert " onclick=" not in page.text
        assert "javascript:" not in page.text
