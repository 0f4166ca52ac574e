"""
Build the sources that a corpus names.

Reads:    the corpus, and the lists beside its file
Writes:   nothing
Gives up: UsageError when a list cannot be read
Version:  none
Next:     etl/fetch/corpus_source.py
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from etl.fetch.corpus import Corpus, SourceEntry
from etl.fetch.folder_source import FolderSource
from etl.fetch.guard import GuardedClient
from etl.fetch.sources.arxiv import Arxiv
from etl.fetch.sources.crossref import Crossref
from etl.fetch.sources.europe_pmc import EuropePmc
from etl.fetch.sources.listed import ListedPapers, ListedUrls
from etl.fetch.sources.oai_pmh import OaiPmh
from etl.fetch.sources.openalex import OpenAlex
from etl.fetch.sources.walk import PagedSource

__all__ = ["build_folders", "build_sources"]


def build_sources(
    corpus: Corpus,
    client: GuardedClient,
    *,
    folder: Path,
    contact: str | None,
    openalex_key: str | None,
) -> dict[str, PagedSource]:
    """
    Build each source of a corpus.

    Args:
        corpus: The definition.
        client: All traffic goes through it.
        folder: Lists are relative to it.
        contact: Mail address for Crossref's polite pool.
        openalex_key: Key of OpenAlex.

    Returns:
        Sources by their key; a list whose content changed gets a key of its own.

    Raises:
        UsageError: A list cannot be read.
    """

    def listed(entry: SourceEntry) -> PagedSource:
        return ListedPapers(
            folder / str(entry.file),
            europe_pmc=EuropePmc(client, ""),
            arxiv=Arxiv(client, ""),
            crossref=Crossref(client, "", mail=contact),
        )

    builders: Mapping[str, Callable[[SourceEntry], PagedSource]] = {
        "europe_pmc": lambda entry: EuropePmc(client, str(entry.query)),
        "arxiv": lambda entry: Arxiv(client, str(entry.query)),
        "crossref": lambda entry: Crossref(client, str(entry.query), mail=contact),
        "openalex": lambda entry: OpenAlex(client, str(entry.query), key=openalex_key),
        "oai_pmh": lambda entry: OaiPmh(client, str(entry.url), set_spec=entry.set),
        "list": listed,
        "urls": lambda entry: ListedUrls(folder / str(entry.file)),
    }
    built: dict[str, PagedSource] = {}
    for entry in corpus.sources:
        if entry.kind == "folder":
            # Files are looked at, not walked over.
            continue
        source = builders[entry.kind](entry)
        built[source.name if entry.file is not None else entry.key] = source
    return built


def build_folders(corpus: Corpus, folder: Path) -> list[FolderSource]:
    """The folders of papers that a corpus names, relative to *folder*."""
    return [FolderSource(folder / entry.folder) for entry in corpus.sources if entry.folder]
