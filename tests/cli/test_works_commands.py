"""People bring lists, decide what is one work, and draw the flow, from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from etl.cli.app import app
from etl.errors import FetchError, OutcomeCode
from etl.settings import load_settings
from tests.fakes.corpus_night import CorpusNight, OfferList, jats, made_offer
from tests.fakes.tiny_night import TinyNight, make_paper
from tests.standins.sources import StandInSources

pytestmark = pytest.mark.store


def _no_network(host: str, _port: int) -> list[str]:
    raise FetchError(OutcomeCode.UNREACHABLE, f"{host} cannot be found")


@pytest.fixture
def tiny(fresh: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyNight]:
    """A database of this test's own, named by the environment; no host can be found."""
    settings = fresh.settings()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__URL", settings.url)
    monkeypatch.setenv("FLORILEGIUM_DATABASE__PASSFILE", str(settings.passfile))
    monkeypatch.setenv("FLORILEGIUM_STORE__URI", str(tmp_path / "store"))
    monkeypatch.setattr("etl.fetch.http_addresses._system_addresses", _no_network)
    load_settings.cache_clear()
    made = TinyNight(database=settings, store=tmp_path / "store")
    made.load()
    yield made
    load_settings.cache_clear()


@pytest.fixture
def fetched(tiny: TinyNight) -> TinyNight:
    """Two works with like titles, and a record that no licence lets in."""
    with StandInSources().running() as server:
        corpus = CorpusNight(tiny, server, {"test:x": OfferList()})
        source = corpus.sources["test:x"]
        assert isinstance(source, OfferList)
        for number in ("1", "2"):
            link = corpus.link(f"/{number}.xml", jats(number))
            source.add(made_offer(number, link, names={"doi": f"10.1234/{number}"}))
        corpus.policy = {"languages": ["en"]}
        source.add(made_offer("3", title="Molche", language="de"))
        corpus.run(("fetch",))
    return tiny


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_list_is_looked_up_and_what_is_left_is_told_with_reasons(
    tiny: TinyNight, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("10.1234/newts\nrubbish!\n")
    result = run("import", "papers", "mine.txt", "--dry-run", "--json")
    assert result.exit_code == 1, result.output
    (walk,) = json.loads(result.stdout)["walks"]
    assert "unreachable: www.ebi.ac.uk cannot be found" in walk["stopped"]
    result = run("import", "papers", "mine.txt")
    assert result.exit_code == 1, result.output
    assert "unreachable" in result.stdout
    assert tiny.rows("SELECT corpus, stopped IS NOT NULL FROM ops.walk") == [("list-mine", True)]
    (tmp_path / "empty.txt").write_text("rubbish!\n")
    result = run("import", "papers", "empty.txt", "--json")
    assert result.exit_code == 1
    (walk,) = json.loads(result.stdout)["walks"]
    assert walk["unmatched"] == ["line 1: names no DOI, PMCID, PMID or arXiv id"]
    assert run("import", "papers", "mine.docx").exit_code == 2
    assert run("import", "papers", "none.bib").exit_code == 2


def test_corpora_are_checked_without_asking_anybody(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    (tmp_path / "list.txt").write_text("10.1234/newts\nrubbish!\n")
    good.write_text("name: good\nsince: 2026-01-01\nsources: [{kind: list, file: list.txt}]\n")
    bad.write_text("name: Bad\nsince: never\nsources: []\n")
    result = run("corpus", "lint", str(good))
    assert result.exit_code == 0, result.output
    assert "good, since 2026-01-01, from list" in result.stdout
    assert "line 2" in result.stdout
    result = run("corpus", "lint", str(good), str(bad))
    assert result.exit_code == 2
    for field in ("name", "since", "sources"):
        assert field in result.stderr


def test_a_window_that_ends_before_it_begins_is_wrong_use(tiny: TinyNight, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "name: newts\nsince: 2026-01-01\nsources: [{kind: arxiv, query: newts}]\n"
    )
    result = run("fetch", "--corpus", "c.yaml", "--from", "2026-03-01", "--to", "2026-02-01")
    assert result.exit_code == 2
    assert "before it begins" in result.stderr
    result = run("fetch", "--corpus", "c.yaml", "--from", "2026-02-01", "--to", "2026-03-10",
                 "--json")  # fmt: skip
    assert result.exit_code == 1, "no source could be asked"
    assert len(json.loads(result.stdout)["walks"]) == 2
    assert tiny.rows("SELECT DISTINCT watermark FROM ops.walk") == [(None,)]


def test_candidates_are_shown_merged_and_kept_apart(fetched: TinyNight) -> None:
    (candidate,) = json.loads(run("works", "candidates", "--json").stdout)
    assert candidate["reason"] == "title"
    pair = [str(candidate["work_id"]), str(candidate["other_work_id"])]
    why = ["--reason", "another pond", "--by", "Ada Example"]
    assert run("works", "keep-apart", *pair, *why).exit_code == 0
    assert json.loads(run("works", "candidates", "--json").stdout) == []
    (decided,) = json.loads(run("works", "candidates", "--all", "--json").stdout)
    assert decided["decided_by"] == "Ada Example"
    result = run("works", "merge", *pair, "--reason", "the same after all", "--by", "Bea")
    assert result.exit_code == 0, result.output
    assert run("works", "merge", *pair, "--reason", "twice").exit_code == 2
    assert fetched.rows("SELECT decided_by FROM out.merges") == [("Bea",)]


def test_the_flow_is_shown_and_drawn(fetched: TinyNight, tmp_path: Path) -> None:
    result = run("prisma", "--corpus", "newts", "--out", "flow.svg", "--json")
    assert result.exit_code == 0, result.output
    counts = {(r["stage"], r["reason"]): r["record_count"] for r in json.loads(result.stdout)}
    assert counts["identified", "test"] == 3
    assert counts["screened_out", "out_of_scope"] == 1
    assert counts["waiting", "not read yet"] == 2
    assert "Records identified: 3" in (tmp_path / "flow.svg").read_text()
    assert run("prisma", "--corpus", "none").exit_code == 2
    assert run("prisma", "--out", "no/such/folder.svg").exit_code == 2
    assert fetched is not None


def test_a_source_of_notices_that_cannot_be_asked_is_named(fetched: TinyNight) -> None:
    result = run("notices", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["not_asked_to_the_end"] == ["crossref", "europe_pmc"]
    assert "could not be asked" in run("notices").stdout
    assert fetched is not None


def test_one_paper_is_made_due_again_without_the_others(tiny: TinyNight, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "good.txt").write_text(make_paper(0))
    for number in (1, 2):
        (folder / f"bad{number}.txt").write_text(f"BROKEN\n{number}")
    tiny.run(folder)
    assert run("retry", "bad1.txt").output == "1 item is due again\n"
    assert tiny.rows("SELECT stage, count(*) FROM ops.due GROUP BY stage") == [("parse", 1)]
    for name in ("bad1.txt", "good.txt"):
        nothing = run("retry", name).output
        assert nothing.startswith("0 items are due again\nIt did not fail, or is due already.")
    assert json.loads(run("retry", "--json").output) == {"reopened": 1}
    assert run("retry", "nobody.txt").exit_code == 2
