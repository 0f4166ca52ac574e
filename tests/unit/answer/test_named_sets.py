import pytest

from etl.answer.named_sets import asks_for_sets, with_named_sets
from etl.answer.vocabulary import Vocabulary
from etl.records import AnswerType
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
