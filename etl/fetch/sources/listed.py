"""
Papers somebody named: a reference list or a list of addresses.

Reads:    the list; then Europe PMC, arXiv or Crossref for each entry
Writes:   nothing
Gives up: FetchError of the sources; an entry nobody knows goes to ``unmatched``
Version:  none
Next:     etl/fetch/corpus_source.py
"""

import hashlib
from pathlib import Path

from etl.errors import FetchError, OutcomeCode, UsageError
from etl.fetch.sources.arxiv import Arxiv
from etl.fetch.sources.crossref import Crossref
from etl.fetch.sources.europe_pmc import EuropePmc
from etl.fetch.sources.reference_file import Reference, read_references
from etl.fetch.sources.rights import rights_of
from etl.fetch.sources.walk import Window
from etl.intake import FullTextLink, Offer, OfferPage

__all__ = ["ListedPapers", "ListedUrls"]

_QUERIES = {
    "doi": 'DOI:"{}"',
    "pmcid": "PMCID:{}",
    "pmid": "EXT_ID:{} AND SRC:MED",
}

_ENTRY_FAULTS = frozenset({OutcomeCode.HTTP_STATUS, OutcomeCode.BROKEN_ANSWER})


class ListedPapers:
    """
    The entries of a reference list, one a page.

    Args:
        file: ``.bib``, ``.ris``, ``.json`` (CSL) or one id a line.
        europe_pmc: Asked first for all but arXiv ids.
        arxiv: For arXiv ids.
        crossref: For DOIs that Europe PMC does not know.
    """

    is_dated = False

    def __init__(
        self, file: Path, *, europe_pmc: EuropePmc, arxiv: Arxiv, crossref: Crossref
    ) -> None:
        self._europe_pmc = europe_pmc
        self._arxiv = arxiv
        self._crossref = crossref
        self._list = read_references(file)
        # A changed list is another source, so its new entries are walked over.
        content = "\n".join(f"{r.scheme}:{r.value}" for r in self._list.found)
        self.name = "list_" + hashlib.sha256(content.encode()).hexdigest()[:12]

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        """See :meth:`PagedSource.page`; dates play no part."""
        del window
        at = int(cursor or 0)
        unmatched = self._list.unmatched if at == 0 else ()
        if at >= len(self._list.found):
            return OfferPage(offers=[], next_cursor=None, unmatched=unmatched)
        entry = self._list.found[at]
        named = f"{entry.scheme}:{entry.value}"
        try:
            offers = self._look_up(entry)
        except FetchError as error:
            # One name that a source chokes on must not hold up the names behind it.
            if error.outcome.code not in _ENTRY_FAULTS:
                raise
            offers = []
            unmatched = (*unmatched, f"{named}: {error.outcome.detail}")
        else:
            if not offers:
                unmatched = (*unmatched, f"{named}: no source knows it")
        is_last = at + 1 >= len(self._list.found)
        return OfferPage(
            offers=offers, next_cursor=None if is_last else str(at + 1), unmatched=unmatched
        )

    def _look_up(self, entry: Reference) -> list[Offer]:
        if entry.scheme == "arxiv":
            return list(self._arxiv.find(entry.value).offers)
        named = entry.scheme, entry.value
        found = self._europe_pmc.find(_QUERIES[entry.scheme].format(entry.value)).offers
        exact = [o for o in found if named in {(i.scheme, i.value) for i in o.identifiers}]
        if not exact and entry.scheme == "doi":
            exact = list(self._crossref.find(entry.value).offers)
        return exact[:1]


class ListedUrls:
    """Addresses, one a line; nothing is known of their rights."""

    is_dated = False

    def __init__(self, file: Path) -> None:
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} is no readable UTF-8 text") from error
        stripped = [line.strip() for line in lines]
        self._urls = tuple(dict.fromkeys(u for u in stripped if u and not u.startswith("#")))
        self.name = "urls_" + hashlib.sha256("\n".join(self._urls).encode()).hexdigest()[:12]

    def page(self, window: Window, cursor: str | None) -> OfferPage:
        """See :meth:`PagedSource.page`; all addresses are one page."""
        del window, cursor
        rights = rights_of(None, source="list")
        offers = [
            Offer(
                source=self.name,
                source_id=url,
                title=url,
                date="",
                identifiers=(),
                links=(FullTextLink(url=url, version="unknown", rights=rights),),
                rights=rights,
                stamp="listed",
            )
            for url in self._urls
        ]
        return OfferPage(offers=offers, next_cursor=None)
