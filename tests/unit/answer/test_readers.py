from typing import Any

import pytest

from etl.answer.candidates import Candidate
from etl.answer.entities import read_entities
from etl.answer.guards import is_hypothetical, is_negated, is_others_work
from etl.answer.key_values import read_key_values
from etl.answer.number_fields import build_number_fields
from etl.answer.numbers import find_quantities
from etl.answer.prose import read_yes_no
from etl.answer.urls import find_urls, squash_url
from etl.answer.vocabulary import Vocabulary, build_vocabulary
from etl.records.question import AnswerType
from tests.fakes.small_paper import make_question

NAMES = Vocabulary(
    terms={
        "learning rate": ("learning rate",),
        "batch size": ("batch size",),
        "epochs": ("epochs", "epoch"),
        "momentum": ("momentum",),
        "decay": ("decay",),
        "training share": ("training",),
        "test share": ("test",),
        "seed": ("seed", "random seed"),
    }
)


ANY_NUMBER = build_number_fields(make_question("Which?", AnswerType.KEY_VALUE_LIST))


def one(text: str, *, kind: str = "methods", score: float = 0.8) -> list[Candidate]:
    return [Candidate(sentence_index=0, text=text, section_kind=kind, score=score)]


def values(text: str) -> set[tuple[str, str, str | None]]:
    items = read_key_values(one(text), NAMES, ANY_NUMBER, min_score=0.35)
    return {(i.value["name"], i.value["value"], i.value["unit"]) for i in items}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "We chose a learning rate of 0.001 and a batch size of 32.",
            {("learning rate", "0.001", None), ("batch size", "32", None)},
        ),
        (
            "The learning rate was set to 1 \u00d7 10\u22124.",
            {("learning rate", "1 \u00d7 10\u22124", None)},
        ),
        ("It ran for 100 epochs.", {("epochs", "100", "epochs")}),
        (
            "Momentum and decay of 0.9 were kept.",
            {("momentum", "0.9", None), ("decay", "0.9", None)},
        ),
        (
            "80 % of the pictures went into training and 20 % were kept for the test.",
            {("training share", "80", "%"), ("test share", "20", "%")},
        ),
        (
            "Sets for training (70%) and test (30%) were drawn.",
            {("training share", "70", "%"), ("test share", "30", "%")},
        ),
        (
            "Learning rate | 0.01 | momentum | 0.9",
            {("learning rate", "0.01", None), ("momentum", "0.9", None)},
        ),
        ("With the random seed 42 all runs agree.", {("seed", "42", None)}),
        ("The learning rate was tuned; 12 people helped.", set()),
        ("No momentum of 0.9 was used.", set()),
        ("Future work could use a batch size of 64.", set()),
    ],
)
def test_a_name_is_read_with_the_number_beside_it(
    text: str, expected: set[tuple[str, str, str | None]]
) -> None:
    assert values(text) == expected


SHARES = build_number_fields(
    make_question(
        "Which?",
        AnswerType.KEY_VALUE_LIST,
        fields={
            "part": {"kind": "term", "optional": False},
            "share": {"kind": "number", "unit": "percent", "optional": True},
            "count": {"kind": "number", "optional": True},
        },
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Training took 80% of all.", {("training share", "80", "%")}),
        ("For training 498 images were kept.", {("training share", "498", "images")}),
        ("The threshold was 0.6 for training.", {("training share", None, None)}),
        ("We used 2 GB for training.", {("training share", None, None)}),
        ("The year 2005 for training.", {("training share", None, None)}),
    ],
)
def test_fields_decide_which_numbers_count(
    text: str, expected: set[tuple[str, str | None, str | None]]
) -> None:
    items = read_key_values(one(text), NAMES, SHARES, min_score=0.35)

    assert {(i.value["name"], i.value["value"], i.value["unit"]) for i in items} == expected


@pytest.mark.parametrize(
    ("surface", "number"),
    [
        ("0.001", 0.001),
        ("1,024", 1024.0),
        ("1e-4", 0.0001),
        ("5 \u00d7 10\u22124", 0.0005),
        ("10\u22123", 0.001),
        ("80:20", None),
        ("512 \u00d7 512", None),
    ],
)
def test_numbers_are_read_as_written_and_as_a_value(surface: str, number: float | None) -> None:
    (quantity,) = find_quantities(f"a value of {surface} here")

    assert quantity.surface == surface
    assert quantity.number == (number if number is None else pytest.approx(number))


def test_citations_figures_and_years_are_no_quantities() -> None:
    text = "As shown [12, 13] in Figure 3 by Berg (2019), we took 8 images."

    assert [q.surface for q in find_quantities(text)] == ["8"]


@pytest.mark.parametrize(
    "text",
    [
        "We did not use dropout here.",
        "The net works without any dropout.",
        "Dropout was not applied.",
        "Weight decay was used instead of dropout.",
    ],
)
def test_a_denied_term_is_negated(text: str) -> None:
    start = text.lower().index("dropout")

    assert is_negated(text, start, start + 7)


@pytest.mark.parametrize(
    "text",
    [
        "We used not only augmentation but also dropout.",
        "The test was not repeated; dropout was applied.",
        "Not one of the twenty people we asked had ever heard of dropout.",
    ],
)
def test_a_negation_elsewhere_denies_nothing(text: str) -> None:
    start = text.index("dropout")

    assert not is_negated(text, start, start + 7)


