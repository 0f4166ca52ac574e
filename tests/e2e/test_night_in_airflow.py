"""The whole thing as a user runs it: services, five DAGs in Airflow, a table; then again."""

import json
from collections.abc import Iterator

import pytest

from etl.stack.night import CHAIN
from tests.e2e.collector import Collector, open_collector
from tests.e2e.home import Home, clear_away

PAPERS = 5
QUESTIONS = 28

pytestmark = [pytest.mark.e2e, pytest.mark.airflow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with open_collector() as opened:
        yield opened


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Home]:
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in collector.settings.items():
            patch.setenv(name, value)
        try:
            made = Home(root)
            made.night = made.florilegium("night", "--json")
            yield made
        finally:
            clear_away(root)


def test_every_sample_has_an_answer_or_an_honest_reason_to_every_question(home: Home) -> None:
    assert home.night["is_success"]
    assert home.sql("SELECT count(*), count(DISTINCT work_id) FROM out.answers") == [
        [str(PAPERS * QUESTIONS), str(PAPERS)]
    ]
    assert home.sql("SELECT count(*) FROM out.answers WHERE state = 'answered'")[0][0] != "0"
    assert home.sql(
        "SELECT count(*) FROM out.answers WHERE state <> 'answered' AND reason IS NULL"
    ) == [["0"]]


def test_every_answer_has_a_quote_that_is_a_slice_of_the_source_with_its_page(home: Home) -> None:
    unproven = """
        SELECT count(*) FROM out.answers a WHERE a.state = 'answered' AND NOT EXISTS (
            SELECT FROM out.evidence e
            JOIN core.block b ON b.document_id = e.document_id AND b.block_index = e.block_index
            WHERE e.work_id = a.work_id AND e.question_id = a.question_id
              AND substr(b.text, e.char_start + 1, e.char_end - e.char_start) = e.quote)
    """
    assert home.sql(unproven) == [["0"]]
    pageless = """
        SELECT count(*) FROM out.answers JOIN out.papers USING (work_id)
        WHERE out.answers.state = 'answered' AND media_type = 'application/pdf' AND page IS NULL
    """
    assert home.sql(pageless) == [["0"]]


def test_the_accounting_adds_up(home: Home) -> None:
    assert home.sql(
        "SELECT found, duplicate + excluded + failed + answered, open FROM out.flow"
    ) == [[str(PAPERS), str(PAPERS), "0"]]


def test_five_dags_ran_once_each_and_only_ids_and_counts_went_through_airflow(home: Home) -> None:
    runs = home.sql("SELECT dag_id, state FROM dag_run ORDER BY dag_id", "airflow")
    assert runs == [[dag_id, "success"] for dag_id in sorted(CHAIN)]
    longest = home.sql(
        "SELECT coalesce(max(length(value::text)), 0) FROM xcom WHERE key <> 'skipped'", "airflow"
    )
    assert int(longest[0][0]) < 200
    texts = home.sql(
        "SELECT count(*) FROM xcom WHERE value::text ~ '[A-Za-z]{3,} [A-Za-z]{3,}'", "airflow"
    )
    assert texts == [["0"]]


def test_a_second_night_has_nothing_to_do_and_changes_no_fact(home: Home) -> None:
    tables = home.sql(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = 'core' AND table_type = 'BASE TABLE' ORDER BY 1"
    )
    prints = "; ".join(
        f"SELECT '{name}', count(*), coalesce(max(xmin::text::bigint), 0) FROM core.{name}"  # noqa: S608 - a name from the catalogue
        for [name] in tables
    )
    before = home.sql(prints)
    assert home.florilegium("night", "--json")["is_success"]
    assert home.sql(prints) == before
    assert home.sql("SELECT note FROM ops.run ORDER BY run_id DESC LIMIT 1") == [["nothing to do"]]


def test_the_commands_tell_a_paper_s_life_from_the_same_database(home: Home) -> None:
    life = home.florilegium("why", "terns-two-column.pdf", "--json")
    assert [document["status"] for document in life["documents"]] == ["parsed"]
    assert life["due"] == []
    assert home.florilegium("plan", "--json")["cells"] == []


@pytest.mark.usefixtures("home")
def test_a_collector_is_told_how_tasks_and_dags_went(collector: Collector) -> None:
    spans = {f"dag_run.{dag_id}" for dag_id in CHAIN}
    collector.wait(lambda: spans <= collector.spans)
    assert spans <= collector.spans
    ended = {(told["dag_id"], told["state"]) for told in collector.metrics["airflow.ti.finish"]}
    assert ended >= {(dag_id, "success") for dag_id in CHAIN}
    pools = {told.get("pool_name") for told in collector.metrics["airflow.pool.open_slots"]}
    assert pools >= {"gpu", "embed", "grobid", "api"}


@pytest.mark.usefixtures("home")
def test_a_collector_of_lineage_is_told_the_tables_of_every_batch(collector: Collector) -> None:
    told = {
        event["job"]["name"]: {table["name"] for table in event["outputs"]}
        for event in collector.lineage
        if event["eventType"] == "COMPLETE" and event["outputs"]
    }
    assert "florilegium.core.document" in told["parse_papers.parse"]
    assert "florilegium.core.embedding" in told["embed_chunks.embed"]
    assert "florilegium.core.ballot" in told["answer_questions.answer"]
    assert "florilegium.core.decision" in told["publish_results.decide"]
    assert "florilegium.core.release" in told["publish_results.publish"]
    assert "password" not in json.dumps(collector.lineage).lower()
