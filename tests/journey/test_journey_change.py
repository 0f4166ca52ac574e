"""A change makes exactly what depends on it anew (bar B5)."""

from dataclasses import replace
from pathlib import Path

import pytest

from etl.catalogue.load import load_catalogue
from etl.records.question import Question
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.parser import FakeParser
from tests.fakes.tiny_night import TinyNight, core_digest, make_paper, reworded, tiny_questions

pytestmark = pytest.mark.store


@pytest.fixture
def told(tiny: TinyNight, papers: Path) -> TinyNight:
    """A night over two papers has passed; the ports count from here."""
    for number in range(2):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    tiny.run(papers)
    tiny.parser, tiny.embedder = FakeParser(), FakeEmbedder()
    tiny.answerers = {"fake": FakeAnswerer()}
    return tiny


def _asked(tiny: TinyNight, run_id: int) -> list[tuple[str, str]]:
    """Pairs (paper, question) that an answerer was asked in a run."""
    return tiny.rows(
        """
        SELECT w.name, qv.question_id FROM core.ballot b
        JOIN core.document d USING (document_id) JOIN core.work w USING (work_id)
        JOIN core.question_version qv USING (question_version_id)
        WHERE b.run_id = :run_id AND b.carried_from IS NULL ORDER BY 1, 2
        """,
        run_id=run_id,
    )


def _causes(tiny: TinyNight, run_id: int) -> list[tuple[str, str, int]]:
    return tiny.rows(
        "SELECT question_id, cause, count(*) FROM core.decision WHERE run_id = :run_id "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        run_id=run_id,
    )


def test_an_edited_question_redoes_its_own_column_only(told: TinyNight, papers: Path) -> None:
    first, second, third = tiny_questions()
    told.load([first, reworded(second, "By what were the images split into sets?"), third])
    counts = told.run(papers)
    assert _asked(told, counts["run_id"]) == [("paper0.txt", "TQ2"), ("paper1.txt", "TQ2")]
    assert _causes(told, counts["run_id"]) == [("TQ2", "question_version", 2)]
    assert told.parser.call_count == 0
    assert told.embedder.embedded_count == 1, "the new question, no chunk"
    assert told.one("SELECT count(*) FROM core.ballot") == 8, "old ballots stay"
    assert told.one("SELECT count(*) FROM out.answers") == 6
    assert told.one("SELECT count(*) FROM core.decision WHERE to_release = 2") == 2


def test_a_cosmetic_edit_of_the_catalogue_changes_nothing(tiny: TinyNight, papers: Path) -> None:
    (papers / "paper.txt").write_text(make_paper(0))
    folder = papers.parent / "catalogue"
    folder.mkdir()
    file = folder / "TQ1.yaml"
    entry = (
        "id: TQ1\nversion: 1\nkey: optimizer\ntype: short_text\n"
        "question: Which optimizer trained the model?\ncues: [optimizer, trained]\n"
        "section_prior: {methods: 1.5}\ndecision: {rule: majority}\n"
    )
    questions = _read_catalogue(folder, file, entry)
    tiny.load(questions)
    tiny.run(papers)
    before = core_digest(tiny.open(), with_writes=True)
    edited = _read_catalogue(
        folder,
        file,
        "# a comment\nkey: optimizer\nid: TQ1\n\nversion: 1\ncues: [trained,   optimizer]\n"
        "decision: {rule: majority}\nsection_prior:\n  methods: 1.5\n"
        "type: short_text\nquestion: Which  optimizer   trained the model?\n",
    )
    assert tiny.load(edited) == {"changed": [], "retired": []}
    counts = tiny.run(papers)
    assert (counts["asked"], counts["decided"]) == (0, 0)
    assert core_digest(tiny.open(), with_writes=True) == before


def _read_catalogue(folder: Path, file: Path, entry: str) -> list[Question]:
    file.write_text(entry)
    return list(load_catalogue(folder).questions)


def test_a_new_question_asks_every_paper_that_question_only(told: TinyNight, papers: Path) -> None:
    new = replace(
        reworded(tiny_questions()[0], "Which seed was fixed?"), question_id="TQ4", version=1
    )
    told.load([*tiny_questions(), new])
    counts = told.run(papers)
    assert _asked(told, counts["run_id"]) == [("paper0.txt", "TQ4"), ("paper1.txt", "TQ4")]
    assert _causes(told, counts["run_id"]) == [("TQ4", "new_question", 2)]


def test_a_new_paper_makes_one_row(told: TinyNight, papers: Path) -> None:
    (papers / "paper2.txt").write_text(make_paper(2))
    counts = told.run(papers)
    assert {paper for paper, _ in _asked(told, counts["run_id"])} == {"paper2.txt"}
    assert (counts["new"], counts["parsed"], counts["asked"], counts["decided"]) == (1, 1, 3, 3)
    assert {cause for _, cause, _ in _causes(told, counts["run_id"])} == {"new_paper"}
    assert told.parser.call_count == 1


