"""
arXiv: its Atom API, three seconds a request.

Reads:    ``/api/query`` by the day of submission, in slices
Writes:   nothing
Gives up: FetchError of the client; INCOMPLETE when a slice stays empty; BROKEN_ANSWER
Version:  Atom API of 2026
Next:     etl/fetch/corpus_source.py
"""

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from lxml import etree

from etl.errors import FetchError, OutcomeCode
from etl.fetch.guard import GuardedClient
from etl.fetch.sources.feed_xml import child, children, feed_root, text_of
from etl.fetch.sources.fields import broken, collect
from etl.fetch.sources.names import arxiv_of, doi_of, identifiers_of
from etl.fetch.sources.rights import rights_of
from etl.fetch.sources.walk import Window
from etl.intake import FullTextLink, Offer, OfferPage

__all__ = ["Arxiv", "parse_feed"]

BASE = "https://export.arxiv.org/api/query"
#: At most 2,000.
_SLICE = 100
#: A slice in the middle may come back empty; asked again it is full (arXiv's own manual).
_TRIES = 3
_VERSION = re.compile(r"v(\d+)$")


class Arxiv:
    """A query in arXiv's own syntax."""

    name = "arxiv"
    is_dated = True

    def __init__(self, client: GuardedClient, query: str, *, base: str = BASE) -> None:
        self._client = client
        self._query = query
        self._base = base

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        """See :meth:`PagedSource.page`."""
        days = f"submittedDate:[{window.since:%Y%m%d}0000 TO {window.until:%Y%m%d}2359]"
        asked = {
            "search_query": f"({self._query}) AND {days}",
            "start": cursor or "0",
            "max_results": str(_SLICE),
            "sortBy": "submittedDate",
            "sortOrder": "ascending",
        }
        for _ in range(_TRIES):
            page = self._ask(asked)
            if page.offers or page.unmatched or page.next_cursor is None:
                return page
        raise FetchError(OutcomeCode.INCOMPLETE, f"arxiv: the slice at {cursor} stays empty")

    def find(self, arxiv_id: str) -> OfferPage:
        """Look up one id."""
        return self._ask({"id_list": arxiv_id, "max_results": "1"})

    def _ask(self, asked: dict[str, str]) -> OfferPage:
        url = f"{self._base}?{urlencode(asked)}"
        return parse_feed(self._client.get(url, allowed=frozenset({200, 400})).content)


def parse_feed(content: bytes) -> OfferPage:
    """
    Read an Atom answer.

    Raises:
        FetchError: BROKEN_ANSWER, also for arXiv's own error feed.
    """
    root = feed_root(content, "arxiv", root="feed")
    total, start = _number(root, "totalResults"), _number(root, "startIndex")
    entries = children(root, "entry")
    if any("/api/errors" in (text_of(entry, "id") or "") for entry in entries):
        raise broken("arxiv", text_of(entries[0], "summary") or "answers with an error")
    offers, unmatched = collect(entries, _offer)
    reached = start + len(entries)
    return OfferPage(
        offers=offers,
        next_cursor=str(reached) if reached < total else None,
        unmatched=unmatched,
    )


def _number(root: etree._Element, name: str) -> int:
    text = text_of(root, name)
    if text is None or not text.isdigit():
        raise broken(f"arxiv.{name}", "is missing")
    return int(text)


def _required(entry: etree._Element, name: str) -> str:
    found = text_of(entry, name)
    if found is None:
        raise broken(f"arxiv.entry.{name}", "is missing")
    return found


def _offer(entry: etree._Element) -> Offer:
    address = _required(entry, "id")
    arxiv_id = arxiv_of(address)
    if arxiv_id is None:
        raise broken("arxiv.entry.id", "is no arXiv id")
    number = _VERSION.search(address)
    # The API tells no licence; most papers may be read, few may be passed on.
    rights = rights_of(text_of(entry, "license"), source="arxiv", oa_status="green")
    return Offer(
        source=Arxiv.name,
        source_id=arxiv_id,
        title=_required(entry, "title"),
        date=_required(entry, "published")[:10],
        identifiers=identifiers_of(
            Arxiv.name,
            [
                ("arxiv", arxiv_id, "arxiv"),
                ("doi", doi_of(text_of(entry, "doi")), "unknown"),
            ],
        ),
        links=tuple(
            FullTextLink(url=url, version="preprint", rights=rights)
            for url in _pdf_urls(children(entry, "link"))
        ),
        rights=rights,
        first_author=_family_name(entry),
        stamp=f"v{number[1] if number else 1} {_required(entry, 'updated')}",
    )


def _family_name(entry: etree._Element) -> str | None:
    """The last word of the first author: arXiv tells no family names."""
    author = child(entry, "author")
    name = None if author is None else text_of(author, "name")
    return name.split()[-1] if name else None


def _pdf_urls(links: Sequence[etree._Element]) -> list[str]:
    found = (link.get("href") for link in links if link.get("type") == "application/pdf")
    # The feed still writes http in places; the site answers https with the same bytes.
    return [re.sub(r"^http:", "https:", str(url)) for url in found if url]
