"""How a GROBID server is asked, and what is made of a good answer."""

import json
import logging
from collections.abc import Callable

import pytest

from etl.fetch.take import full_text_of
from etl.keys import content_key
from etl.parse.compare import compare_documents
from etl.parse.grobid.call import COORDINATES
from etl.parse.grobid.health import grobid_health
from etl.parse.grobid.reader import GrobidParser
from etl.records.document import BlockKind, DocumentStatus
from etl.records.full_text import MediaType
from etl.settings import GrobidSettings
from tests.standins.grobid import Answer, GrobidStandIn
from tests.standins.grobid_case import OWN, PDF, QUICK, ROOT, body_sections, paper, read_own, texts
from tests.standins.grobid_tei import TeiForm, tei_of


def test_the_server_is_asked_for_sentences_and_places_and_never_to_consult_others(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    parser.parse(paper(), PDF)
    [call] = server.calls
    assert call.pdf == PDF
    assert call.form == {
        "teiCoordinates": list(COORDINATES),
        "segmentSentences": ["1"],
        "includeRawCitations": ["1"],
    }
    assert call.name == f"{paper().sha256}.pdf"


def test_a_slash_at_the_end_of_the_address_does_no_harm(server: GrobidStandIn) -> None:
    settings = GrobidSettings(url=f"{server.url}/", **QUICK)
    assert GrobidParser(settings, OWN).parse(paper(), PDF).quality.detail["reader"] == "grobid"


def test_the_client_leaves_the_program_s_loggers_as_they_were(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    server.script(Answer(status=503))
    parser.parse(paper(), PDF)
    assert (list(root.handlers), root.level) == before
    assert logging.getLogger("grobid_client.grobid_client").propagate
    assert not logging.getLogger("grobid_client.grobid_client").handlers


def test_a_paper_read_by_the_server_keeps_its_text_headings_places_and_references(
    parser: GrobidParser,
) -> None:
    document, own = parser.parse(paper(), PDF), read_own(PDF)
    assert document.status is DocumentStatus.PARSED
    assert document.title == own.title
    expected = [own.text_of(s) for s in own.sentences if own.blocks[s.block_index].zone != "front"]
    assert sorted(texts(document)) == sorted(expected)
    likeness = compare_documents(document, own)
    assert likeness.headings_only_in_one == ()
    # GROBID gives the abstract without its heading.
    assert likeness.headings_only_in_other == ("Abstract",)
    assert (likeness.windows_in_other, likeness.windows_in_one) == (1, 1)
    assert body_sections(document) == body_sections(own)
    assert [entry.text for entry in document.references] == [e.text for e in own.references]
    by_text = {own.text_of(sentence): sentence for sentence in own.sentences}
    placed = [s for s in document.sentences if s.regions]
    assert len(placed) >= 0.8 * len(document.sentences)
    for sentence in placed:
        if document.blocks[sentence.block_index].kind is BlockKind.CAPTION:
            continue  # GROBID gives a figure one place, with its picture.
        twin = by_text[document.text_of(sentence)]
        assert {r.page for r in sentence.regions} == {r.page for r in twin.regions}
        assert min(r.x0 for r in sentence.regions) == pytest.approx(
            min(r.x0 for r in twin.regions), abs=0.02
        )


def test_the_fingerprint_names_the_server_s_version_and_revision(
    server: GrobidStandIn, parser: GrobidParser
) -> None:
    fingerprint = parser.fingerprint(MediaType.PDF)
    assert fingerprint.name == "grobid/0.9.1"
    assert fingerprint.recipe["revision"] == "standin"
    assert fingerprint.fingerprint_id == content_key("parse", fingerprint.sha256)
    assert json.loads(json.dumps(fingerprint.recipe)) == fingerprint.recipe
    server.state.revision = "other"
    other = GrobidParser(GrobidSettings(url=server.url, **QUICK), OWN).fingerprint(MediaType.PDF)
    assert other.fingerprint_id != fingerprint.fingerprint_id


def test_the_version_is_asked_once_and_limits_are_no_part_of_the_fingerprint(
    server: GrobidStandIn, make: Callable[..., GrobidParser]
) -> None:
    parser, patient = make(), make(timeout_seconds=99, busy_attempts=2)
    before = parser.fingerprint(MediaType.PDF)
    assert patient.fingerprint(MediaType.PDF) == before
    server.stop()
    assert parser.fingerprint(MediaType.PDF) == before


def test_other_media_types_go_to_our_own_readers_and_need_no_server() -> None:
    parser = GrobidParser(GrobidSettings(url="http://127.0.0.1:9", **QUICK), OWN)
    content = (ROOT / "samples/papers/cameras.jats.xml").read_bytes()
    full_text = full_text_of(content, name="cameras.xml")
    assert parser.fingerprint(MediaType.JATS) == OWN.fingerprint(MediaType.JATS)
    assert parser.parse(full_text, content) == OWN.parse(full_text, content)


def test_a_server_too_old_to_be_trusted_under_load_is_named_as_such(server: GrobidStandIn) -> None:
    server.state.version, server.state.is_version_bare = "0.7.2", True
    settings = GrobidSettings(url=server.url, **QUICK)
    assert GrobidParser(settings, OWN).fingerprint(MediaType.PDF).name == "grobid/0.7.2"
    health = grobid_health(settings)
    assert not health.is_usable
    assert "0.7.2" in health.line
    assert "0.9.1" in health.line


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xef\xbb\xbf%s", "application/xml"),
        (b"%s", "text/xml"),
        (b"%s", "application/xml; charset=ISO-8859-1"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?>%s', "application/xml"),
    ],
)
def test_utf8_is_read_as_such_whatever_headers_and_declaration_say(
    server: GrobidStandIn, parser: GrobidParser, body: bytes, content_type: str
) -> None:
    tei = tei_of(read_own(PDF), TeiForm(sentences=True)).split(b"?>", 1)[1]
    assert tei.count(b"Colonies of") == 1
    tei = tei.replace(b"Colonies of", "Größe, naïve, 20 m² – ✓ of".encode())
    server.script(Answer(body=body % tei, content_type=content_type))
    document = parser.parse(paper(), PDF)
    assert "Größe, naïve, 20 m² – ✓ of ground-nesting terns" in " ".join(texts(document))
