from pathlib import Path

import pytest

from etl.catalogue.lint import lint_catalogue

_QUESTION = """\
id: CQ01
key: soil
version: 1
question: Which soil does the plant grow in?
type: entity_list
section_prior: {methods: 1.2}
cues: [loam, clay]
decision: {rule: majority}
"""


def _findings(folder: Path, *texts: str) -> list[tuple[str, int, str]]:
    for number, text in enumerate(texts, start=1):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    return [(found.path.name, found.line, found.rule) for found in lint_catalogue(folder)]


def _asking(text: str) -> str:
    return _QUESTION.replace("question: Which soil does the plant grow in?", f"question: {text}")


@pytest.mark.parametrize(
    "text",
    [
        "Which soil is used, e.g. loam?",
        "Which soil is used, E. G. loam?",
        "Which soil is used, eg loam?",
        "Which soil, for example loam, is used?",
        "Which soil, For Instance loam, is used?",
        "Which soils such as loam are used?",
        "Which soil is used (loam, clay)?",
        "Which soil is used (loam or clay)?",
        "Which soil is used (loam/clay)?",
        "Which soil is used \uff08loam, clay\uff09?",
        "Which soils including loam are used?",
        "Which soil is used, loam, clay, etc?",
        "Which soil is used, loam, clay ...?",
    ],
)
def test_an_example_in_a_question_is_found_on_its_line(tmp_path: Path, text: str) -> None:
    assert _findings(tmp_path, _asking(f'"{text}"')) == [("1.yaml", 4, "example")]


@pytest.mark.parametrize(
    "text",
    [
        "Robert'); DROP TABLE question; --",
        "Which soil; delete from core.ballot",
        "Which soil' OR '1'='1",
        "Select name from core.work where true",
        "Which soil union select passwd",
        "\uff33ELECT * FROM core.ballot",
    ],
)
def test_a_database_statement_in_a_question_is_found_on_its_line(tmp_path: Path, text: str) -> None:
    assert _findings(tmp_path, _asking(f'"{text}"')) == [("1.yaml", 4, "sql")]


@pytest.mark.parametrize(
    "text",
    [
        "Which soil does the plant grow in?",
        "Which eggs and legs are counted?",
        "Which soil (in the field) is used?",
        "Is nitrogen included in the fertiliser?",
        "Which features did they select from the data?",
        "Where were the samples dropped, and which table lists them?",
        "How was the update of the weights set?",
    ],
)
def test_a_plain_question_is_sound(tmp_path: Path, text: str) -> None:
    assert _findings(tmp_path, _asking(f'"{text}"')) == []


@pytest.mark.parametrize("escape", ["\\x07", "\\u202e", "\\u200b", "\\0"])
def test_an_invisible_character_is_found(tmp_path: Path, escape: str) -> None:
    found = _findings(tmp_path, _asking(f'"Which soil{escape} is it?"'))
    assert ("1.yaml", 4, "character") in found


def test_a_raw_control_character_is_found(tmp_path: Path) -> None:
    assert _findings(tmp_path, _asking("Which \x07 soil?")) == [("1.yaml", 1, "yaml")]


def test_ids_and_keys_are_unique(tmp_path: Path) -> None:
    found = _findings(tmp_path, _QUESTION, _QUESTION)
    assert found == [("2.yaml", 1, "duplicate"), ("2.yaml", 2, "duplicate")]


def test_an_unknown_type_field_or_section_is_found_on_its_line(tmp_path: Path) -> None:
    assert _findings(tmp_path, _QUESTION.replace("entity_list", "poem")) == [
        ("1.yaml", 5, "schema")
    ]
    assert _findings(tmp_path, _QUESTION + "colour: red\n") == [("1.yaml", 9, "schema")]
    assert _findings(tmp_path, _QUESTION.replace("methods", "metods")) == [("1.yaml", 6, "section")]


@pytest.mark.parametrize("weight", ["-1", ".nan", ".inf", "yes", '"1"'])
def test_a_prior_is_a_weight(tmp_path: Path, weight: str) -> None:
    assert _findings(tmp_path, _QUESTION.replace("1.2", weight)) == [("1.yaml", 6, "schema")]


def test_derivations_in_a_circle_are_found_at_each_end(tmp_path: Path) -> None:
    first = _QUESTION + "derived_from: CQ02\n"
    second = _QUESTION.replace("CQ01", "CQ02").replace("key: soil", "key: rock")
    second += "applicable_if: {question: CQ01, states: [answered]}\n"
    assert _findings(tmp_path, first, second) == [("1.yaml", 9, "circle"), ("2.yaml", 9, "circle")]


def test_a_question_that_depends_on_a_circle_is_not_itself_blamed(tmp_path: Path) -> None:
    first = _QUESTION + "derived_from: CQ02\n"
    second = _QUESTION.replace("CQ01", "CQ02").replace("key: soil", "key: rock")
    assert _findings(tmp_path, first, second + "derived_from: CQ02\n") == [("2.yaml", 9, "circle")]


def test_a_missing_target_or_vocabulary_is_found(tmp_path: Path) -> None:
    text = _QUESTION + "derived_from: CQ77\nvocabulary: nowhere\n"
    assert _findings(tmp_path, text) == [
        ("1.yaml", 9, "reference"),
        ("1.yaml", 10, "vocabulary"),
    ]


def test_an_alias_stands_for_one_term_only(tmp_path: Path) -> None:
    (tmp_path / "vocabularies").mkdir()
    (tmp_path / "vocabularies" / "soils.yaml").write_text(
        "terms:\n"
        "  - {term: loam, aliases: [Silt  loam]}\n"
        "  - {term: silt, aliases: [silt loam]}\n"
        "  - {term: Clay, aliases: [CLAY]}\n",
        encoding="utf-8",
    )
    assert _findings(tmp_path, _QUESTION) == [("soils.yaml", 3, "alias")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id: CQ01\nid: CQ02\n", 2),
        ("id: &a CQ01\nkey: *a\n", 2),
        ("id: [CQ01\n", 2),
        ("", 1),
        ("--- \na: 1\n---\nb: 2\n", 3),
        ("[" * 3000, 1),
    ],
    ids=["repeated key", "alias", "unclosed", "empty", "two documents", "deep"],
)
def test_a_file_that_is_not_one_plain_document_is_found(
    tmp_path: Path, text: str, line: int
) -> None:
    assert _findings(tmp_path, text) == [("1.yaml", line, "yaml")]


def test_bytes_that_are_not_utf8_are_found_on_their_line(tmp_path: Path) -> None:
    (tmp_path / "1.yaml").write_bytes(b"id: CQ01\nkey: \xff\n")
    found = lint_catalogue(tmp_path)
    assert [(f.line, f.message) for f in found] == [(2, "is not UTF-8")]


def test_one_broken_file_does_not_hide_the_findings_of_another(tmp_path: Path) -> None:
    found = _findings(tmp_path, "id: [", _asking('"Which soil, e.g. loam?"'))
    assert [rule for _, _, rule in found] == ["yaml", "example"]
