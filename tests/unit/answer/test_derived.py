from typing import Any

import pytest

from etl.answer.ballots import answered_ballot, empty_ballot
from etl.answer.derived import derive_ballot
from etl.answer.reading import Item, build_reading
from etl.records.ballot import Ballot, CellState
from etl.records.document import Zone
from etl.records.question import AnswerType, Question
from etl.verify.carried import verify_ballot
from tests.fakes.small_paper import make_document, make_question

TEXTS = [
    "The code is at https://github.com/ada/leaves and https://code.example.org/leaf.",
    "We trained with Adam at a learning rate of 0.001.",
    "Images: https://doi.org/10.5555/leaf.1",
]
PAPER = make_document(("methods", Zone.BODY, TEXTS))
LINKS = make_question("Which link?", AnswerType.URL_LIST, question_id="CQ10")
HOSTS = make_question(
    "Which host?",
    AnswerType.ENUM_LIST,
    question_id="CQ08",
    vocabulary={"GitHub": ["github.com"], "GitLab": ["gitlab.com"]},
)
SETTINGS = make_question("Which settings?", AnswerType.KEY_VALUE_LIST, question_id="CQ13")
OPTIMIZER = make_question(
    "Which optimizer?",
    AnswerType.ENTITY_LIST,
    question_id="CQ15",
    vocabulary={"Adam": [], "SGD": []},
)


def parent(question: Question, *items: tuple[dict[str, Any], int]) -> Ballot:
    reading = build_reading(
        [
            Item(value=value, label=str(value), sentences=(sentence,), score=0.7)
            for value, sentence in items
        ]
    )
    assert reading is not None
    return answered_ballot(PAPER, question, reading, answerer_id=4, context_sha256="c" * 64)


def derive(ballot: Ballot, source: Question, question: Question) -> Ballot:
    return verify_ballot(derive_ballot(ballot, source, question, PAPER), PAPER, question)


def test_every_link_has_a_host_named_by_the_vocabulary_or_by_itself() -> None:
    ballot = parent(
        LINKS,
        ({"url": "https://github.com/ada/leaves"}, 0),
        ({"url": "https://code.example.org/leaf"}, 0),
        ({"url": "https://doi.org/10.5555/leaf.1"}, 2),
    )

    derived = derive(ballot, LINKS, HOSTS)

    assert {item["name"] for item in derived.value} == {"GitHub", "code.example.org", "10.5555"}
    assert derived.question_version_id == HOSTS.question_version_id
    assert (derived.answerer_id, derived.context_sha256) == (4, "c" * 64)
    assert {e.quote for e in derived.evidence} == {TEXTS[0], TEXTS[2]}


@pytest.mark.parametrize(
    "item",
    [
        {"name": "Adam", "surface": "Adam", "value": None},
        {"name": "optimizer", "surface": "Adam", "value": None},
        {"name": "optimizer", "surface": "trained with", "value": "Adam"},
    ],
)
def test_terms_of_the_derived_question_are_taken_out_of_the_parents_items(
    item: dict[str, Any],
) -> None:
    rate = {"name": "learning rate", "surface": "learning rate", "value": "0.001"}

    derived = derive(parent(SETTINGS, (rate, 1), (item, 1)), SETTINGS, OPTIMIZER)

    assert [found["name"] for found in derived.value] == ["Adam"]
    assert [e.quote for e in derived.evidence] == [TEXTS[1]]


def test_a_parent_without_such_an_item_leaves_it_not_reported() -> None:
    rate = {"name": "learning rate", "surface": "learning rate", "value": "0.001"}

    derived = derive(parent(SETTINGS, (rate, 1)), SETTINGS, OPTIMIZER)

    assert (derived.state, derived.value) == (CellState.NOT_REPORTED, None)
    assert "CQ13" in str(derived.reason)


@pytest.mark.parametrize("state", [s for s in CellState if s is not CellState.ANSWERED])
def test_an_unanswered_parent_hands_on_its_state_and_reason(state: CellState) -> None:
    ballot = empty_ballot(PAPER, LINKS, state, "why", answerer_id=4, context_sha256="c" * 64)

    derived = derive(ballot, LINKS, HOSTS)

    assert derived.state is state
    assert derived.reason == "CQ10: why"
