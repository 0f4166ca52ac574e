"""
OAI-PMH: any repository that offers Dublin Core.

Reads:    ``ListRecords`` with ``oai_dc``, by datestamp
Writes:   nothing
Gives up: FetchError of the client, or BROKEN_ANSWER with the field or the protocol's error
Version:  OAI-PMH 2.0
Next:     etl/fetch/corpus_source.py
"""

import hashlib
from urllib.parse import urlencode

from lxml import etree

from etl.fetch.guard import GuardedClient
from etl.fetch.sources.europe_pmc import full_text_url
from etl.fetch.sources.feed_xml import child, children, feed_root, text_of
from etl.fetch.sources.fields import broken, clean, collect
from etl.fetch.sources.names import arxiv_of, doi_of, identifiers_of, pmcid_of
from etl.fetch.sources.rights import rights_of, spdx_of
from etl.fetch.sources.walk import Window
from etl.intake import FullTextLink, Offer, OfferPage, Rights

__all__ = ["OaiPmh", "parse_records"]


class OaiPmh:
    """One repository, or one set of it."""

    is_dated = True

    def __init__(self, client: GuardedClient, base: str, *, set_spec: str | None = None) -> None:
        self._client = client
        self._base = base
        self._set = {"set": set_spec} if set_spec else {}
        self.name = "oai_" + hashlib.sha256(f"{base} {set_spec}".encode()).hexdigest()[:12]

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        """See :meth:`PagedSource.page`."""
        # A resumption token stands alone (OAI-PMH 2.0, section 3.5).
        asked = {"verb": "ListRecords"} | (
            {"resumptionToken": cursor}
            if cursor
            else {
                "metadataPrefix": "oai_dc",
                "from": window.since.isoformat(),
                "until": window.until.isoformat(),
                **self._set,
            }
        )
        answer = self._client.get(f"{self._base}?{urlencode(asked)}")
        return parse_records(answer.content, source=self.name)


def parse_records(content: bytes, *, source: str) -> OfferPage:
    """
    Read one ``ListRecords`` answer.

    Raises:
        FetchError: BROKEN_ANSWER; a repository without matching records is an empty page.
    """
    root = feed_root(content, source, root="OAI-PMH")
    error = child(root, "error")
    if error is not None:
        code = error.get("code") or "an error"
        if code == "noRecordsMatch":
            return OfferPage(offers=[], next_cursor=None)
        raise broken(source, f"answers {code}")
    found = child(root, "ListRecords")
    if found is None:
        raise broken(f"{source}.ListRecords", "is missing")
    offers, unmatched = collect(children(found, "record"), lambda row: _offer(row, source))
    return OfferPage(
        offers=offers, next_cursor=text_of(found, "resumptionToken"), unmatched=unmatched
    )


def _offer(record: etree._Element, source: str) -> Offer | None:
    header = child(record, "header")
    name = None if header is None else text_of(header, "identifier")
    stamp = None if header is None else text_of(header, "datestamp")
    if header is None or name is None or stamp is None:
        missing = "identifier" if name is None else "datestamp"
        raise broken(f"{source}.record.header.{missing}", "is missing")
    if header.get("status") == "deleted":
        return None
    metadata = child(record, "metadata")
    core = None if metadata is None else child(metadata, "dc")
    if core is None:
        raise broken(f"{source}.record.metadata.dc", "is missing")
    title = text_of(core, "title")
    if title is None:
        raise broken(f"{source}.record.metadata.dc.title", "is missing")
    told = _texts(core, "rights")
    rights = rights_of(
        next((raw for raw in told if spdx_of(raw)), next(iter(told), None)),
        source=f"{source}.dc.rights",
        oa_status="open" if any(map(spdx_of, told)) else "unknown",
    )
    places = [*_texts(core, "identifier"), *_texts(core, "relation"), *_texts(core, "source")]
    pmcid = next(filter(None, map(pmcid_of, _texts(core, "identifier"))), None)
    return Offer(
        source=source,
        source_id=name,
        title=title,
        date=next(iter(_texts(core, "date")), stamp)[:10],
        identifiers=identifiers_of(
            source,
            [
                ("oai", name, "repository"),
                (
                    "doi",
                    next(filter(None, map(doi_of, _texts(core, "identifier"))), None),
                    "unknown",
                ),
                ("arxiv", next(filter(None, map(arxiv_of, places)), None), "arxiv"),
                ("pmcid", pmcid, "pmc"),
            ],
        ),
        links=_links(places, pmcid, rights),
        rights=rights,
        stamp=stamp,
        language=text_of(core, "language"),
        # Dublin Core writes family name, given name.
        first_author=next((name.split(",")[0] for name in _texts(core, "creator")), None),
    )


def _links(places: list[str], pmcid: str | None, rights: Rights) -> tuple[FullTextLink, ...]:
    found = []
    if pmcid:
        url = full_text_url(pmcid)
        found.append(FullTextLink(url=url, version="published", rights=rights, form="xml"))
    for place in places:
        path = place.split("?")[0].lower()
        if place.startswith(("http://", "https://")) and path.endswith((".pdf", ".xml")):
            form = path.rsplit(".", 1)[-1]
            found.append(FullTextLink(url=place, version="unknown", rights=rights, form=form))
    return tuple(found)


def _texts(core: etree._Element, name: str) -> list[str]:
    found = (clean("".join(map(str, each.itertext()))) for each in children(core, name))
    return [text for text in found if text]
