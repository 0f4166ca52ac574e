"""What the GROBID reader does with every answer that is no paper."""

from collections.abc import Callable

import pytest

from etl.errors import OutcomeCode, ParseError, ServiceUnavailableError
from etl.keys import content_key
from etl.parse.grobid.reader import GrobidParser
from etl.parse.grobid.status import Ending, reply_of
from etl.records.document import DocumentStatus
from etl.records.full_text import MediaType
from tests.standins.grobid import Answer, GrobidStandIn
from tests.standins.grobid_case import OWN, PDF, TEXT, paper, read_own, texts
from tests.standins.grobid_tei import TeiForm, empty_tei

FELL_BACK = {
    "nothing, by 204": (Answer(status=204), "empty", 1),
    "nothing, by 200": (Answer(), "empty", 1),
    "a body without a paragraph": (Answer(body=empty_tei(TeiForm())), "no_body", 1),
    "500 without a body": (Answer(status=500), "server_error", 1),
    "500 null": (Answer(status=500, body=b"null"), "server_error", 1),
    "an error of the models": (
        Answer(status=500, body=b"[TAGGING_ERROR] model failed", content_type=TEXT),
        "server_error",
        1,
    ),
    "a general error": (Answer(status=500, body=b"[GENERAL] An exception"), "server_error", 1),
    "its converter's failure": (
        Answer(status=500, body=b"[PDFALTO_CONVERSION_FAILURE] PDF to XML failed"),
        "conversion_failed",
        1,
    ),
    "its own timeout": (
        Answer(status=500, body=b"[TIMEOUT] PDF to XML conversion timed out"),
        "server_timeout",
        1,
    ),
    "its own timeout under 200": (
        Answer(body=b"[TIMEOUT] PDF to XML conversion timed out", content_type=TEXT),
        "server_timeout",
        1,
    ),
    "a web page under 200": (Answer(body=b"<html><body>Welcome</body></html>"), "not_tei", 2),
    "bad input, twice": (
        Answer(status=500, body=b"[BAD_INPUT_DATA] no space left"),
        "bad_input",
        2,
    ),
    "bad input as JSON": (
        Answer(status=400, body=b'{"type": "BAD_INPUT_DATA", "code": 400}'),
        "bad_input",
        2,
    ),
    "TEI that ends in the middle": (
        Answer(body=b'<TEI xmlns="http://www.tei-c.org/ns/1.0"><text><body><p>The end is'),
        "tei_bad_xml",
        1,
    ),
    "TEI with control characters": (
        Answer(body=b"<TEI><text><body><p>a\x01b</p></body></text></TEI>"),
        "tei_bad_xml",
        1,
    ),
    "an entity bomb": (
        Answer(
            body=b'<!DOCTYPE TEI [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
            b"<TEI><text><body><p>&b;&b;&b;&b;</p></body></text></TEI>"
        ),
        "tei_bad_xml",
        1,
    ),
    "an answer in a coding nobody asked for": (
        Answer(body=b"\x1f\x8b", headers=(("Content-Encoding", "gzip"),)),
        "not_tei",
        2,
    ),
}


@pytest.mark.parametrize("case", FELL_BACK)
def test_what_the_server_cannot_read_is_read_by_our_own_reader_and_says_so(
    server: GrobidStandIn, parser: GrobidParser, case: str
) -> None:
    answer, reason, calls = FELL_BACK[case]
    server.script(*[answer] * 3)
    document = parser.parse(paper(), PDF)
    assert document.quality.detail["fallback"] == reason
    assert document.quality.detail["reader"] == OWN.fingerprint(MediaType.PDF).name
    assert len(server.calls) == calls
    own = read_own(PDF)
    assert texts(document) == texts(own)
    assert document.parser == parser.fingerprint(MediaType.PDF)
    assert document.document_id == content_key(paper().sha256, document.parser.sha256)
    assert document.document_id != own.document_id


@pytest.mark.parametrize(
    ("status", "word", "code"),
    [
        (500, "NO_BLOCKS", OutcomeCode.NO_TEXT_LAYER),
        (500, "TOO_MANY_BLOCKS", OutcomeCode.TOO_LARGE),
        (500, "TOO_MANY_TOKENS", OutcomeCode.TOO_LARGE),
        (413, "", OutcomeCode.TOO_LARGE),
    ],
)
def test_what_no_reader_would_change_ends_the_paper(
    server: GrobidStandIn, parser: GrobidParser, status: int, word: str, code: OutcomeCode
) -> None:
    body = f"[{word}] message".encode() if word else b""
    server.script(Answer(status=status, body=body, content_type=TEXT))
    with pytest.raises(ParseError) as ended:
        parser.parse(paper(), PDF)
    assert ended.value.outcome.code is code
    assert "GROBID" in ended.value.outcome.detail
    assert len(server.calls) == 1


def test_bad_input_that_passes_leaves_no_trace(server: GrobidStandIn, parser: GrobidParser) -> None:
    server.script(Answer(status=500, body=b"[BAD_INPUT_DATA] overloaded", content_type=TEXT))
    document = parser.parse(paper(), PDF)
    assert document.quality.detail["reader"] == "grobid"
    assert "fallback" not in document.quality.detail


def test_a_paper_that_neither_can_read_tells_both_reasons(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    server.script(*[Answer(status=500, body=b"[BAD_INPUT_DATA] x", content_type=TEXT)] * 2)
    content = PDF[:900]
    with pytest.raises(ParseError) as ended:
        parser.parse(paper(content), content)
    assert ended.value.outcome.code is OutcomeCode.BROKEN_FILE
    assert "GROBID: bad_input" in ended.value.outcome.detail


def test_a_text_that_the_gate_refuses_is_read_again_by_our_own_reader(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    cipher = "Wkh qhwzrun zdv wudlqhg zlwk wkh rswlpl cdu rq rqh judsklfv fdug. " * 30
    tei = f"<TEI><text><body><div><p>{cipher}</p></div></body></text></TEI>"
    server.script(Answer(body=tei.encode()))
    document = parser.parse(paper(), PDF)
    assert document.quality.detail["fallback"] == "refused_garbled_text"
    assert document.status is DocumentStatus.PARSED


def test_words_of_the_status_map_inside_a_paper_are_just_words() -> None:
    body = b'<TEI><text><body><p>[TIMEOUT] "type": "NO_BLOCKS"</p></body></text></TEI>'
    assert reply_of(200, body).ending is Ending.TEI


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 415])
def test_an_address_that_is_no_grobid_stops_the_night_and_marks_no_paper(
    server: GrobidStandIn, parser: GrobidParser, status: int
) -> None:
    server.script(Answer(status=status, headers=(("Location", "http://127.0.0.1:9/"),)))
    with pytest.raises(ServiceUnavailableError, match="FLORILEGIUM_GROBID__URL"):
        parser.parse(paper(), PDF)
    assert len(server.calls) == 1


def test_an_answer_above_the_cap_is_not_kept_in_memory(
    server: GrobidStandIn, make: Callable[..., GrobidParser]
) -> None:
    server.script(Answer(body=b"<TEI>" + b" " * 4_000_000))
    document = make(max_response_bytes=100_000).parse(paper(), PDF)
    assert document.quality.detail["fallback"] == "answer_too_large"


def test_a_pdf_above_the_cap_is_not_sent(
    server: GrobidStandIn, make: Callable[..., GrobidParser]
) -> None:
    with pytest.raises(ParseError) as ended:
        make(max_bytes=1000).parse(paper(), PDF)
    assert ended.value.outcome.code is OutcomeCode.TOO_LARGE
    assert not server.calls
