"""A second night over the same papers does nothing at all (bar B2)."""

import shutil
from pathlib import Path

import pytest

from tests.fakes.answerer import FakeAnswerer
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.parser import FakeParser
from tests.fakes.tiny_night import TinyNight, core_digest, make_paper

pytestmark = pytest.mark.store


def _write(papers: Path, *numbers: int) -> None:
    for number in numbers:
        (papers / f"paper{number}.txt").write_text(make_paper(number))


def test_a_first_night_answers_every_question_of_every_paper(tiny: TinyNight, papers: Path) -> None:
    _write(papers, 0, 1)
    counts = tiny.run(papers)
    assert (counts["parsed"], counts["embedded"], counts["asked"], counts["decided"]) == (
        2,
        2,
        6,
        6,
    )
    answers = tiny.rows("SELECT paper, question_id, state, quote FROM out.answers")
    assert len(answers) == 6
    assert all(state == "answered" and quote for _, _, state, quote in answers)
    texts = tiny.one("SELECT string_agg(text, ' ') FROM core.block")
    assert all(quote in texts for *_, quote in answers)


def test_a_second_night_asks_the_ports_nothing_and_writes_no_fact(
    tiny: TinyNight, papers: Path
) -> None:
    _write(papers, 0, 1, 2)
    (papers / "copy.txt").write_text(make_paper(2))
    (papers / "broken.txt").write_text("BROKEN\n")
    (papers / "garbled.txt").write_text("GARBLED\nxxxx\n")
    tiny.run(papers)
    before = core_digest(tiny.open(), with_writes=True)
    items = tiny.rows("SELECT stage, subject_id, attempt FROM ops.item ORDER BY 1, 2")
    tiny.parser, tiny.embedder = FakeParser(), FakeEmbedder()
    tiny.answerers = {"fake": FakeAnswerer()}

    counts = tiny.run(papers)

    assert tiny.parser.call_count == 0
    assert tiny.embedder.embedded_count == 0
    assert tiny.answerers["fake"].call_count == 0
    assert core_digest(tiny.open(), with_writes=True) == before
    assert tiny.rows("SELECT stage, subject_id, attempt FROM ops.item ORDER BY 1, 2") == items
    assert [counts[name] for name in ("new", "parsed", "embedded", "asked", "decided")] == [0] * 5
    assert tiny.one("SELECT note FROM ops.run ORDER BY run_id DESC LIMIT 1") == "nothing to do"
    assert tiny.one("SELECT count(*) FROM core.release") == 1


def test_a_night_that_fetches_nothing_still_finishes_what_is_due(
    tiny: TinyNight, papers: Path
) -> None:
    _write(papers, 0)
    with tiny.begun(papers) as (night, run_id):
        tiny.stage(night, run_id, "fetch")
        tiny.stage(night, run_id, "parse")
    counts = tiny.run(None)
    assert (counts["parsed"], counts["embedded"], counts["asked"]) == (0, 1, 3)


def test_a_file_touched_but_not_changed_is_read_once_and_changes_no_answer(
    tiny: TinyNight, papers: Path
) -> None:
    _write(papers, 0)
    tiny.run(papers)
    (papers / "paper0.txt").touch()
    counts = tiny.run(papers)
    assert (counts["new"], counts["parsed"], counts["asked"], counts["decided"]) == (0, 0, 0, 0)
    assert tiny.one("SELECT count(*) FROM core.work") == 1


def test_the_same_papers_in_another_folder_are_the_same_works(
    tiny: TinyNight, papers: Path, tmp_path: Path
) -> None:
    _write(papers, 0, 1)
    tiny.run(papers)
    moved = tmp_path / "moved"
    shutil.copytree(papers, moved)
    counts = tiny.run(moved)
    assert (counts["found"], counts["new"], counts["asked"]) == (2, 0, 0)
    assert tiny.rows("SELECT found, answered, open FROM out.flow ORDER BY run_id") == [
        (2, 2, 0),
        (2, 2, 0),
    ]


def test_two_databases_fed_in_another_order_export_the_same(
    tiny: TinyNight, papers: Path, clone: object, tmp_path: Path
) -> None:
    assert callable(clone)
    other = TinyNight(database=clone().settings(), store=tmp_path / "other")
    other.load()
    _write(papers, 1)
    other.run(papers)
    _write(papers, 0, 2)
    other.run(papers)
    tiny.run(papers)
    assert tiny.reports().canonical_export() == other.reports().canonical_export()
