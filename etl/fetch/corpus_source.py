"""
All sources of a corpus as one source of papers.

Reads:    what the ledger knows to be offered; then the bytes of one paper at a time
Writes:   nothing; walks write the ledger
Gives up: FetchError for one paper: refused by policy, taken down, or not to be had anywhere
Version:  an offer's stamp, so an unchanged record is never fetched again
Next:     etl/fetch/take.py
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from etl.errors import FetchError, Outcome, OutcomeCode, ServiceUnavailableError
from etl.fetch.corpus import Corpus
from etl.fetch.corpus_walk import CorpusWalk, WalkReport
from etl.fetch.folder_source import FolderSource
from etl.fetch.guard import Answer, GuardedClient
from etl.fetch.media_type import detect_media_type
from etl.fetch.policy import allowed_links, licence_refusal, refusal_of, rule_for
from etl.fetch.reservation import Reservations
from etl.fetch.sources.unpaywall import Unpaywall
from etl.fetch.sources.walk import PagedSource
from etl.fetch.walk_ledger import WalkLedger
from etl.intake import FullTextLink, Offer
from etl.records.full_text import FoundItem, MediaType

__all__ = ["CorpusSource", "Taken"]

#: A PDF ends in this mark; without Content-Length nothing else shows that the end is missing.
_PDF_END = b"%%EOF"
_PDF_END_WINDOW = 4096
_UNCHANGED = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Where bytes came from and why they were let in."""

    offer: Offer
    #: With the rights as they stood when the bytes were taken.
    link: FullTextLink
    rule: str
    #: What the host said to ask with next time; None where it said nothing.
    etag: str | None
    last_modified: str | None


