"""A night whose PDFs go to GROBID, and what analysts see of how well each reader did."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import structlog

from etl.errors import ServiceUnavailableError
from etl.fetch.take import full_text_of
from etl.parse.grobid.reader import GrobidParser
from etl.parse.reader import IsolatedParser
from etl.settings import GrobidSettings, ParseSettings
from tests.fakes.parser import FakeParser
from tests.fakes.tiny_night import TinyNight, make_paper
from tests.standins.grobid import Answer, GrobidStandIn

pytestmark = pytest.mark.store

SAMPLES = Path(__file__).parents[2] / "samples/papers"
OWN = IsolatedParser(ParseSettings())
QUALITY = """
SELECT parser, is_in_force, paper_count, readable_count, readable_share, failed_count,
       fallback_count, mean_headings, mean_references, hidden_char_count, mean_stopword_ratio,
       mean_own_found
FROM out.parser_quality ORDER BY parser, last_parsed_at
"""


@pytest.fixture(autouse=True)
def _own_logs() -> None:
    """Commands of other tests leave a log that is closed."""
    structlog.reset_defaults()


@pytest.fixture
def server() -> Iterator[GrobidStandIn]:
    with GrobidStandIn(lambda pdf: OWN.parse(full_text_of(pdf, name="a.pdf"), pdf)) as stand_in:
        yield stand_in


def by_grobid(server: GrobidStandIn) -> FakeParser:
    settings = GrobidSettings(url=server.url, pause_seconds=(0, 0), recovery_seconds=0)
    return cast("FakeParser", GrobidParser(settings, OWN))


def rows(tiny: TinyNight) -> list[dict[str, Any]]:
    names = QUALITY.split("SELECT ")[1].split("\nFROM", maxsplit=1)[0].replace("\n", " ").split(",")
    return [
        dict(zip([name.strip() for name in names], row, strict=True)) for row in tiny.rows(QUALITY)
    ]


def test_each_reader_s_papers_are_counted_with_those_it_could_not_read(
    tiny: TinyNight, papers: Path
) -> None:
    for number in range(3):
        (papers / f"{number}.txt").write_text(make_paper(number))
    (papers / "cipher.txt").write_text("GARBLED paper\n# methods\nWkh qhw.")
    (papers / "broken.txt").write_text("BROKEN paper")
    tiny.run(papers)
    [row] = rows(tiny)
    assert (row["parser"], row["is_in_force"]) == ("fake-parser/1", True)
    assert (row["paper_count"], row["readable_count"], row["failed_count"]) == (5, 3, 1)
    assert float(row["readable_share"]) == 0.6
    assert float(row["mean_stopword_ratio"]) == 0.5
    assert row["mean_own_found"] is None
    tiny.parser = FakeParser(version="2")
    tiny.run(papers)
    assert [(row["parser"], row["is_in_force"]) for row in rows(tiny)] == [
        ("fake-parser/1", False),
        ("fake-parser/2", True),
    ]


def test_a_night_by_grobid_pauses_while_it_is_down_and_counts_who_stood_in(
    tiny: TinyNight, papers: Path, server: GrobidStandIn
) -> None:
    names = ("frogs-single-column.pdf", "terns-two-column.pdf")
    for name in names:
        shutil.copy(SAMPLES / name, papers / name)
    tiny.parser = by_grobid(server)
    with tiny.begun(papers) as (night, run_id):
        tiny.stage(night, run_id, "fetch")
        batches = night.plan(run_id, "parse")
        server.stop()
        with pytest.raises(ServiceUnavailableError):
            night.work(batches[0])
        assert tiny.one("SELECT count(*) FROM core.document") == 0
        assert tiny.one("SELECT count(*) FROM ops.failure") == 0
        server.start()
        server.script(Answer(status=500, body=b"[PDFALTO_CONVERSION_FAILURE] x"))
        assert night.work(batches[0])["done"] == len(names)
        night.settle(run_id, "parse", max_failed_ratio=0)
        for stage in ("embed", "answer", "decide"):
            tiny.stage(night, run_id, stage)
        night.publish(run_id)
        night.finish(run_id)
    [row] = rows(tiny)
    assert (row["parser"], row["is_in_force"]) == ("grobid/0.9.1", True)
    assert (row["paper_count"], row["readable_count"], row["fallback_count"]) == (2, 2, 1)
    assert row["mean_headings"] > 5
    assert row["mean_references"] == 4
    assert row["mean_own_found"] > 0.9
    calls = len(server.calls)
    tiny.run(papers)
    assert len(server.calls) == calls


def test_a_newer_grobid_reads_every_pdf_again_and_keeps_the_old_readings(
    tiny: TinyNight, papers: Path, server: GrobidStandIn
) -> None:
    shutil.copy(SAMPLES / "frogs-single-column.pdf", papers)
    tiny.parser = by_grobid(server)
    tiny.run(papers)
    server.state.version = "0.9.2"
    tiny.parser = by_grobid(server)
    tiny.run(papers)
    assert [(row["parser"], row["is_in_force"]) for row in rows(tiny)] == [
        ("grobid/0.9.1", False),
        ("grobid/0.9.2", True),
    ]
    assert tiny.one("SELECT count(*) FROM out.papers WHERE parser = 'grobid/0.9.2'") == 1
