"""
Unpaywall: where an open copy of a DOI lies.

Reads:    ``/v2/<doi>``; a mail address is compulsory
Writes:   nothing
Gives up: FetchError of the client, or BROKEN_ANSWER with the field
Version:  API v2
Next:     etl/fetch/corpus_source.py
"""

from urllib.parse import quote, urlencode

from etl.fetch.guard import GuardedClient
from etl.fetch.sources.fields import Fields, parse_json
from etl.fetch.sources.rights import rights_of
from etl.intake import FullTextLink

__all__ = ["Unpaywall", "parse_locations"]

BASE = "https://api.unpaywall.org/v2"
_VERSIONS = {
    "publishedVersion": "published",
    "acceptedVersion": "accepted",
    "submittedVersion": "preprint",
}
_RANK = {"published": 0, "accepted": 1, "preprint": 2, "unknown": 3}


class Unpaywall:
    """Looks up one DOI at a time."""

    name = "unpaywall"

    def __init__(self, client: GuardedClient, *, mail: str, base: str = BASE) -> None:
        self._client = client
        self._mail = mail
        self._base = base

    def links(self, doi: str) -> tuple[FullTextLink, ...]:
        """
        Find open copies, the published ones first; none for an unknown DOI.

        Raises:
            FetchError: The answer cannot be had or breaks the contract.
        """
        url = f"{self._base}/{quote(doi)}?{urlencode({'email': self._mail})}"
        answer = self._client.get(url, allowed=frozenset({200, 404}))
        return parse_locations(answer.content) if answer.status == 200 else ()


def parse_locations(content: bytes) -> tuple[FullTextLink, ...]:
    """
    Read the open locations of one DOI.

    Raises:
        FetchError: BROKEN_ANSWER.
    """
    answer = parse_json(content, "unpaywall")
    if not answer.flag("is_oa"):
        return ()
    status = answer.text("oa_status")
    best = answer.maybe_fields("best_oa_location")
    found: dict[str, FullTextLink] = {}
    for place in (best, *answer.maybe_rows("oa_locations")):
        link = _link(place, status)
        if link is not None:
            found.setdefault(link.url, link)
    return tuple(sorted(found.values(), key=lambda link: _RANK[link.version]))


def _link(place: Fields, status: str) -> FullTextLink | None:
    # Without a PDF the address is a landing page; the bytes will say so.
    url = place.maybe_text("url_for_pdf") or place.maybe_text("url")
    if url is None:
        return None
    return FullTextLink(
        url=url,
        version=_VERSIONS.get(place.maybe_text("version") or "", "unknown"),
        rights=rights_of(place.maybe_text("license"), source="unpaywall.license", oa_status=status),
    )