class CorpusSource:
    """
    A :class:`~etl.ports.Source` over the sources of one corpus.

    Args:
        corpus: The definition.
        sources: Builds them by their key; asked only when a walk begins.
        ledger: Kept over restarts.
        client: For the bytes.
        today: Last day of the window, by the ledger's clock.
        kept: Reads stored bytes by their path, for addresses that say nothing has changed.
        finder: Finds open copies by DOI where an offer has none.
        reservations: What hosts said of text mining; kept as long as the client.
        folders: Papers of one's own that belong to the corpus; no policy asks for their licence.
    """

    def __init__(  # noqa: PLR0913 - each is a part of the world it stands in
        self,
        corpus: Corpus,
        sources: Callable[[], Mapping[str, PagedSource]],
        ledger: WalkLedger,
        client: GuardedClient,
        *,
        today: date,
        kept: Callable[[str], bytes] | None = None,
        finder: Unpaywall | None = None,
        reservations: Reservations | None = None,
        folders: Iterable[FolderSource] = (),
    ) -> None:
        self._corpus = corpus
        self._sources = sources
        self._ledger = ledger
        self._client = client
        self._today = today
        self._kept = kept
        self._finder = finder
        self._reservations = reservations or Reservations(client)
        self._folders = {folder.key: folder for folder in folders}
        self._taken: dict[str, Taken] = {}

    def walk(self, *, on_page: Callable[[], None] = lambda: None) -> CorpusWalk:
        """The walk over its sources."""
        return CorpusWalk(
            self._corpus, self._sources(), self._ledger, today=self._today, on_page=on_page
        )

    def walk_all(self, *, on_page: Callable[[], None] = lambda: None) -> list[WalkReport]:
        """Walk over each source; one that cannot be reached stops no other."""
        walk = self.walk(on_page=on_page)
        return [walk.walk(unit) for unit in walk.units(None, None)]

    def iter_items(self) -> Iterator[FoundItem]:
        """Walk over all sources, then yield every offer, known and refused ones too."""
        self.walk_all()
        yield from self.offered_items()

    def offered_items(self) -> Iterator[FoundItem]:
        """Yield every offer known so far; one that the corpus refuses says so."""
        for source, offer in self._ledger.offered(self._corpus.name):
            yield FoundItem(
                source=f"corpus:{self._corpus.name}",
                locator=f"{source} {offer.source_id}",
                etag=offer.stamp,
                refusal=refusal_of(offer, self._corpus),
            )
        for folder in self._folders.values():
            yield from folder.iter_items()

    def read_bytes(self, item: FoundItem, *, max_bytes: int) -> bytes:
        """See :meth:`etl.ports.Source.read_bytes`; what policy refuses is never asked for."""
        if item.source in self._folders:
            return self._folders[item.source].read_bytes(item, max_bytes=max_bytes)
        source, _, source_id = item.locator.partition(" ")
        offer = self._ledger.load_offer(self._corpus.name, source, source_id)
        name = self._ledger.taken_down(offer.identifiers)
        if name is not None:
            raise FetchError(OutcomeCode.TAKEN_DOWN, f"{name} was taken down")
        failure: FetchError | None = None
        for link in self._links(offer):
            try:
                content, taken = self._take(offer, link, max_bytes)
            except FetchError as error:
                # The next place may have what this one lacks; the first reason is told.
                failure = failure or error
                continue
            self._taken[item.locator] = taken
            return content
        raise failure or FetchError(OutcomeCode.NO_FULL_TEXT, "no source knows an open copy")

    def taken(self, item: FoundItem) -> Taken | None:
        """
        Where the bytes of an item came from; only after ``read_bytes`` gave them.

        Returns:
            None for a file of a folder: nobody told anything of it.
        """
        return None if item.source in self._folders else self._taken[item.locator]

    def _links(self, offer: Offer) -> tuple[FullTextLink, ...]:
        _refuse(refusal_of(offer, self._corpus))
        links = offer.links
        doi = next((i.value for i in offer.identifiers if i.scheme == "doi"), None)
        if not links and doi and self._finder:
            links = self._finder.links(doi)
        allowed = allowed_links(links, self._corpus)
        if links and not allowed:
            _refuse(licence_refusal(link.rights for link in links))
        return allowed

    def _take(self, offer: Offer, link: FullTextLink, max_bytes: int) -> tuple[bytes, Taken]:
        # A public licence cannot be taken back by a host; anything else can be reserved.
        may_be_reserved = link.rights.tdm_basis != "cc"
        if may_be_reserved and self._reservations.holds(link.url):
            link = self._reserved(link)
        answer = self._ask(link.url, max_bytes)
        if may_be_reserved and answer.headers.get("tdm-reservation", "").strip() == "1":
            link = self._reserved(link)
        content = answer.content
        _check_whole(content, link)
        taken = Taken(
            offer=offer,
            link=link,
            rule=rule_for(link.rights, self._corpus) or "",
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
        )
        return content, taken

    def _ask(self, url: str, max_bytes: int) -> Answer:
        """The bytes of an address; those in the store where it says that nothing has changed."""
        known = self._ledger.validator(url) if self._kept else None
        if known is None or self._kept is None:
            return self._client.get(url, max_bytes=max_bytes)
        answer = self._client.get(
            url,
            headers=known.headers,
            max_bytes=max_bytes,
            allowed=frozenset({200, _UNCHANGED}),
        )
        if answer.status != _UNCHANGED:
            return answer
        try:
            headers = {"etag": known.etag, "last-modified": known.last_modified}
            told = {name: value for name, value in headers.items() if value}
            # What it says now goes before what it said then.
            return replace(
                answer, content=self._kept(known.store_path), headers={**told, **answer.headers}
            )
        except ServiceUnavailableError:
            # The store has lost the file: have it again.
            return self._client.get(url, max_bytes=max_bytes)

    def _reserved(self, link: FullTextLink) -> FullTextLink:
        """
        The link with its rights reserved.

        Raises:
            FetchError: LICENCE, unless somebody answers for it.
        """
        rights = replace(link.rights, tdm_reserved=True)
        if rule_for(rights, self._corpus) is None:
            raise FetchError(OutcomeCode.LICENCE, "the host reserves text mining")
        return replace(link, rights=rights)


def _refuse(outcome: Outcome | None) -> None:
    if outcome is not None:
        raise FetchError(outcome.code, outcome.detail)


def _check_whole(content: bytes, link: FullTextLink) -> None:
    """
    Look at the bytes: they have to be a paper, and all of it.

    Raises:
        FetchError: EMPTY_FILE, HTML_PAGE, NOT_A_PDF, UNSUPPORTED_TYPE or INCOMPLETE.
    """
    media_type = detect_media_type(content, f"paper.{link.form}")
    if media_type is MediaType.PDF and _PDF_END not in content[-_PDF_END_WINDOW:]:
        raise FetchError(OutcomeCode.INCOMPLETE, "the PDF has no end")
