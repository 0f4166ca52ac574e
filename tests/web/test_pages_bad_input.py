"""Whatever stands in an address, the answer is a clean refusal, and the database is not asked."""

from typing import Any

import pytest

pytestmark = [pytest.mark.store, pytest.mark.airflow]

#: The longest that the test client sends; test_pages_guard.py goes up to 5 MB.
_LONG = "a" * 60_000

BAD = [
    ("answer?paper=';drop&question=TQ1", 422),
    ("answer?paper=1&question=TQ1';drop table core.work", 422),
    ("answer?paper=-1&question=TQ1", 422),
    (f"answer?paper={2**63}&question=TQ1", 422),
    ("answer?paper=1e3&question=TQ1", 422),
    ("answer?paper=12&question=TQ1", 404),
    ("answer", 422),
    ("paper?paper=';drop", 422),
    ("paper?paper=12", 404),
    ("question?question=NOPE", 404),
    ("question?question=%00", 422),
    ("question?question=" + "q" * 65, 422),
    ("matrix?search=%00", 422),
    ("matrix?search=" + "x" * 301, 422),
    ("matrix?state=won", 422),
    ("matrix?year_from=soon", 422),
    ("matrix?year_from=20000", 422),
    ("matrix?probability_below=2", 422),
    ("matrix?probability_below=nan", 422),
    ("matrix?disagreement=yes", 422),
    ("matrix?after=x", 422),
    ("matrix.csv?corpus=%0d%0aset-cookie:%20a=b", 422),
    ("page.png?document=1&question=TQ1&page=1", 404),
    ("page.png?document=1&question=TQ1&page=0", 422),
    ("page.png?document=../../etc/passwd&question=TQ1&page=1", 422),
    ("run?id=999999", 404),
    ("run?id=x", 422),
    ("report?id=999999", 404),
    ("dag_run?dag=%00&run=1", 422),
    ("review?done=yes", 422),
    ("review_cell?paper=';drop&question=TQ1", 422),
    ("review_cell?paper=12&question=TQ1", 404),
    ("review_cell?skip=1:TQ1,;drop", 422),
    ("review_cell?skip=" + "1:TQ1," * 600 + "1:TQ1", 422),
    ("review_cell?only=%00", 422),
    ("review_cell?blind=2", 422),
    ("plain_page.png?document=1&page=1", 404),
    ("plain_page.png?document=1&page=0", 422),
    ("nothing/at/all", 404),
    ("..%2f..%2fetc%2fpasswd", 404),
    (f"matrix?search={_LONG}", 414),
    (f"answer?paper={_LONG}&question=TQ1", 414),
]


@pytest.mark.parametrize(("address", "status"), BAD, ids=[a[:48] for a, _ in BAD])
def test_a_bad_address_is_a_clean_refusal(door: Any, address: str, status: int) -> None:
    answer = door("viewer").get(f"/florilegium/{address}")
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert "SELECT" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "matrix?search=';DROP TABLE core.work;--",
        "matrix?search=%25",
        "matrix?search=\u202e\U0001f600",
        "matrix?search=%ff%fe",
        "matrix?corpus=') OR true --",
        "matrix?after=12",
        "matrix?year_from=2030&year_to=1990",
        "matrix.csv?search=zzzz",
        "matrix.sql?search=';DROP TABLE core.work;--",
        "matrix?search=&state=&question=&corpus=&year_from=&year_to=&probability_below=",
        "matrix?search=a&search=b",
        "matrix?unknown=1",
    ],
)
def test_odd_words_are_words(door: Any, address: str) -> None:
    assert door("viewer").get(f"/florilegium/{address}").status_code == 200


def test_a_body_that_is_too_large_is_refused(door: Any) -> None:
    own = {"origin": "http://pages.test", "content-type": "application/json"}
    body = b'{"code": "' + b"x" * 70_000 + b'"}'
    assert door("op").post("/florilegium/retry", content=body, headers=own).status_code == 413

    def drip() -> Any:
        for _ in range(80):
            yield b"x" * 1000

    assert door("op").post("/florilegium/retry", content=drip(), headers=own).status_code == 413


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"code": "nope"}', b'{"code": null, "a": 1}'])
def test_a_body_that_makes_no_sense_is_refused(door: Any, body: bytes) -> None:
    own = {"origin": "http://pages.test", "content-type": "application/json"}
    assert door("op").post("/florilegium/retry", content=body, headers=own).status_code == 422
