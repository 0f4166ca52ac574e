import pytest

from etl.errors import OutcomeCode, ParseError
from etl.parse.draft import Draft
from etl.parse.tei_reader import read_tei

LONG = "The meadow was mown late in every year and the hay was taken away by the farmers at once."
TEI = f"""<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt>
<title level="a" type="main">Late mowing</title></titleStmt><publicationStmt>
<date type="published" when="2020-05-01"/></publicationStmt><sourceDesc><biblStruct><monogr>
<title level="j">Meadow Journal</title></monogr><idno type="DOI">10.9999/TEI</idno></biblStruct>
</sourceDesc></fileDesc><profileDesc><abstract><div><p><s>We mowed late.</s></p></div></abstract>
</profileDesc></teiHeader><facsimile><surface n="1" ulx="0" uly="0" lrx="600" lry="800"/>
</facsimile><text><body>
<div><head n="1." coords="1,50,40,80,10">Introduction</head>
<p><s coords="1,50,60,200,10;1,50,72,150,10">Orchids like hay.</s><s
coords="1,210,72,90,10">They need light.</s></p></div>
<div><head n="1.1.">Aims</head><p>{LONG}</p></div>
<div><head n="2.">Methods</head><p>{LONG}</p><p coords="1,580,790,40,40">Box over the edge.</p>
<formula>y = a x</formula></div>
<figure><head>Fig. 1.</head><label>1</label><figDesc>Plots in the valley.</figDesc></figure>
<figure type="table"><head>Table 1</head><table><row><cell>Plot</cell><cell>12</cell></row></table>
</figure><note place="foot">A note.</note></body>
<back><div type="funding"><p>Paid by the parish.</p></div><div type="references"><listBibl>
<biblStruct><idno type="DOI">10.9999/REF</idno><note type="raw_reference">Sample B (2001)</note>
</biblStruct></listBibl></div></back></text></TEI>""".encode()


@pytest.fixture(scope="module")
def draft() -> Draft:
    return read_tei(TEI)


def test_the_header_gives_title_doi_year_and_venue(draft: Draft) -> None:
    assert draft.title == "Late mowing"
    assert (draft.doi, draft.year, draft.venue) == ("10.9999/tei", 2020, "Meadow Journal")


def test_the_numbers_of_flat_divisions_give_the_path(draft: Draft) -> None:
    paths = [section.path for section in draft.sections]
    assert ("1. Introduction", "1.1. Aims") in paths
    assert ("2. Methods",) in paths


def test_sentences_get_a_blank_between_them_and_their_own_boxes(draft: Draft) -> None:
    block = next(block for block in draft.blocks if block.text.startswith("Orchids"))
    assert block.text == "Orchids like hay. They need light."
    assert [(block.text[w.start : w.end], w.box) for w in block.words] == [
        ("Orchids like hay.", (1, 50.0, 60.0, 250.0, 70.0)),
        ("Orchids like hay.", (1, 50.0, 72.0, 200.0, 82.0)),
        ("They need light.", (1, 210.0, 72.0, 300.0, 82.0)),
    ]


def test_boxes_are_cut_to_their_page(draft: Draft) -> None:
    block = next(block for block in draft.blocks if block.text == "Box over the edge.")
    assert block.words[0].box == (1, 580.0, 790.0, 600.0, 800.0)


def test_a_paragraph_that_grobid_wrote_twice_is_kept_once(draft: Draft) -> None:
    assert [block.text for block in draft.blocks].count(LONG) == 1
    assert draft.counts["duplicate_paragraphs"] == 1


def test_figures_tables_notes_and_funding_have_their_kinds(draft: Draft) -> None:
    kinds = {(block.kind, block.text) for block in draft.blocks}
    assert ("caption", "Fig. 1. Plots in the valley.") in kinds
    assert ("table", "Plot | 12") in kinds
    assert ("footnote", "A note.") in kinds
    assert ("formula", "y = a x") in kinds
    funding = next(block for block in draft.blocks if block.text == "Paid by the parish.")
    assert funding.zone == "back"
    assert draft.sections[funding.section].kind == "funding"


def test_references_are_raw_texts_with_their_doi(draft: Draft) -> None:
    assert draft.references == [("Sample B (2001)", "10.9999/ref")]


@pytest.mark.parametrize(
    "content",
    [
        b"<html/>",
        b'<!DOCTYPE TEI [<!ENTITY x "y">]><TEI xmlns="http://www.tei-c.org/ns/1.0">&x;</TEI>',
        TEI[: len(TEI) // 2],
    ],
    ids=["other root", "own entity", "cut off"],
)
def test_what_grobid_never_sends_is_refused(content: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        read_tei(content)
    assert caught.value.outcome.code is OutcomeCode.BAD_XML


def test_citations_have_their_place_and_their_entry_in_text_caption_and_table() -> None:
    ref = '<ref type="bibr" target="#b0">[1]</ref>'
    body = (
        f'<p><s coords="1,50,60,200,10">Orchids {ref}.</s>'
        '<s coords="1,50,80,9,9">They rose.</s></p>'
        f"<figure><head>Fig. 1.</head><figDesc>Plots after {ref}.</figDesc></figure>"
        '<figure type="table"><head>Table 1</head><table><row><cell>A</cell>'
        f"<cell>{ref}</cell></row></table></figure>"
        '<p>Nobody <ref type="bibr">[9]</ref> knows it.</p>'
    )
    back = (
        '<back><div type="references"><listBibl><biblStruct xml:id="b0"><note type="raw_reference">'
        "Sample B (2001)</note></biblStruct></listBibl></div></back>"
    )
    draft = read_tei(
        '<TEI xmlns="http://www.tei-c.org/ns/1.0"><facsimile><surface n="1" lrx="600" lry="800"/>'
        f"</facsimile><text><body>{body}</body>{back}</text></TEI>".encode()
    )
    first = draft.blocks[0]
    assert first.text == "Orchids [1]. They rose."
    assert [first.text[word.start : word.end] for word in first.words] == [
        "Orchids [1].",
        "They rose.",
    ]
    places = [
        (draft.blocks[block].kind, draft.blocks[block].text[start:end], entry)
        for block, start, end, entry in draft.citations
    ]
    assert places == [
        ("paragraph", "[1]", 0),
        ("caption", "[1]", 0),
        ("table", "[1]", 0),
        ("paragraph", "[9]", None),
    ]
