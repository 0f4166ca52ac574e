import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.verify.answer_text import verify_answer

CONTEXT = (
    "The CNN was pre-trained on the Im-\nageNet data and \ufb01ne-tuned on 2,500 herbarium sheets."
    "\n\n"
    "Smith et al. counted leaves by hand. Code is at https://github.com/ada/ leaves."
)


def judge(answer: str) -> list[tuple[bool, list[str]]]:
    result = verify_answer(CONTEXT, answer)
    assert result["grounded"] == all(s["supported"] for s in result["sentences"])
    return [(s["supported"], s["unsupported_terms"]) for s in result["sentences"]]


@pytest.mark.parametrize(
    "answer",
    [
        "The CNN was pretrained on ImageNet.",
        "It was fine-tuned on 2500 herbarium sheets.",
        "A Convolutional Neural Network (CNN) was fine-tuned.",
        "The code is at https://github.com/ada/leaves.",
        "The context does not mention the optimizer.",
    ],
)
def test_a_sentence_that_the_context_holds_is_supported(answer: str) -> None:
    assert judge(answer) == [(True, [])]


@pytest.mark.parametrize(
    ("answer", "added"),
    [
        ("The network was pre-trained on COCO.", "COCO"),
        ("It was fine-tuned on 9000 herbarium sheets.", "9000"),
        ("The code is at https://github.com/eve/leaves.", "https://github.com/eve/leaves"),
        ("The sheets were digitised by volunteers across Europe.", "Europe"),
        ("The paper does not mention PyTorch.", "PyTorch"),
        ("The CNN was pre-trained on ImageNet and fine-tuned with dropout.", "dropout"),
        ("The CNN was pre-trained on ImageNet data, sheets and scans.", "scans"),
    ],
)
def test_an_added_fact_is_named(answer: str, added: str) -> None:
    ((supported, terms),) = judge(answer)

    assert not supported
    assert added in terms


def test_a_paraphrase_is_supported_and_its_new_words_are_still_named() -> None:
    verdict = judge("Initially the CNN was pre-trained on ImageNet data and herbarium sheets.")

    assert verdict == [(True, ["initially"])]


def test_each_sentence_is_judged_alone() -> None:
    verdicts = judge("The CNN was pre-trained on ImageNet. Then it was pruned with Keras.")

    assert [supported for supported, _ in verdicts] == [True, False]


def test_evidence_is_an_exact_slice_of_the_context() -> None:
    result = verify_answer(CONTEXT, "It was pre-trained on ImageNet.")

    (span,) = result["sentences"][0]["evidence"]
    assert CONTEXT[span["start"] : span["end"]] == span["text"]
    assert span["text"].startswith("The CNN was pre-trained")


def test_an_empty_answer_is_grounded_and_an_empty_context_supports_nothing() -> None:
    assert verify_answer(CONTEXT, "  ") == {"grounded": True, "sentences": []}
    assert not verify_answer("", "It was trained on ImageNet.")["grounded"]


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_two_texts_give_slices_of_themselves(context: str, answer: str) -> None:
    for sentence in verify_answer(context, answer)["sentences"]:
        assert sentence["text"] in answer
        for span in sentence["evidence"]:
            assert context[span["start"] : span["end"]] == span["text"]


@pytest.mark.parametrize(
    ("answer", "unsupported"),
    [
        ("Training took 5 hours.", []),
        ("Training took 5 h.", []),
        ("Training took 5 epochs.", ["5 epochs"]),
        ("The card had 16 gigabytes.", []),
        ("The card had 16 MB.", ["16 MB"]),
        ("Of all, 80 per cent were kept.", []),
        ("Of all, 2,500 images were kept.", []),
    ],
)
def test_a_number_needs_the_unit_that_the_answer_gives_it(
    answer: str, unsupported: list[str]
) -> None:
    context = (
        "Training took 5 hours on a card that had 16 GB. Of all images, 80% were kept, "
        "2500 images in all."
    )
    (sentence,) = verify_answer(context, answer)["sentences"]
    assert sentence["unsupported_terms"] == unsupported
    assert sentence["supported"] == (not unsupported)
