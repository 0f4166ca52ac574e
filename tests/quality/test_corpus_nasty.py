"""
Each hostile file of a private folder ends as its class expects (opt-in: ``--corpus FOLDER``).

The folder holds ``nasty/pdf/CLASS/*.pdf`` and ``nasty/xml/*.xml``; our own files of the same
classes are in ``tests/unit/parse/nasty_files.py`` and always run. What a class expects: a
password is a recorded failure; an empty password opens; what is damaged, endless or a bomb ends
inside its limits and never as an empty success; a page without letters has no text layer; few
words (most of these files have 0 to 60) are too little text for questions.
"""

from pathlib import Path

import pytest

from etl.errors import OutcomeCode, PermanentError
from etl.fetch.take import full_text_of
from etl.keys import sha256_hex
from etl.parse.reader import IsolatedParser
from etl.records.full_text import FullText, MediaType
from etl.settings import ParseSettings

#: By class: the file and its one expected end.
EXPECTED = {
    "pdf/active_content": {
        "attachment.pdf": "too_little_text",
        "encrypted-attachment.pdf": "too_little_text",
    },
    "pdf/bomb": {
        "bomb_giant.pdf": "too_little_text",
        "enormous.pdf": "no_text_layer",
    },
    "pdf/encrypted_open": {
        "pr6531_2.pdf": "no_text_layer",
        "r2-empty-password.pdf": "too_little_text",
        "r6-owner-password.pdf": "too_little_text",
    },
    "pdf/loop": {
        "append-xref-loop.pdf": "too_little_text",
        "deep-duplicate-pages.pdf": "too_little_text",
        "deep-pages.pdf": "broken_file",
    },
    "pdf/malformed": {
        "PDFBOX-3148-2-fuzzed.pdf": "no_text_layer",
        "REDHAT-1531897-0.pdf": "broken_file",
        "bad-direct-root.pdf": "not_a_pdf",
        "bad-xref.pdf": "too_little_text",
        "bad1.pdf": "not_a_pdf",
        "docinfo_latin1_key.pdf": "no_text_layer",
        "empty.pdf": "empty_file",
        "fuzz-16214.pdf": "not_a_pdf",
        "issue-141a.pdf": "not_a_pdf",
        "issue-146.pdf": "broken_file",
        "issue-150.pdf": "not_a_pdf",
        "issue-297-example.pdf": "no_text_layer",
        "issue-335a.pdf": "not_a_pdf",
        "issue9105_reduced.pdf": "too_little_text",
        "poppler-395-0-fuzzed.pdf": "no_pages",
        "poppler-90-0-fuzzed.pdf": "too_little_text",
        "xref_command_missing.pdf": "too_little_text",
        "zero-offset.pdf": "too_little_text",
    },
    "pdf/no_text": {
        "empty.pdf": "no_text_layer",
        "trivial.pdf": "no_text_layer",
    },
    "pdf/password": {
        "bad-encryption-length.pdf": "encrypted",
        "crazyones-encrypted-256.pdf": "encrypted",
        "issue6010_1.pdf": "encrypted",
        "r3-user-password.pdf": "encrypted",
        "r6-both-passwords.pdf": "encrypted",
        "rc4-40.pdf": "encrypted",
    },
    "pdf/scanned": {
        "c02-22.pdf": "no_text_layer",
        "epson.pdf": "no_text_layer",
        "graph.pdf": "no_text_layer",
        "jbig2.pdf": "no_text_layer",
        "scan-bad.pdf": "no_text_layer",
        "skew.pdf": "no_text_layer",
    },
    "pdf/scanned_with_text_layer": {
        "Seige_of_Vicksburg_Sample_OCR.pdf": "parsed",
        "graph_ocred.pdf": "too_little_text",
    },
    "pdf/text_trouble": {
        "ThuluthFeatures.pdf": "garbled_text",
        "copy_paste_ligatures.pdf": "too_little_text",
        "issue-449-vertical.pdf": "too_little_text",
        "mixedfonts.pdf": "too_little_text",
        "truetype_font_nomapping.pdf": "no_text_layer",
    },
    "pdf/two_column_control": {
        "tracemonkey.pdf": "parsed",
    },
    "pdf/zero_pages": {
        "Pages-tree-refs.pdf": "too_little_text",
        "many-nulls.pdf": "no_pages",
        "poppler-67295-0.pdf": "broken_file",
        "poppler-91414-0-53.pdf": "broken_file",
    },
    "xml": {
        "dtd.xml": "html_page",
        "external.xml": "unsupported_type",
        "external_file.xml": "unsupported_type",
        "malformed_10.3897_phytokeys.68.8707.xml": "bad_xml",
        "quadratic.xml": "unsupported_type",
        "xmlbomb.xml": "unsupported_type",
    },
}
CASES = [
    (f"{folder}/{name}", end) for folder, ends in EXPECTED.items() for name, end in ends.items()
]


@pytest.fixture(scope="module")
def nasty(request: pytest.FixtureRequest) -> Path:
    corpus = request.config.getoption("--corpus")
    if not corpus:
        pytest.skip("needs --corpus FOLDER")
    return Path(corpus) / "nasty"


def end_of(content: bytes, name: str) -> str:
    try:
        full_text = full_text_of(content, name=name)
        document = IsolatedParser(ParseSettings()).parse(full_text, content)
    except PermanentError as error:
        return error.outcome.code.value
    return document.outcome.code.value if document.outcome else "parsed"


@pytest.mark.parametrize(("name", "end"), CASES, ids=[name for name, _ in CASES])
def test_a_hostile_file_ends_as_its_class_expects(nasty: Path, name: str, end: str) -> None:
    content = (nasty / name).read_bytes()
    assert end_of(content, name) == end


@pytest.mark.parametrize("name", sorted(EXPECTED["xml"]))
def test_hostile_xml_is_refused_by_the_reader_too(nasty: Path, name: str) -> None:
    content = (nasty / "xml" / name).read_bytes()
    full_text = FullText(
        full_text_id=1,
        sha256=sha256_hex(content),
        media_type=MediaType.JATS,
        byte_count=len(content),
        store_path=name,
        work_id=1,
    )
    with pytest.raises(PermanentError) as caught:
        IsolatedParser(ParseSettings()).parse(full_text, content)
    assert caught.value.outcome.code is OutcomeCode.BAD_XML


def test_no_file_of_the_folder_is_left_out(nasty: Path) -> None:
    found = {str(path.relative_to(nasty)) for path in nasty.rglob("*") if path.is_file()}
    assert found == {name for name, _ in CASES}
