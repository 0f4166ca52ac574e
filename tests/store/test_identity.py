"""Versions of one work come together, conflicts and like titles wait for people (rows 21 to 23)."""

from collections.abc import Iterator
from typing import Any

import pytest

from etl.errors import UsageError
from etl.store.identity import IdentityStore
from tests.fakes.corpus_night import CorpusNight, OfferList, jats, made_offer, pdf
from tests.fakes.tiny_night import TinyNight, make_paper
from tests.standins.sources import Reply, StandInSources

pytestmark = pytest.mark.store


@pytest.fixture
def server() -> Iterator[StandInSources]:
    with StandInSources().running() as running:
        yield running


@pytest.fixture
def corpus(tiny: TinyNight, server: StandInSources) -> CorpusNight:
    return CorpusNight(tiny, server, {"test:x": OfferList()})


def offers(corpus: CorpusNight) -> OfferList:
    source = corpus.sources["test:x"]
    assert isinstance(source, OfferList)
    return source


def works(corpus: CorpusNight) -> list[tuple[Any, ...]]:
    """(how many versions, the canonical one) of each work."""
    return corpus.tiny.rows(
        "SELECT count(*), max(version || ' ' || media_type) FILTER (WHERE is_canonical) "
        "FROM out.versions GROUP BY work_id ORDER BY 1 DESC, 2"
    )


def test_preprint_article_and_its_xml_are_versions_of_one_work(corpus: CorpusNight) -> None:
    names = {"doi": "10.1234/newts", "arxiv": "2601.00001"}
    preprint = corpus.link("/pre.pdf", pdf("pre"), version="preprint", form="pdf")
    article = corpus.link("/art.pdf", pdf("art"), form="pdf")
    xml = corpus.link("/art.xml", jats("art"))
    offers(corpus).add(made_offer("1", preprint, names={"arxiv": "2601.00001"}))
    offers(corpus).add(made_offer("2", article, names=names))
    offers(corpus).add(made_offer("3", xml, names={"doi": "10.1234/newts", "pmcid": "PMC12345"}))
    run_id = corpus.run()
    assert works(corpus) == [(3, "published application/jats+xml")]
    assert corpus.outcomes(run_id) == {"new": 1, "duplicate": 2}
    # Only the canonical version is read and asked.
    assert corpus.tiny.one("SELECT count(*) FROM core.document") == 1
    schemes = corpus.tiny.rows("SELECT DISTINCT scheme FROM out.identifiers ORDER BY 1")
    assert schemes == [("arxiv",), ("doi",), ("pmcid",)]
    found = corpus.tiny.rows("SELECT found, duplicate, answered, open FROM out.flow")
    assert found == [(3, 2, 1, 0)]


def test_a_canonical_version_that_cannot_be_read_gives_way_to_the_next(
    corpus: CorpusNight,
) -> None:
    names = {"doi": "10.1234/newts"}
    broken = corpus.link("/art.xml", b"<article>BROKEN</article>")
    offers(corpus).add(made_offer("1", broken, names=names))
    offers(corpus).add(
        made_offer("2", corpus.link("/am.xml", jats("am"), version="accepted"), names=names)
    )
    run_id = corpus.run(("fetch",))
    assert works(corpus) == [(2, "published application/jats+xml")]
    full_text_id, parser_id = corpus.tiny.rows(
        "SELECT full_text_id, parser_id FROM core.current_document"
    )[0]
    with corpus.tiny.open().transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO ops.item (stage, subject_id, recipe_id, state, run_id, code) "
            "VALUES ('parse', %s, %s, 'failed', %s, 'bad_xml')",
            (full_text_id, parser_id, run_id),
        )
    assert works(corpus) == [(2, "accepted application/jats+xml")]


def test_two_articles_under_one_arxiv_id_stay_two_and_wait_for_a_person(
    corpus: CorpusNight,
) -> None:
    for number in ("1", "2"):
        names = {"doi": f"10.1234/{number}", "arxiv": "2601.00001"}
        link = corpus.link(f"/{number}.xml", jats(number))
        offers(corpus).add(made_offer(number, link, names=names))
    corpus.run(("fetch",))
    assert [row[0] for row in works(corpus)] == [1, 1]
    (candidate,) = corpus.tiny.rows("SELECT reason, detail, verdict FROM out.match_candidates")
    assert candidate[0] == "conflict"
    assert "10.1234/1" in candidate[1]
    assert candidate[2] is None


