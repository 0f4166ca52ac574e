"""
Crossref: what is published under which DOI; metadata only.

Reads:    ``/works`` by the day a record was indexed
Writes:   nothing
Gives up: FetchError of the client, or BROKEN_ANSWER with the field
Version:  REST 1.0
Next:     etl/fetch/corpus_source.py
"""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from etl.fetch.guard import GuardedClient
from etl.fetch.sources.fields import Fields, broken, clean, collect, parse_json
from etl.fetch.sources.names import doi_of, identifiers_of
from etl.fetch.sources.notices import crossref_notices, day_of
from etl.fetch.sources.rights import rights_of, spdx_of
from etl.fetch.sources.walk import Window
from etl.intake import FullTextLink, Identifier, Notice, Offer, OfferPage

__all__ = ["Crossref", "parse_work", "parse_works"]

BASE = "https://api.crossref.org/works"
_ROWS = 100
_FORMS = {"application/pdf": "pdf", "application/xml": "xml", "text/xml": "xml"}
_VERSIONS = {"vor": "published", "am": "accepted"}


class Crossref:
    """A bibliographic query."""

    name = "crossref"
    is_dated = True

    def __init__(
        self,
        client: GuardedClient,
        query: str,
        *,
        mail: str | None = None,
        base: str = BASE,
        rows: int = _ROWS,
    ) -> None:
        self._client = client
        self._query = query
        self._mail = {"mailto": mail} if mail else {}
        self._base = base
        self._rows = rows

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        """See :meth:`PagedSource.page`."""
        days = f"from-index-date:{window.since},until-index-date:{window.until}"
        asked = {
            "query.bibliographic": self._query,
            "filter": days,
            "rows": str(self._rows),
            "cursor": cursor or "*",
            **self._mail,
        }
        answer = self._client.get(f"{self._base}?{urlencode(asked)}")
        return parse_works(answer.content, rows=self._rows)

    def find(self, doi: str) -> OfferPage:
        """Look up one DOI; an unknown one gives no offer."""
        ending = f"?{urlencode(self._mail)}" if self._mail else ""
        url = f"{self._base}/{quote(doi, safe='')}{ending}"
        answer = self._client.get(url, allowed=frozenset({200, 404}))
        # A 404 is plain text: "Resource not found."
        offers = [] if answer.status != 200 else [parse_work(answer.content)]
        return OfferPage(offers=offers, next_cursor=None)

    def notices(self, dois: Sequence[str]) -> list[Notice]:
        """What was published to correct or retract these papers; at most 100 notices a time."""
        asked = {
            "filter": ",".join(f"updates:{doi}" for doi in dois),
            "rows": str(_ROWS),
            "cursor": "*",
            **self._mail,
        }
        answer = self._client.get(f"{self._base}?{urlencode(asked)}")
        page = parse_works(answer.content, rows=_ROWS)
        return [n for offer in page.offers for n in offer.notices if n.doi in set(dois)]


def parse_works(content: bytes, *, rows: int) -> OfferPage:
    """
    Read a list of works.

    Args:
        content: The answer.
        rows: How many were asked for; a shorter page is the last.

    Raises:
        FetchError: BROKEN_ANSWER.
    """
    message = parse_json(content, "crossref").fields("message")
    found = message.rows("items")
    offers, unmatched = collect(found, _offer)
    cursor = message.maybe_text("next-cursor") if len(found) >= rows else None
    return OfferPage(offers=offers, next_cursor=cursor, unmatched=unmatched)


def parse_work(content: bytes) -> Offer:
    """
    Read one work.

    Raises:
        FetchError: BROKEN_ANSWER.
    """
    return _offer(parse_json(content, "crossref").fields("message"))


def _offer(row: Fields) -> Offer:
    doi = doi_of(row.text("DOI"))
    if doi is None:
        raise broken(f"{row.where}.DOI", "is no DOI")
    licences = [each.text("URL") for each in row.maybe_rows("license")]
    # Of several, an open one for the version of record counts before a text-mining one.
    best = next((raw for raw in licences if spdx_of(raw)), next(iter(licences), None))
    rights = rights_of(best, source="crossref.license")
    is_preprint = row.maybe_text("subtype") == "preprint"
    links = [
        FullTextLink(
            url=link.text("URL"),
            version="preprint" if is_preprint else _VERSIONS.get(told or "", "unknown"),
            rights=rights,
            form=_FORMS.get(link.maybe_text("content-type") or "", "pdf"),
        )
        for link in row.maybe_rows("link")
        for told in [link.maybe_text("content-version")]
        # The others are for plagiarism checks and need a contract.
        if link.maybe_text("intended-application") != "similarity-checking"
    ]
    titles = [clean(str(title)) for title in row.values("title") if title]
    return Offer(
        source=Crossref.name,
        source_id=doi,
        # Crossref registers works without a title (issues, front matter).
        title=titles[0] if titles else "",
        date=_date(row),
        identifiers=_names(row, doi),
        links=tuple(sorted(links, key=lambda link: link.form != "xml")),
        rights=rights,
        stamp=row.maybe_fields("indexed").maybe_text("date-time") or "unknown",
        language=row.maybe_text("language"),
        first_author=next((a.maybe_text("family") for a in row.maybe_rows("author")), None),
        notices=crossref_notices(row, doi),
    )


def _date(row: Fields) -> str:
    for key in ("published", "issued", "published-print", "published-online", "created"):
        day = day_of(row.maybe_fields(key))
        if day is not None:
            return day
    return ""


def _names(row: Fields, doi: str) -> tuple[Identifier, ...]:
    """Its DOI, and the DOI of the preprint or article that it says is the same work."""
    relation = row.maybe_fields("relation")
    related = [
        doi_of(other.maybe_text("id"))
        for key in ("is-preprint-of", "has-preprint")
        for other in relation.maybe_rows(key)
        if other.maybe_text("id-type") == "doi"
    ]
    named = [("doi", doi, "crossref"), *(("doi", other, "crossref") for other in related)]
    return identifiers_of(Crossref.name, named)
