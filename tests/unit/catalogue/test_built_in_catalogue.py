import pytest

from etl.catalogue.lint import lint_catalogue
from etl.catalogue.load import load_catalogue
from etl.catalogue.shelf import BUILT_IN_FOLDER
from etl.records.question import AnswerType, Question

_KEYS = [
    "raw_data_collection",
    "data_formats",
    "annotation_techniques",
    "augmentation",
    "datasets",
    "preprocessing",
    "data_split",
    "code_host",
    "data_host",
    "code_url",
    "data_url",
    "model_type",
    "hyperparameters",
    "hpo_method",
    "optimizer",
    "stopping_criterion",
    "regularization",
    "training_monitoring",
    "frameworks",
    "hardware",
    "postprocessing",
    "metrics",
    "generalizability",
    "randomness",
    "model_purpose",
    "bias_handling",
    "deployment_process",
    "deployment_platform",
]


@pytest.fixture(scope="module")
def questions() -> tuple[Question, ...]:
    return load_catalogue().questions


def test_the_built_in_catalogue_has_no_finding() -> None:
    assert lint_catalogue(BUILT_IN_FOLDER) == []


def test_the_28_questions_come_in_order_with_their_keys(questions: tuple[Question, ...]) -> None:
    assert [question.question_id for question in questions] == [f"CQ{n:02}" for n in range(1, 29)]
    assert [question.key for question in questions] == _KEYS
    assert len({question.question_version_id for question in questions}) == 28


def test_no_question_gives_away_a_term_of_a_closed_vocabulary(
    questions: tuple[Question, ...],
) -> None:
    closed = [q for q in questions if q.key in {"code_host", "data_host", "code_url", "data_url"}]
    for question in closed:
        words = question.text.casefold()
        terms = question.spec["vocabulary"]
        assert [term for term in terms if term.casefold() in words] == []


def test_what_is_for_readers_of_the_file_reaches_no_record(
    questions: tuple[Question, ...],
) -> None:
    for question in questions:
        assert "comment" not in question.spec
        assert "examples_for_humans" not in question.spec


def test_references_are_barred_for_every_question(questions: tuple[Question, ...]) -> None:
    assert {question.section_prior["references"] for question in questions} == {0.0}


def test_every_question_names_cues_and_terms(questions: tuple[Question, ...]) -> None:
    for question in questions:
        assert len(question.cues) >= 8, question.question_id
        assert len(question.spec["vocabulary"]) >= 10, question.question_id


def test_key_value_questions_name_their_fields(questions: tuple[Question, ...]) -> None:
    with_fields = [q for q in questions if q.spec["fields"]]
    assert with_fields == [q for q in questions if q.answer_type is AnswerType.KEY_VALUE_LIST]


def test_derived_questions_are_declared(questions: tuple[Question, ...]) -> None:
    derived = {q.question_id: q.spec["derived_from"] for q in questions if q.spec["derived_from"]}
    assert derived == {"CQ08": "CQ10", "CQ09": "CQ11", "CQ15": "CQ13", "CQ28": "CQ27"}
