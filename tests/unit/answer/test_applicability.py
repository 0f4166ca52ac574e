import pytest

from etl.answer.applicability import closed_questions, count_deep_learning_terms
from etl.records.ballot import CellState
from etl.records.document import Zone
from etl.records.question import AnswerType
from tests.fakes.small_paper import make_document, make_question

GATED = make_question("Which optimizer?", AnswerType.ENTITY_LIST, applicable_if="uses_dl")
OPEN = make_question("Which soil?", AnswerType.ENTITY_LIST)


@pytest.mark.parametrize(
    ("kind", "sentence", "applies"),
    [
        ("methods", "We trained a convolutional network.", True),
        ("abstract", "A neural network counts leaves.", True),
        ("introduction", "Others use deep learning.", False),
        ("discussion", "A neural network may do better.", False),
        ("methods", "In future work deep learning could be used.", False),
        ("methods", "We grew a random forest.", False),
    ],
)
def test_a_paper_that_only_speaks_of_the_field_is_outside_it(
    kind: str, sentence: str, *, applies: bool
) -> None:
    paper = make_document(
        ("methods", Zone.BODY, ["We walked along the river."]), (kind, Zone.BODY, [sentence])
    )

    assert (count_deep_learning_terms(paper) > 0) is applies
    closed = [state[0] if state else None for state in closed_questions(paper, [GATED, OPEN])]
    assert closed == [None if applies else CellState.NOT_APPLICABLE, None]


def test_a_paper_without_any_other_body_is_judged_by_what_it_has() -> None:
    paper = make_document(("introduction", Zone.BODY, ["We trained a neural network."]))

    assert count_deep_learning_terms(paper) == 1
