"""What the GROBID reader waits for, how long, and when it blames nobody."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from etl.errors import ServiceUnavailableError
from etl.parse.grobid.reader import GrobidParser
from etl.records.full_text import MediaType
from etl.settings import GrobidSettings
from tests.standins.grobid import Answer, GrobidStandIn
from tests.standins.grobid_case import OWN, PDF, QUICK, ROOT, TEXT, paper, read_own
from tests.standins.grobid_tei import TeiForm, tei_of


def test_a_busy_server_is_asked_again_until_an_engine_is_free(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    server.script(*[Answer(status=503)] * 5)
    assert parser.parse(paper(), PDF).quality.detail["reader"] == "grobid"
    assert [call.status for call in server.calls] == [503] * 5 + [200]


def test_a_server_that_stays_busy_is_left_after_the_last_try(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    server.script(*[Answer(status=503)] * 50)
    with pytest.raises(ServiceUnavailableError, match="no free engine in 8 calls"):
        parser.parse(paper(), PDF)
    assert len(server.calls) == 8


def test_a_server_that_stays_busy_is_left_when_the_time_is_up(
    server: GrobidStandIn, make: Callable[..., GrobidParser]
) -> None:
    server.script(*[Answer(status=503)] * 50)
    with pytest.raises(ServiceUnavailableError):
        make(busy_seconds=0.1, pause_seconds=(0.04, 0.06)).parse(paper(), PDF)
    assert 1 <= len(server.calls) <= 3


def test_more_calls_than_engines_all_end_well() -> None:
    with GrobidStandIn(read_own, engines=1, pool_wait=0.02) as server:
        server.script(*[Answer(body=tei_of(read_own(PDF), TeiForm()), delay=0.1)] * 4)
        settings = GrobidSettings(
            url=server.url, **{**QUICK, "busy_attempts": 60, "pause_seconds": (0.02, 0.1)}
        )
        with ThreadPoolExecutor(4) as pool:
            found = list(
                pool.map(lambda _: GrobidParser(settings, OWN).parse(paper(), PDF), range(4))
            )
        statuses = [call.status for call in server.calls]
    assert [document.quality.detail["reader"] for document in found] == ["grobid"] * 4
    assert statuses.count(200) == 4
    assert 503 in statuses


def test_a_slow_server_is_no_fault_of_the_file(
    server: GrobidStandIn, make: Callable[..., GrobidParser]
) -> None:
    server.script(*[Answer(body=b"<TEI/>", delay=1)] * 2)
    started = time.monotonic()
    document = make(timeout_seconds=0.1).parse(paper(), PDF)
    assert document.quality.detail["fallback"] == "no_answer"
    assert document.quality.detail["fallback_detail"] == "ReadTimeout"
    assert time.monotonic() - started < 1


def test_a_server_that_drips_is_left_when_the_time_is_up(
    server: GrobidStandIn, make: Callable[..., GrobidParser]
) -> None:
    server.script(*[Answer(body=b"<TEI>" * 1000, drip=0.05)] * 2)
    document = make(timeout_seconds=0.2).parse(paper(), PDF)
    assert document.quality.detail["fallback"] == "no_answer"


def test_a_connection_that_ends_in_mid_answer_is_tried_once_more(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    server.script(Answer(body=b"<TEI><text>", is_cut=True))
    assert parser.parse(paper(), PDF).quality.detail["reader"] == "grobid"
    assert len(server.calls) == 2


def test_a_paper_that_kills_the_server_twice_is_read_by_our_own_reader(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    server.script(*[Answer(body=b"<TEI>", is_cut=True)] * 9, name=f"{paper().sha256}.pdf")
    document = parser.parse(paper(), PDF)
    assert document.quality.detail["fallback"] == "dropped"
    assert len(server.calls) == 2
    other = (ROOT / "samples/papers/frogs-single-column.pdf").read_bytes()
    assert parser.parse(paper(other), other).quality.detail["reader"] == "grobid"


def test_a_server_that_answers_no_paper_any_more_counts_as_down(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    server.script(*[Answer(is_cut=True)] * 100)
    for _ in range(2):
        assert parser.parse(paper(), PDF).quality.detail["fallback"] == "dropped"
    with pytest.raises(ServiceUnavailableError, match="3 papers in a row"):
        parser.parse(paper(), PDF)


def test_a_server_that_is_down_is_never_replaced_in_silence(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    server.stop()
    with pytest.raises(ServiceUnavailableError, match="does not answer"):
        parser.fingerprint(MediaType.PDF)
    with pytest.raises(ServiceUnavailableError):
        parser.parse(paper(), PDF)
    server.start()
    assert parser.parse(paper(), PDF).quality.detail["reader"] == "grobid"


def test_a_server_that_dies_between_two_papers_stops_the_night(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    parser.fingerprint(MediaType.PDF)
    server.stop()
    with pytest.raises(ServiceUnavailableError, match="did not come back"):
        parser.parse(paper(), PDF)


def test_a_server_that_comes_back_is_waited_for(
    server: GrobidStandIn, make: Callable[..., GrobidParser]
) -> None:
    parser = make(recovery_seconds=5)
    parser.fingerprint(MediaType.PDF)
    server.stop()
    starter = threading.Timer(0.3, server.start)
    starter.start()
    try:
        assert parser.parse(paper(), PDF).quality.detail["reader"] == "grobid"
    finally:
        starter.join()


def test_errors_of_a_server_whose_models_are_not_loaded_mark_no_paper(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    server.state.health = "not_ready"
    server.script(Answer(status=500, body=b"[GENERAL] no model", content_type=TEXT))
    with pytest.raises(ServiceUnavailableError, match="not ready"):
        parser.parse(paper(), PDF)


def test_a_server_upgraded_in_mid_run_is_noticed(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    before = parser.fingerprint(MediaType.PDF)
    server.state.version = "0.9.2"
    with pytest.raises(ServiceUnavailableError, match=r"0\.9\.1 standin to 0\.9\.2"):
        parser.parse(paper(), PDF)
    assert parser.fingerprint(MediaType.PDF) != before


def test_a_version_that_only_the_tei_spells_differently_is_no_upgrade(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    server.state.writes_as = "0.9.1-SNAPSHOT"
    assert parser.parse(paper(), PDF).quality.detail["reader"] == "grobid"


def test_nothing_else_than_a_grobid_is_taken_for_one(server: GrobidStandIn) -> None:
    settings = GrobidSettings(url=f"{server.url}/elsewhere", **QUICK)
    with pytest.raises(ServiceUnavailableError, match="is FLORILEGIUM_GROBID__URL its address"):
        GrobidParser(settings, OWN).fingerprint(MediaType.PDF)
