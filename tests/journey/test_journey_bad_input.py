"""Every bad file ends as a typed outcome, the healthy papers finish, and the books balance (B4)."""

import os
from pathlib import Path

import pytest

from etl.errors import GateError, OutcomeCode, UsageError
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.tiny_night import TinyNight, make_paper

pytestmark = pytest.mark.store

_FLOW = "SELECT found, duplicate, excluded, failed, answered, open FROM out.flow WHERE run_id = :r"


def _flow(tiny: TinyNight, run_id: int) -> dict[str, int]:
    names = ("found", "duplicate", "excluded", "failed", "answered", "open")
    return dict(zip(names, tiny.rows(_FLOW, r=run_id)[0], strict=True))


def _endings(tiny: TinyNight, run_id: int) -> dict[str, tuple[str, str | None]]:
    return {row["paper"]: (row["outcome"], row["code"]) for row in tiny.reports().endings(run_id)}


def _fill_with_bad_files(papers: Path) -> dict[str, tuple[str, str | None]]:
    """Write one file of each bad kind; returns the ending each must have."""
    (papers / "empty.txt").write_bytes(b"")
    (papers / "landing.pdf").write_text("<!DOCTYPE html><html><body>Buy access</body></html>")
    (papers / "noise.pdf").write_bytes(b"\x00\x01not a pdf")
    (papers / "table.docx").write_bytes(b"PK\x03\x04")
    (papers / "broken.txt").write_text("BROKEN\n")
    (papers / "bug.txt").write_text("BUG\n")
    (papers / "garbled.txt").write_text("GARBLED\nqxzv\n")
    (papers / "title-only.txt").write_text("A title and nothing below it\n")
    (papers / "gone.txt").symlink_to(papers / "nowhere.txt")
    os.mkfifo(papers / "pipe.txt")
    (papers.parent / "secret.txt").write_text(make_paper(9))
    (papers / "way-out.txt").symlink_to(papers.parent / "secret.txt")
    return {
        "empty.txt": ("failed", OutcomeCode.EMPTY_FILE),
        "landing.pdf": ("failed", OutcomeCode.HTML_PAGE),
        "noise.pdf": ("failed", OutcomeCode.NOT_A_PDF),
        "table.docx": ("excluded", OutcomeCode.UNSUPPORTED_TYPE),
        "broken.txt": ("failed", OutcomeCode.BROKEN_FILE),
        "bug.txt": ("failed", OutcomeCode.INTERNAL),
        "garbled.txt": ("excluded", OutcomeCode.GARBLED_TEXT),
        "title-only.txt": ("excluded", OutcomeCode.TOO_LITTLE_TEXT),
        "gone.txt": ("failed", OutcomeCode.UNREADABLE_FILE),
        "pipe.txt": ("failed", OutcomeCode.UNREADABLE_FILE),
        "way-out.txt": ("failed", OutcomeCode.UNREADABLE_FILE),
    }


def test_each_bad_file_has_its_outcome_and_healthy_papers_finish(
    tiny: TinyNight, papers: Path
) -> None:
    expected = _fill_with_bad_files(papers)
    for number in range(2):
        (papers / f"paper{number}.txt").write_text(make_paper(number))
    (papers / "z-copy.txt").write_text(make_paper(0))
    expected["z-copy.txt"] = ("duplicate", "duplicate")

    run_id = tiny.run(papers)["run_id"]

    assert _endings(tiny, run_id) == expected
    assert _flow(tiny, run_id) == {
        "found": 14, "duplicate": 1, "excluded": 3, "failed": 8, "answered": 2, "open": 0,
    }  # fmt: skip
    answered = tiny.rows("SELECT DISTINCT paper FROM out.answers WHERE state = 'answered'")
    assert sorted(answered) == [("paper0.txt",), ("paper1.txt",)]


def test_each_failure_says_what_happened_and_what_to_do(tiny: TinyNight, papers: Path) -> None:
    _fill_with_bad_files(papers)
    tiny.run(papers)
    failures = tiny.rows("SELECT paper, code, detail, next_step FROM out.failures")
    assert len(failures) == 10, "the garbled one was read, it is no failure of a stage"
    for _, code, detail, next_step in failures:
        assert detail
        assert next_step == OutcomeCode(code).next_step


