from collections.abc import Callable

import pytest

from etl.errors import OutcomeCode, ParseError
from etl.parse.draft import Draft
from etl.parse.jats.reader import read_jats
from etl.records.document import BlockKind, Document, DocumentStatus, Zone
from etl.records.full_text import MediaType

FRONT = """
<front><journal-meta><journal-title-group><journal-title>Meadow Journal</journal-title>
</journal-title-group></journal-meta><article-meta>
<article-id pub-id-type="doi">10.9999/MEADOW.1</article-id>
<title-group><article-title>Late mowing and <italic>Orchis</italic></article-title></title-group>
<author-notes><fn fn-type="conflict"><p>The authors have no competing interests.</p></fn>
</author-notes><pub-date pub-type="epub"><year>2021</year></pub-date>
<abstract><sec><title>Aims</title><p>We mowed late.</p></sec></abstract>
<custom-meta-group><custom-meta><meta-name>Data Availability</meta-name>
<meta-value>All counts are at https://example.org/counts.</meta-value></custom-meta>
</custom-meta-group></article-meta></front>"""
BODY = """
<body><p>Text before any section.</p>
<sec sec-type="intro"><label>1.</label><title>Background</title>
<p>Orchids like hay<sup><xref ref-type="bibr" rid="r1">1</xref>,<xref ref-type="bibr"
rid="r2">2</xref></sup> and light [<xref ref-type="bibr" rid="r1">1</xref>]. Plots of 4
m<sup>2</sup> hold CO<sub>2</sub>.<fig id="f1"><label>Figure 1</label><caption><title>Map</title>
<p>Plots in the valley.</p></caption></fig> The text goes on.</p></sec>
<sec><title>What we did</title><sec><title>Mowing</title><p>First: <list><list-item><p>cut late
</p></list-item><list-item><p>take the hay</p></list-item></list> and nothing else.</p>
<disp-formula><tex-math>\\begin{document}$$y = a x$$\\end{document}</tex-math></disp-formula>
<table-wrap><label>Table 1</label><caption><p>Counts.</p></caption><table><thead><tr><th>Plot</th>
<th>Plants</th></tr></thead><tbody><tr><td>A</td><td><p>12</p></td></tr></tbody></table>
<table-wrap-foot><fn><p>Mean of two.</p></fn></table-wrap-foot></table-wrap></sec>
<unknown-thing>Words in a tag nobody knows.</unknown-thing></sec></body>"""
BACK = """
<back><ack><p>We thank the farmers.</p></ack>
<sec sec-type="data-availability"><title>Where to find it</title><p>At the archive.</p></sec>
<ref-list><title>References</title><ref id="r1"><mixed-citation>Sample B (2001) Orchids.
<pub-id pub-id-type="doi">10.9999/ABC</pub-id></mixed-citation></ref>
<ref id="r2"><mixed-citation>Example A (2002) Hay. https://doi.org/10.9999/xyz.</mixed-citation>
</ref></ref-list></back>"""


def article(*parts: str) -> bytes:
    return (
        f'<article xmlns:xlink="http://www.w3.org/1999/xlink">{"".join(parts)}</article>'.encode()
    )


@pytest.fixture(scope="module")
def draft() -> Draft:
    return read_jats(
        article(FRONT, BODY, BACK, "<sub-article><body><p>Review.</p></body></sub-article>")
    )


def texts(draft: Draft, kind: str) -> list[str]:
    return [block.text for block in draft.blocks if block.kind == kind]


def test_front_matter_is_read_as_the_publisher_states_it(draft: Draft) -> None:
    assert draft.title == "Late mowing and Orchis"
    assert (draft.doi, draft.year, draft.venue) == ("10.9999/meadow.1", 2021, "Meadow Journal")


def test_text_before_any_section_stands_in_a_section_without_a_path(draft: Draft) -> None:
    block = next(block for block in draft.blocks if block.text == "Text before any section.")
    assert draft.sections[block.section].path == ()
    assert block.zone == "body"


