"""A paper's words are shown as far as its licence goes: in every view, in every export."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from etl.cli.app import app
from etl.publish.export import ExportFormat
from etl.settings import load_settings
from etl.store.quotes import put_quote_policy
from tests.fakes.tiny_night import TinyNight, tiny_questions
from tests.fakes.typed_answerer import TypedAnswerer, typed_questions

pytestmark = pytest.mark.store

_VIEWS = "SELECT viewname FROM pg_views WHERE schemaname = 'out' ORDER BY 1"
#: Two sources tell of the free paper, and one of them does not know its licence: that takes
#: nothing away.
_RIGHTS = """
INSERT INTO core.rights (full_text_id, source, url, version, licence_spdx, licence_source,
                         oa_status, tdm_basis, tdm_reserved, quote_limit, policy)
SELECT full_text_id, r.source, 'https://host.example/' || w.name, 'published', r.spdx, 'field',
       'unknown', r.basis, false, r.quote_limit, 'p'
FROM core.full_text
JOIN core.work w USING (work_id)
JOIN (VALUES ('free.txt', 'src', 'CC-BY-4.0', 'cc', NULL),
             ('free.txt', 'other', NULL, 'unknown', 200),
             ('closed.txt', 'src', NULL, 'unknown', 200))
     AS r (paper, source, spdx, basis, quote_limit) ON r.paper = w.name;
UPDATE core.document SET doi = '10.1/a<b>#c' FROM core.work w
WHERE w.work_id = document.work_id AND w.name = 'closed.txt';
"""
#: Another system's answer that quotes each paper.
_FOREIGN = """
INSERT INTO core.foreign_paper (paper_key, label, work_id, match_kind)
SELECT name, name, work_id, 'name' FROM core.work;
INSERT INTO core.foreign_answer (foreign_paper_id, question_id, answerer, form, raw, state,
                                 state_basis, evidence_status, source_name, line)
SELECT foreign_paper_id, 'TQ4', 'other', 'verdict', 'Yes', 'answered', 'verdict', 'exact', 'f', 1
FROM core.foreign_paper;
INSERT INTO core.foreign_evidence
SELECT DISTINCT ON (p.foreign_paper_id) p.foreign_paper_id, 'TQ4', 'other', 'verdict', 1,
       e.document_id, e.block_index, e.char_start, e.char_end, e.quote, 'exact', 1
FROM core.foreign_paper p
JOIN core.document USING (work_id)
JOIN core.evidence e USING (document_id);
UPDATE core.foreign_answer a SET searched_document_id = e.document_id FROM core.foreign_evidence e
WHERE e.foreign_paper_id = a.foreign_paper_id;
"""
#: What is left of the sentence behind its 200th character; each paper has its own.
_TAILS = {"free.txt": "kestrels", "closed.txt": "plovers", "own.txt": "bitterns"}


def _paper(tail: str) -> str:
    told = (
        "We trained ResNet with PyTorch and Keras on one GPU of 24 GB and CPU of 2 cores, split "
        "the training set 80:20, took accuracy and recall, share https://x.example/frogs and "
        "counted newts along the river in each of the seasons, and then, with the same care, all"
    )
    assert len(told) > 200
    return f"Counting\n\n# methods\n{told} {tail}.\n\n# results\n{told} {tail} again.\n"


@pytest.fixture(scope="module")
def library(clone: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Three papers with equal words: a free licence, a source that told none, and a folder."""
    database = clone()
    folder = tmp_path_factory.mktemp("quotes")
    (folder / "papers").mkdir()
    for name, tail in _TAILS.items():
        (folder / "papers" / name).write_text(_paper(tail))
    tiny = TinyNight(
        database=database.settings(),
        store=folder / "store",
        answerers={"typed": TypedAnswerer()},
    )
    in_words = [replace(q, question_id=f"W{q.question_id}") for q in tiny_questions()]
    tiny.load([*typed_questions(), *in_words])
    tiny.run(folder / "papers")
    tiny.load([*typed_questions(2), *in_words])
    tiny.run(folder / "papers")
    database.sql(_RIGHTS + _FOREIGN)
    return database


@pytest.fixture
def policy(library: Any) -> Callable[[str], None]:
    """Put a policy in force; every test says which."""
    return lambda own_quotes: put_quote_policy(library.open(), own_quotes)


def _shown(library: Any) -> dict[str, str]:
    """All that an analyst can read: view or function to its rows as one text."""
    analyst = library.open("florilegium_analyst")
    sources = {name: f'out."{name}"' for name in library.sql(_VIEWS)}
    sources["release"] = "out.answers_of_release(1)"
    sources["asof"] = "out.answers_asof(now())"
    sources["diff"] = "out.release_diff(1, 2)"
    return {
        name: "\n".join(
            json.dumps(row[0], ensure_ascii=False)
            for row in analyst.read(text(f"SELECT to_jsonb(v) FROM {source} v"))  # noqa: S608 - names of ours
        )
        for name, source in sources.items()
    }