def test_a_second_night_tells_the_same_endings_and_balances_again(
    tiny: TinyNight, papers: Path
) -> None:
    expected = _fill_with_bad_files(papers)
    (papers / "paper.txt").write_text(make_paper(0))
    tiny.run(papers)
    run_id = tiny.run(papers)["run_id"]
    assert _endings(tiny, run_id) == expected
    flow = _flow(tiny, run_id)
    assert flow.pop("found") == sum(flow.values()) == 12
    assert flow["open"] == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_a_typed_failure(tiny: TinyNight, papers: Path) -> None:
    locked = papers / "locked.txt"
    locked.write_text(make_paper(0))
    locked.chmod(0)
    run_id = tiny.run(papers)["run_id"]
    assert _endings(tiny, run_id) == {"locked.txt": ("failed", OutcomeCode.UNREADABLE_FILE)}


def test_an_empty_folder_is_a_night_with_nothing_to_do(tiny: TinyNight, papers: Path) -> None:
    run_id = tiny.run(papers)["run_id"]
    assert set(_flow(tiny, run_id).values()) == {0}
    assert tiny.one("SELECT note FROM ops.run") == "nothing to do"


def test_a_folder_that_is_not_there_is_a_wrong_use_and_leaves_no_living_run(
    tiny: TinyNight, papers: Path
) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        tiny.run(papers / "nowhere")
    (papers / "paper.txt").write_text(make_paper(0))
    assert tiny.run(papers)["asked"] == 3


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "quoted".txt',
        "two\nlines\tand a tab.txt",
        "up..%2F..%2Fetc%2Fpasswd.txt",
        "\\N.txt",
        "-rf *.txt",
        "'; DROP TABLE core.work; --.txt",
        "\u202eevil \U0001f41f.txt",
        os.fsdecode(b"not-utf8-\xff.txt"),
        "a" * 251 + ".txt",
    ],
)
def test_any_file_name_is_only_a_name(tiny: TinyNight, papers: Path, name: str) -> None:
    (papers / name).write_text(make_paper(0))
    counts = tiny.run(papers)
    assert counts["asked"] == 3
    locator = tiny.one("SELECT DISTINCT paper FROM out.answers")
    assert "\n" not in locator
    assert "\t" not in locator
    paths = [path for path in tiny.store.rglob("*") if path.is_file()]
    assert len(paths) == 1
    assert paths[0].is_relative_to(tiny.store)
    assert tiny.run(papers)["new"] == 0


def test_of_copies_the_first_by_name_stands_for_all(tiny: TinyNight, papers: Path) -> None:
    for name in ("c.txt", "a.txt", "b.txt"):
        (papers / name).write_text(make_paper(0))
    run_id = tiny.run(papers)["run_id"]
    assert _endings(tiny, run_id) == {
        "b.txt": ("duplicate", "duplicate"),
        "c.txt": ("duplicate", "duplicate"),
    }
    assert tiny.one("SELECT count(*) FROM core.work") == 1
    assert tiny.one("SELECT count(*) FROM core.location") == 3


def test_a_vector_that_is_none_fails_its_paper_alone(tiny: TinyNight, papers: Path) -> None:
    (papers / "good.txt").write_text(make_paper(0))
    (papers / "poisoned.txt").write_text(make_paper(1, extra="A word of poison stands here."))
    tiny.embedder = FakeEmbedder(poison="poison")
    run_id = tiny.run(papers)["run_id"]
    assert _endings(tiny, run_id) == {"poisoned.txt": ("failed", OutcomeCode.BAD_VECTOR)}
    states = tiny.rows("SELECT paper, state, count(*) FROM out.answers GROUP BY 1, 2 ORDER BY 1")
    assert states == [("good.txt", "answered", 3), ("poisoned.txt", "failed", 3)]


