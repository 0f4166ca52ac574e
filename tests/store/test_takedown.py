"""A takedown removes every word of a paper, leaves a record, and keeps the paper away (row 25)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from etl.cli.app import app
from etl.settings import load_settings
from etl.store.takedown import TakedownStore
from tests.fakes.corpus_night import CorpusNight, OfferList, jats, made_offer
from tests.fakes.tiny_night import TinyNight, make_paper
from tests.standins.sources import StandInSources

pytestmark = pytest.mark.store

#: Words that stand in the first paper and nowhere else.
_WORDS = "zirconium lacewing"
#: Every text column of every table, so that a table somebody adds later is looked at, too.
_TEXT_COLUMNS = """
SELECT table_schema, table_name, column_name FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE table_schema IN ('core', 'ops') AND t.table_type = 'BASE TABLE'
  AND data_type IN ('text', 'jsonb', 'ARRAY', 'tsvector')
"""


@pytest.fixture
def server() -> Iterator[StandInSources]:
    with StandInSources().running() as running:
        yield running


@pytest.fixture
def corpus(tiny: TinyNight, server: StandInSources) -> CorpusNight:
    made = CorpusNight(tiny, server, {"test:x": OfferList()})
    for number in ("1", "2"):
        words = f"Training used the Adam optimizer with {_WORDS} once." if number == "1" else ""
        body = jats(make_paper(int(number)) + f"\n# methods\n{words}\n")
        offer(made, number, body)
    made.run()
    return made


def offer(corpus: CorpusNight, number: str, body: bytes, stamp: str = "1", name: str = "") -> None:
    source = corpus.sources["test:x"]
    assert isinstance(source, OfferList)
    link = corpus.link(f"/{name or number}.xml", body)
    names = {"doi": f"10.1234/{number}"}
    source.add(made_offer(name or number, link, names=names, title=number * 9, stamp=stamp))


def work_of(corpus: CorpusNight, number: str) -> int:
    found: int = corpus.tiny.one(
        "SELECT work_id FROM out.identifiers WHERE value = :doi", doi=f"10.1234/{number}"
    )
    return found


def places_with(corpus: CorpusNight, words: str) -> set[str]:
    """Columns in which some text holds these words."""
    found = set()
    for schema, table, column in corpus.tiny.rows(_TEXT_COLUMNS):
        count = corpus.tiny.one(
            f'SELECT count(*) FROM {schema}.{table} WHERE CAST("{column}" AS text) '  # noqa: S608 - names of ours
            "LIKE ANY (ARRAY[:words, :stems])",
            words=f"%{words}%",
            stems="%lacew%",
        )
        if count:
            found.add(f"{schema}.{table}.{column}")
    return found


def test_no_table_holds_a_word_of_it_and_no_file_its_bytes(corpus: CorpusNight) -> None:
    assert "core.block.text" in places_with(corpus, _WORDS)
    assert "core.chunk.words" in places_with(corpus, _WORDS)
    paths = TakedownStore(corpus.tiny.open()).take_down(
        work_of(corpus, "1"), reason="the publisher asked", by="Ada Example"
    )
    assert places_with(corpus, _WORDS) == set()
    assert len(paths) == 1
    others = corpus.tiny.one("SELECT count(*) FROM core.block")
    assert others > 0
    quotes = corpus.tiny.rows("SELECT work_id FROM out.answers WHERE quote IS NOT NULL")
    assert {row[0] for row in quotes} == {work_of(corpus, "2")}


def test_its_answers_become_taken_down_and_other_papers_keep_theirs(corpus: CorpusNight) -> None:
    work_id, other = work_of(corpus, "1"), work_of(corpus, "2")
    before = corpus.tiny.rows("SELECT * FROM out.answers WHERE work_id = :w", w=other)
    store = TakedownStore(corpus.tiny.open())
    store.take_down(work_id, reason="the publisher asked", by="Ada Example")
    corpus.build().decide_anew(work_id)
    states = corpus.tiny.rows(
        "SELECT DISTINCT state, reason, value, quote FROM out.answers WHERE work_id = :w", w=work_id
    )
    assert states == [("unreadable", "taken_down: the publisher asked", None, None)]
    assert corpus.tiny.rows("SELECT * FROM out.answers WHERE work_id = :w", w=other) == before
    # An answer that was a sentence of the paper is gone from the past, too.
    past = corpus.tiny.rows(
        "SELECT DISTINCT state, value, quote FROM out.answers_of_release(1) WHERE work_id = :w",
        w=work_id,
    )
    assert past == [("unreadable", None, None)]
    ((reason, by, removed),) = corpus.tiny.rows(
        "SELECT reason, decided_by, removed FROM out.takedowns"
    )
    assert (reason, by) == ("the publisher asked", "Ada Example")
    assert removed["core.block"] > 0
    assert removed["core.evidence"] > 0


def test_later_nights_do_not_fetch_it_again_by_any_name_or_place(
    corpus: CorpusNight, papers: Path
) -> None:
    work_id = work_of(corpus, "1")
    store = TakedownStore(corpus.tiny.open())
    body = corpus.server._answers["/1.xml"]("", {}).body
    store.take_down(work_id, reason="the publisher asked", by="Ada Example")
    corpus.server.requests.clear()
    # The record as it was, the record changed, and another source's record of the same DOI.
    corpus.run(("fetch",))
    offer(corpus, "1", body, stamp="2")
    offer(corpus, "1", body, name="copy")
    run_id = corpus.run(("fetch",))
    assert corpus.server.count() == {}
    codes = corpus.tiny.rows("SELECT code FROM ops.failure WHERE run_id = :r", r=run_id)
    assert codes == [("taken_down",), ("taken_down",)]
    # The very bytes from a folder are not stored either.
    (papers / "again.xml").write_bytes(body)
    before = set(corpus.tiny.store.rglob("*"))
    corpus.tiny.run(papers)
    assert set(corpus.tiny.store.rglob("*")) == before
    assert corpus.tiny.rows(
        "SELECT DISTINCT code FROM ops.failure WHERE locator = 'again.xml'"
    ) == [("taken_down",)]


def test_nothing_is_due_for_a_paper_that_was_taken_down(corpus: CorpusNight) -> None:
    work_id = work_of(corpus, "1")
    TakedownStore(corpus.tiny.open()).take_down(work_id, reason="asked for", by="Ada")
    corpus.run()
    assert corpus.tiny.one("SELECT count(*) FROM ops.due") == 0
    assert corpus.tiny.rows("SELECT state, code FROM out.papers WHERE work_id = :w", w=work_id) == [
        ("unreadable", "taken_down")
    ]
    [told] = corpus.tiny.reports().life(work_id)["takedowns"]
    assert (told["reason"], told["decided_by"]) == ("asked for", "Ada")


def test_the_command_removes_the_bytes_keeps_a_record_and_may_be_repeated(
    corpus: CorpusNight, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings: Any = corpus.tiny.database
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__URL", settings.url)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__PASSFILE", str(settings.passfile))
    monkeypatch.setenv("FLORILEGIUM_STORE__URI", str(corpus.tiny.store))
    load_settings.cache_clear()
    monkeypatch.setattr("etl.cli.works.build_night", lambda _settings: corpus.build())

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["takedown", *arguments])

    assert run("10.1234/none", "--reason", "x").exit_code == 2
    files = {path for path in corpus.tiny.store.rglob("*") if path.is_file()}
    for _ in range(2):
        result = run("10.1234/1", "--reason", "the publisher asked", "--by", "Ada", "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["bytes_removed_at"]
    left = {path for path in corpus.tiny.store.rglob("*") if path.is_file()}
    assert len(files - left) == 1
    assert corpus.tiny.rows("SELECT DISTINCT state FROM out.answers WHERE work_id = :w",
                            w=work_of(corpus, "1")) == [("unreadable",)]  # fmt: skip
    load_settings.cache_clear()
