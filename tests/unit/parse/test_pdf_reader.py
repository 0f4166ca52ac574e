import re

import pypdfium2

from etl.keys import content_key, sha256_hex
from etl.records.document import Block, BlockKind, Document, DocumentStatus, Region, Zone


def texts(document: Document, kind: BlockKind) -> list[str]:
    return [block.text for block in document.blocks if block.kind is kind]


def of_zone(document: Document, zone: Zone) -> list[Block]:
    return [block for block in document.blocks if block.zone is zone]


def test_a_typeset_paper_is_parsed(two_column_pdf: bytes, two_column_document: Document) -> None:
    document = two_column_document
    assert document.status is DocumentStatus.PARSED
    assert document.outcome is None
    assert document.title == "Late mowing brings orchids back to wet meadows"
    assert document.quality.text_layer == "ok"
    assert document.document_id == content_key(sha256_hex(two_column_pdf), document.parser.sha256)


def test_headings_are_found_with_their_depth_and_nothing_else_is_one(
    two_column_document: Document,
) -> None:
    assert texts(two_column_document, BlockKind.HEADING) == [
        "Abstract",
        "1 Introduction",
        "2 Methods",
        "2.1 Mowing",
        "3 Results",
        "References",
    ]
    paths = {section.path: section.kind for section in two_column_document.sections}
    assert paths["2 Methods", "2.1 Mowing"] == "other"
    assert paths["3 Results",] == "results"


def test_columns_are_read_one_after_the_other(two_column_document: Document) -> None:
    body = " ".join(block.text for block in of_zone(two_column_document, Zone.BODY))
    sentence = "We asked whether a later cut brings the rare orchids back within ten years"
    assert body.count(sentence) == 16
    assert body.count("rose from 12 to 48 plants a plot within nine years") == 20


def test_paragraphs_that_a_column_cuts_are_joined(two_column_document: Document) -> None:
    spanning = [
        block
        for block in of_zone(two_column_document, Zone.BODY)
        if len({(region.page, region.x0 > 290) for region in block.regions}) > 1
    ]
    assert spanning
    for block in spanning:
        assert re.match(r"[A-Z]", block.text)
        assert block.text.endswith(".")


def test_a_word_cut_at_a_line_end_is_whole_and_a_compound_keeps_its_hyphen(
    two_column_document: Document,
) -> None:
    body = " ".join(block.text for block in of_zone(two_column_document, Zone.BODY))
    assert "by all observers in every year" in body
    assert "long-term trend" in body


def test_running_heads_and_page_numbers_are_noise(two_column_document: Document) -> None:
    noise = [block.text for block in of_zone(two_column_document, Zone.NOISE)]
    pages = len(two_column_document.pages)
    assert pages >= 3
    assert noise.count("Meadow Journal 12 (2024)") == pages
    assert {str(number) for number in range(1, pages + 1)} <= set(noise)
    for zone in (Zone.BODY, Zone.ABSTRACT, Zone.REFERENCES):
        assert not any("Meadow Journal" in b.text for b in of_zone(two_column_document, zone))


def test_authors_and_addresses_are_front_matter(two_column_document: Document) -> None:
    front = " ".join(block.text for block in of_zone(two_column_document, Zone.FRONT))
    assert "Ada Example" in front
    assert "University of Nowhere" in front


def test_captions_stand_apart_from_the_paragraph_around_them(
    two_column_document: Document,
) -> None:
    assert texts(two_column_document, BlockKind.CAPTION) == [
        "Figure 1. Plots in the valley and their year of change."
    ]


def test_references_are_entries_of_their_own_zone(two_column_document: Document) -> None:
    entries = two_column_document.references
    assert len(entries) == 8
    assert entries[2].text.startswith("3. Sample B, Example A (2003)")
    assert entries[7].text.endswith("Journal of Hay 8: 1-9.")
    body = " ".join(block.text for block in of_zone(two_column_document, Zone.BODY))
    assert "Journal of Hay" not in body


def test_links_of_the_text_are_harvested_once(two_column_document: Document) -> None:
    links = [(link.url, link.origin) for link in two_column_document.links]
    assert links == [("https://example.org/meadow/code.git", "text")]


def test_every_region_lies_on_its_page(two_column_document: Document) -> None:
    document = two_column_document
    regions = [r for block in document.blocks for r in block.regions]
    regions += [r for sentence in document.sentences for r in sentence.regions]
    assert regions
    for region in regions:
        page = document.pages[region.page - 1]
        assert page.page == region.page
        assert 0 <= region.x0 <= region.x1 <= page.width
        assert 0 <= region.y0 <= region.y1 <= page.height


def test_every_indexed_sentence_is_found_again_inside_its_own_regions(
    two_column_pdf: bytes, two_column_document: Document
) -> None:
    pdf = pypdfium2.PdfDocument(two_column_pdf)
    pages = [page.get_textpage() for page in pdf]
    document = two_column_document
    assert len(document.sentences) > 80

    def read(region: Region) -> str:
        height = document.pages[region.page - 1].height
        return pages[region.page - 1].get_text_bounded(
            region.x0, height - region.y1, region.x1, height - region.y0
        )

    for sentence in document.sentences:
        found = letters("".join(read(region) for region in sentence.regions))
        assert letters(document.text_of(sentence)) in found


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def test_indices_are_dense(two_column_document: Document) -> None:
    document = two_column_document
    for attribute, records in (
        ("section_index", document.sections),
        ("block_index", document.blocks),
        ("sentence_index", document.sentences),
        ("entry_index", document.references),
    ):
        assert [getattr(record, attribute) for record in records] == list(range(len(records)))


def test_running_heads_have_no_sentences(two_column_document: Document) -> None:
    indices = {block.block_index for block in of_zone(two_column_document, Zone.NOISE)}
    assert indices
    assert not indices & {sentence.block_index for sentence in two_column_document.sentences}


def test_an_entry_of_the_reference_list_is_one_sentence(two_column_document: Document) -> None:
    document = two_column_document
    entries = [b for b in document.blocks if b.kind is BlockKind.REFERENCE]
    assert entries
    for entry in entries:
        [sentence] = [s for s in document.sentences if s.block_index == entry.block_index]
        assert document.text_of(sentence) == entry.text
        assert sentence.regions