def test_a_changed_file_is_a_work_of_its_own_and_the_old_answers_stay(
    told: TinyNight, papers: Path
) -> None:
    (papers / "paper1.txt").write_text(make_paper(1, extra="A sentence was added."))
    counts = told.run(papers)
    assert (counts["new"], counts["parsed"], counts["asked"]) == (1, 1, 3)
    assert told.one("SELECT count(*) FROM out.answers") == 9
    assert told.one("SELECT count(*) FROM core.ballot") == 9


def test_a_deleted_file_loses_no_answer(told: TinyNight, papers: Path) -> None:
    (papers / "paper1.txt").unlink()
    counts = told.run(papers)
    assert (counts["found"], counts["decided"]) == (1, 0)
    assert told.one("SELECT count(*) FROM out.answers") == 6


def test_a_new_answerer_votes_beside_the_old_ballots(told: TinyNight, papers: Path) -> None:
    told.answerers["second"] = FakeAnswerer("second")
    counts = told.run(papers)
    assert told.answerers["fake"].call_count == 0
    assert counts["asked"] == 6
    assert told.rows("SELECT answerer, count(*) FROM out.ballots GROUP BY 1 ORDER BY 1") == [
        ("fake/1", 6),
        ("second/1", 6),
    ]
    assert {cause for _, cause, _ in _causes(told, counts["run_id"])} == {"answerer"}


def test_an_answerer_that_leaves_takes_no_ballot_with_it(told: TinyNight, papers: Path) -> None:
    told.answerers = {"second": FakeAnswerer("second")}
    counts = told.run(papers)
    assert counts["asked"] == 6
    assert told.one("SELECT count(*) FROM core.ballot") == 12
    supporters = told.rows(
        "SELECT DISTINCT f.name FROM out.answers a "
        "JOIN core.decision_support ds ON (ds.work_id, ds.question_id, ds.from_release) "
        "= (a.work_id, a.question_id, a.since_release) "
        "JOIN core.fingerprint f ON f.fingerprint_id = ds.answerer_id"
    )
    assert supporters == [("second/1",)]


def test_a_new_reader_that_reads_the_same_carries_every_cell_over(
    told: TinyNight, papers: Path
) -> None:
    told.parser = FakeParser("2")
    counts = told.run(papers)
    assert (counts["parsed"], counts["embedded"]) == (2, 2)
    assert (counts["asked"], counts["carried"], counts["decided"]) == (0, 6, 0)
    assert told.answerers["fake"].call_count == 0
    assert told.one("SELECT count(*) FROM core.evidence") == 12, "each reading has its own proof"


def test_a_new_reader_asks_only_the_cells_whose_context_changed(
    told: TinyNight, papers: Path
) -> None:
    told.parser = FakeParser("2", barred={"discussion"})
    counts = told.run(papers)
    assert ("paper0.txt", "TQ3") in _asked(told, counts["run_id"]), "it looked there only"
    assert "TQ1" not in {question_id for _, question_id in _asked(told, counts["run_id"])}
    assert counts["asked"] + counts["carried"] == 6
    states = dict(told.rows("SELECT question_id, min(state) FROM out.answers GROUP BY 1"))
    assert states["TQ1"] == "answered"
    assert states["TQ3"] == "not_reported"


def test_another_budget_of_chunks_parses_nothing_again(told: TinyNight, papers: Path) -> None:
    told.chunk_tokens = 60
    counts = told.run(papers)
    assert (counts["parsed"], counts["embedded"]) == (0, 2)
    # The document is the same, so its cells are: their key holds no chunker (DESIGN section 2).
    assert counts["asked"] == 0


def test_a_retired_question_leaves_the_answers_and_is_kept_below(
    told: TinyNight, papers: Path
) -> None:
    assert told.load(tiny_questions()[:2])["retired"] == ["TQ3"]
    counts = told.run(papers)
    assert counts["asked"] == 0
    assert told.rows("SELECT DISTINCT question_id FROM out.answers ORDER BY 1") == [
        ("TQ1",),
        ("TQ2",),
    ]
    assert told.one("SELECT count(*) FROM core.ballot") == 6
    assert told.one("SELECT max(release_id) FROM core.release") == 2
    assert told.run(papers)["decided"] == 0


def test_a_question_retired_before_its_decision_was_published_ends_the_night_all_the_same(
    tiny: TinyNight, papers: Path
) -> None:
    (papers / "paper.txt").write_text(make_paper(0))
    with tiny.begun(papers) as (night, run_id):
        for stage in ("fetch", "parse", "embed", "answer", "decide"):
            tiny.stage(night, run_id, stage)
    tiny.load(tiny_questions()[:2])
    tiny.run(papers)
    assert tiny.one("SELECT count(*) FROM out.answers") == 2
    assert tiny.one("SELECT count(*) FROM ops.due") == 0


def test_a_question_that_comes_back_is_not_asked_again(told: TinyNight, papers: Path) -> None:
    told.load(tiny_questions()[:2])
    told.run(papers)
    told.load(tiny_questions())
    counts = told.run(papers)
    assert counts["asked"] == 0
    assert told.one("SELECT count(*) FROM out.answers") == 6
