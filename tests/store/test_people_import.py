"""Recorded answers and labels come in whole: raw text kept, bad lines named, nothing twice."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.fakes.import_door import import_file
from tests.fakes.tiny_night import TinyNight, make_paper

pytestmark = pytest.mark.store

_HEAD = "paper,question,answerer,answer\n"


def answers(tiny: TinyNight) -> dict[tuple[str, str, str, str], Any]:
    """Foreign answers by (paper label, question, answerer, form)."""
    rows = tiny.open().read(text("SELECT * FROM out.foreign_answers"))
    return {(r.paper_label, r.question_id, r.answerer, r.form): r for r in rows}


def reasons(found: dict[str, Any]) -> dict[int, str]:
    return {one["line"]: one["reason"] for one in found["refusals"]}


def put(tmp_path: Path, content: str | bytes, name: str = "answers.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_raw_and_normalised_are_both_kept(tiny: TinyNight, tmp_path: Path) -> None:
    file = put(
        tmp_path,
        _HEAD + "8.pdf,TQ1,m,No \n8.pdf,TQ2,m,TRUE\n8.pdf,TQ3,m,\n9.pdf,TQ1,m,No response found\n"
        '9.pdf,TQ2,m,"=HYPERLINK(""http://x"")\nsecond line, with a comma"\n',
    )
    assert import_file(tiny.database, "answers", file)[0] == 0
    found = answers(tiny)
    states = {key[:2]: (row.raw_answer, row.state) for key, row in found.items()}
    assert states == {
        ("8.pdf", "TQ1"): ("No ", "not_reported"),
        ("8.pdf", "TQ2"): ("TRUE", "answered"),
        ("8.pdf", "TQ3"): ("", "failed"),
        ("9.pdf", "TQ1"): ("No response found", "failed"),
        ("9.pdf", "TQ2"): ('=HYPERLINK("http://x")\nsecond line, with a comma', "answered"),
    }
    assert {row.paper_match for row in found.values()} == {"created"}
    assert found["8.pdf", "TQ3", "m", "empty"].reason == "empty answer"
    votes = tiny.open().read(text("SELECT question_id, is_yes FROM out.votes WHERE work_id IN "
                                  "(SELECT work_id FROM out.foreign_answers "
                                  "WHERE paper_label = '8.pdf') ORDER BY 1"))  # fmt: skip
    assert [tuple(row) for row in votes] == [("TQ1", False), ("TQ2", True), ("TQ3", None)]


def test_each_refused_line_has_its_number_and_reason(tiny: TinyNight, tmp_path: Path) -> None:
    file = put(
        tmp_path,
        b"paper,question,answerer,answer,state\n"
        b"a,TQ1,m,Yes,\n"
        b"a,TQ99,m,Yes,\n"
        b",TQ1,m,Yes,\n"
        b"a,TQ1,,Yes,\n"
        b'b,TQ1,m,"two\nlines",\n'
        b"a,TQ2,m,words,perhaps\n"
        b"a,TQ2,m,short\n"
        b"a,TQ2,m,Yes,,,\n"
        b".pdf,TQ2,m,Yes,\n"
        b"a,TQ1,m,No,\n"
        b"a,TQ1,m,Yes,\n"
        b"\n"
        b"a,TQ3,m,No,\n".replace(b"a,TQ3", b"\xe4,TQ3")
        + "é,TQ3,m,No,\n".encode(),
    )
    code, found = import_file(tiny.database, "answers", file)
    told = reasons(found)
    assert code == 1
    assert told.keys() == {3, 4, 5, 8, 9, 10, 11, 12, 15}
    for line, words in {
        3: "unknown question 'TQ99'",
        4: "no paper",
        5: "no answerer",
        8: "'perhaps' is no state",
        9: "4 cells where the header has 5",
        10: "7 cells where the header has 5",
        11: "only a file ending",
        12: "another answer is recorded for this cell (answers.csv, line 2)",
        15: "not in the encoding",
    }.items():
        assert words in told[line], line
    assert (found["read"], found["written"], found["unchanged"], found["refused"]) == (13, 3, 1, 9)
    assert {key[0] for key in answers(tiny)} == {"a", "b", "é"}


def test_a_second_import_changes_nothing(tiny: TinyNight, tmp_path: Path) -> None:
    file = put(tmp_path, _HEAD + "a,TQ1,m,Yes\nA.PDF,TQ1,m,Yes\nb,TQ1,m,It used Adam.\nb,TQ2,m,\n")
    _, first = import_file(tiny.database, "answers", file)
    before = answers(tiny)
    code, again = import_file(tiny.database, "answers", file)
    assert (first["written"], first["unchanged"]) == (3, 1)
    assert (code, again["written"], again["unchanged"], again["created_papers"]) == (0, 0, 4, 0)
    assert answers(tiny) == before


@pytest.mark.parametrize(
    ("encode", "options"),
    [
        (lambda body: b"\xef\xbb\xbf" + body.encode(), ()),
        (lambda body: body.encode("utf-16"), ()),
        (lambda body: body.encode("cp1252"), ("--encoding", "cp1252")),
        (lambda body: body.replace(",", ";").replace("\n", "\r\n").encode(), ()),
        (lambda body: body.replace(",", "\t").encode(), ()),
    ],
    ids=["BOM", "UTF-16", "Windows", "semicolons", "tabs"],
)
def test_encodings_and_delimiters(
    tiny: TinyNight, tmp_path: Path, encode: Any, options: tuple[str, ...]
) -> None:
    file = put(tmp_path, encode(_HEAD + "müller,TQ1,m,Träining\n"))
    assert import_file(tiny.database, "answers", file, *options)[0] == 0
    assert answers(tiny)["müller", "TQ1", "m", "prose"].raw_answer == "Träining"


def test_a_cell_of_ten_megabytes_and_a_nul(tiny: TinyNight, tmp_path: Path) -> None:
    long = "again " * 1_700_000
    lines = [
        {"paper": "a", "question": "TQ1", "answerer": "m", "answer": long},
        {"paper": "a", "question": "TQ2", "answerer": "m", "answer": "nul \0 and \ud800"},
    ]
    body = "\n".join(json.dumps(line) for line in lines)
    assert import_file(tiny.database, "answers", put(tmp_path, body, "a.jsonl"))[0] == 0
    found = answers(tiny)
    assert found["a", "TQ1", "m", "prose"].raw_answer == long
    assert found["a", "TQ2", "m", "prose"].raw_answer == "nul \\x00 and \\ud800"


def test_a_quote_that_is_never_closed_is_one_refusal(tiny: TinyNight, tmp_path: Path) -> None:
    file = put(tmp_path, _HEAD + 'a,TQ1,m,Yes\nb,TQ1,m,"never closed\nc,TQ1,m,Yes\n')
    code, found = import_file(tiny.database, "answers", file)
    assert (code, found["written"]) == (1, 1)
    assert "not CSV" in reasons(found)[3]


def test_json_lines_with_faults(tiny: TinyNight, tmp_path: Path) -> None:
    body = (
        '{"model": "m", "uid": "a", "question": "tq01", "text": "It used Adam."}\n'
        "not json\n[1]\n\n"
        '{"model": "m", "uid": "a", "question": "TQ2", "answer": true, "value": ["x", 1]}\n'
        '{"model": "m", "uid": "a", "question": "TQ3", "answer": "Yes", "state": "n/a"}\n'
    )
    code, found = import_file(tiny.database, "answers", put(tmp_path, body, "a.jsonl"))
    assert code == 1
    assert reasons(found).keys() == {2, 3}
    kept = answers(tiny)
    assert kept["a", "TQ1", "m", "prose"].state_basis == "inferred"
    assert kept["a", "TQ2", "m", "verdict"].raw_value == '["x", 1]'
    stated = kept["a", "TQ3", "m", "verdict"]
    assert (stated.state, stated.state_basis, stated.raw_answer) == (
        "not_applicable",
        "stated",
        "Yes",
    )


def test_a_folder_of_texts_and_a_wide_table(tiny: TinyNight, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "model-a").mkdir(parents=True)
    (folder / "model-a" / "Publication_8.pdf_TQ1.txt").write_text(
        "Use the context.\nAnswer:::\nHelpful Answer: The paper does not mention it."
    )
    (folder / "model-a" / "readme.txt").write_text("nothing")
    code, found = import_file(tiny.database, "answers", folder)
    assert (code, found["written"]) == (1, 1)
    assert "readme.txt" in reasons(found)[2]
    wide = put(tmp_path, "UID,Status,TQ1,TQ2\n8.pdf,Complete,Yes,No\n", "wide.csv")
    assert import_file(tiny.database, "answers", wide, "--answerer", "b")[1]["written"] == 2
    states = {key[1:3]: row.state for key, row in answers(tiny).items()}
    assert states == {
        ("TQ1", "model-a"): "not_reported",
        ("TQ1", "b"): "answered",
        ("TQ2", "b"): "not_reported",
    }


def test_a_file_of_one_paper_need_not_name_it(tiny: TinyNight, tmp_path: Path) -> None:
    file = put(tmp_path, "CQ,CQ_ans\nTQ1,It used Adam.\nTQ2,\n")
    options = ("--paper", "8.pdf", "--answerer", "m")
    code, found = import_file(tiny.database, "answers", file, *options)
    assert (code, found["written"]) == (0, 2)
    assert {key[0] for key in answers(tiny)} == {"8.pdf"}
    labels = put(tmp_path, "CQ,Human_Evaluation\nTQ1,Genaralized\nTQ2,TRUE\n", "labels.csv")
    options = ("--paper", "8.pdf", "--annotator", "ada", "--about", "m")
    code, found = import_file(tiny.database, "annotations", labels, *options)
    assert (code, found["written"]) == (0, 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        ("paper,question,answer\na,TQ1,Yes\n", "has no answerer"),
        ("paper,paper\na,b\n", "same name"),
    ],
)
def test_a_useless_file_is_wrong_use(
    tiny: TinyNight, tmp_path: Path, content: str, words: str
) -> None:
    code, found = import_file(tiny.database, "answers", put(tmp_path, content))
    assert code == 2
    assert words in found["error"]
    assert answers(tiny) == {}


def test_answers_are_held_against_the_paper(tiny: TinyNight, papers: Path, tmp_path: Path) -> None:
    (papers / "8.txt").write_text(make_paper(8))
    (papers / "10.1234_j.x.txt").write_text(make_paper(9))
    rows = [
        ("8.pdf", "TQ1", 'It says "Training  used the ADAM optimizer with a fixed seed."'),
        ("8.pdf", "TQ2", "Images were split into train and test set by site number 8"),
        ("8.pdf", "TQ3", "The authors flew a drone over the whole of the northern reserve."),
        ("https://doi.org/10.1234/j.x", "TQ1", "Yes"),
        ("elsewhere", "TQ1", "Training used the Adam optimizer with a fixed seed."),
    ]
    lines = [json.dumps({"paper": p, "question": q, "answerer": "m", "answer": a})
             for p, q, a in rows]  # fmt: skip
    file = put(tmp_path, "\n".join(lines), "a.jsonl")
    import_file(tiny.database, "answers", file)
    assert {row.evidence_status for row in answers(tiny).values()} == {"waiting", "no_quote"}

    tiny.run(papers)
    code, found = import_file(tiny.database, "answers", file)
    assert (code, found["written"]) == (0, 0)
    assert found["matched_papers"] == 0, "the night has joined the names that waited"
    kept = {key[:2]: row for key, row in answers(tiny).items()}
    status = {key: row.evidence_status for key, row in kept.items()}
    assert status == {
        ("8.pdf", "TQ1"): "exact",
        ("8.pdf", "TQ2"): "fuzzy",
        ("8.pdf", "TQ3"): "unsupported",
        ("https://doi.org/10.1234/j.x", "TQ1"): "no_quote",
        ("elsewhere", "TQ1"): "waiting",
    }
    assert {key[0]: row.paper_match for key, row in kept.items()} == {
        "8.pdf": "name",
        "https://doi.org/10.1234/j.x": "name",
        "elsewhere": "created",
    }
    quotes = tiny.rows(
        "SELECT question_id, quote, section, match_kind FROM out.foreign_evidence ORDER BY 1"
    )
    assert quotes == [
        ("TQ1", "Training used the Adam optimizer with a fixed seed", "Methods", "exact"),
        ("TQ2", "Images were split into train and test sets by site number 8.", "Methods", "fuzzy"),
    ]
    names = tiny.rows("SELECT DISTINCT paper FROM out.foreign_answers ORDER BY 1")
    assert names == [("10.1234_j.x.txt",), ("8.txt",), ("elsewhere",)]
    panels = tiny.rows("SELECT DISTINCT panel FROM out.vote_counts ORDER BY 1")
    assert panels == [("all",), ("foreign",), ("own",)]


def test_a_name_that_fits_two_papers_is_refused(
    tiny: TinyNight, papers: Path, tmp_path: Path
) -> None:
    for number, folder in enumerate(("a", "b")):
        (papers / folder).mkdir()
        (papers / folder / "8.txt").write_text(make_paper(number))
    tiny.run(papers)
    file = put(tmp_path, _HEAD + "8.pdf,TQ1,m,Yes\na/8.txt,TQ1,m,Yes\n")
    code, found = import_file(tiny.database, "answers", file)
    assert code == 1
    assert "fits several works" in reasons(found)[2]
    assert [row.paper_match for row in answers(tiny).values()] == ["name"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core.foreign_answer SET raw = 'x'",
        "UPDATE core.foreign_answer SET state = 'failed'",
        "DELETE FROM core.foreign_answer",
        "UPDATE core.annotation SET label = 'yes'",
        "DELETE FROM core.annotation",
        "UPDATE core.adjudication SET label = 'yes'",
    ],
)
def test_what_was_said_can_not_be_rewritten(tiny: TinyNight, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tiny.open().transaction() as tx,
    ):
        tx.execute(text(statement))
