import json
from pathlib import Path

import pytest

from etl.errors import UsageError
from etl.evaluate.question_sets import load_covid_qa, load_qasper
from etl.evaluate.recall import holds_half


def test_squad_answers_that_their_article_does_not_hold_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    qas = [
        {"question": "Who sings?", "answers": [{"text": "the wren", "answer_start": 9}]},
        {"question": "Who dances?", "answers": [{"text": "the crane", "answer_start": 9}]},
    ]
    article = {"paragraphs": [{"context": "At dawn, the wren sings.", "qas": qas}]}
    path.write_text(json.dumps({"data": [article]}), encoding="utf-8")

    (paper,) = load_covid_qa(path)

    assert [(q.text, q.evidence) for q in paper.questions] == [("Who sings?", ("the wren",))]


def test_qasper_is_read_in_both_forms_without_figures_and_doubles(tmp_path: Path) -> None:
    records, leval = tmp_path / "a.json", tmp_path / "b.jsonl"
    answer = {"evidence": ["We sowed rye.", "FLOAT SELECTED: Table 1"]}
    record = {
        "id": "1",
        "title": "Rye",
        "abstract": "A field.",
        "full_text": {"section_name": ["Methods ::: Field"], "paragraphs": [["We sowed rye."]]},
        "qas": {"question": ["What was sown?"], "answers": [{"answer": [answer]}]},
    }
    line = {
        "paper": "Rye again",
        "text": "Methods\nWe sowed rye.",
        "qas": [
            {"question": "What was sown?", "evidence": ["We sowed rye."]},
            {"question": "Where?", "evidence": []},
        ],
    }
    records.write_text(json.dumps([record]), encoding="utf-8")
    leval.write_text(json.dumps(line) + "\n", encoding="utf-8")

    (paper,) = load_qasper(records, leval)

    assert paper.name == "1"
    assert "\n\nField\n\nWe sowed rye." in paper.text
    assert [q.evidence for q in paper.questions] == [("We sowed rye.",)]


@pytest.mark.parametrize("content", [None, "[]", '{"data": [{"paragraphs": 3}]}', "{"])
def test_a_missing_or_other_file_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "set.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    with pytest.raises(UsageError, match=r"set\.json"):
        load_covid_qa(path)


@pytest.mark.parametrize(
    ("context", "evidence", "is_held"),
    [
        ("a b c d e f", "a b c d", True),
        ("a b c x", "a b c d e f g h", False),
        ("the wren sings", "wren", True),
        ("the crane", "wren", False),
    ],
)
def test_evidence_is_held_when_half_of_its_words_in_order_are(
    context: str, evidence: str, *, is_held: bool
) -> None:
    assert holds_half(context, evidence) is is_held
