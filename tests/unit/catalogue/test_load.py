from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from etl.catalogue.entry import DecisionRule
from etl.catalogue.load import load_catalogue
from etl.errors import CatalogueError
from etl.records.question import Question

_QUESTION = """\
id: CQ01
key: soil
version: 1
question: Which soil does the plant grow in?
type: entity_list
vocabulary: soils
section_prior: {methods: 1.2, references: 0}
cues: [loam, clay]
decision: {rule: majority}
"""
_VOCABULARY = """\
terms:
  - {term: loam, aliases: [loamy soil, silt loam]}
  - {term: clay}
"""


def _write(folder: Path, question: str = _QUESTION, vocabulary: str = _VOCABULARY) -> Question:
    (folder / "questions").mkdir(exist_ok=True)
    (folder / "vocabularies").mkdir(exist_ok=True)
    (folder / "questions" / "CQ01_soil.yaml").write_text(question, encoding="utf-8")
    (folder / "vocabularies" / "soils.yaml").write_text(vocabulary, encoding="utf-8")
    return load_catalogue(folder).questions[0]


_COSMETIC: dict[str, Callable[[str], str]] = {
    "white space": lambda text: text.replace("soil does the", "soil   does\n  the"),
    "a comment": lambda text: "# about soil\n" + text + "comment: a note\n",
    "examples for humans": lambda text: text + "examples_for_humans: [peat]\n",
    "key order": lambda text: "\n".join(reversed(text.splitlines())) + "\n",
    "order of cues": lambda text: text.replace("[loam, clay]", "[clay, loam]"),
    "version number": lambda text: text.replace("version: 1", "version: 2"),
    "number form": lambda text: text.replace("references: 0", "references: 0.0"),
    "a default written out": lambda text: text.replace("majority}", "majority, min_support: 1}"),
}
_SEMANTIC: dict[str, Callable[[str], str]] = {
    "wording": lambda text: text.replace("Which soil", "What soil"),
    "type": lambda text: text.replace("entity_list", "enum_list"),
    "prior": lambda text: text.replace("1.2", "1.3"),
    "cue": lambda text: text.replace("[loam, clay]", "[loam, clay, sand]"),
    "decision": lambda text: text.replace("majority", "item_majority"),
    "id": lambda text: text.replace("id: CQ01", "id: CQ02"),
    "gate": lambda text: text + "applicable_if: uses_dl\n",
}


@pytest.mark.parametrize("change", _COSMETIC.values(), ids=_COSMETIC)
def test_a_cosmetic_edit_of_a_question_changes_no_key(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    edited = change(_QUESTION)
    assert edited != _QUESTION
    before = _write(tmp_path)
    assert _write(tmp_path, edited).question_version_id == before.question_version_id


@pytest.mark.parametrize("change", _SEMANTIC.values(), ids=_SEMANTIC)
def test_an_edit_of_meaning_changes_the_key(tmp_path: Path, change: Callable[[str], str]) -> None:
    edited = change(_QUESTION)
    assert edited != _QUESTION
    before = _write(tmp_path)
    assert _write(tmp_path, edited).question_version_id != before.question_version_id


def test_the_order_of_a_vocabulary_changes_no_key_and_a_new_alias_does(tmp_path: Path) -> None:
    before = _write(tmp_path)
    turned = "terms:\n  - {term: clay}\n  - {term: loam, aliases: [silt loam, loamy soil]}\n"
    more = turned.replace("clay}", "clay, aliases: [clayey]}")
    assert _write(tmp_path, vocabulary=turned).question_version_id == before.question_version_id
    assert _write(tmp_path, vocabulary=more).question_version_id != before.question_version_id


def test_one_edited_question_leaves_the_keys_of_the_others(tmp_path: Path) -> None:
    _write(tmp_path)
    other = _QUESTION.replace("CQ01", "CQ02").replace("key: soil", "key: rock")
    (tmp_path / "questions" / "CQ02_rock.yaml").write_text(other, encoding="utf-8")
    before = load_catalogue(tmp_path).questions
    _write(tmp_path, _SEMANTIC["wording"](_QUESTION))
    after = load_catalogue(tmp_path).questions
    assert before[0].question_version_id != after[0].question_version_id
    assert before[1] == after[1]


def test_the_spec_carries_the_resolved_vocabulary(tmp_path: Path) -> None:
    question = _write(tmp_path)
    assert question.spec["vocabulary"] == {"clay": [], "loam": ["loamy soil", "silt loam"]}
    assert question.spec["decision"] == {"rule": "majority", "min_support": 1}


def test_a_folder_of_bare_question_files_may_use_built_in_vocabularies(tmp_path: Path) -> None:
    text = _QUESTION.replace("soils", "optimizers")
    (tmp_path / "CQ01_soil.yaml").write_text(text, encoding="utf-8")
    catalogue = load_catalogue(tmp_path)
    assert catalogue.name == tmp_path.name
    assert "Adam" in catalogue.questions[0].spec["vocabulary"]


def test_ids_sort_by_their_number(tmp_path: Path) -> None:
    for number in (10, 9, 100):
        text = _QUESTION.replace("CQ01", f"CQ{number}").replace("key: soil", f"key: k{number}")
        text = text.replace("vocabulary: soils\n", "")
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    ids = [question.question_id for question in load_catalogue(tmp_path).questions]
    assert ids == ["CQ9", "CQ10", "CQ100"]


def test_a_text_that_looks_like_sql_is_only_a_text(tmp_path: Path) -> None:
    # The lint refuses a statement in a question; in a cue it is as harmless as any other word.
    hostile = "DROP TABLE core.question"
    cues = _QUESTION.replace("cues: [", f"cues: ['{hostile}', ")
    assert hostile in _write(tmp_path, cues).cues


def test_a_wrong_catalogue_is_refused_with_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"CQ01_soil\.yaml:5: type: "):
        _write(tmp_path, _QUESTION.replace("entity_list", "poem"))


def test_an_empty_or_absent_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no question file"):
        load_catalogue(tmp_path)
    with pytest.raises(CatalogueError, match="no question file"):
        load_catalogue(tmp_path / "nowhere")


def test_a_rule_that_contradicts_itself_is_refused_and_defaults_enter_no_key() -> None:
    with pytest.raises(ValidationError, match="weights need the rule weighted"):
        DecisionRule(rule="majority", weights={"rule": 2.0})
    with pytest.raises(ValidationError):
        DecisionRule(rule="majority", ties="a coin")  # type: ignore[arg-type]
    assert DecisionRule(rule="weighted", weights={"rule": 2.0}).foreign
