import pytest

from etl.answer.guards import (
    is_bibliography,
    is_hypothetical,
    is_other_phase,
    is_others_work,
)

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


@pytest.mark.parametrize(
    "text",
    [
        "We would also like to look at augmentation.",
        "Next steps will be a larger network.",
        "It could facilitate counting by a network.",
        "Remaining opportunities are standardised sets.",
    ],
)
def test_wishes_and_next_steps_are_no_report(text: str) -> None:
    assert is_hypothetical(text)


@pytest.mark.parametrize(
    ("text", "kind", "is_told"),
    [
        # A cited author as the one who did it, wherever it stands.
        ("Meyer et al. (2019) proposed a network of three layers.", "methods", True),
        ("[12] apply dropout to every layer.", "methods", True),
        ("The tool described in Meyer et al. (2019) reads PNG.", "methods", True),
        ("These studies used SGD, which we cannot confirm.", "results", True),
        # A citation behind what the paper used names its source.
        ("The optimizer was Adam [12].", "methods", False),
        ("We follow Meyer et al. (2019), who proposed Adam.", "methods", False),
        # In an introduction all that is not said of the paper itself is told.
        ("Networks have changed translation and parsing.", "introduction", True),
        ("Here, a network counts terns.", "introduction", False),
        ("Networks were trained for 30 epochs.", "methods", False),
    ],
)
def test_what_others_did_is_told_from_what_the_paper_did(
    text: str, kind: str, *, is_told: bool
) -> None:
    assert is_others_work(text, kind) == is_told


def test_a_run_of_reference_entries_is_no_sentence() -> None:
    entries = "[3] Meyer, A. Counting terns. 2019 [4] Novak, B. and Roy, C. Keras. 2020"
    assert is_bibliography(entries)
    assert not is_bibliography("We used Keras [3] and Adam [4] as Meyer did.")
    assert not is_bibliography("The layers had 32, 64 and 128 units. 3. Results follow.")
