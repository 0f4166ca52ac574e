"""
OpenAlex: works with their open copies.

Reads:    ``/works`` by day of publication; needs a key since February 2026
Writes:   nothing
Gives up: FetchError of the client, or BROKEN_ANSWER with the field
Version:  API of 2026
Next:     etl/fetch/corpus_source.py
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from etl.fetch.guard import GuardedClient
from etl.fetch.sources.fields import Fields, collect, parse_json
from etl.fetch.sources.names import doi_of, identifiers_of, pmcid_of, pmid_of
from etl.fetch.sources.notices import openalex_notices
from etl.fetch.sources.rights import rights_of
from etl.fetch.sources.walk import Window
from etl.intake import FullTextLink, Notice, Offer, OfferPage, Rights

__all__ = ["OpenAlex", "parse_work", "parse_works"]

BASE = "https://api.openalex.org/works"
_PER_PAGE = "100"
_VERSIONS = {
    "publishedVersion": "published",
    "acceptedVersion": "accepted",
    "submittedVersion": "preprint",
}


class OpenAlex:
    """A full-text search query."""

    name = "openalex"
    is_dated = True

    def __init__(
        self, client: GuardedClient, query: str, *, key: str | None = None, base: str = BASE
    ) -> None:
        self._client = client
        self._query = query
        self._key = {"api_key": key} if key else {}
        self._base = base

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        """See :meth:`PagedSource.page`."""
        days = f"from_publication_date:{window.since},to_publication_date:{window.until}"
        asked = {
            "search": self._query,
            "filter": days,
            "per_page": _PER_PAGE,
            "cursor": cursor or "*",
            **self._key,
        }
        return parse_works(self._client.get(f"{self._base}?{urlencode(asked)}").content)

    def notices(self, dois: Sequence[str]) -> list[Notice]:
        """Which of these papers are marked as retracted, and which are not; at most 100."""
        asked = {"filter": f"doi:{'|'.join(dois)}", "per_page": _PER_PAGE, **self._key}
        page = parse_works(self._client.get(f"{self._base}?{urlencode(asked)}").content)
        return [n for offer in page.offers for n in offer.notices if n.doi in set(dois)]


def parse_works(content: bytes) -> OfferPage:
    """
    Read a list of works.

    Raises:
        FetchError: BROKEN_ANSWER.
    """
    answer = parse_json(content, "openalex")
    rows = answer.rows("results")
    offers, unmatched = collect(rows, _offer)
    # The cursor of the last page leads to an empty one.
    cursor = answer.fields("meta").maybe_text("next_cursor") if rows else None
    return OfferPage(offers=offers, next_cursor=cursor, unmatched=unmatched)


def parse_work(content: bytes) -> Offer:
    """
    Read one work.

    Raises:
        FetchError: BROKEN_ANSWER.
    """
    return _offer(parse_json(content, "openalex"))


def _offer(row: Fields) -> Offer:
    address = row.text("id")
    access = row.maybe_fields("open_access")
    status = access.maybe_text("oa_status") or "unknown"
    best = row.maybe_fields("best_oa_location")
    first = row.maybe_fields("primary_location")
    licence = best.maybe_text("license") or first.maybe_text("license")
    rights = rights_of(licence, source="openalex.license", oa_status=status)
    ids = row.maybe_fields("ids")
    doi = doi_of(row.maybe_text("doi"))
    return Offer(
        source=OpenAlex.name,
        source_id=address.rsplit("/", 1)[-1],
        # OpenAlex keeps works without a title as null.
        title=row.maybe_text("title") or row.maybe_text("display_name") or "",
        date=row.maybe_text("publication_date") or row.maybe_text("publication_year") or "",
        identifiers=identifiers_of(
            OpenAlex.name,
            [
                ("openalex", address.rsplit("/", 1)[-1], "openalex"),
                # OpenAlex takes a work's DOI from Crossref.
                ("doi", doi, "crossref"),
                ("pmid", pmid_of(ids.maybe_text("pmid")), "pubmed"),
                ("pmcid", pmcid_of(ids.maybe_text("pmcid")), "pmc"),
            ],
        ),
        links=_links([best, *row.maybe_rows("locations")], access.maybe_text("oa_url"), rights),
        rights=rights,
        stamp=row.maybe_text("updated_date") or "unknown",
        language=row.maybe_text("language"),
        first_author=_first_author(row),
        notices=openalex_notices(row, doi),
    )


def _first_author(row: Fields) -> str | None:
    """The last word of the first name on the list: OpenAlex tells no family names."""
    authors = row.maybe_rows("authorships")
    name = authors[0].maybe_fields("author").maybe_text("display_name") if authors else None
    return name.split()[-1] if name else None


def _links(places: list[Fields], oa_url: str | None, rights: Rights) -> tuple[FullTextLink, ...]:
    found: dict[str, FullTextLink] = {}
    for place in places:
        url = place.maybe_text("pdf_url")
        if url and place.flag("is_oa"):
            own = rights_of(
                place.maybe_text("license"),
                source="openalex.location.license",
                oa_status=rights.oa_status,
            )
            version = _VERSIONS.get(place.maybe_text("version") or "", "unknown")
            found.setdefault(url, FullTextLink(url=url, version=version, rights=own))
    if not found and oa_url:
        found[oa_url] = FullTextLink(url=oa_url, version="unknown", rights=rights)
    return tuple(found.values())
