from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.records.ballot import Ballot, CellState, Evidence, MatchKind
from etl.records.document import Zone
from etl.records.question import AnswerType
from etl.verify.carried import verify_ballot
from tests.fakes.small_paper import make_document, make_question

PAPER = make_document(
    (
        "methods",
        Zone.BODY,
        [
            "We trained with Stochastic Gradient Descent at a learning rate of 0.0025.",
            "About 80 % of 653 images were used for training.",
            "Code: https://github.com/ada/ leaves",
        ],
    ),
    ("references", Zone.REFERENCES, ["Adam: a method."]),
)
QUESTION = make_question(
    "How was it trained?",
    AnswerType.ENTITY_LIST,
    vocabulary={"SGD": ["stochastic gradient descent"], "Adam": [], "learning rate": []},
)


def quote(sentence_index: int, rank: int = 1) -> Evidence:
    sentence = PAPER.sentences[sentence_index]
    return Evidence(
        evidence_rank=rank,
        block_index=sentence.block_index,
        sentence_index=sentence_index,
        char_start=sentence.char_start,
        char_end=sentence.char_end,
        quote=PAPER.text_of(sentence),
        match_kind=MatchKind.CITED,
    )


def cast(value: Any, *evidence: Evidence) -> Ballot:
    return Ballot(
        document_id=1,
        question_version_id=QUESTION.question_version_id,
        answerer_id=3,
        state=CellState.ANSWERED,
        value=value,
        value_text="told",
        score=0.5,
        reason=None,
        evidence=evidence or (quote(0),),
        context_sha256="0" * 64,
    )


def item(**parts: Any) -> dict[str, Any]:
    return {"evidence": [1], **parts}


@pytest.mark.parametrize(
    ("value", "sentence_index"),
    [
        ([item(name="SGD", surface="Stochastic Gradient Descent")], 0),
        ([item(name="learning rate", value="0.0025", unit=None)], 0),
        ([item(name="training", value="80", unit="%")], 1),
        ([item(name="training", value="80", unit="percent")], 1),
        ([item(name="images", value="653", unit="images")], 1),
        ([item(url="https://github.com/ada/leaves")], 2),
        (["Stochastic gradient descent"], 0),
        ("We trained with Stochastic Gradient Descent", 0),
        ({"verdict": "yes", "surface": "learning rate"}, 0),
    ],
)
def test_a_value_that_its_sentence_carries_passes_unchanged(
    value: Any, sentence_index: int
) -> None:
    ballot = cast(value, quote(sentence_index))

    assert verify_ballot(ballot, PAPER, QUESTION) == ballot


@pytest.mark.parametrize(
    "value",
    [
        [item(name="Adam")],
        [item(name="learning rate", value="0.002")],
        [item(name="learning rate", value="0.0025", unit="%")],
        [item(name="learning rate", value="0025")],
        [item(url="https://github.com/ada/other")],
        [item(name="SGD", surface="SGD with momentum")],
        ["ResNet"],
        "We trained with Adam",
        {"verdict": "yes", "surface": "dropout"},
    ],
)
def test_a_value_that_its_sentence_does_not_carry_becomes_not_reported(value: Any) -> None:
    checked = verify_ballot(cast(value), PAPER, QUESTION)

    assert checked.state is CellState.NOT_REPORTED
    assert (checked.value, checked.value_text, checked.evidence) == (None, None, ())
    assert checked.reason is not None
    assert checked.reason.startswith("not carried by its evidence")


def test_a_value_that_only_flagged_text_carries_is_not_believed() -> None:
    value = [{"name": "SGD", "evidence": [1]}, {"name": "learning rate", "evidence": [1, 2]}]
    ballot = cast(value, quote(0, 1), quote(1, 2))

    checked = verify_ballot(ballot, PAPER, QUESTION, flagged={0})

    assert checked.state is CellState.NOT_REPORTED
    alone = verify_ballot(cast("Adam", quote(0)), PAPER, QUESTION, flagged={0})
    assert alone.state is CellState.NOT_REPORTED
    assert alone.reason is not None
    assert "reads like an instruction" in alone.reason


def test_a_value_that_sound_text_carries_too_stays() -> None:
    value = [{"name": "SGD", "evidence": [1, 2]}]
    ballot = cast(value, quote(0, 1), quote(0, 2))

    assert verify_ballot(ballot, PAPER, QUESTION, flagged={1, 2}) == ballot


