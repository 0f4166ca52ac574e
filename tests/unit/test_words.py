import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.words import content_words, find_terms, iter_words, stem


def found(text: str, alias: str) -> list[str]:
    return [text[start:end] for start, end in find_terms(text, alias)]


@pytest.mark.parametrize(
    ("text", "alias", "surfaces"),
    [
        ("We used SGD and SGD again.", "SGD", ["SGD", "SGD"]),
        ("The sgd file", "SGD", []),
        ("madam adam", "Adam", []),
        ("two CNNs", "CNN", ["CNNs"]),
        ("ResNet-101 and ResNet50", "ResNet", ["ResNet-101", "ResNet50"]),
        ("with DeepLabv3+ here", "DeepLab", ["DeepLabv3+"]),
        ("faster rcnn", "Faster R-CNN", ["faster rcnn"]),
        ("Data-augmentation", "data augmentation", ["Data-augmentation"]),
        ("batch normalisation", "batch normalization", ["batch normalisation"]),
        ("optimiser", "optimizer", ["optimiser"]),
        ("flips", "flip", ["flips"]),
        ("flippant", "flip", []),
        ("cat", " ", []),
        ("a - b", "-", []),
        ("written in C++.", "C++", ["C++"]),
    ],
)
def test_a_term_is_found_only_where_it_literally_stands(
    text: str, alias: str, surfaces: list[str]
) -> None:
    assert found(text, alias) == surfaces


@pytest.mark.parametrize(
    ("left", "right"),
    [("images", "image"), ("trained", "training"), ("batches", "batch"), ("studies", "study")],
)
def test_inflected_forms_share_a_stem(left: str, right: str) -> None:
    assert stem(left) == stem(right)


@pytest.mark.parametrize("word", ["loss", "focus", "analysis", "gpu", "r-cnn", "0.001"])
def test_words_that_only_look_inflected_stay(word: str) -> None:
    assert stem(word) == word


def test_ligatures_and_typographic_hyphens_are_folded() -> None:
    assert iter_words("\ufb01ne\u2010tuned U\u2011Net") == ["fine-tuned", "u-net"]


def test_content_words_drop_function_words_and_repeats() -> None:
    assert content_words(["What is the seed?", "a seed of the model"]) == ["seed", "model"]


@given(st.text(max_size=60), st.text(max_size=12))
def test_spans_are_ordered_and_inside_the_text(text: str, alias: str) -> None:
    spans = find_terms(text, alias)

    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
