import pytest

from etl.answer.named_sets import asks_for_sets, with_named_sets
from etl.answer.vocabulary import Vocabulary
from etl.records.question import AnswerType
from tests.fakes.small_paper import make_question

KNOWN = Vocabulary(terms={"ImageNet": ("ImageNet",)})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We trained on the LeafBox dataset.", {"LeafBox"}),
        ("The PLANTS2017 image data set was used.", {"PLANTS2017"}),
        ("All are from our own dataset (LeafBox).", {"LeafBox"}),
        ("The ImageNet dataset was used.", set()),
        ("The dataset was used.", set()),
        ("Each RGB image dataset was scaled.", set()),
        ("The CNN model reads LeafBox.", set()),
    ],
)
def test_a_proper_name_beside_a_set_is_its_name(text: str, names: set[str]) -> None:
    extended = with_named_sets(KNOWN, [text])

    assert extended.terms.keys() - KNOWN.terms.keys() == names


def test_only_a_question_about_datasets_asks_for_their_names() -> None:
    assert asks_for_sets(make_question("Which datasets were used?", AnswerType.ENTITY_LIST))
    assert not asks_for_sets(make_question("Which optimizer?", AnswerType.ENTITY_LIST))


def test_capitals_that_the_paper_spells_in_small_letters_are_a_task_and_no_set() -> None:
    whole = "We study language identification (LID). The LID dataset and the ROSE dataset are new."

    extended = with_named_sets(KNOWN, whole.split(". "), whole_text=whole)

    assert extended.terms.keys() - KNOWN.terms.keys() == {"ROSE"}


def test_two_capitals_are_no_name_of_a_set() -> None:
    assert with_named_sets(KNOWN, ["The CO dataset was used."]).terms == KNOWN.terms
