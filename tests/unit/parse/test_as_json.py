import json
from collections.abc import Callable

from etl.parse.as_json import document_as_json
from etl.records.document import Document
from etl.records.full_text import MediaType


def test_a_document_has_the_public_form(two_column_document: Document) -> None:
    form = json.loads(json.dumps(document_as_json(two_column_document)))
    assert (form["parser"], form["status"]) == ("pdf-layout", "parsed")
    assert form["parser_version"] == two_column_document.parser.name.partition("/")[2]
    assert form["title"] == two_column_document.title
    assert form["outcome"] is None
    section = next(s for s in form["sections"] if s["path"] == ["2 Methods", "2.1 Mowing"])
    assert (section["kind"], section["zone"]) == ("other", "body")
    block = next(b for b in section["blocks"] if b["kind"] == "paragraph")
    page, x0, y0, x1, y1 = block["regions"][0]
    size = two_column_document.pages[page - 1]
    assert 0 <= x0 < x1 <= size.width
    assert 0 <= y0 < y1 <= size.height
    assert len(form["references"]) == 8
    assert form["links"][0]["url"] == "https://example.org/meadow/code.git"
    assert form["links"][0]["canonical"] == "https://example.org/meadow/code.git"
    assert form["links"][0]["owner"] in {"own", "third_party", "unknown"}
    assert form["links"][0]["owner_reason"]
    assert form["citations"] == []


def test_all_blocks_stand_in_the_form_in_reading_order(two_column_document: Document) -> None:
    form = document_as_json(two_column_document)
    texts = [block["text"] for section in form["sections"] for block in section["blocks"]]
    assert texts == [block.text for block in two_column_document.blocks]


def test_an_unreadable_document_says_what_to_do(
    parse: Callable[[bytes, MediaType], Document],
) -> None:
    form = document_as_json(parse(b"Too short.", MediaType.TEXT))
    assert form["status"] == "unreadable"
    assert form["outcome"]["code"] == "too_little_text"
    assert form["outcome"]["next_step"].endswith(".")


def test_a_citation_is_shown_with_its_text_place_and_reference(
    parse: Callable[[bytes, MediaType], Document],
) -> None:
    body = f"<p>{'We mowed the hay late. ' * 30}</p><p>Seen in <xref ref-type='bibr' rid='r'>Ada"
    back = "<back><ref-list><ref id='r'><mixed-citation>Ada 2001.</mixed-citation></ref></ref-list>"
    paper = f"<article><body>{body} 2001</xref>.</p></body>{back}</back></article>"
    document = parse(paper.encode(), MediaType.JATS)
    assert document_as_json(document)["citations"] == [
        {"text": "Ada 2001", "block": 1, "start": 8, "end": 16, "reference": 0}
    ]
