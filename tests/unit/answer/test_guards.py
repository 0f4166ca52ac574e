import pytest

from etl.answer.guards import is_hypothetical, is_other_phase

TRAINING = "On which hardware was the model trained?"
DEPLOYMENT = "On which platform was the trained model deployed?"


@pytest.mark.parametrize(
    "text",
    [
        "The camera should be placed at two metres.",
        "Authors ought to report the seed.",
        "Papers need to use an external test set.",
    ],
)
def test_advice_is_no_report(text: str) -> None:
    assert is_hypothetical(text)


def test_a_report_is_no_advice() -> None:
    assert not is_hypothetical("We placed the camera at two metres.")


@pytest.mark.parametrize(
    ("question", "text", "is_other"),
    [
        (TRAINING, "The model was deployed on a Jetson board.", True),
        (TRAINING, "The model was trained on one GPU and deployed on a board.", False),
        (TRAINING, "Hardware: one GPU", False),
        (DEPLOYMENT, "The model was deployed on a Jetson board.", False),
        (DEPLOYMENT, "It runs on a Raspberry Pi.", False),
        (DEPLOYMENT, "The model was trained on one GPU.", True),
        (DEPLOYMENT, "A motion program running on the Raspberry Pi took pictures.", True),
        ("Which images were used?", "The model was deployed on a board.", False),
    ],
)
def test_the_two_lives_of_a_model_are_told_apart(
    question: str, text: str, *, is_other: bool
) -> None:
    assert is_other_phase(question, text) is is_other
