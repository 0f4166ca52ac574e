"""Answers of each source become offers without loss, and a changed form is named by its field."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from etl.errors import FetchError, OutcomeCode, UsageError
from etl.fetch.sources import arxiv, europe_pmc, oai_pmh, openalex, unpaywall
from etl.fetch.sources.listed import ListedPapers
from etl.fetch.sources.names import arxiv_of, doi_of, pmcid_of, pmid_of
from etl.fetch.sources.reference_file import read_references
from etl.fetch.sources.rights import rights_of, spdx_of
from etl.fetch.sources.walk import Window, walk
from etl.intake import Offer, OfferPage

WINDOW = Window(since=date(2026, 1, 1), until=date(2026, 1, 7))


def names(offer: Offer) -> dict[str, str]:
    return {each.scheme: each.value for each in offer.identifiers}


def named(error: pytest.ExceptionInfo[FetchError]) -> str:
    assert error.value.outcome.code is OutcomeCode.BROKEN_ANSWER
    return error.value.outcome.detail


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">
<o:totalResults>{total}</o:totalResults><o:startIndex>{start}</o:startIndex>{entries}</feed>"""
ENTRY = """<entry><id>http://arxiv.org/abs/2601.0000{n}v2</id><title>Frogs {n}</title>
<updated>2026-01-03T00:00:00Z</updated><published>2026-01-02T00:00:00Z</published>
<link type="application/pdf" href="http://arxiv.org/pdf/2601.0000{n}v2"/></entry>"""
OAI = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>{records}
<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>"""
OAI_RECORD = """<record><header{status}><identifier>oai:repo:{n}</identifier>
<datestamp>2026-01-05</datestamp></header>{metadata}</record>"""
OAI_DC = """<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Newts</dc:title><dc:date>2026-01-04</dc:date>
<dc:identifier>10.1234/Newts.1</dc:identifier><dc:identifier>https://repo.test/1.pdf</dc:identifier>
<dc:rights>Open Access</dc:rights><dc:rights>https://creativecommons.org/licenses/by-nc/4.0/</dc:rights>
</oai_dc:dc></metadata>"""


def test_a_slice_of_arxiv_says_where_the_next_begins() -> None:
    entries = "".join(ENTRY.format(n=n) for n in range(3))
    page = arxiv.parse_feed(ATOM.format(total=9, start=3, entries=entries).encode())
    assert page.next_cursor == "6"
    assert page.offers[0].source_id == "2601.00000"
    assert page.offers[0].stamp.startswith("v2 ")
    assert arxiv.parse_feed(ATOM.format(total=0, start=0, entries="").encode()).offers == []
    with pytest.raises(FetchError) as caught:
        arxiv.parse_feed(ATOM.format(total=1, start=0, entries="<entry/>").encode())
    assert "arxiv.entry.id" in named(caught)


def test_a_repository_gives_records_rights_and_the_next_token() -> None:
    records = OAI_RECORD.format(n=1, status="", metadata=OAI_DC) + OAI_RECORD.format(
        n=2, status=' status="deleted"', metadata=""
    )
    page = oai_pmh.parse_records(OAI.format(records=records, token="t1").encode(), source="oai_x")  # noqa: S106
    assert page.next_cursor == "t1"
    (offer,) = page.offers
    assert (offer.title, offer.date, offer.stamp) == ("Newts", "2026-01-04", "2026-01-05")
    assert names(offer) == {"oai": "oai:repo:1", "doi": "10.1234/newts.1"}
    assert offer.rights.licence_spdx == "CC-BY-NC-4.0"
    assert offer.links[0].url == "https://repo.test/1.pdf"


def test_a_repository_without_matches_is_empty_and_its_errors_are_named() -> None:
    shape = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="{}"/></OAI-PMH>'
    assert oai_pmh.parse_records(shape.format("noRecordsMatch").encode(), source="x").offers == []
    with pytest.raises(FetchError) as caught:
        oai_pmh.parse_records(shape.format("badResumptionToken").encode(), source="x")
    assert "badResumptionToken" in named(caught)
    with pytest.raises(FetchError) as caught:
        oai_pmh.parse_records(b"<html></html>", source="x")
    assert "OAI-PMH" in named(caught)


def test_entities_of_a_feed_are_not_read() -> None:
    bomb = b'<!DOCTYPE feed [<!ENTITY a SYSTEM "file:///etc/hostname">]><feed>&a;</feed>'
    with pytest.raises(FetchError) as caught:
        arxiv.parse_feed(bomb)
    assert "declares entities" in named(caught)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda a: a.pop("hitCount"), "hitCount"),
        (lambda a: a.pop("resultList"), "resultList"),
        (lambda a: a["resultList"].update(result="none"), "resultList.result[0]"),
        (lambda a: a["resultList"]["result"][0].pop("title"), "result[0].title"),
        (lambda a: a["resultList"]["result"][0].update(isOpenAccess="perhaps"), "isOpenAccess"),
        (lambda a: a["resultList"]["result"][0].update(doi=["10.1/a"]), "result[0].doi"),
    ],
)
def test_a_changed_answer_is_refused_by_the_name_of_its_field(change: Any, field: str) -> None:
    answer: dict[str, Any] = {
        "hitCount": 1,
        "resultList": {"result": [{"id": "1", "source": "MED", "title": "Newts"}]},
    }
    assert len(europe_pmc.parse_search(json.dumps(answer).encode()).offers) == 1
    change(answer)
    with pytest.raises(FetchError) as caught:
        europe_pmc.parse_search(json.dumps(answer).encode())
    assert field in named(caught)


def test_one_broken_record_is_set_aside_and_the_others_are_kept() -> None:
    rows = [{"id": "1", "source": "MED", "title": "Newts", "unknown": {}}, {"id": "2"}]
    content = json.dumps({"hitCount": 2, "resultList": {"result": rows}}).encode()
    page = europe_pmc.parse_search(content)
    assert [offer.source_id for offer in page.offers] == ["MED/1"]
    assert page.unmatched == ("europe_pmc.resultList.result[1].source: is missing",)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    for parse in (europe_pmc.parse_search, openalex.parse_works, unpaywall.parse_locations):
        with pytest.raises(FetchError) as caught:
            parse(body)
        assert named(caught)


def test_titles_hold_nothing_that_cannot_be_seen() -> None:
    row = {"id": "1", "source": "MED", "title": "A\x00 \u202eline\u200b\nof  Zoe\u0308\ud800"}
    content = json.dumps({"hitCount": 1, "resultList": {"result": [row]}}).encode()
    assert europe_pmc.parse_search(content).offers[0].title == "A line of Zo\u00eb"


class Pages:
    """Scripted pages."""

    name = "scripted"

    def __init__(self, *pages: tuple[int, str | None]) -> None:
        self._pages = dict(zip([None, *(p[1] for p in pages)], pages, strict=False))

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        del window
        count, following = self._pages[cursor]
        rights = rights_of(None, source="x")
        offers = [
            Offer(source="s", source_id=f"{cursor}{n}", title="t", date="", identifiers=(),
                  links=(), rights=rights, stamp="1")
            for n in range(count)
        ]  # fmt: skip
        return OfferPage(offers=offers, next_cursor=following)


def test_a_walk_goes_through_an_empty_page_and_can_begin_in_the_middle() -> None:
    source = Pages((2, "a"), (0, "b"), (1, None))
    assert sum(len(page.offers) for page in walk(source, WINDOW, None)) == 3
    assert sum(len(page.offers) for page in walk(source, WINDOW, "a")) == 1


def test_a_cursor_that_repeats_ends_the_walk() -> None:
    for source in (Pages((1, "a"), (1, "b"), (1, "a")), Pages((1, "a"), (1, "a"))):
        with pytest.raises(FetchError) as caught:
            list(walk(source, WINDOW, None))
        assert "repeats" in named(caught)


def test_pages_that_stay_empty_end_the_walk() -> None:
    source = Pages(*((0, str(n)) for n in range(9)), (0, None))
    with pytest.raises(FetchError) as caught:
        list(walk(source, WINDOW, None))
    assert "empty pages" in named(caught)


@pytest.mark.parametrize(
    ("raw", "spdx"),
    [
        ("cc by", "CC-BY-4.0"), ("CC-BY-NC-ND", "CC-BY-NC-ND-4.0"), ("cc0", "CC0-1.0"),
        ("http://creativecommons.org/licenses/by/3.0/", "CC-BY-3.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode", "CC-BY-NC-SA-4.0"),
        ("Creative Commons Attribution 4.0", "CC-BY-4.0"), ("public-domain", "CC0-1.0"),
        ("Creative Commons Attribution Non-Commercial License", "CC-BY-NC-4.0"),
        ("http://www.elsevier.com/open-access/userlicense/1.0/", None), (None, None),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"), ("other-oa", None),
        ("https://www.springer.com/tdm", None),
    ],
)  # fmt: skip
def test_licences_get_their_spdx_name_or_none(raw: str | None, spdx: str | None) -> None:
    assert spdx_of(raw) == spdx
    assert (rights_of(raw, source="x").quote_limit is None) == (spdx is not None)


def test_identifiers_get_one_form() -> None:
    assert (
        doi_of("https://doi.org/10.1371%2FJournal.pone.0012345.") == "10.1371/journal.pone.0012345"
    )
    assert doi_of("10.1016/S0140-6736(24)02600-X") == "10.1016/s0140-6736(24)02600-x"
    assert doi_of("no doi") is None
    assert arxiv_of("http://arxiv.org/abs/astro-ph/0601001v1") == "astro-ph/0601001"
    assert arxiv_of("10.48550/arXiv.2312.07559") == "2312.07559"
    assert arxiv_of("https://arxiv.org/pdf/2101.00001v3.pdf") == "2101.00001"
    assert arxiv_of("10.1000/2101.00001") is None
    assert pmcid_of("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8071313/") == "PMC8071313"
    assert pmid_of("https://pubmed.ncbi.nlm.nih.gov/11330823") == "11330823"
    assert pmid_of("PMC8071313") is None


LISTS = {
    "list.txt": "10.1234/Newts.1 # a note\nPMC123456\n\n12345678\narXiv:2601.00001\nrubbish!\n"
    "PMC123456\n",
    "list.bib": "@article{a, title={N{\\'e}wts}, doi={10.1234/newts.1}}\n@misc{b, title={X}, "
    "eprint={2601.00001}}\n@book{c, title={No name}}\n@article{broken\n",
    "list.ris": "TY  - JOUR\nTI  - Newts\nDO  - 10.1234/newts.1\nER  - \n\nTY  - JOUR\nTI  - None\n"
    "ER  - \n",
    "list.json": '[{"title":"Newts","DOI":"10.1234/newts.1"},{"note":"PMID: 12345678"},7,'
    '{"URL":"https://arxiv.org/abs/2601.00001"}]',
}
EXPECTED = {
    "list.txt": (["doi", "pmcid", "pmid", "arxiv"], 2),
    "list.bib": (["doi", "arxiv"], 2),
    "list.ris": (["doi"], 1),
    "list.json": (["doi", "arxiv"], 2),
}


@pytest.mark.parametrize("name", LISTS)
def test_reference_lists_give_their_papers_and_the_rest_with_reasons(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text(LISTS[name], encoding="utf-8")
    references = read_references(tmp_path / name)
    schemes, unmatched = EXPECTED[name]
    assert [each.scheme for each in references.found] == schemes
    assert references.found[0].value == "10.1234/newts.1"
    assert len(references.unmatched) == unmatched
    assert all(": " in reason for reason in references.unmatched)


def test_a_list_that_is_no_list_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{broken")
    (tmp_path / "y.txt").write_bytes(b"\xff\xfe\xff")
    for name in ("x.json", "y.txt", "missing.bib"):
        with pytest.raises(UsageError):
            read_references(tmp_path / name)


class Lookups:
    """Europe PMC, arXiv and Crossref as a list asks them; some names break them."""

    def __init__(self, broken: dict[str, OutcomeCode]) -> None:
        self._broken = broken
        self.asked: list[str] = []

    def find(self, query: str) -> OfferPage:
        self.asked.append(query)
        for name, code in self._broken.items():
            if name in query:
                raise FetchError(code, f"answers badly to {name}")
        return OfferPage(offers=[], next_cursor=None)


def test_a_name_that_a_source_chokes_on_does_not_hold_up_the_list(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("10.1234/odd\n10.1234/down\n10.1234/last\n")

    def listed(broken: dict[str, OutcomeCode]) -> ListedPapers:
        lookups: Any = Lookups(broken)
        return ListedPapers(
            tmp_path / "list.txt", europe_pmc=lookups, arxiv=lookups, crossref=lookups
        )

    source = listed({"odd": OutcomeCode.HTTP_STATUS})
    pages = list(walk(source, WINDOW, None))
    assert [len(page.unmatched) for page in pages] == [1, 1, 1]
    assert pages[0].unmatched == ("doi:10.1234/odd: answers badly to odd",)
    source = listed({"down": OutcomeCode.UNREACHABLE})
    with pytest.raises(FetchError):
        list(walk(source, WINDOW, None))
