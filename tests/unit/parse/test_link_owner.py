"""Links are one form an address, and own or somebody else's for a stated reason."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from etl.parse.draft import Draft, DraftBlock, DraftLink, DraftSection
from etl.parse.link.form import canonical_url, host_of, link_kind
from etl.parse.link.harvest import harvest_links
from etl.parse.link.owner import LinkContext, judge_owner
from etl.parse.sentences import split_sentences
from etl.records.document import Document
from etl.records.full_text import MediaType

URL = "https://github.com/ada/terns"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://GitHub.com/Ada/Terns.", "https://github.com/Ada/Terns"),
        ("https://github.com/ada/ terns/", "https://github.com/ada/terns"),
        ("http://user@example.org:80/a;", "http://example.org/a"),
        ("http://dx.doi.org/10.9999/ABC.1", "https://doi.org/10.9999/abc.1"),
        ("https://www.doi.org/10.9999%2FAbc", "https://doi.org/10.9999/abc"),
        ("https://example.org/#/set/3", "https://example.org/#/set/3"),
        ("https://example.org", "https://example.org"),
        ("no address", "noaddress"),
    ],
)
def test_an_address_has_one_form(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@given(st.text(max_size=40))
def test_the_canonical_form_of_a_canonical_form_is_itself(path: str) -> None:
    once = canonical_url(f"https://Example.org/{path}")
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://doi.org/10.5281/zenodo.1", "doi"),
        ("https://github.com/ada/terns", "repository"),
        ("https://ada.github.io/terns", "repository"),
        ("https://gitlab.example.edu/ada", "repository"),
        ("https://notgithub.com/ada", "other"),
        ("https://example.org/github.com", "other"),
    ],
)
def test_the_form_says_what_an_address_leads_to(url: str, kind: str) -> None:
    assert link_kind(url) == kind
    assert host_of(url)


def judge(sentence: str, url: str = URL, *, section: str = "methods", cited: bool = False) -> str:
    context = LinkContext(
        sentence=sentence.replace("URL", url),
        start=sentence.index("URL"),
        section_kind=section,
        is_cited=cited,
        own_doi="10.9999/own.1",
    )
    owner, reason = judge_owner(canonical_url(url), [context])
    assert reason
    assert "\n" not in reason
    return owner


@pytest.mark.parametrize(
    "sentence",
    [
        "Our code is available at URL.",
        "All images were deposited in an archive (URL).",
        "The scripts of this study can be found at URL.",
        "We provide the trained weights (URL).",
        "The code used for the counts is available at URL.",
        "Images from ringers were downloaded from https://example.org/a; our labels are at URL.",
    ],
)
def test_what_authors_hand_over_is_their_own(sentence: str) -> None:
    assert judge(sentence) == "own"


@pytest.mark.parametrize(
    "sentence",
    [
        "Calls were cut with Gullcutter (URL).",
        "Images were downloaded from URL.",
        "We used the Ternnet package (available at URL).",
        "Our model is based on the implementation of Smith (URL).",
        "Weather is public (URL, accessed on 3 May 2021).",
    ],
)
def test_what_authors_used_is_somebody_elses(sentence: str) -> None:
    assert judge(sentence) == "third_party"
    # Words outweigh the section.
    assert judge(sentence, section="data_availability") == "third_party"


@pytest.mark.parametrize(
    "url",
    [
        "https://creativecommons.org/licenses/by/4.0",
        "https://orcid.org/0000-0001-0000-0000",
        "https://www.tensorflow.org/lite",
        "https://github.com/tensorflow/models",
        "https://www.nature.com/reprints",
        "https://github.com",
        "https://www.doi.org/index.html",
        "https://dwc.tdwg.org/terms",
    ],
)
def test_formal_pages_tools_and_front_pages_are_never_own(url: str) -> None:
    assert judge("Our code is available at URL.", url) == "third_party"


def test_a_bare_link_belongs_to_the_section_it_stands_in() -> None:
    assert judge("See URL.", section="code_availability") == "own"
    assert judge("See URL.", section="discussion") == "unknown"
    assert judge("See URL.", section="discussion", cited=True) == "third_party"


def test_an_offer_that_names_nobody_needs_a_place_and_to_be_near() -> None:
    far = "The data of such surveys are published in many forms, of which a long list and a full"
    assert judge("Data on gulls are available at URL.", "https://example.org/gulls/7") == "own"
    assert judge("Data on gulls are available at URL.", "https://example.org") == "unknown"
    assert (
        judge(f"{far} account of all stands on a page (URL).", "https://example.org/g") == "unknown"
    )


def test_a_doi_in_running_text_is_a_cited_work_but_for_an_archives() -> None:
    assert judge("Others saw more (URL).", "https://doi.org/10.9999/other") == "third_party"
    assert judge("Others saw more (URL).", "https://doi.org/10.5281/zenodo.7") == "unknown"
    assert judge("Find this paper at URL.", "https://doi.org/10.9999/own.1") == "own"


def paper(*texts: str, kind: str = "methods", references: tuple[str, ...] = ()) -> Draft:
    return Draft(
        sections=[DraftSection(path=("A",), kind=kind, zone="body")],
        blocks=[DraftBlock(kind="paragraph", zone="body", text=text, section=0) for text in texts],
        references=[(text, None) for text in references],
    )


def rows(draft: Draft) -> dict[str, tuple[str, str]]:
    links = harvest_links(draft, lambda block: split_sentences(block.text))
    return {row[0]: (row[1], row[6]) for row in links}


def test_all_occurrences_of_an_address_judge_it_together() -> None:
    draft = paper(f"Birds are counted there, {URL}/ too.", f"Our code is available at {URL}.")
    assert rows(draft) == {f"{URL}/": ("text", "own"), URL: ("text", "own")}


def test_an_address_cut_by_a_lines_end_is_whole_again() -> None:
    draft = paper("Our code is available at https://github. com/ada/terns. It is free.")
    assert rows(draft) == {URL: ("text", "own")}
    draft = paper("Our images are available at https://example.org/a/long- name/here today.")
    draft.annotated_links = [DraftLink("https://example.org/a/long-name/here", 1)]
    assert rows(draft) == {"https://example.org/a/long-name/here": ("text", "own")}


def test_a_whole_address_takes_no_word_after_it() -> None:
    assert list(rows(paper(f"We found {URL} and/or others."))) == [URL]


def test_an_annotation_without_words_is_judged_by_address_and_reference_list() -> None:
    draft = paper("We counted terns.", references=(f"Ada (2001) Terns. {URL}",))
    draft.annotated_links = [DraftLink(URL, 1), DraftLink("https://example.org/x", 1)]
    assert rows(draft) == {
        URL: ("annotation", "third_party"),
        "https://example.org/x": ("annotation", "unknown"),
    }


def test_a_sentence_that_is_an_address_only_is_read_with_the_one_before() -> None:
    draft = paper(f"We deposited our recordings in an archive. Here: {URL}. It was wet.")
    assert rows(draft)[URL] == ("text", "own")


def test_a_pdfs_annotation_is_judged_by_the_sentence_it_lies_on(
    parse_here: Callable[[bytes, MediaType], Document],
) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    own, tool, picture = URL, "https://example.org/gullnet", "https://example.org/logo"
    lines = ["The terns were counted in spring and in autumn of the same year."] * 20
    lines[3] = "Those terns were taken from a list that is kept by others, and so were gulls."
    lines[9] = "Our recordings are available here for everybody."
    for number, line in enumerate(lines):
        canvas.drawString(60, 780 - 15 * number, line)
    for url, word in ((own, "here"), (tool, "list")):
        number = next(n for n, line in enumerate(lines) if word in line)
        left = 60 + stringWidth(lines[number].partition(word)[0], "Helvetica", 12)
        y = 780 - 15 * number
        canvas.linkURL(url, (left, y - 3, left + stringWidth(word, "Helvetica", 12), y + 10))
    canvas.linkURL(picture, (400, 100, 420, 120))
    canvas.save()
    document = parse_here(buffer.getvalue(), MediaType.PDF)
    links = {link.url: link for link in document.links}
    assert {link.origin for link in links.values()} == {"annotation"}
    assert (links[own].owner, links[own].page) == ("own", 1)
    assert links[tool].owner == "third_party"
    assert links[picture].owner == "unknown"


def test_a_supplement_at_the_publisher_is_own_and_its_other_pages_are_not() -> None:
    base = "https://www.biomedcentral.com"
    assert judge("See supplement S1 (URL).", f"{base}/supplementary/s1.pdf") == "own"
    assert judge("See also URL.", f"{base}/articles/7") == "third_party"