def test_plans_and_possibilities_are_hypothetical_and_deeds_are_not() -> None:
    assert is_hypothetical("In future work we will add dropout.")
    assert is_hypothetical("Dropout could be used to lower the variance.")
    assert not is_hypothetical("Dropout lowered the variance.")


def test_only_telling_sections_tell_of_others_and_a_first_person_settles_it() -> None:
    told = "Other studies have used dropout for this."

    assert is_others_work(told, "introduction")
    assert not is_others_work(told, "methods")
    assert not is_others_work("Like other studies, we used dropout.", "introduction")


TERMS = Vocabulary(terms={"Adam": ("Adam",), "SGD": ("SGD", "stochastic gradient descent")})


def names(text: str, **kwargs: Any) -> list[str]:
    return [i.value["name"] for i in read_entities(one(text, **kwargs), TERMS, min_score=0.35)]


def test_a_term_is_read_under_its_canonical_name_with_its_surface() -> None:
    (item,) = read_entities(
        one("It was trained with Stochastic Gradient Descent."), TERMS, min_score=0.35
    )

    assert item.value == {"name": "SGD", "surface": "Stochastic Gradient Descent"}
    assert item.sentences == (0,)


def test_weak_denied_and_foreign_sentences_give_no_term() -> None:
    assert names("We used Adam.", score=0.2) == []
    assert names("We did not use Adam.") == []
    assert names("Several studies have used SGD (Lee et al. 2019).", kind="introduction") == []
    assert names("We did not use Adam; SGD was better.") == ["SGD"]


def test_the_longer_of_two_overlapping_terms_is_read() -> None:
    vocabulary = Vocabulary(terms={"decay": ("decay",), "weight decay": ("weight decay",)})

    mentions = vocabulary.mentions("A weight decay was set.")

    assert [mention.term for mention in mentions] == ["weight decay"]


def test_urls_are_found_without_closing_marks_and_dois_are_completed() -> None:
    text = "See (https://github.com/a/b), doi: 10.5281/zenodo.12 and www.example.org/x."

    assert [url for url, _, _ in find_urls(text)] == [
        "https://github.com/a/b",
        "https://doi.org/10.5281/zenodo.12",
        "https://www.example.org/x",
    ]


def test_writings_of_one_url_are_equal_when_squashed() -> None:
    assert squash_url("https://www.GitHub.com/a/ b.") == squash_url("http://github.com/a/b")
    assert squash_url("doi:10.1/x") == squash_url("https://dx.doi.org/10.1/x")


def test_the_amount_behind_a_term_belongs_to_it_and_goes_first() -> None:
    texts = ["All images were resized.", "Images were resized to a 512 \u00d7 512 resolution."]
    candidates = [
        Candidate(sentence_index=i, text=text, section_kind="methods", score=0.9 - i / 10)
        for i, text in enumerate(texts)
    ]
    vocabulary = Vocabulary(terms={"resizing": ("resizing", "resized")})

    (item,) = read_entities(candidates, vocabulary, min_score=0.5)

    assert item.value == {"name": "resizing", "surface": "resized to a 512 \u00d7 512"}
    assert (item.sentences, item.score) == ((1, 0), 0.9)


def _told(*texts: str) -> list[Candidate]:
    return [
        Candidate(sentence_index=i, text=text, section_kind="methods", score=0.9 - i / 100)
        for i, text in enumerate(texts)
    ]


def test_a_paper_that_says_both_yes_and_no_is_contradicted_by_its_own_evidence() -> None:
    vocabulary = Vocabulary(terms={"dropout": ("dropout",)})
    both = read_yes_no(_told("We used dropout.", "No dropout was used."), vocabulary, min_score=0.5)
    one_sided = read_yes_no(_told("We used dropout.", "It rained."), vocabulary, min_score=0.5)

    assert both is not None
    assert one_sided is not None
    assert both.value == {"verdict": "yes", "surface": "dropout", "contradicted": True}
    assert both.sentences == (0, 1)
    assert one_sided.value == {"verdict": "yes", "surface": "dropout"}


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("Images were augmented by translation and rotation.", True),
        ("Machine translation is judged by people.", False),
        ("Random translation of up to 10 % was applied.", True),
    ],
)
def test_a_word_of_several_meanings_counts_beside_its_companions_only(
    text: str, *, is_found: bool
) -> None:
    question = make_question(
        "Which augmentations?",
        AnswerType.ENTITY_LIST,
        vocabulary={"translation": []},
        near={"translation": ["augmented", "random", "images"]},
    )
    vocabulary = build_vocabulary(question)

    assert bool(vocabulary.mentions(text)) == vocabulary.stands_in(text) == is_found


@pytest.mark.parametrize("text", ["It has 300+ samples.", "The first 350 samples were kept."])
def test_a_bound_or_a_pick_is_no_count(text: str) -> None:
    assert find_quantities(text) == []


def test_a_form_of_its_own_is_not_the_plural_of_another_term() -> None:
    vocabulary = Vocabulary(
        terms={
            "fixed seed": ("fixed seed", "random seed"),
            "several seeds": ("several seeds", "random seeds"),
        }
    )
    found = vocabulary.mentions("We used ten random seeds and the random seed 7.")
    assert [(m.term, m.surface) for m in found] == [
        ("several seeds", "random seeds"),
        ("fixed seed", "random seed"),
    ]
