"""
Recorded answers of every source become offers without loss; ``-s`` prints the counts.

They are not part of this repository: give their folder with ``--recorded FOLDER``.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from etl.errors import FetchError, OutcomeCode
from etl.fetch.sources import arxiv, crossref, europe_pmc, openalex, unpaywall
from etl.fetch.sources.names import doi_of
from etl.intake import Offer

SEARCHES = (
    "search_cancer", "search_cancer_core", "search_cancer_page2", "search_post_cancer",
    "search_cancer_sorted_cited", "search_no_results",
)  # fmt: skip


def exchanges(recorded: Path, folder: str) -> Iterator[tuple[str, int, str]]:
    """Address, status and body of every recorded exchange of a folder."""
    for path in sorted((recorded / folder).glob("*.json")):
        stored = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(stored, list) and stored and "request" in stored[0]:
            for each in stored:
                answer = each["response"]
                yield each["request"]["url"], answer["status"], answer.get("body") or ""


def names(offer: Offer) -> dict[str, str]:
    return {each.scheme: each.value for each in offer.identifiers}


def named(error: pytest.ExceptionInfo[FetchError]) -> str:
    assert error.value.outcome.code is OutcomeCode.BROKEN_ANSWER
    return error.value.outcome.detail


@pytest.mark.parametrize(
    "name",
    SEARCHES,
)  # fmt: skip
def test_recorded_searches_of_europe_pmc_lose_nothing(recorded: Path, name: str) -> None:
    content = (recorded / "europepmc" / f"{name}.json").read_bytes()
    raw = json.loads(content)
    page = europe_pmc.parse_search(content)
    rows = raw["resultList"]["result"]
    assert len(page.offers) == len(rows)
    assert page.unmatched == ()
    assert page.next_cursor == raw.get("nextCursorMark")
    for offer, row in zip(page.offers, rows, strict=True):
        assert offer.title == " ".join(row["title"].split())
        assert names(offer).get("doi") == (row["doi"].lower() if "doi" in row else None)
        assert names(offer).get("pmid") == row.get("pmid")
        assert names(offer).get("pmcid") == row.get("pmcid")
        assert offer.date == row.get("firstPublicationDate", row.get("pubYear"))
        assert offer.rights.licence_raw == row.get("license")
        is_open = row.get("isOpenAccess") == "Y" and "pmcid" in row
        assert [link.form for link in offer.links].count("xml") == is_open


def test_recorded_papers_of_europe_pmc_keep_licence_and_full_text(recorded: Path) -> None:
    files = sorted((recorded.parent / "europepmc_invasive_plants").glob("*/eupmc_result.json"))
    rows = [json.loads(path.read_text(encoding="utf-8"))["full"] for path in files]
    content = json.dumps({"hitCount": len(rows), "resultList": {"result": rows}}).encode()
    page = europe_pmc.parse_search(content)
    assert len(page.offers) == 5
    for offer, row in zip(page.offers, rows, strict=True):
        assert offer.rights.licence_raw == row["license"]
        assert offer.rights.licence_spdx == "CC-BY-4.0"
        assert offer.links[0].url.endswith(f"{row['pmcid']}/fullTextXML")


def test_recorded_feeds_of_arxiv_lose_nothing(recorded: Path) -> None:
    papers = 0
    for path in sorted((recorded / "arxiv").glob("*.json")):
        answer = json.loads(path.read_text(encoding="utf-8"))
        body = answer["body"]
        if answer["status_code"] == 400:
            with pytest.raises(FetchError) as caught:
                arxiv.parse_feed(body.encode())
            assert "incorrect id format" in named(caught)
            continue
        page = arxiv.parse_feed(body.encode())
        papers += len(page.offers)
        assert len(page.offers) == body.count("<entry>")
        assert page.unmatched == ()
        for offer in page.offers:
            assert offer.title
            assert offer.date[:4].isdigit()
            assert f"/abs/{names(offer)['arxiv']}" in body.lower()
            assert offer.links[0].url.startswith("https://")
            assert body.count("<arxiv:doi>") >= ("doi" in names(offer))
    assert papers > 50


def test_recorded_works_of_crossref_lose_nothing(recorded: Path) -> None:
    counted = 0
    for folder in ("crossref", "mixed"):
        for url, status, body in exchanges(recorded, folder):
            if "api.crossref.org/works" not in url or status != 200 or not body.startswith("{"):
                continue
            message = json.loads(body).get("message")
            if not isinstance(message, dict):
                continue
            if "items" in message:
                rows = message["items"]
                page = crossref.parse_works(body.encode(), rows=20)
                offers = list(page.offers)
                assert page.unmatched == ()
            elif "DOI" in message and "agency" not in message:
                rows, offers = [message], [crossref.parse_work(body.encode())]
            else:
                continue
            assert len(offers) == len(rows)
            for offer, row in zip(offers, rows, strict=True):
                _same_as_crossref(offer, row)
            counted += len(rows)
    assert counted > 300


def _same_as_crossref(offer: Offer, row: dict[str, Any]) -> None:
    assert offer.source_id == row["DOI"].lower()
    assert bool(offer.title) == any(row.get("title", []))
    assert bool(offer.rights.licence_raw) == bool(row.get("license"))
    if row.get("issued", {}).get("date-parts", [[None]])[0][0]:
        parts = (row.get("published") or row["issued"])["date-parts"][0]
        assert offer.date == "-".join(f"{part:02d}" for part in parts)
    mining = [
        link["URL"]
        for link in row.get("link", [])
        if link.get("intended-application") != "similarity-checking"
    ]
    assert sorted(link.url for link in offer.links) == sorted(mining)


def test_recorded_works_of_openalex_lose_nothing(recorded: Path) -> None:
    stored = (recorded / "openalex" / "pygetpapers_openalex-results.json").read_text("utf-8")
    rows = list(json.loads(stored)["total_json_output"].values())
    content = json.dumps({"meta": {"next_cursor": "abc"}, "results": rows}).encode()
    page = openalex.parse_works(content)
    assert page.next_cursor == "abc"
    for url, status, body in exchanges(recorded, "mixed"):
        if "api.openalex.org/works/" in url and status == 200:
            rows.append(json.loads(body))
            page.offers.append(openalex.parse_work(body.encode()))  # type: ignore[attr-defined]
    assert len(page.offers) == len(rows) >= 13
    for offer, row in zip(page.offers, rows, strict=True):
        assert offer.title == " ".join(row["title"].split())
        assert offer.date == row["publication_date"]
        assert names(offer)["openalex"] == row["id"].rsplit("/", 1)[-1]
        assert names(offer).get("doi") == doi_of(row["doi"])
        assert ("pmid" in names(offer)) == ("pmid" in row["ids"])
        assert offer.rights.oa_status == row["open_access"]["oa_status"]
        assert bool(offer.links) == row["open_access"]["is_oa"]


def test_recorded_answers_of_unpaywall_keep_link_version_and_licence(recorded: Path) -> None:
    stored = recorded / "unpaywall" / "raw_unpaywall_10_1371_journal_pone_0012345.json"
    links = unpaywall.parse_locations(stored.read_bytes())
    assert [link.version for link in links] == ["published", "preprint"]
    assert all(link.rights.licence_spdx == "CC-BY-4.0" for link in links)
    answers = 0
    for url, status, body in exchanges(recorded, "mixed"):
        if "api.unpaywall.org/v2/10." in url and status == 200:
            raw = json.loads(body)
            found = unpaywall.parse_locations(body.encode())
            expected = {p["url_for_pdf"] or p["url"] for p in raw["oa_locations"]}
            assert {link.url for link in found} == expected
            answers += 1
    assert answers == 3


def _crossref_offers(recorded: Path) -> Iterator[Offer]:
    for folder in ("crossref", "mixed"):
        for url, status, body in exchanges(recorded, folder):
            message = json.loads(body).get("message") if body.startswith("{") else None
            if "api.crossref.org/works" not in url or status != 200:
                continue
            if isinstance(message, dict) and "items" in message:
                yield from crossref.parse_works(body.encode(), rows=20).offers
            elif isinstance(message, dict) and "DOI" in message and "agency" not in message:
                yield crossref.parse_work(body.encode())


def _arxiv_offers(recorded: Path) -> Iterator[Offer]:
    for path in (recorded / "arxiv").glob("*.json"):
        answer = json.loads(path.read_text(encoding="utf-8"))
        if answer["status_code"] == 200:
            yield from arxiv.parse_feed(answer["body"].encode()).offers


def _europe_pmc_offers(recorded: Path) -> Iterator[Offer]:
    for name in SEARCHES:
        content = (recorded / "europepmc" / f"{name}.json").read_bytes()
        yield from europe_pmc.parse_search(content).offers


def _openalex_offers(recorded: Path) -> Iterator[Offer]:
    stored = (recorded / "openalex" / "pygetpapers_openalex-results.json").read_text("utf-8")
    for row in json.loads(stored)["total_json_output"].values():
        yield openalex.parse_work(json.dumps(row).encode())


def test_what_is_kept_of_each_source(
    recorded: Path, record_property: Callable[[str, object], None]
) -> None:
    """The figures: records, and how many of them have each thing that we look for."""
    readers = {
        "europe_pmc": _europe_pmc_offers,
        "arxiv": _arxiv_offers,
        "crossref": _crossref_offers,
        "openalex": _openalex_offers,
    }
    for source, read in readers.items():
        tally: Counter[str] = Counter()
        for offer in read(recorded):
            told = {
                "records": True,
                "id": offer.identifiers,
                "title": offer.title,
                "date": offer.date,
                "licence": offer.rights.licence_raw,
                "full-text link": offer.links,
                "first author": offer.first_author,
                "notice": any(n.kind != "reinstatement" for n in offer.notices),
            }
            tally.update({name: int(bool(value)) for name, value in told.items()})
        record_property(source, dict(tally))
        sys.stdout.write(f"{source}: {dict(tally)}\n")
        assert tally["id"] == tally["records"] > 0
