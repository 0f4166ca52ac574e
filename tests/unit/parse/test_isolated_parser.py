import io
import os
import time
import zlib
from collections.abc import Callable

import psutil
import pypdfium2
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption

from etl.errors import OutcomeCode, ParseError
from etl.keys import content_key, fingerprint_sha256, sha256_hex
from etl.parse.reader import IsolatedParser
from etl.records.document import Document, DocumentStatus
from etl.records.full_text import FullText, MediaType
from etl.settings import ParseSettings
from tests.unit.parse.nasty_files import forms, page_with_stream, typeset

LIMITS = ParseSettings(cpu_seconds=2, wall_seconds=10, memory_bytes=400_000_000)


def full_text_of(content: bytes, media_type: MediaType) -> FullText:
    return FullText(
        full_text_id=1,
        sha256=sha256_hex(content),
        media_type=media_type,
        byte_count=len(content),
        store_path="x",
        work_id=1,
    )


def without_pages() -> bytes:
    buffer = io.BytesIO()
    pypdfium2.PdfDocument.new().save(buffer)
    return buffer.getvalue()


def outcome(content: bytes, settings: ParseSettings = LIMITS) -> OutcomeCode:
    with pytest.raises(ParseError) as caught:
        IsolatedParser(settings).parse(full_text_of(content, MediaType.PDF), content)
    assert caught.value.outcome.code.next_step
    return caught.value.outcome.code


def test_a_form_that_calls_itself_is_stopped() -> None:
    started = time.monotonic()
    assert outcome(forms(calls=2, depth=1)) in {OutcomeCode.TIMEOUT, OutcomeCode.MEMORY}
    assert time.monotonic() - started < LIMITS.wall_seconds


def test_a_parse_without_end_is_killed_by_the_clock_and_leaves_nothing_behind() -> None:
    settings = ParseSettings(wall_seconds=1, memory_bytes=4_000_000_000)
    assert outcome(forms(calls=12, depth=10), settings) is OutcomeCode.TIMEOUT
    assert psutil.Process().children(recursive=True) == []


def test_cpu_seconds_are_limited_too() -> None:
    settings = ParseSettings(wall_seconds=20, cpu_seconds=1, memory_bytes=4_000_000_000)
    assert outcome(forms(calls=12, depth=10), settings) is OutcomeCode.TIMEOUT


def test_a_deflate_bomb_dies_in_its_limits_and_the_next_paper_is_parsed() -> None:
    packed = zlib.compress(b" " * 500_000_000, 9)
    head = b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed)
    content = page_with_stream(head + packed + b"\nendstream")
    before = psutil.Process().memory_info().rss
    assert outcome(content) in {OutcomeCode.MEMORY, OutcomeCode.TIMEOUT}
    assert psutil.Process().memory_info().rss - before < 64_000_000
    good = typeset()
    document = IsolatedParser(LIMITS).parse(full_text_of(good, MediaType.PDF), good)
    assert document.status is DocumentStatus.PARSED


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", OutcomeCode.EMPTY_FILE),
        (b"<html>Sign in</html>", OutcomeCode.NOT_A_PDF),
        (b"%PDF-1.4\n" + os.urandom(3000), OutcomeCode.BROKEN_FILE),
        (b"%PDF-1.7", OutcomeCode.BROKEN_FILE),
        (without_pages(), OutcomeCode.NO_PAGES),
        (typeset(encrypt=StandardEncryption("user", "owner")), OutcomeCode.ENCRYPTED),
    ],
    ids=["no bytes", "web page", "noise", "header only", "no page", "password"],
)
def test_a_file_that_cannot_be_opened_says_why(content: bytes, code: OutcomeCode) -> None:
    assert outcome(content) is code


def test_an_owner_password_alone_keeps_nobody_out() -> None:
    content = typeset(encrypt=StandardEncryption("", "owner"))
    document = IsolatedParser(LIMITS).parse(full_text_of(content, MediaType.PDF), content)
    assert document.status is DocumentStatus.PARSED


def test_too_many_pages_and_too_many_bytes_are_told_apart() -> None:
    content = typeset(pages=3)
    assert outcome(content, ParseSettings(max_pages=2)) is OutcomeCode.TOO_MANY_PAGES
    assert outcome(content, ParseSettings(max_bytes=100)) is OutcomeCode.TOO_LARGE


def test_a_truncated_file_never_becomes_an_empty_success() -> None:
    content = typeset(pages=3)
    for share in (0.2, 0.5, 0.8):
        cut = content[: int(len(content) * share)]
        try:
            document = IsolatedParser(LIMITS).parse(full_text_of(cut, MediaType.PDF), cut)
        except ParseError:
            continue
        assert document.outcome is not None or document.quality.body_char_count > 400


def test_an_error_tells_no_words_of_the_paper() -> None:
    content = b"<article><body><p>Private words of the author</p></article>"
    with pytest.raises(ParseError) as caught:
        IsolatedParser(LIMITS).parse(full_text_of(content, MediaType.JATS), content)
    assert "Private" not in str(caught.value)


def test_the_same_bytes_give_the_same_document_every_time() -> None:
    content = typeset(pages=2)
    text = full_text_of(content, MediaType.PDF)
    assert IsolatedParser(LIMITS).parse(text, content) == IsolatedParser(
        ParseSettings(memory_bytes=1_000_000_000)
    ).parse(text, content)


def test_a_fingerprint_names_reader_and_libraries_but_no_limit() -> None:
    parser = IsolatedParser(ParseSettings())
    other = IsolatedParser(ParseSettings(max_pages=3, cpu_seconds=5))
    seen = set()
    for media_type in MediaType:
        fingerprint = parser.fingerprint(media_type)
        assert fingerprint == other.fingerprint(media_type)
        assert fingerprint.stage == "parse"
        assert fingerprint.sha256 == fingerprint_sha256(fingerprint.recipe)
        assert fingerprint.fingerprint_id == content_key("parse", fingerprint.sha256)
        seen.add(fingerprint.sha256)
    assert len(seen) == len(MediaType)
    assert "pypdfium2" in parser.fingerprint(MediaType.PDF).recipe["libraries"]


def test_reader_names_in_fingerprints_are_those_of_the_readers() -> None:
    from etl.parse import tei_reader, text_reader  # noqa: PLC0415
    from etl.parse.jats import reader as jats_reader  # noqa: PLC0415
    from etl.parse.pdf import reader as pdf_reader  # noqa: PLC0415

    parser = IsolatedParser(ParseSettings())
    names = {media_type: parser.fingerprint(media_type).name for media_type in MediaType}
    assert names == {
        MediaType.PDF: pdf_reader.PDF_READER,
        MediaType.JATS: jats_reader.JATS_READER,
        MediaType.TEI: tei_reader.TEI_READER,
        MediaType.TEXT: text_reader.TEXT_READER,
    }


def test_a_child_gives_the_same_document_as_the_steps_in_this_process(
    parse_here: Callable[[bytes, MediaType], Document],
    two_column_pdf: bytes,
    two_column_document: Document,
) -> None:
    assert parse_here(two_column_pdf, MediaType.PDF) == two_column_document
