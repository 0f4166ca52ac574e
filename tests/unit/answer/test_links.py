from collections.abc import Sequence
from typing import Any

import pytest

from etl.answer.candidates import Candidate
from etl.answer.links import read_links
from etl.answer.reading import Item
from etl.records.document import Link, Zone
from etl.records.question import AnswerType, Question
from tests.fakes.small_paper import make_document, make_question

CODE = make_question("What is the link of the code repository?", AnswerType.URL_LIST)
RECORDS = make_question("What is the link of the published data?", AnswerType.URL_LIST)


def read(
    question: Question, *sentences: str, kind: str = "methods", links: Sequence[Link] = ()
) -> list[Item]:
    paper = make_document((kind, Zone.BODY, sentences), links=links)
    candidates = [
        Candidate(sentence_index=i, text=text, section_kind=kind, score=0.6)
        for i, text in enumerate(sentences)
    ]
    return read_links(paper, question, candidates)


def urls(question: Question, *sentences: str, **kwargs: Any) -> list[str]:
    return [item.value["url"] for item in read(question, *sentences, **kwargs)]


def test_an_offered_repository_is_the_papers_own() -> None:
    assert urls(CODE, "Our code is available at https://github.com/ada/leaves.") == [
        "https://github.com/ada/leaves"
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Boxes were drawn with the annotation tool at https://github.com/tzutalin/labels.",
        "Calls were marked using BirdTagger (available at https://github.com/eve/tagger).",
        "Training used the library of https://github.com/tensorflow/models for our code.",
        "We used a network provided by Lee et al. (https://github.com/lee/net).",
        "Code may be found at https://github.com/x/y in the future.",
    ],
)
def test_a_tool_of_others_or_a_promise_is_no_own_link(sentence: str) -> None:
    assert urls(CODE, sentence) == []


def test_code_and_records_are_told_apart_by_host_and_words() -> None:
    sentences = (
        "The source code is available at https://github.com/ada/leaves.",
        "All images are deposited at https://doi.org/10.5281/zenodo.99.",
    )

    assert urls(CODE, *sentences) == ["https://github.com/ada/leaves"]
    assert urls(RECORDS, *sentences) == ["https://doi.org/10.5281/zenodo.99"]


def test_an_availability_section_needs_no_verb() -> None:
    sentence = "Code: https://gitlab.com/ada/leaves"

    assert urls(CODE, sentence, kind="code_availability") == ["https://gitlab.com/ada/leaves"]
    assert urls(CODE, sentence) == []


def test_a_link_broken_at_a_line_end_is_completed_by_the_parsers_link() -> None:
    whole = "https://github.com/ada/leaf-reader"
    sentence = "Our code is available at https://github.com/ada/leaf- reader today."

    assert urls(CODE, sentence) == ["https://github.com/ada/leaf-"]
    assert urls(CODE, sentence, links=[Link(url=whole, origin="annotation", page=1)]) == [whole]


def test_a_link_that_no_sentence_spells_is_never_given() -> None:
    link = Link(url="https://github.com/ada/hidden", origin="annotation", page=1)

    assert urls(CODE, "Our code is available online.", links=[link]) == []


def test_each_link_is_given_once_with_the_sentence_that_spells_it() -> None:
    (item,) = read(
        CODE,
        "Our code is available at https://github.com/ada/leaves.",
        "We published the code (https://github.com/ada/leaves/).",
    )

    assert item.sentences == (0,)


@pytest.mark.parametrize(
    ("question", "sentence", "kind", "expected"),
    [
        (CODE, "The program is available at https://lab.example.org/leaf.", "other", True),
        (RECORDS, "The program is available at https://lab.example.org/leaf.", "other", False),
        (RECORDS, "All scans are deposited at https://doi.org/10.5555/leaf.", "other", True),
        (RECORDS, "Scans: https://doi.org/10.5555/leaf", "data_availability", True),
        (RECORDS, "See also https://doi.org/10.5555/article", "data_availability", False),
        (RECORDS, "Ada Leaf https://orcid.org/0000-0001", "data_availability", False),
        (CODE, "Weights: https://lab.example.org/leaf", "code_availability", True),
    ],
)
def test_at_an_unknown_host_the_words_before_the_link_decide(
    question: Question, sentence: str, kind: str, *, expected: bool
) -> None:
    assert bool(urls(question, sentence, kind=kind)) is expected


def test_the_nearest_words_say_what_a_link_holds() -> None:
    sentence = (
        "All images are available at https://zenodo.org/record/1 and the code is available at "
        "https://github.com/ada/leaves with an archive at https://zenodo.org/record/2."
    )

    assert urls(RECORDS, sentence) == ["https://zenodo.org/record/1"]
    assert urls(CODE, sentence) == ["https://github.com/ada/leaves", "https://zenodo.org/record/2"]


ENTRY = "Ito K (2020) Leaf finder. GitHub. URL: https://github.com/ito/leaves"
OTHER = "Lee A (2020) Net zoo. GitHub. URL: https://github.com/lee/zoo"


def cited(
    sentence: str, *, kind: str = "methods", question: Question = CODE
) -> list[tuple[str, tuple[int, ...]]]:
    paper = make_document(
        ("other", Zone.FRONT, ["Kenji Ito, Mai Sato"]),
        (kind, Zone.BODY, [sentence]),
        ("references", Zone.REFERENCES, [ENTRY]),
        ("references", Zone.REFERENCES, [OTHER]),
    )
    told = Candidate(sentence_index=1, text=sentence, section_kind=kind, score=0.6)
    return [(item.value["url"], item.sentences) for item in read_links(paper, question, [told])]


def test_what_authors_offer_by_citing_themselves_is_found_in_the_list_and_proven_there() -> None:
    found = cited("The code has been made available at GitHub (Ito 2020).")
    assert found == [("https://github.com/ito/leaves", (1, 2))]


@pytest.mark.parametrize(
    "sentence",
    [
        "The code has been made available at GitHub (Lee 2020).",
        "We used the code of Ito (2020).",
        "Leaves were found as before (Ito 2020).",
        "The code will be made available (Ito 2020).",
    ],
)
def test_what_is_cited_is_mostly_of_others_or_not_offered(sentence: str) -> None:
    assert cited(sentence) == []


def test_where_code_is_handed_over_a_citation_of_anybody_does() -> None:
    sentence = "The code has been deposited at GitHub (Lee 2020)."
    assert cited(sentence, kind="code_availability") == [("https://github.com/lee/zoo", (1, 3))]


def test_cited_code_is_no_record() -> None:
    assert cited("The code is available at GitHub (Ito 2020).", question=RECORDS) == []