def test_like_titles_are_candidates_and_are_never_merged(corpus: CorpusNight) -> None:
    for number, title in (("1", "Counting newts in ponds"), ("2", "Counting newts in a pond")):
        link = corpus.link(f"/{number}.xml", jats(number))
        names = {"doi": f"10.1234/{number}"}
        offers(corpus).add(made_offer(number, link, names=names, title=title))
    corpus.run(("fetch",))
    assert len(works(corpus)) == 2
    ((reason, score),) = corpus.tiny.rows("SELECT reason, score FROM out.match_candidates")
    assert reason == "title"
    assert 0.9 < score < 1


def test_a_doi_that_a_repository_told_wrongly_joins_nothing(corpus: CorpusNight) -> None:
    link = corpus.link("/1.xml", jats("1"))
    offers(corpus).add(made_offer("1", link, names={"doi": "10.1234/newts"}))
    other = corpus.link("/2.xml", jats("2"), version="unknown")
    told = made_offer("2", other, title="Toads of the moor", names={"doi": "10.1234/newts"},
                      authority="unknown")  # fmt: skip
    offers(corpus).add(told)
    corpus.run(("fetch",))
    assert len(works(corpus)) == 2
    assert corpus.tiny.rows("SELECT reason FROM out.match_candidates") == [("doubtful_name",)]


def test_a_changed_file_under_one_doi_is_a_new_version_and_the_old_answers_stay(
    corpus: CorpusNight,
) -> None:
    link = corpus.link("/1.xml", jats(make_paper(1)))
    offers(corpus).add(made_offer("1", link, names={"doi": "10.1234/1"}))
    corpus.run()
    first = corpus.tiny.rows("SELECT sha256 FROM out.papers")
    # The very same address, and an ETag would not have told.
    corpus.link("/1.xml", jats(make_paper(2)))
    offers(corpus).add(made_offer("1", link, names={"doi": "10.1234/1"}, stamp="2"))
    corpus.run()
    assert [row[0] for row in works(corpus)] == [2]
    assert corpus.tiny.rows("SELECT sha256 FROM out.papers") != first
    documents = corpus.tiny.one("SELECT count(DISTINCT document_id) FROM out.answers_history")
    assert documents == 2
    assert corpus.tiny.one("SELECT count(DISTINCT work_id) FROM out.answers") == 1


def test_a_record_that_joins_two_works_merges_them_and_old_answers_stay_readable(
    corpus: CorpusNight,
) -> None:
    pre = corpus.link("/pre.xml", jats(make_paper(1)), version="preprint")
    art = corpus.link("/art.xml", jats(make_paper(2)))
    offers(corpus).add(made_offer("1", pre, names={"arxiv": "2601.00001"}, title="Newts"))
    offers(corpus).add(made_offer("2", art, names={"doi": "10.1234/newts"}))
    corpus.run()
    before = corpus.tiny.rows("SELECT work_id, question_id, state FROM out.answers ORDER BY 1, 2")
    assert len({row[0] for row in before}) == 2
    # The preprint server now knows the article.
    names = {"arxiv": "2601.00001", "doi": "10.1234/newts"}
    corpus.link("/pre.xml", jats(make_paper(3)))
    offers(corpus).add(made_offer("1", pre, names=names, title="Newts", stamp="2"))
    corpus.run()
    assert works(corpus) == [(3, "published application/jats+xml")]
    ((old, new, why, who),) = corpus.tiny.rows(
        "SELECT work_id, into_work_id, reason, decided_by FROM out.merges"
    )
    assert who == "rule"
    assert "10.1234/newts" in why
    assert corpus.tiny.rows("SELECT DISTINCT work_id FROM out.answers") == [(new,)]
    first = corpus.tiny.rows(
        "SELECT work_id, question_id, state FROM out.answers_of_release(1) ORDER BY 1, 2"
    )
    assert first == before
    assert old in {row[0] for row in first}
    assert corpus.tiny.one("SELECT count(*) FROM ops.due") == 0
    # A night later nothing moves.
    corpus.run()
    assert corpus.tiny.one("SELECT count(*) FROM core.release") == 2


