import re

from hypothesis import given
from hypothesis import strategies as st

from etl.records.question import AnswerType
from etl.retrieve.fingerprint import retriever_recipe
from etl.retrieve.query import query_terms, query_text
from etl.settings import RetrieveSettings
from tests.fakes.small_paper import make_question


def test_only_the_question_is_embedded() -> None:
    question = make_question(
        "Which  hardware\nwas used?", AnswerType.ENTITY_LIST, cues=("GPU", "memory")
    )

    assert query_text(question) == "Which hardware was used?"


def test_query_terms_are_content_words_of_question_and_cues_each_once() -> None:
    question = make_question(
        "Which hardware was used for the training?",
        AnswerType.ENTITY_LIST,
        cues=("GPU memory", "hardware", "C++", "Faster R-CNN"),
    )

    assert query_terms(question) == [
        "hardware",
        "training",
        "gpu",
        "memory",
        "c++",
        "faster",
        "r-cnn",
    ]


@given(st.text(max_size=80))
def test_query_terms_never_hold_a_character_that_a_query_language_could_read(text: str) -> None:
    terms = query_terms(make_question(text, AnswerType.SHORT_TEXT))

    assert all(re.fullmatch(r"[a-z0-9+.\-]+", term) for term in terms)


def test_a_changed_setting_changes_the_recipe() -> None:
    assert retriever_recipe(RetrieveSettings()) == retriever_recipe(RetrieveSettings())
    assert retriever_recipe(RetrieveSettings()) != retriever_recipe(
        RetrieveSettings(passages_per_question=4)
    )


def test_a_question_is_cleaned_like_the_text_it_is_compared_with() -> None:
    question = make_question(
        "Which con\ufb01dence at 5 \u00b5m?", AnswerType.SHORT_TEXT, cues=("\ufb02ow\u200bchart",)
    )

    assert query_text(question) == "Which confidence at 5 \u03bcm?"
    assert query_terms(question)[-1] == "flowchart"