def test_superscript_citations_do_not_glue_to_the_word_before(draft: Draft) -> None:
    paragraph = next(text for text in texts(draft, "paragraph") if text.startswith("Orchids like"))
    assert paragraph == (
        "Orchids like hay [1,2] and light [1]. Plots of 4 m^2 hold CO2. The text goes on."
    )


def test_floats_leave_the_paragraph_they_interrupt(draft: Draft) -> None:
    assert "Figure 1. Map. Plots in the valley." in texts(draft, "caption")


def test_lists_cut_a_paragraph_and_keep_its_parts(draft: Draft) -> None:
    assert texts(draft, "list_item") == ["cut late", "take the hay"]
    assert "First:" in texts(draft, "paragraph")
    assert "and nothing else." in texts(draft, "paragraph")


def test_tables_are_rows_with_their_header_and_notes(draft: Draft) -> None:
    assert texts(draft, "table") == ["Plot | Plants\nA | 12"]
    assert texts(draft, "footnote") == ["Mean of two."]


def test_formulas_are_the_tex_between_the_document_marks(draft: Draft) -> None:
    assert texts(draft, "formula") == ["y = a x"]


def test_unknown_elements_lose_no_text(draft: Draft) -> None:
    assert "Words in a tag nobody knows." in texts(draft, "paragraph")


def test_sections_have_paths_kinds_and_zones(draft: Draft) -> None:
    by_path = {section.path: section for section in draft.sections}
    assert by_path["1. Background",].kind == "introduction"
    assert ("What we did", "Mowing") in by_path
    assert by_path["Abstract", "Aims"].zone == "abstract"
    assert by_path["Acknowledgements",].zone == "back"
    assert by_path["Where to find it",].kind == "data_availability"


def test_statements_in_the_front_become_sections_of_the_back(draft: Draft) -> None:
    kinds = {section.kind: section.zone for section in draft.sections}
    assert kinds["data_availability"] == "back"
    assert kinds["conflicts"] == "back"
    assert any(text.startswith("All counts are at") for text in texts(draft, "paragraph"))


def test_references_keep_their_text_and_doi(draft: Draft) -> None:
    assert [doi for _, doi in draft.references] == ["10.9999/abc", "10.9999/xyz"]
    assert all(b.zone == "references" for b in draft.blocks if b.kind == "reference")


def test_reviews_attached_to_the_article_are_skipped_and_counted(draft: Draft) -> None:
    assert draft.counts["skipped_sub_articles"] == 1
    assert not any("Review." in block.text for block in draft.blocks)


def test_a_file_without_an_article_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        read_jats(b"<pmc-articleset/>")
    assert caught.value.outcome.code is OutcomeCode.BAD_XML


def test_an_article_without_a_body_is_abstract_only(
    parse: Callable[[bytes, MediaType], Document],
) -> None:
    words = " ".join(f"word{number} of the meadow" for number in range(30))
    front = FRONT.replace("We mowed late.", words)
    document = parse(article(front), MediaType.JATS)
    assert document.status is DocumentStatus.UNREADABLE
    assert document.outcome is not None
    assert document.outcome.code is OutcomeCode.ABSTRACT_ONLY


def test_sentences_are_slices_and_every_indexed_one_has_an_xpath(
    parse: Callable[[bytes, MediaType], Document],
) -> None:
    long_body = BODY.replace("The text goes on.", "The meadow is large and wet. " * 30)
    document = parse(article(FRONT, long_body, BACK), MediaType.JATS)
    assert document.status is DocumentStatus.PARSED
    assert [s.sentence_index for s in document.sentences] == list(range(len(document.sentences)))
    for sentence in document.sentences:
        block = document.blocks[sentence.block_index]
        assert document.text_of(sentence).strip() == document.text_of(sentence) != ""
        assert block.xpath
        assert block.zone not in {Zone.NOISE, Zone.HIDDEN}
        assert block.kind not in {BlockKind.HEADING, BlockKind.TITLE}
        if block.zone is Zone.REFERENCES:
            assert document.text_of(sentence) == block.text


