"""
Europe PMC: search and the full text of its open subset as JATS.

Reads:    ``search`` with ``resultType=core``, by the day a record was first indexed
Writes:   nothing
Gives up: FetchError of the client, or BROKEN_ANSWER with the field
Version:  REST 6.9
Next:     etl/fetch/corpus_source.py
"""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from etl.fetch.guard import GuardedClient
from etl.fetch.sources.fields import Fields, collect, parse_json
from etl.fetch.sources.names import doi_of, identifiers_of, pmcid_of, pmid_of
from etl.fetch.sources.notices import europe_pmc_notices
from etl.fetch.sources.rights import rights_of
from etl.fetch.sources.walk import Window
from etl.intake import FullTextLink, Notice, Offer, OfferPage, Rights

__all__ = ["EuropePmc", "full_text_url", "parse_search"]

BASE = "https://www.ebi.ac.uk/europepmc/webservices/rest"
#: At most 1000; a core record has about 20 kB.
_PAGE_SIZE = 100
_FREE = frozenset({"OA", "F"})
#: Where Europe PMC has a record's DOI from: the publisher's deposit, or Crossref for preprints.
_DOI_AUTHORITY = {"MED": "pubmed", "PMC": "pmc", "PPR": "crossref"}


class EuropePmc:
    """A query in Europe PMC's own syntax."""

    name = "europe_pmc"
    is_dated = True

    def __init__(self, client: GuardedClient, query: str, *, base: str = BASE) -> None:
        self._client = client
        self._query = query
        self._base = base

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        """See :meth:`PagedSource.page`."""
        days = f"FIRST_IDATE:[{window.since.isoformat()} TO {window.until.isoformat()}]"
        return self._search(f"({self._query}) AND {days}", cursor)

    def find(self, query: str) -> OfferPage:
        """Search without a window: for one paper by its identifier."""
        return self._search(query, None)

    def notices(self, dois: Sequence[str]) -> list[Notice]:
        """What PubMed says happened to these papers; some forty fit an address."""
        page = self._search(" OR ".join(f'DOI:"{doi}"' for doi in dois), None)
        return [n for offer in page.offers for n in offer.notices if n.doi in set(dois)]

    def _search(self, query: str, cursor: str | None) -> OfferPage:
        asked = {
            "query": query,
            "resultType": "core",
            "format": "json",
            "pageSize": str(_PAGE_SIZE),
            "cursorMark": cursor or "*",
        }
        answer = self._client.get(f"{self._base}/search?{urlencode(asked)}")
        return parse_search(answer.content, base=self._base)


def parse_search(content: bytes, *, base: str = BASE) -> OfferPage:
    """
    Read a search answer.

    Raises:
        FetchError: BROKEN_ANSWER.
    """
    answer = parse_json(content, "europe_pmc")
    answer.number("hitCount")
    rows = answer.fields("resultList").rows("result")
    offers, unmatched = collect(rows, lambda row: _offer(row, base))
    # The mark stays behind after the last page in some versions: no rows, no next page.
    return OfferPage(
        offers=offers,
        next_cursor=answer.maybe_text("nextCursorMark") if rows else None,
        unmatched=unmatched,
    )


def full_text_url(pmcid: str, *, base: str = BASE) -> str:
    """Where the open subset's JATS lies."""
    return f"{base}/{quote(pmcid)}/fullTextXML"


def _offer(row: Fields, base: str) -> Offer:
    kind, number = row.text("source"), row.text("id")
    pmcid = pmcid_of(row.maybe_text("pmcid"))
    rights = rights_of(
        row.maybe_text("license"),
        source="europe_pmc.license",
        oa_status="open" if row.flag("isOpenAccess") else "closed",
    )
    is_preprint = kind == "PPR"
    doi = doi_of(row.maybe_text("doi"))
    dates = (row.maybe_text(key) for key in ("firstPublicationDate", "pubYear"))
    changed = row.maybe_text("dateOfRevision") or row.maybe_text("firstIndexDate")
    return Offer(
        source=EuropePmc.name,
        source_id=f"{kind}/{number}",
        title=row.text("title"),
        date=next((day for day in dates if day), ""),
        identifiers=identifiers_of(
            EuropePmc.name,
            [
                ("doi", doi, _DOI_AUTHORITY.get(kind, "unknown")),
                ("pmid", pmid_of(row.maybe_text("pmid")), "pubmed"),
                ("pmcid", pmcid, "pmc"),
            ],
        ),
        links=_links(row, pmcid, rights, base, "preprint" if is_preprint else "published"),
        rights=rights,
        stamp=changed or "unchanged",
        language=row.maybe_text("language"),
        first_author=_first_author(row),
        notices=europe_pmc_notices(row, doi),
    )


def _first_author(row: Fields) -> str | None:
    authors = row.maybe_fields("authorList").maybe_rows("author")
    return authors[0].maybe_text("lastName") if authors else None


def _links(
    row: Fields, pmcid: str | None, rights: Rights, base: str, version: str
) -> tuple[FullTextLink, ...]:
    found: list[FullTextLink] = []
    if pmcid and row.flag("isOpenAccess"):
        url = full_text_url(pmcid, base=base)
        found.append(FullTextLink(url=url, version=version, rights=rights, form="xml"))
    found.extend(
        FullTextLink(url=place.text("url"), version=version, rights=rights)
        for place in row.maybe_fields("fullTextUrlList").maybe_rows("fullTextUrl")
        if place.maybe_text("documentStyle") == "pdf"
        and place.maybe_text("availabilityCode") in _FREE
    )
    return tuple(found)