def test_a_person_merges_a_candidate_or_keeps_it_apart(corpus: CorpusNight) -> None:
    for number in ("1", "2", "3"):
        link = corpus.link(f"/{number}.xml", jats(number))
        offers(corpus).add(made_offer(number, link, names={"doi": f"10.1234/{number}"}))
    corpus.run(("fetch",))
    store = IdentityStore(corpus.tiny.open())
    assert len(store.candidates(only_open=True)) == 3
    one, other, third = (row[0] for row in corpus.tiny.rows("SELECT work_id FROM core.work"))
    store.keep_apart(one, third, reason="another pond", by="Ada Example")
    assert len(store.candidates(only_open=True)) == 2
    kept = store.merge(one, other, reason="the same data", by="Ada Example")
    assert kept in (one, other)
    assert corpus.tiny.rows("SELECT reason, decided_by FROM out.merges") == [
        ("the same data", "Ada Example")
    ]
    with pytest.raises(UsageError, match="merged before"):
        store.merge(one, other, reason="again", by="Ada Example")
    with pytest.raises(UsageError, match="unknown"):
        store.keep_apart(one, 7, reason="no such work", by="Ada Example")


def test_bytes_that_have_not_changed_are_not_sent_again(corpus: CorpusNight) -> None:
    served: list[int] = []

    def answer(_path: str, _query: dict[str, str]) -> Reply:
        headers = corpus.server.headers[-1]
        status = 304 if headers.get("if-none-match") == '"v1"' else 200
        served.append(status)
        body = jats("newts") if status == 200 else b""
        return Reply(status=status, body=body, headers={"ETag": '"v1"'})

    corpus.server.serve("/1.xml", answer)
    link = corpus.link("/1.xml")
    offers(corpus).add(made_offer("1", link, names={"doi": "10.1234/1"}))
    corpus.run(("fetch",))
    for stamp in ("2", "3"):
        offers(corpus).add(made_offer("1", link, names={"doi": "10.1234/1"}, stamp=stamp))
        run_id = corpus.run(("fetch",))
        assert corpus.outcomes(run_id) == {"known": 1}
    assert served == [200, 304, 304]
    assert works(corpus) == [(1, "published application/jats+xml")]
    # A store that lost the file has it again.
    for path in corpus.tiny.store.rglob("*.xml"):
        path.unlink()
    offers(corpus).add(made_offer("1", link, names={"doi": "10.1234/1"}, stamp="4"))
    corpus.run(("fetch",))
    assert served == [200, 304, 304, 304, 200]
    assert list(corpus.tiny.store.rglob("*.xml"))


def test_a_changed_file_with_the_same_etag_is_taken_where_the_server_sends_it(
    corpus: CorpusNight,
) -> None:
    bodies = [jats("first"), jats("second")]
    corpus.server.serve(
        "/1.xml", lambda _p, _q: Reply(body=bodies.pop(0), headers={"ETag": '"same"'})
    )
    link = corpus.link("/1.xml")
    offers(corpus).add(made_offer("1", link, names={"doi": "10.1234/1"}))
    corpus.run(("fetch",))
    offers(corpus).add(made_offer("1", link, names={"doi": "10.1234/1"}, stamp="2"))
    corpus.run(("fetch",))
    assert [row[0] for row in works(corpus)] == [2]


def test_a_merge_knows_every_table_that_names_a_work(corpus: CorpusNight) -> None:
    """Somebody who adds such a table has to say what becomes of its rows in ops.merge_works."""
    tables = {
        row[0]
        for row in corpus.tiny.rows(
            "SELECT DISTINCT c.table_schema || '.' || c.table_name "
            "FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) "
            "WHERE c.table_schema IN ('core', 'ops') AND t.table_type = 'BASE TABLE' "
            "AND c.column_name IN ('work_id', 'other_work_id')"
        )
    }
    moved = {"core.full_text", "core.document", "core.foreign_paper", "core.identifier",
             "core.work_event", "core.match_candidate"}  # fmt: skip
    stays = {"core.work", "core.decision", "core.decision_support", "core.work_merge",
             "core.match_verdict", "core.takedown", "core.retraction", "core.calibration_label",
             "ops.decision_sheet", "ops.failure"}  # fmt: skip
    assert moved <= tables <= moved | stays