def cited(draft: Draft) -> list[tuple[str, int | None]]:
    return [
        (draft.blocks[block].text[start:end], entry) for block, start, end, entry in draft.citations
    ]


def test_citations_have_their_place_and_their_entry(draft: Draft) -> None:
    assert cited(draft) == [("1", 0), ("2", 1), ("1", 0)]
    block, start, _, _ = draft.citations[2]
    assert draft.blocks[block].text[:start].endswith("hay [1,2] and light [")


@pytest.mark.parametrize(
    ("inline", "text", "spans"),
    [
        (
            'as <xref ref-type="bibr" rid="r1"> B.\n Sample </xref> says',
            "as B. Sample says",
            "B. Sample",
        ),
        ('<xref ref-type="bibr" rid="gone">X 1999</xref>: no', "X 1999: no", "X 1999"),
        ('a <xref ref-type="bibr" rid="r1"/>b', "a b", None),
        ('<italic>so <xref ref-type="bibr" rid="r1">Sample</xref></italic>', "so Sample", "Sample"),
        ('see <xref ref-type="fig" rid="f1">Fig. 1</xref>', "see Fig. 1", None),
        ('\U0010fff0a <xref ref-type="bibr" rid="r1">Sample</xref>', "a Sample", None),
    ],
)
def test_marking_citations_changes_no_word(inline: str, text: str, spans: str | None) -> None:
    draft = read_jats(article(f"<body><p>{inline}</p></body>", BACK))
    assert draft.blocks[0].text == text
    assert [span for span, _ in cited(draft)] == ([spans] if spans else [])


def test_a_citation_of_several_entries_stands_once_for_each() -> None:
    inline = '<p>Known <xref ref-type="bibr" rid="r1 r2">[1, 2]</xref>.</p>'
    draft = read_jats(article(f"<body>{inline}</body>", BACK))
    assert cited(draft) == [("[1, 2]", 0), ("[1, 2]", 1)]


def test_citations_in_captions_and_tables_have_their_place_too() -> None:
    sample = '<xref ref-type="bibr" rid="r1">Sample 2001</xref>'
    example = '<xref ref-type="bibr" rid="r2">[2]</xref>'
    body = (
        f"<body><table-wrap><label>Table 1</label><caption><title>Counts after {sample}</title>"
        f"<p>Names by {example}.</p></caption><table><tr><td>{example}</td><td>12</td></tr>"
        f"<tr><td>B</td><td><p>{sample}</p><p>9</p></td></tr><tr><td> </td></tr></table>"
        "</table-wrap></body>"
    )
    draft = read_jats(article(body, BACK))
    caption, table = draft.blocks[:2]
    assert caption.text == "Table 1. Counts after Sample 2001. Names by [2]."
    assert table.text == "[2] | 12\nB | Sample 2001 9"
    places = [
        (block, draft.blocks[block].text[a:b], entry) for block, a, b, entry in draft.citations
    ]
    assert places == [
        (0, "Sample 2001", 0),
        (0, "[2]", 1),
        (1, "[2]", 1),
        (1, "Sample 2001", 0),
    ]


def test_a_link_element_is_judged_by_the_words_around_it(
    parse: Callable[[bytes, MediaType], Document],
) -> None:
    here = '<ext-link xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{}">here</ext-link>'
    own, tool = "https://github.com/ada/orchids", "https://example.org/gullnet"
    body = (
        f"<body><sec><title>Methods</title><p>{'We mowed the hay late. ' * 30}</p>"
        f"<p>We used Gullnet ({here.format(tool)}) on the hay.</p>"
        f"<p>Our code is available {here.format(own)}.</p></sec></body>"
    )
    links = {link.url: link for link in parse(article(FRONT, body), MediaType.JATS).links}
    assert (links[own].owner, links[own].kind) == ("own", "repository")
    assert links[tool].owner == "third_party"