def test_a_paper_that_failed_under_an_old_recipe_and_passed_under_the_new_is_answered(
    tiny: TinyNight, papers: Path
) -> None:
    (papers / "poisoned.txt").write_text(make_paper(1, extra="A word of poison stands here."))
    tiny.embedder = FakeEmbedder(poison="poison")
    tiny.run(papers)
    tiny.embedder, tiny.chunk_tokens = FakeEmbedder(), 60
    run_id = tiny.run(papers)["run_id"]
    assert tiny.rows("SELECT DISTINCT state FROM out.answers") == [("answered",)]
    assert _flow(tiny, run_id)["answered"] == 1


def test_an_answerer_that_breaks_its_contract_fails_its_paper_alone(
    tiny: TinyNight, papers: Path
) -> None:
    class Short(FakeAnswerer):
        def answer(self, document, chunk_set, questions, passages):  # type: ignore[no-untyped-def]
            ballots = super().answer(document, chunk_set, questions, passages)
            return ballots[:-1] if document.title.startswith("Counting terns") else ballots

    (papers / "good.txt").write_text(make_paper(0))
    (papers / "odd.txt").write_text(make_paper(1))
    tiny.answerers = {"fake": Short()}
    run_id = tiny.run(papers)["run_id"]
    assert _endings(tiny, run_id)["odd.txt"][0] == "failed"
    assert _flow(tiny, run_id)["answered"] == 1


def test_the_gate_stops_a_night_in_which_too_much_failed_and_shows_nothing(
    tiny: TinyNight, papers: Path
) -> None:
    (papers / "paper.txt").write_text(make_paper(0))
    for number in range(3):
        (papers / f"broken{number}.txt").write_text(f"BROKEN\n{number}")
    with pytest.raises(GateError, match="parse: 3 of 4 papers failed, the limit is 50%"):
        tiny.run(papers, max_failed_ratio=0.5)
    assert tiny.rows("SELECT state, note LIKE 'parse: 3 of 4%' FROM ops.run") == [("failed", True)]
    assert tiny.one("SELECT count(*) FROM out.answers") == 0
    assert tiny.one("SELECT count(*) FROM core.document") == 1, "what succeeded is kept"
    flow = tiny.rows("SELECT found, failed, answered, open FROM out.flow")
    assert flow == [(4, 3, 0, 1)], "who failed is counted, who was not reached stays open"


def test_one_new_paper_that_is_broken_does_not_stop_the_night(
    tiny: TinyNight, papers: Path
) -> None:
    (papers / "paper.txt").write_text(make_paper(0))
    tiny.run(papers, max_failed_ratio=0.5)
    (papers / "broken.txt").write_text("BROKEN")
    run_id = tiny.run(papers, max_failed_ratio=0.5)["run_id"]
    assert tiny.one("SELECT state FROM ops.run WHERE run_id = :r", r=run_id) == "done"
    assert _endings(tiny, run_id)["broken.txt"][0] == "failed"
    (papers / "again.txt").write_text("BROKEN\n2")
    with pytest.raises(GateError, match="parse: 1 of 1 papers failed, the limit is 0%"):
        tiny.run(papers, max_failed_ratio=0)


def test_exclusions_never_close_the_gate(tiny: TinyNight, papers: Path) -> None:
    (papers / "paper.txt").write_text(make_paper(0))
    for number in range(3):
        (papers / f"table{number}.docx").write_bytes(b"PK\x03\x04" + bytes([number]))
    assert tiny.run(papers, max_failed_ratio=0.1)["asked"] == 3


def test_every_stage_balances_in_the_books(tiny: TinyNight, papers: Path) -> None:
    _fill_with_bad_files(papers)
    (papers / "paper.txt").write_text(make_paper(0))
    run_id = tiny.run(papers)["run_id"]
    stages = tiny.rows(
        "SELECT stage, in_count, done_count, excluded_count, failed_count, open_count "
        "FROM out.run_summary WHERE run_id = :r ORDER BY settled_at",
        r=run_id,
    )
    assert stages == [
        ("fetch", 12, 5, 1, 6, 0),
        ("parse", 5, 3, 0, 2, 0),
        ("embed", 2, 1, 1, 0, 0),
        ("answer", 1, 1, 0, 0, 0),
        # The failed and the unreadable get a decision too: their outcome.
        ("decide", 5, 5, 0, 0, 0),
    ]
