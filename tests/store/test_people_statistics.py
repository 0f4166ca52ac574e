"""Labels become gold, agreement, corrected shares and a queue; the views say what Python says."""

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from etl.agree.coefficients import LabelTable, coefficient_of
from etl.agree.prevalence import LabelCounts, prediction_powered, rogan_gladen, wilson
from etl.store.questions import QuestionStore
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.import_door import call, import_file
from tests.fakes.tiny_night import TinyNight, make_paper, tiny_questions

pytestmark = pytest.mark.store

_PAPERS = 60
_QUESTIONS = ("TQ1", "TQ2")


def write(file: Path, head: str, rows: list[tuple[object, ...]]) -> Path:
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([head.split(","), *rows])
    return file


@pytest.fixture(scope="module")
def world(clone: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """60 papers, 2 questions, 3 answerers that err, 2 annotators of a random 25 papers."""
    database, folder = clone(), tmp_path_factory.mktemp("world")
    QuestionStore(database.open()).load_catalogue("tiny", tiny_questions())
    dice = random.Random(5)  # noqa: S311 - a made-up corpus
    facts = {(p, q): dice.random() < 0.4 for p in range(_PAPERS) for q in _QUESTIONS}
    said = {
        (name, *cell): None if dice.random() < 0.05 else fact ^ (dice.random() < error)
        for name, error in (("a", 0.1), ("b", 0.2), ("c", 0.3))
        for cell, fact in facts.items()
    }
    labelled = {
        (name, p, q): facts[p, q] ^ (dice.random() < 0.1)
        for name in ("ada", "bob")
        for p in dice.sample(range(_PAPERS), 25)
        for q in _QUESTIONS
    }
    word = {True: "Yes", False: "no ", None: ""}
    answers = [(f"{p}.pdf", q, name, word[yes]) for (name, p, q), yes in said.items()]
    labels = [(f"{p}.pdf", q, name, word[yes]) for (name, p, q), yes in labelled.items()]
    settings = database.settings()
    file = write(folder / "answers.csv", "paper,question,answerer,answer", answers)
    assert import_file(settings, "answers", file)[0] == 0
    file = write(folder / "labels.csv", "paper,question,annotator,label", labels)
    assert import_file(settings, "annotations", file, "--sample", "random", "--blind")[0] == 0
    return {"database": database, "said": said, "labelled": labelled}


def select(world: dict[str, Any], statement: str) -> list[Any]:
    return list(world["database"].open("florilegium_analyst").read(text(statement)))


def word(is_yes: bool | None) -> str | None:
    return None if is_yes is None else str(is_yes)


def test_agreement_of_pairs_is_what_python_computes(world: dict[str, Any]) -> None:
    ratings = world["said"] | world["labelled"]
    found = select(
        world, "SELECT * FROM out.agreement WHERE kind_a <> 'vote' AND rater_b <> 'gold'"
    )
    assert len(found) == 3 * (3 + 6 + 1)
    for row in found:
        questions = _QUESTIONS if row.question_id is None else (row.question_id,)
        pairs = [
            (word(ratings[row.rater_a, p, q]), word(ratings[row.rater_b, p, q]))
            for p in range(_PAPERS)
            for q in questions
            if (row.rater_a, p, q) in ratings and (row.rater_b, p, q) in ratings
        ]
        table = LabelTable(pairs)
        # The view looks at cells with both labels, so alpha and AC1 must be of these alone.
        both = LabelTable([pair for pair in pairs if None not in pair])
        assert (row.pair_count, row.label_count) == (len(pairs), table.unit_count)
        for name in ("raw_agreement", "cohen_kappa", "gwet_ac1", "krippendorff_alpha"):
            assert getattr(row, name) == pytest.approx(coefficient_of(both, name).value), name


def test_agreement_of_panels_is_what_python_computes(world: dict[str, Any]) -> None:
    found = select(world, "SELECT * FROM out.panel_agreement")
    assert len(found) == 6
    for row in found:
        ratings = world["said" if row.panel == "answerers" else "labelled"]
        raters = sorted({name for name, *_ in ratings})
        questions = _QUESTIONS if row.question_id is None else (row.question_id,)
        units = [
            [word(ratings.get((name, p, q))) for name in raters]
            for p in range(_PAPERS)
            for q in questions
        ]
        table = LabelTable(units)
        assert row.paired_count == table.unit_count
        for name in ("raw_agreement", "fleiss_kappa", "gwet_ac1", "krippendorff_alpha"):
            assert getattr(row, name) == pytest.approx(coefficient_of(table, name).value), name


def test_prevalence_is_what_python_computes(world: dict[str, Any]) -> None:
    found = select(world, "SELECT * FROM out.prevalence")
    assert len(found) == 2 * (3 + 1)
    for row in found:
        counts = LabelCounts(
            answered_count=row.answered_count,
            yes_count=row.yes_count,
            true_yes=row.true_yes,
            false_yes=row.false_yes,
            false_no=row.false_no,
            true_no=row.true_no,
        )
        assert counts.label_count == row.label_count > 10
        assert (row.raw_low, row.raw_high) == pytest.approx(
            wilson(row.yes_count, row.answered_count)
        )
        corrected, by_errors = prediction_powered(counts), rogan_gladen(counts)
        told = (row.corrected_share, row.corrected_low, row.corrected_high)
        assert told == pytest.approx((corrected.value, corrected.low, corrected.high))
        told = (row.rogan_gladen_share, row.rogan_gladen_low, row.rogan_gladen_high)
        assert told == pytest.approx((by_errors.value, by_errors.low, by_errors.high))
        assert (row.correction_reason, row.rogan_gladen_reason) == (None, None)
        assert "stated to be a random sample" in row.design


def test_the_commands_show_the_same_with_intervals(world: dict[str, Any]) -> None:
    settings = world["database"].settings()
    code, found = call(settings, "agreement", "--draws", "200")
    assert code == 0
    points = {(r["rater_a"], r["rater_b"]): r for r in found["agreement"]
              if r["coefficient"] == "cohen_kappa"}  # fmt: skip
    for row in select(world, "SELECT * FROM out.agreement WHERE question_id IS NULL"):
        shown = points[row.rater_a, row.rater_b]
        assert shown["value"] == pytest.approx(row.cohen_kappa)
        assert shown["low"] < row.cohen_kappa < shown["high"]
    code, found = call(settings, "agreement", "--draws", "200", "--panels", "--by-question")
    assert code == 0
    fleiss = {(r["question_id"], r["panel"]): r for r in found["agreement"]
              if r["coefficient"] == "fleiss_kappa"}  # fmt: skip
    panels = select(world, "SELECT * FROM out.panel_agreement WHERE question_id IS NOT NULL")
    assert len(panels) == len(fleiss) == 4
    for row in panels:
        shown = fleiss[row.question_id, row.panel]
        assert shown["value"] == pytest.approx(row.fleiss_kappa)
        assert shown["low"] < row.fleiss_kappa < shown["high"]
        assert shown["n"] == row.paired_count
    code, found = call(settings, "prevalence", "--question", "TQ1")
    assert code == 0
    assert len(found["prevalence"]) == 4
    for shown in found["prevalence"]:
        assert shown["low"] < shown["corrected"] < shown["high"]


def test_the_queue_puts_doubt_first_and_leaves_out_what_is_settled(world: dict[str, Any]) -> None:
    queue = select(world, "SELECT * FROM out.review_queue")
    assert [row.priority for row in queue] == sorted((r.priority for r in queue), reverse=True)
    assert all(row.information <= 1 for row in queue)
    settled = select(world, "SELECT work_id, question_id FROM out.gold WHERE basis = 'agreed'")
    assert len(settled) > 5
    assert not {tuple(r) for r in settled} & {(r.work_id, r.question_id) for r in queue}
    disputed = select(world, "SELECT count(*) FROM out.gold WHERE basis = 'disputed'")[0][0]
    assert sum(row.task == "adjudicate" for row in queue) == disputed > 0
    split = [row for row in queue if row.task == "label" and 0.3 < row.share < 0.7]
    sure = [row for row in queue if row.task == "label" and row.share == 1]
    assert min(r.information for r in split) > max(r.information for r in sure)


def labels_file(tmp_path: Path, *rows: tuple[object, ...], head: str = "") -> Path:
    return write(tmp_path / "labels.csv", "paper,question,annotator,label" + head, list(rows))


def gold(tiny: TinyNight) -> list[tuple[Any, ...]]:
    return tiny.rows("SELECT question_id, label, basis, annotator_count FROM out.gold ORDER BY 1")


def test_two_annotators_and_an_adjudicator(tiny: TinyNight, tmp_path: Path) -> None:
    file = labels_file(
        tmp_path,
        ("8", "TQ1", "ada", "yes"), ("8", "TQ1", "bob", "Yes"),
        ("8", "TQ2", "ada", "yes"), ("8", "TQ2", "bob", "no"),
        ("8", "TQ3", "ada", " "),
    )  # fmt: skip
    code, found = import_file(tiny.database, "annotations", file)
    assert (code, found["written"]) == (0, 5)
    before = [
        ("TQ1", "yes", "agreed", 2),
        ("TQ2", None, "disputed", 2),
        ("TQ3", None, "missing", 1),
    ]
    assert gold(tiny) == before
    last = labels_file(tmp_path, ("8", "TQ2", "eve", "no"), ("8", "TQ1", "eve", ""))
    code, found = import_file(tiny.database, "annotations", last, "--adjudicate")
    assert (code, found["written"]) == (1, 1)
    assert found["refusals"] == [{"line": 3, "reason": "a last word cannot be blank"}]
    assert gold(tiny) == [before[0], ("TQ2", "no", "adjudicated", 2), before[2]]
    assert len(tiny.rows("SELECT 1 FROM out.annotations")) == 5


def test_a_change_of_mind_is_a_further_row(tiny: TinyNight, tmp_path: Path) -> None:
    first = labels_file(
        tmp_path, ("8", "TQ1", "ada", "yes", "2026-05-01T10:00:00", 12.5, "sure"),
        head=",labelled_at,seconds,comment",
    )  # fmt: skip
    import_file(tiny.database, "annotations", first)
    second = labels_file(
        tmp_path, ("8", "TQ1", "ada", "no", "2026-05-02T10:00:00", 3, ""),
        head=",labelled_at,seconds,comment",
    )  # fmt: skip
    for _ in range(2):
        import_file(tiny.database, "annotations", second)
    rows = tiny.rows("SELECT label, is_current, seconds, comment FROM out.annotations ORDER BY 1")
    assert rows == [("no", True, 3.0, None), ("yes", False, 12.5, "sure")]
    assert gold(tiny) == [("TQ1", "no", "single", 1)]


def test_labels_on_prose_and_chosen_papers_correct_nothing(tiny: TinyNight, tmp_path: Path) -> None:
    answers = write(
        tmp_path / "a.csv", "paper,question,answerer,answer",
        [(n, "TQ1", "m", "Yes" if n % 2 else "No") for n in range(1, 31)],
    )  # fmt: skip
    import_file(tiny.database, "answers", answers)
    statement = "SELECT raw_share, corrected_share, correction_reason, design FROM out.prevalence"
    told = tiny.rows(statement + " WHERE rater_kind = 'foreign'")[0]
    assert told[:2] == (0.5, None)
    assert "nobody has labelled" in told[2]
    rows = [(n, "TQ1", "ada", "yes") for n in range(1, 16)]
    import_file(tiny.database, "annotations", labels_file(tmp_path, *rows), "--about", "m")
    assert gold(tiny) == []
    import_file(tiny.database, "annotations", labels_file(tmp_path, *rows), "--sample", "chosen")
    told = tiny.rows(statement + " WHERE rater_kind = 'foreign'")[0]
    assert told[1] is None
    assert "15 labels of chosen papers" in told[2]
    more = [(n, "TQ1", "ada", "no") for n in range(16, 31)]
    import_file(tiny.database, "annotations", labels_file(tmp_path, *more))
    told = tiny.rows(statement + " WHERE rater_kind = 'foreign'")[0]
    assert told[1] == pytest.approx(0.0)
    assert "nobody stated" in told[3]


def test_labels_that_mean_nothing_are_refused(tiny: TinyNight, tmp_path: Path) -> None:
    file = labels_file(
        tmp_path,
        ("8", "TQ1", "ada", "Genaralized", "", "", ""),
        ("8", "TQ2", "ada", "perhaps so", "", "", ""),
        ("8", "TQ2", "ada", "yes", "soon", "", ""),
        ("8", "TQ2", "ada", "yes", "", "-3", ""),
        ("8", "TQ2", "ada", "yes", "", "", "handy"),
        ("8", "TQ2", "", "yes", "", "", ""),
        head=",labelled_at,seconds,sample",
    )
    code, found = import_file(tiny.database, "annotations", file)
    assert code == 1
    assert [one["line"] for one in found["refusals"]] == [3, 4, 5, 6, 7]
    assert gold(tiny) == [("TQ1", "partly", "single", 1)]


def test_one_label_throughout_has_a_reason_instead_of_kappa(
    tiny: TinyNight, tmp_path: Path
) -> None:
    rows = [(n, "TQ1", m, "No") for n in range(5) for m in "ab"]
    file = write(tmp_path / "a.csv", "paper,question,answerer,answer", rows)
    import_file(tiny.database, "answers", file)
    statement = (
        "SELECT label_count, raw_agreement, cohen_kappa, krippendorff_alpha, gwet_ac1, "
        "undefined_reason FROM out.agreement WHERE question_id = 'TQ1'"
    )
    assert tiny.rows(statement) == [(5, 1.0, None, None, 1.0, "only one label was ever given")]


def test_our_own_answerers_are_raters_too(
    tiny: TinyNight, fresh: Any, papers: Path, tmp_path: Path
) -> None:
    for number in range(12):
        (papers / f"{number}.txt").write_text(make_paper(number))
    tiny.answerers = {name: FakeAnswerer(name) for name in ("first", "second")}
    tiny.run(papers)
    fresh.sql(
        "UPDATE core.document SET year = 2020 + cast(work_id % 2 AS integer), "
        "venue = 'Journal ' || (work_id % 2)"
    )
    rows = [(n, "TQ1", "guest", "Yes" if n < 6 else "No") for n in range(12)]
    file = write(tmp_path / "a.csv", "paper,question,answerer,answer", rows)
    import_file(tiny.database, "answers", file)
    labels = [(n, "TQ1", "ada", "yes") for n in range(12)]
    import_file(tiny.database, "annotations", labels_file(tmp_path, *labels), "--sample", "random")

    pairs = tiny.rows(
        "SELECT kind_a, rater_a, kind_b, rater_b, label_count, equal_count FROM out.agreement "
        "WHERE question_id = 'TQ1' AND kind_b <> 'gold' ORDER BY 1, 2, 3, 4"
    )
    assert pairs == [
        ("decision", "decision", "annotator", "ada", 12, 12),
        ("foreign", "guest", "annotator", "ada", 12, 6),
        ("foreign", "guest", "own", "first/1", 12, 6),
        ("foreign", "guest", "own", "second/1", 12, 6),
        ("own", "first/1", "annotator", "ada", 12, 12),
        ("own", "first/1", "own", "second/1", 12, 12),
        ("own", "second/1", "annotator", "ada", 12, 12),
        ("vote", "majority of foreign answerers", "annotator", "ada", 12, 6),
    ]
    shares = tiny.rows(
        "SELECT year, answered_count, label_count, raw_share, corrected_share, correction_reason "
        "FROM out.prevalence WHERE rater_kind = 'decision' AND question_id = 'TQ1' "
        "ORDER BY year NULLS FIRST"
    )
    assert shares[0] == (None, 12, 12, 1.0, 1.0, None)
    assert [row[0] for row in shares[1:]] == [2020, 2021]
    assert sum(row[1] for row in shares[1:]) == 12
    assert all("at least 10 needed" in row[5] for row in shares[1:] if row[2] < 10)
    venues = tiny.rows(
        "SELECT venue, answered_count, label_count, raw_share, corrected_share, correction_reason "
        "FROM out.prevalence_by_venue WHERE rater_kind = 'decision' AND question_id = 'TQ1' "
        "ORDER BY venue"
    )
    assert [row[0] for row in venues] == ["Journal 0", "Journal 1"]
    assert [row[1:] for row in venues] == [row[1:] for row in shares[1:]]
    anything = tiny.rows(
        "SELECT g.part, c.answered_count, c.label_count, c.raw_share, c.corrected_share, "
        "c.correction_reason FROM (SELECT 'Journal ' || work_id % 2 AS part, "
        "out.prevalence_counts(is_yes, label, sample) AS counts FROM out.prevalence_cells "
        "WHERE rater_kind = 'decision' AND question_id = 'TQ1' GROUP BY 1) g "
        "CROSS JOIN LATERAL out.corrected_share(g.counts) c ORDER BY 1"
    )
    assert anything == venues
    votes = tiny.rows(
        "SELECT DISTINCT panel, answerer_count FROM out.vote_counts "
        "WHERE question_id = 'TQ1' ORDER BY 1"
    )
    assert votes == [("all", 3), ("foreign", 1), ("own", 2)]
