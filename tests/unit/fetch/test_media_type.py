import pytest

from etl.errors import FetchError, OutcomeCode
from etl.fetch.media_type import detect_media_type
from etl.records.full_text import MediaType

JATS = b"""<?xml version="1.0"?>
<!-- a comment with <html> in it -->
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Publishing DTD v1.2//EN" "a.dtd">
<article><body/></article>"""
TEI = b'<TEI xmlns="http://www.tei-c.org/ns/1.0"><text/></TEI>'


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n...", "paper.xml", MediaType.PDF),
        (b"\x00" * 1000 + b"%PDF-1.4", "paper.pdf", MediaType.PDF),
        (JATS, "paper.pdf", MediaType.JATS),
        (b"\xef\xbb\xbf" + JATS, "paper", MediaType.JATS),
        (JATS.decode().encode("utf-16"), "paper.nxml", MediaType.JATS),
        (b"<pmc-articleset><article/></pmc-articleset>", "x.xml", MediaType.JATS),
        (TEI, "paper.tei.xml", MediaType.TEI),
        (b'<tei:TEI xmlns:tei="http://www.tei-c.org/ns/1.0"/>', "x.xml", MediaType.TEI),
        ("Grüße aus der Wiese".encode(), "note.txt", MediaType.TEXT),
        (b"# Title\n\ntext", "note.md", MediaType.TEXT),
        (b"plain", "README", MediaType.TEXT),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, name: str, expected: MediaType) -> None:
    assert detect_media_type(content, name) is expected


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "paper.pdf", OutcomeCode.EMPTY_FILE),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "p.pdf", OutcomeCode.HTML_PAGE),
        (b"\n <html><head/></html>", "paper.txt", OutcomeCode.HTML_PAGE),
        (b"PK\x03\x04 word/document.xml", "paper.pdf", OutcomeCode.NOT_A_PDF),
        (b"PK\x03\x04 word/document.xml", "paper.docx", OutcomeCode.UNSUPPORTED_TYPE),
        (b"plain text", "table.csv", OutcomeCode.UNSUPPORTED_TYPE),
        (b"\xff\xfe\x00binary", "note.txt", OutcomeCode.UNSUPPORTED_TYPE),
        (b"latin \xe9", "note.txt", OutcomeCode.WRONG_ENCODING),
        (b"<feed><entry/></feed>", "feed.xml", OutcomeCode.UNSUPPORTED_TYPE),
        (b"\x00" * 1024 + b"%PDF-1.4", "late.pdf", OutcomeCode.NOT_A_PDF),
    ],
)
def test_what_is_no_paper_is_refused_with_its_reason(
    content: bytes, name: str, code: OutcomeCode
) -> None:
    with pytest.raises(FetchError) as caught:
        detect_media_type(content, name)
    assert caught.value.outcome.code is code
