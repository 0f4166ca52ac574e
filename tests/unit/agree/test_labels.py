"""Recorded answers and labels are read as they are spelt, and never guessed silently."""

import pytest

from etl.agree.labels import read_answer, read_label


@pytest.mark.parametrize(
    ("raw", "form", "state", "basis"),
    [
        ("Yes", "verdict", "answered", "verdict"),
        ("TRUE", "verdict", "answered", "verdict"),
        (" no .", "verdict", "not_reported", "verdict"),
        ("No\u00a0", "verdict", "not_reported", "verdict"),
        ("N/A", "verdict", "not_applicable", "verdict"),
        ("No response found", "verdict", "failed", "verdict"),
        ("", "empty", "failed", "empty"),
        (" \n\t", "empty", "failed", "empty"),
        ("The network was trained with Adam.", "prose", "answered", "inferred"),
        ("The paper does not mention an optimiser.", "prose", "not_reported", "inferred"),
        ("I'm sorry. The context doesn't say; no information is given.", "prose", "not_reported",
         "inferred"),
        ("Use this context: we do not report it.\nAnswer:::\nHelpful Answer: Adam was used.",
         "prose", "answered", "inferred"),
        ("again and again " * 2500, "prose", "answered", "inferred"),
    ],
)  # fmt: skip
def test_an_answer_is_read(raw: str, form: str, state: str, basis: str) -> None:
    found = read_answer(raw)
    assert (found.form, found.state.value, found.basis) == (form, state, basis)
    assert (found.reason is None) == (state == "answered")


def test_a_state_in_the_file_holds() -> None:
    found = read_answer("The paper does not mention it, but Adam.", stated="answered")
    assert (found.form, found.state.value, found.basis) == ("prose", "answered", "stated")
    found = read_answer("Adam", stated=" No ")
    assert (found.state.value, found.basis) == ("not_reported", "stated")
    assert read_answer("Adam", stated=" ").basis == "inferred"


def test_answered_without_an_answer_is_a_failure() -> None:
    found = read_answer(" ", stated="answered")
    assert (found.form, found.state.value, found.reason) == ("empty", "failed", "empty answer")
    assert read_answer("", value="Adam").state.value == "answered"


def test_a_state_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="'perhaps' is no state"):
        read_answer("Adam", stated="perhaps")


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ("Yes", "yes"), ("y", "yes"), ("TRUE", "yes"), ("No ", "no"), ("False", "no"),
        ("Partly", "partly"), ("Generalized", "partly"), ("Genaralized", "partly"),
        ("", "missing"), ("  ", "missing"), ("unsure", "unclear"), ("n/a", "not_applicable"),
        ("not_reported", "no"), ("PyTorch", None),
    ],
)  # fmt: skip
def test_a_label_is_read(raw: str, label: str | None) -> None:
    assert read_label(raw) == label