def test_an_item_is_judged_by_the_quotes_it_cites() -> None:
    value = [{"name": "SGD", "evidence": [2]}]

    checked = verify_ballot(cast(value, quote(0, 1), quote(1, 2)), PAPER, QUESTION)

    assert checked.state is CellState.NOT_REPORTED


def test_only_the_carried_items_and_their_evidence_stay() -> None:
    value = [
        {"name": "Adam", "evidence": [1]},
        {"name": "training", "value": "80", "unit": "%", "evidence": [2]},
    ]

    checked = verify_ballot(cast(value, quote(0, 1), quote(1, 2)), PAPER, QUESTION)

    assert checked.state is CellState.ANSWERED
    assert checked.value == [{"name": "training", "value": "80", "unit": "%", "evidence": [1]}]
    assert checked.evidence == (quote(1, 1),)
    assert checked.value_text == "training 80 %"


@pytest.mark.parametrize(
    "broken",
    [
        replace(quote(0), quote="We trained with Adam."),
        replace(quote(0), char_end=quote(0).char_end - 1),
        replace(quote(0), char_start=-3),
        replace(quote(0), block_index=9),
        replace(quote(0), sentence_index=3),
        replace(quote(0), sentence_index=99),
        quote(3),
    ],
)
def test_evidence_that_is_no_slice_of_the_readable_source_fails_the_ballot(
    broken: Evidence,
) -> None:
    checked = verify_ballot(cast([item(name="SGD")], broken), PAPER, QUESTION)

    assert checked.state is CellState.FAILED
    assert checked.reason
    assert (checked.value, checked.evidence) == (None, ())


@pytest.mark.parametrize(
    "ballot",
    [
        replace(cast([item(name="SGD")]), evidence=()),
        replace(cast([item(name="SGD")]), document_id=2),
        cast([]),
        cast(None),
        replace(cast([item(name="SGD")]), state=CellState.NOT_REPORTED),
    ],
)
def test_a_ballot_that_breaks_the_contract_is_failed(ballot: Ballot) -> None:
    assert verify_ballot(ballot, PAPER, QUESTION).state is CellState.FAILED


def test_an_honest_absence_passes_unchanged() -> None:
    ballot = replace(
        cast(None),
        state=CellState.NOT_REPORTED,
        value_text=None,
        reason="nothing found",
        evidence=(),
    )

    assert verify_ballot(ballot, PAPER, QUESTION) == ballot


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "value", "unit", "url", "surface", "evidence", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_no_value_whatever_its_form_makes_the_verifier_raise(value: Any) -> None:
    checked = verify_ballot(cast(value), PAPER, QUESTION)

    assert (checked.state is CellState.ANSWERED) == bool(checked.evidence)
    assert (checked.reason is None) == (checked.state is CellState.ANSWERED)


def test_an_item_without_any_part_to_check_is_not_carried() -> None:
    assert verify_ballot(cast([{"x": 1}]), PAPER, QUESTION).state is CellState.NOT_REPORTED


def test_an_entry_of_the_reference_list_counts_beside_the_sentence_that_cites_it_alone() -> None:
    entry = "Ito K (2020) Leaf finder. URL: https://github.com/ito/leaves"
    paper = make_document(
        ("methods", Zone.BODY, ["The code is at GitHub (Ito 2020).", "Leaves were green."]),
        ("references", Zone.REFERENCES, [entry]),
    )

    def verified(citing: int) -> Ballot:
        ranked = [
            Evidence(
                evidence_rank=rank,
                block_index=paper.sentences[index].block_index,
                sentence_index=index,
                char_start=paper.sentences[index].char_start,
                char_end=paper.sentences[index].char_end,
                quote=paper.text_of(paper.sentences[index]),
                match_kind=MatchKind.CITED,
            )
            for rank, index in enumerate((citing, 2), start=1)
        ]
        link = {"url": "https://github.com/ito/leaves", "evidence": [1, 2]}
        return verify_ballot(cast([link], *ranked), paper, QUESTION)

    assert verified(0).state is CellState.ANSWERED
    refused = verified(1)
    assert refused.state is CellState.FAILED
    assert refused.reason == "evidence 2 stands in zone references"
