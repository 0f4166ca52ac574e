"""A change names exactly the cells it touched and why; what analysts saw before stays as it was."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from etl.decide.rule import decision_fingerprint
from etl.publish.export import ExportFormat, export_rows
from etl.store.history import HistoryStore, ReleasePart
from etl.store.review import ReviewStore, Word
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.import_door import call, import_file
from tests.fakes.parser import FakeParser
from tests.fakes.tiny_night import TinyNight, core_digest, make_paper, reworded, tiny_questions

pytestmark = pytest.mark.store

_CHANGES = (
    "SELECT paper, question_id, cause FROM out.changes "
    "WHERE release_id = (SELECT max(release_id) FROM out.releases) ORDER BY 1, 2"
)
_ALL = ("TQ1", "TQ2", "TQ3")


class _Past:
    """What analysts saw and took away before a change."""

    def __init__(self, tiny: TinyNight) -> None:
        self._tiny = tiny
        self._release = HistoryStore(tiny.open()).find_release()
        self._seen = self._as_of()
        self._exported = self._export()

    def _as_of(self) -> list[tuple[Any, ...]]:
        statement = "SELECT * FROM out.answers_asof(:moment) ORDER BY paper, question_id"
        return self._tiny.rows(statement, moment=self._release.published_at)

    def _export(self) -> str:
        store = HistoryStore(self._tiny.open())
        with store.stream(ReleasePart.ANSWERS, self._release.release_id) as rows:
            content = "".join(export_rows(rows, ExportFormat.JSONL))
        return hashlib.sha256(content.encode()).hexdigest()

    def check(self) -> None:
        """Nothing of it has changed."""
        assert self._as_of() == self._seen
        assert self._export() == self._exported


@pytest.fixture
def night(tiny: TinyNight, papers: Path) -> Iterator[Callable[[], list[tuple[Any, ...]]]]:
    """Two papers were answered by one voter; each call is one more night and its changes."""
    for number in range(2):
        (papers / f"{number}.txt").write_text(make_paper(number))
    tiny.run(papers)
    past = _Past(tiny)

    def next_night() -> list[tuple[Any, ...]]:
        before = tiny.one("SELECT count(*) FROM out.releases")
        tiny.run(papers)
        if tiny.one("SELECT count(*) FROM out.releases") == before:
            return []
        return tiny.rows(_CHANGES)

    yield next_night
    past.check()
    digest = core_digest(tiny.open(), with_writes=True)
    assert next_night() == [], "a night after it has nothing to do"
    assert core_digest(tiny.open(), with_writes=True) == digest


def say(
    tiny: TinyNight, label: str, *people: str, adjudicate: bool = False, value: str = ""
) -> None:
    """People label TQ1 of the first paper."""
    desk = ReviewStore(tiny.open())
    work_id = tiny.one("SELECT work_id FROM core.work WHERE name = '0.txt'")
    for person in people:
        said = Word(
            work_id=work_id, question_id="TQ1", person=person, label=label, value=value or None
        )
        if adjudicate:
            desk.adjudicate(said)
        else:
            desk.record_label(said)


def decision(tiny: TinyNight, columns: str) -> tuple[Any, ...]:
    """The standing decision on TQ1 of the first paper."""
    return tiny.rows(
        f"SELECT {columns} FROM out.decisions WHERE paper = '0.txt' AND question_id = 'TQ1' "  # noqa: S608 - names of ours
        "AND until_release IS NULL"
    )[0]


Night = Callable[[], list[tuple[Any, ...]]]


def test_a_question_edited(tiny: TinyNight, night: Night) -> None:
    first, second, third = tiny_questions()
    tiny.load([reworded(first, "By which optimizer was it trained?"), second, third])
    assert night() == [(f"{n}.txt", "TQ1", "question_version") for n in (0, 1)]


def test_a_model_added_and_its_prompt_changed(tiny: TinyNight, night: Night) -> None:
    everywhere = [(f"{n}.txt", q) for n in (0, 1) for q in _ALL]
    model = {"kind": "llm", "model": "m", "revision": "1", "prompt": "p/1"}
    tiny.answerers |= {"llm:m": FakeAnswerer("llm", recipe=model)}
    assert night() == [(*cell, "model") for cell in everywhere]
    tiny.answerers |= {"llm:m": FakeAnswerer("llm", recipe={**model, "prompt": "p/2"})}
    assert night() == [(*cell, "prompt") for cell in everywhere]
    tiny.answerers |= {"llm:m": FakeAnswerer("llm", recipe={**model, "revision": "2"})}
    assert night() == [(*cell, "model") for cell in everywhere]
    rule = decision_fingerprint().name
    assert decision(tiny, "voter_count, voters, rule") == (2, ["fake/1", "llm/1"], rule)
    tiny.answerers.pop("llm:m")
    assert night() == [(*cell, "model") for cell in everywhere]


def test_a_paper_re_parsed(tiny: TinyNight, night: Night) -> None:
    tiny.parser = FakeParser("2", barred=("discussion",))
    carried = "TQ1"  # it never looks into the discussion, so its ballots are the same
    touched = [q for q in _ALL if q != carried]
    assert night() == [(f"{n}.txt", q, "re_parse") for n in (0, 1) for q in touched]


def test_one_label_waits_for_a_second_and_two_decide(tiny: TinyNight, night: Night) -> None:
    say(tiny, "no", "ada")
    assert night() == []
    say(tiny, "no", "bob")
    assert night() == [("0.txt", "TQ1", "human")]
    columns = "state, voted_state, is_overruled, gold_label, gold_basis, reason, probability_reason"
    assert decision(tiny, columns) == (
        "not_reported", "answered", True, "no", "agreed", "people: no (agreed)",
        "people settled it",
    )  # fmt: skip
    work_id = tiny.one("SELECT work_id FROM core.work WHERE name = '0.txt'")
    ReviewStore(tiny.open()).withdraw_label(work_id, "TQ1", "bob")
    assert night() == [("0.txt", "TQ1", "human")]
    assert decision(tiny, "state, is_overruled, gold_label") == ("answered", False, None)


def test_an_adjudicator_has_the_last_word_and_statistics_still_use_the_votes(
    tiny: TinyNight, night: Night
) -> None:
    say(tiny, "no", "eve", adjudicate=True)
    assert night() == [("0.txt", "TQ1", "human")]
    raw = tiny.rows(
        "SELECT is_yes FROM out.ratings WHERE rater_kind = 'decision' AND question_id = 'TQ1'"
    )
    assert raw == [(True,), (True,)], "else the machine would seem never to err where people look"
    pair = tiny.rows(
        "SELECT yes_no FROM out.agreement WHERE question_id = 'TQ1' AND kind_a = 'decision'"
    )
    assert pair == [(1,)]


def test_people_who_find_what_no_voter_proved_are_in_conflict_with_them(
    tiny: TinyNight, night: Night
) -> None:
    tiny.answerers = {"fake": FakeAnswerer("silent", silent=["TQ1"])}
    night()
    say(tiny, "yes", "eve", adjudicate=True, value="Adam")
    assert night() == [("0.txt", "TQ1", "human")]
    told = decision(tiny, "state, value, reason")
    assert told == (
        "conflicting", "people: Adam", "people: yes (adjudicated); no voter proved an answer",
    )  # fmt: skip
    unproven = "SELECT count(*) FROM out.answers WHERE state = 'answered' AND quote IS NULL"
    assert tiny.one(unproven) == 0


def test_a_paper_retracted_keeps_its_answers_under_a_flag(tiny: TinyNight, night: Night) -> None:
    before = tiny.rows("SELECT paper, question_id, state, value FROM out.answers ORDER BY 1, 2")
    with tiny.open().transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO core.work_event (work_id, kind, source, notice_doi) "
            "SELECT work_id, 'retraction', 'crossref:update-to', '10.5555/notice' "
            "FROM core.work WHERE name = '0.txt'"
        )
    assert night() == [("0.txt", q, "retraction") for q in _ALL]
    assert decision(tiny, "is_retracted") == (True,)
    after = tiny.rows("SELECT paper, question_id, state, value FROM out.answers ORDER BY 1, 2")
    assert after == before
    with tiny.open().transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO core.work_event (work_id, kind, source) "
            "SELECT work_id, 'reinstatement', 'crossref:update-to' "
            "FROM core.work WHERE name = '0.txt'"
        )
    assert night() == [("0.txt", q, "retraction") for q in _ALL]
    assert decision(tiny, "is_retracted") == (False,)


def foreign(tiny: TinyNight, tmp_path: Path, *rows: str) -> None:
    """Import answers of other systems on the first paper."""
    file = tmp_path / f"foreign{len(list(tmp_path.glob('foreign*')))}.csv"
    file.write_text("paper,question,answerer,answer\n" + "\n".join(rows) + "\n")
    assert import_file(tiny.database, "answers", file)[0] == 0


def test_another_system_votes_where_the_paper_proves_it(
    tiny: TinyNight, night: Night, tmp_path: Path
) -> None:
    tiny.answerers = {
        name: FakeAnswerer(name, silent=["TQ1", "TQ2"]) for name in ("third", "second")
    }
    night()
    assert decision(tiny, "state, share") == ("not_reported", 0.0)
    foreign(
        tiny, tmp_path,
        *(f"0.txt,TQ1,guest{n},Training used the Adam optimizer with a fixed seed."
          for n in range(3)),
        *(f"0.txt,TQ2,guest{n},The authors flew a drone over all of the northern reserve."
          for n in range(3)),
        "elsewhere,TQ1,guest0,Yes",
    )  # fmt: skip
    assert night() == [("0.txt", "TQ1", "foreign_answer"), ("0.txt", "TQ2", "foreign_answer")]
    assert decision(tiny, "state, share, supporters")[:2] == ("answered", pytest.approx(0.6))
    assert decision(tiny, "cardinality(supporters)") == (1,), "a short text has one author"
    (told,) = tiny.rows(
        "SELECT quote, section FROM out.answers WHERE paper = '0.txt' AND question_id = 'TQ1'"
    )
    assert told == ("Training used the Adam optimizer with a fixed seed.", "Methods")
    unproven = tiny.rows(
        "SELECT state, reason, share FROM out.decisions WHERE paper = '0.txt' "
        "AND question_id = 'TQ2' AND until_release IS NULL"
    )
    assert unproven == [
        (
            "not_reported",
            "answered by 3 of 5 voters, 0 with proof in this paper, 1 needed",
            pytest.approx(0.6),
        )
    ]
    ballots = tiny.rows(
        "SELECT answerer, state, run_id FROM out.ballots WHERE answerer LIKE 'guest%' ORDER BY 1"
    )
    assert ballots == [(f"guest{n} (prose)", "answered", 0) for n in range(3)]
    # A verdict is surer than what was inferred from prose, and here it denies.
    foreign(tiny, tmp_path, *(f"0.txt,TQ1,guest{n},No" for n in range(3)))
    assert night() == [("0.txt", "TQ1", "foreign_answer")]
    assert decision(tiny, "state, share") == ("not_reported", 0.0)


def test_votes_of_other_systems_are_held_against_a_new_reading_anew(
    tiny: TinyNight, night: Night, tmp_path: Path
) -> None:
    foreign(tiny, tmp_path, "0.txt,TQ3,guest,Counting frogs by hand remains slower than the model.")
    assert night() == [("0.txt", "TQ3", "foreign_answer")]
    tiny.parser = FakeParser("2", barred=("discussion",))
    night()
    status = "SELECT evidence_status FROM out.foreign_answers"
    assert tiny.rows(status) == [("unsupported",)], "the new reading bars the discussion"
    kept = "SELECT count(DISTINCT document_id) FROM core.foreign_evidence"
    assert tiny.one(kept) == 1


def test_a_question_may_bar_other_systems(tiny: TinyNight, night: Night, tmp_path: Path) -> None:
    first, second, third = tiny_questions()
    barred = reworded(first, "Which optimizer trained it?")
    barred.spec["decision"] = {"rule": "majority", "foreign": False}  # type: ignore[index]
    tiny.load([barred, second, third])
    night()
    foreign(tiny, tmp_path, "0.txt,TQ1,guest,No", "0.txt,TQ2,guest,No")
    assert night() == [("0.txt", "TQ2", "foreign_answer")]
    assert decision(tiny, "voter_count") == (1,)


def label_many(tiny: TinyNight, papers: Path, tmp_path: Path, count: int) -> None:
    """More papers, two voters of whom one is often silent, and a person who mostly agrees."""
    for number in range(2, count):
        (papers / f"{number}.txt").write_text(make_paper(number))
    rows = [
        f"{n}.txt,{q},ada,{'yes' if (n + i) % 3 else 'no'}"
        for n in range(count)
        for i, q in enumerate(_ALL)
    ]
    file = tmp_path / f"labels{count}.csv"
    file.write_text("paper,question,annotator,label\n" + "\n".join(rows) + "\n")
    tiny.answerers |= {"second": FakeAnswerer("second", silent=["TQ2"])}
    tiny.run(papers)
    assert import_file(tiny.database, "annotations", file)[0] == 0


def test_a_calibration_is_a_cause_and_each_decision_names_it(
    tiny: TinyNight, night: Night, papers: Path, tmp_path: Path
) -> None:
    columns = "probability, probability_reason, calibration_id, calibration_labels, share"
    code, told = call(tiny.database, "calibrate")
    assert (code, told["is_new"]) == (0, True)
    assert told["scopes"][0]["reason"] == "0 labelled cells with votes, at least 50 needed"
    assert {row[2] for row in night()} == {"calibration"}
    found = decision(tiny, columns)
    assert found[:2] == (
        None, "not calibrated: 0 labelled cells with votes, at least 50 needed",
    )  # fmt: skip
    assert found[4] == 1.0, "the raw share is kept"

    label_many(tiny, papers, tmp_path, 20)
    assert night() == [], "new labels alone move no probability"
    code, told = call(tiny.database, "calibrate")
    assert (code, told["is_new"], told["label_count"]) == (0, True, 60)
    changes = night()
    assert {row[2] for row in changes} == {"calibration"}
    assert len(changes) == 60
    found = decision(tiny, columns)
    assert found[1:] == (None, told["calibration_id"], 60, 1.0)
    assert 0 < found[0] < 1
    kept = "SELECT count(*) FROM core.calibration_label WHERE calibration_id = :c"
    assert tiny.one(kept, c=told["calibration_id"]) == 60
    assert call(tiny.database, "calibrate")[1]["is_new"] is False
    in_force = tiny.rows("SELECT scope, label_count FROM out.calibrations WHERE is_in_force")
    assert sorted(in_force) == [("TQ1", 20), ("TQ2", 20), ("TQ3", 20), ("pooled", 60)]


def test_conflicting_values_are_kept_with_their_candidates(tiny: TinyNight, night: Night) -> None:
    first, second, third = tiny_questions()
    strict = reworded(first, "Which optimizer trained it?")
    strict.spec["decision"] = {"rule": "unanimous"}  # type: ignore[index]
    tiny.load([strict, second, third])
    tiny.answerers |= {"second": FakeAnswerer("second", silent=["TQ1"])}
    assert ("0.txt", "TQ1", "question_version") in night()
    assert decision(tiny, "state, reason") == ("conflicting", "answered by 1 of 2 voters")
    assert decision(tiny, "value")[0].startswith("We trained a residual network")


def test_a_question_retired_renamed_or_split_leaves_old_answers_readable(
    tiny: TinyNight, night: Night
) -> None:
    first, second, third = tiny_questions()
    renamed = replace(reworded(second, second.text + " "), key="site_split")
    parts = [
        replace(reworded(third, words), question_id=name, version=1, key=name.lower())
        for name, words in (("TQ3A", "What remains slower?"), ("TQ3B", "Than what is it slower?"))
    ]
    tiny.load([renamed, *parts])
    changes = night()
    assert {row[1:] for row in changes} == {
        ("TQ1", "retired"), ("TQ2", "question_version"), ("TQ3", "retired"),
        ("TQ3A", "new_question"), ("TQ3B", "new_question"),
    }  # fmt: skip
    old = tiny.rows(
        "SELECT question_id, question_key, question, state, valid_to IS NOT NULL "
        "FROM out.answers_history WHERE since_release = 1 AND paper = '0.txt' ORDER BY 1"
    )
    assert old == [(q.question_id, q.key, q.text, "answered", True) for q in (first, second, third)]
