"""What every parser promises, asked of our readers, of GROBID by its stand-in, and of the fake."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from etl.errors import OutcomeCode, ParseError
from etl.fetch.take import full_text_of
from etl.keys import content_key
from etl.parse.grobid.reader import GrobidParser
from etl.parse.reader import IsolatedParser
from etl.ports import Parser
from etl.records.document import Document, DocumentStatus, Zone
from etl.records.full_text import FullText, MediaType
from etl.settings import GrobidSettings, ParseSettings
from tests.fakes.parser import FakeParser
from tests.standins.grobid import GrobidStandIn

PAPERS = Path(__file__).parents[2] / "samples/papers"
OWN = IsolatedParser(ParseSettings())
SAMPLES = {path.name: path.read_bytes() for path in sorted(PAPERS.iterdir())}
CIPHER = b"Cipher\n" + b"Wkh qhwzrun zdv wudlqhg zlwk wkh rswlpl cdu rq wkh fdug.\n" * 40


@dataclass(frozen=True, kw_only=True)
class Case:
    """A parser with papers that it reads, one it cannot open and one nobody can understand."""

    parser: Parser
    readable: Mapping[str, bytes]
    broken: tuple[str, bytes]
    unreadable: tuple[str, bytes]
    #: Zones whose text carries no sentences.
    barred: frozenset[Zone] = frozenset({Zone.REFERENCES, Zone.NOISE, Zone.HIDDEN})


FAKE = {
    "one.txt": b"A title\n# methods\nWe trained a net.\nIt took a day.\n\nA second block.\n",
    "two.txt": b"Other\n# results\nNothing came of it.\n# references\nA reference.\n",
}


@pytest.fixture(autouse=True)
def _own_logs() -> None:
    """Commands of other tests leave a log that is closed."""
    structlog.reset_defaults()


@pytest.fixture(scope="module", params=["own", "grobid", "fake"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "fake":
        yield Case(
            parser=FakeParser(),
            readable=FAKE,
            broken=("broken.txt", b"BROKEN\nfile"),
            unreadable=("cipher.txt", b"GARBLED\n# methods\nWkh qhw."),
            # It gives its reference list sentences, so that the chunker is seen to bar them.
            barred=frozenset({Zone.NOISE, Zone.HIDDEN}),
        )
        return
    broken = ("broken.pdf", SAMPLES["frogs-single-column.pdf"][:900])
    unreadable = ("cipher.txt", CIPHER)
    if request.param == "own":
        yield Case(parser=OWN, readable=SAMPLES, broken=broken, unreadable=unreadable)
        return
    with GrobidStandIn(lambda pdf: OWN.parse(full_text_of(pdf, name="a.pdf"), pdf)) as server:
        settings = GrobidSettings(url=server.url, pause_seconds=(0, 0))
        parser = GrobidParser(settings, OWN)
        yield Case(parser=parser, readable=SAMPLES, broken=broken, unreadable=unreadable)


@pytest.fixture(scope="module")
def documents(case: Case) -> list[tuple[FullText, Document]]:
    papers = [
        (full_text_of(content, name=name), content) for name, content in case.readable.items()
    ]
    return [(full_text, case.parser.parse(full_text, content)) for full_text, content in papers]


def test_a_fingerprint_says_what_can_change_a_document_and_stays_the_same(case: Case) -> None:
    ids = set()
    for media_type in MediaType:
        fingerprint = case.parser.fingerprint(media_type)
        assert fingerprint == case.parser.fingerprint(media_type)
        assert fingerprint.stage == "parse"
        assert fingerprint.fingerprint_id == content_key("parse", fingerprint.sha256)
        assert json.loads(json.dumps(fingerprint.recipe)) == fingerprint.recipe
        assert "/" in fingerprint.name
        ids.add(fingerprint.fingerprint_id)
    assert len(ids) == len(MediaType)


def test_a_document_carries_the_keys_of_its_bytes_and_its_reader(
    case: Case, documents: list[tuple[FullText, Document]]
) -> None:
    for full_text, document in documents:
        fingerprint = case.parser.fingerprint(full_text.media_type)
        assert document.parser == fingerprint
        assert document.full_text_id == full_text.full_text_id
        assert document.document_id == content_key(full_text.sha256, fingerprint.sha256)


def test_the_same_bytes_give_the_same_document(
    case: Case, documents: list[tuple[FullText, Document]]
) -> None:
    for (full_text, document), content in zip(documents, case.readable.values(), strict=True):
        assert case.parser.parse(full_text, content) == document


def test_a_readable_paper_has_text_and_no_outcome(
    documents: list[tuple[FullText, Document]],
) -> None:
    for _, document in documents:
        assert document.status is DocumentStatus.PARSED
        assert document.outcome is None
        assert document.title
        assert document.sentences


def test_indices_are_dense_and_in_reading_order(
    documents: list[tuple[FullText, Document]],
) -> None:
    for _, document in documents:
        sections, blocks = document.sections, document.blocks
        assert [section.section_index for section in sections] == list(range(len(sections)))
        assert [block.block_index for block in blocks] == list(range(len(blocks)))
        sentences = document.sentences
        assert [sentence.sentence_index for sentence in sentences] == list(range(len(sentences)))
        order = [(sentence.block_index, sentence.char_start) for sentence in sentences]
        assert order == sorted(order)
        assert all(0 <= block.section_index < len(sections) for block in blocks)
        assert [page.page for page in document.pages] == list(range(1, len(document.pages) + 1))


def test_a_sentence_is_a_slice_of_its_block_and_none_overlaps_another(
    documents: list[tuple[FullText, Document]],
) -> None:
    for _, document in documents:
        ends: dict[int, int] = {}
        for sentence in document.sentences:
            block = document.blocks[sentence.block_index]
            assert ends.get(sentence.block_index, 0) <= sentence.char_start
            assert sentence.char_start < sentence.char_end <= len(block.text)
            text = document.text_of(sentence)
            assert text == text.strip() != ""
            ends[sentence.block_index] = sentence.char_end


def test_text_that_is_never_asked_about_has_no_sentences(
    case: Case, documents: list[tuple[FullText, Document]]
) -> None:
    for _, document in documents:
        zones = {document.blocks[sentence.block_index].zone for sentence in document.sentences}
        # An entry of the reference list is one sentence, so that an answer can point to it.
        assert not zones & (case.barred - {Zone.REFERENCES})


def test_every_region_lies_inside_its_page(documents: list[tuple[FullText, Document]]) -> None:
    for _, document in documents:
        sizes = {page.page: page for page in document.pages}
        regions = [region for block in document.blocks for region in block.regions]
        regions += [region for sentence in document.sentences for region in sentence.regions]
        for region in regions:
            page = sizes[region.page]
            assert 0 <= region.x0 <= region.x1 <= page.width
            assert 0 <= region.y0 <= region.y1 <= page.height


def test_every_sentence_of_a_pdf_or_xml_file_can_be_found_in_it(
    documents: list[tuple[FullText, Document]],
) -> None:
    found = 0
    for full_text, document in documents:
        if full_text.media_type is MediaType.TEXT:
            continue
        for sentence in document.sentences:
            assert sentence.regions or document.blocks[sentence.block_index].xpath
            found += 1
    assert found or all(paper.media_type is MediaType.TEXT for paper, _ in documents)


def test_links_point_to_blocks_that_exist(documents: list[tuple[FullText, Document]]) -> None:
    for _, document in documents:
        for link in document.links:
            assert link.block_index is None or 0 <= link.block_index < len(document.blocks)


def test_a_file_that_cannot_be_opened_ends_with_a_code_people_can_look_up(case: Case) -> None:
    name, content = case.broken
    with pytest.raises(ParseError) as ended:
        case.parser.parse(full_text_of(content, name=name), content)
    assert ended.value.outcome.code is OutcomeCode.BROKEN_FILE
    assert ended.value.outcome.detail


def test_a_paper_nobody_can_understand_is_a_document_with_its_reason(case: Case) -> None:
    name, content = case.unreadable
    document = case.parser.parse(full_text_of(content, name=name), content)
    assert document.status is DocumentStatus.UNREADABLE
    assert document.outcome is not None
    assert document.outcome.code is OutcomeCode.GARBLED_TEXT
