import json
from pathlib import Path

import pytest

from etl.catalogue.derived import parent_of
from etl.catalogue.golden import load_golden
from etl.catalogue.lint import lint_catalogue
from etl.catalogue.load import load_catalogue
from etl.records.question import Question
from etl.retrieve.query import query_terms, query_text

QUESTIONS = {question.question_id: question for question in load_catalogue().questions}
DERIVED = {"CQ08": "CQ10", "CQ09": "CQ11", "CQ15": "CQ13", "CQ28": "CQ27"}
SOIL = Path(__file__).parents[3] / "catalogues" / "soil-ecology"


@pytest.mark.parametrize(("child", "parent"), DERIVED.items())
def test_a_derived_question_carries_its_parent_and_is_found_by_its_words(
    child: str, parent: str
) -> None:
    source = parent_of(QUESTIONS[child])

    assert source == QUESTIONS[parent]
    assert query_text(QUESTIONS[child]) == query_text(QUESTIONS[parent])
    assert query_terms(QUESTIONS[child]) == query_terms(QUESTIONS[parent])
    assert QUESTIONS[child].section_prior == QUESTIONS[parent].section_prior


def test_the_parent_survives_the_database() -> None:
    child = QUESTIONS["CQ15"]
    stored = Question(
        question_version_id=child.question_version_id,
        question_id=child.question_id,
        version=child.version,
        key=child.key,
        text=child.text,
        answer_type=child.answer_type,
        section_prior=child.section_prior,
        cues=child.cues,
        spec=json.loads(json.dumps(child.spec)),
    )

    assert parent_of(stored) == QUESTIONS["CQ13"]


def test_twenty_four_of_twenty_eight_are_asked() -> None:
    assert sum(parent_of(question) is None for question in QUESTIONS.values()) == 24


@pytest.mark.parametrize(("child", "parent"), [("CQ15", "CQ13"), ("CQ28", "CQ27")])
def test_a_parent_looks_for_what_its_parts_want(child: str, parent: str) -> None:
    terms = QUESTIONS[parent].spec["vocabulary"]

    assert QUESTIONS[child].spec["vocabulary"].keys() <= terms.keys()
    assert set(QUESTIONS[parent].spec["plain_terms"]) <= QUESTIONS[child].spec["vocabulary"].keys()


def _write(folder: Path, **fields: str) -> None:
    folder.mkdir(exist_ok=True)
    base = {
        "key": fields["id"].lower(),
        "version": "1",
        "question": "Which soil is it?",
        "type": "entity_list",
        "section_prior": "{methods: 1}",
        "cues": "[soil]",
        "decision": "{rule: any_support}",
    }
    lines = [f"{name}: {value}" for name, value in (base | fields).items()]
    (folder / f"{fields['id']}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_changed_parent_is_a_changed_child(tmp_path: Path) -> None:
    _write(tmp_path, id="SA01")
    _write(tmp_path, id="SA02", derived_from="SA01")
    before = load_catalogue(tmp_path).questions
    _write(tmp_path, id="SA01", cues="[soil, sand]")
    after = load_catalogue(tmp_path).questions

    assert not {q.question_version_id for q in before} & {q.question_version_id for q in after}


def test_only_lists_of_terms_derive_and_only_from_asked_questions(tmp_path: Path) -> None:
    _write(tmp_path, id="SA01")
    _write(tmp_path, id="SA02", derived_from="SA01")
    _write(tmp_path, id="SA03", derived_from="SA02")
    _write(tmp_path, id="SA04", derived_from="SA01", type="short_text")

    findings = lint_catalogue(tmp_path)

    assert [(f.path.name, f.rule) for f in findings] == [
        ("SA03.yaml", "derivation"),
        ("SA04.yaml", "derivation"),
    ]


def test_golden_cells_are_read_and_change_no_key(tmp_path: Path) -> None:
    _write(tmp_path, id="SA01")
    before = load_catalogue(tmp_path).questions
    cells = "[{paper: a.txt, expect: [loam]}, {paper: b.txt, expect: not_reported}]"
    _write(tmp_path, id="SA01", golden=cells)

    assert load_catalogue(tmp_path).questions == before
    assert [(c.paper, c.expected) for c in load_golden(tmp_path)] == [
        ("a.txt", ("loam",)),
        ("b.txt", ()),
    ]


def test_another_field_needs_vocabularies_and_no_code() -> None:
    catalogue = load_catalogue(SOIL)

    assert lint_catalogue(SOIL) == []
    assert catalogue.name == "soil-ecology"
    assert len(catalogue.questions) == 6
    assert not any(question.spec["applicable_if"] for question in catalogue.questions)