def _with(shown: dict[str, str], tail: str) -> set[str]:
    return {name for name, rows in shown.items() if tail in rows}


def test_no_view_shows_more_of_a_paper_than_its_licence_allows(
    library: Any, policy: Callable[[str], None]
) -> None:
    policy("in_house")
    shown = _shown(library)
    whole = _with(shown, "kestrels")
    assert {"answers", "answers_history", "answers_wide", "ballots", "changes", "evidence"} <= whole
    assert {"foreign_evidence", "texts", "texts_wide", "release", "asof"} <= whole
    assert _with(shown, "plovers") == set()
    assert _with(shown, "bitterns") == whole


@pytest.mark.parametrize(
    ("own_quotes", "is_whole"), [("excerpt", False), ("in_house", True), ("full", True)]
)
def test_views_quote_a_folder_s_papers_as_the_policy_says(
    library: Any, policy: Callable[[str], None], own_quotes: str, is_whole: bool
) -> None:
    policy(own_quotes)
    shown = _shown(library)
    assert bool(_with(shown, "bitterns")) == is_whole
    assert _with(shown, "plovers") == set()


def test_a_cut_quote_is_still_a_slice_and_says_why_it_was_cut(
    library: Any, policy: Callable[[str], None]
) -> None:
    policy("excerpt")
    analyst = library.open("florilegium_analyst")
    rows = analyst.read(
        text(
            "SELECT DISTINCT paper, length(quote) AS length, quote_cut, link, "
            "char_end - char_start AS span FROM out.evidence ORDER BY paper"
        )
    )
    told = {row.paper: row for row in rows}
    assert told["closed.txt"].length == told["closed.txt"].span == 200
    assert told["closed.txt"].quote_cut == (
        "cut to 200 characters: no licence is known that allows more"
    )
    assert told["closed.txt"].link == "https://doi.org/10.1/a%3Cb%3E%23c"
    assert "nobody has told" in told["own.txt"].quote_cut
    assert told["own.txt"].link is None
    assert told["free.txt"].quote_cut is None
    assert told["free.txt"].length > 200
    assert told["free.txt"].link == "https://host.example/free.txt"
    papers = {
        row.paper: (row.quote_basis, row.licence, row.quote_limit)
        for row in analyst.read(text("SELECT * FROM out.papers"))
    }
    assert papers == {
        "free.txt": ("licence", "CC-BY-4.0", None),
        "closed.txt": ("no_licence", None, 200),
        "own.txt": ("own_copy", None, 200),
    }


def test_a_statement_cannot_reach_behind_the_cut(
    library: Any, policy: Callable[[str], None]
) -> None:
    policy("excerpt")
    analyst = library.open("florilegium_analyst")
    for view in ("answers", "evidence", "answers_history"):
        found = analyst.read(
            text(f"SELECT count(*) FROM out.{view} WHERE quote LIKE '%plovers%'")  # noqa: S608 - names of ours
        )
        assert found[0][0] == 0
    for statement in (
        "SELECT own_quotes FROM ops.quote_policy",
        "UPDATE ops.quote_policy SET own_quotes = 'full'",
        "SELECT quote FROM core.evidence",
        "SELECT text FROM core.block",
        "SELECT view_chars FROM core.quote_right",
        "SET ROLE florilegium_owner",
        "SET ROLE florilegium_writer",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            analyst.read(text(statement))


def _files(folder: Path) -> str:
    """All that was written, Parquet as its rows."""
    parts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            parts.append(json.dumps(pq.read_table(path).to_pylist(), default=str))
        elif path.is_file():
            parts.append(path.read_text(encoding="utf-8"))
    return "\n".join(parts)


@pytest.mark.parametrize("form", list(ExportFormat))
def test_exports_hold_whole_quotes_of_free_papers_alone(
    library: Any,
    policy: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: ExportFormat,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__URL", library.settings().url)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__PASSFILE", str(library.settings().passfile))
    load_settings.cache_clear()
    policy("in_house")
    suffix = ".parquet" if form is ExportFormat.PARQUET else ""
    for own_quotes in ("in_house", "full"):
        policy(own_quotes)
        out = tmp_path / own_quotes / f"written{suffix}"
        out.parent.mkdir()
        result = CliRunner().invoke(app, ["export", "--format", form, "--out", str(out)])
        assert result.exit_code == 0, result.output
    written, opened = _files(tmp_path / "in_house"), _files(tmp_path / "full")
    assert "kestrels" in written
    assert "plovers" not in written + opened
    assert "bitterns" not in written
    assert "bitterns" in opened


def test_the_policy_in_force_is_not_written_again(library: Any) -> None:
    put_quote_policy(library.open(), "excerpt")
    before = library.sql("SELECT xmin, changed_at FROM ops.quote_policy")
    put_quote_policy(library.open(), "excerpt")
    assert library.sql("SELECT xmin, changed_at FROM ops.quote_policy") == before
    with pytest.raises(DBAPIError, match="own_quotes_check"):
        put_quote_policy(library.open(), "everything")
