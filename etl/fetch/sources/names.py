"""
The normal forms of identifiers.

Reads:    whatever people and sources write
Writes:   nothing
Gives up: never; what is no identifier is None
Version:  none
Next:     the sources beside this file
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from etl.intake import Identifier

__all__ = ["arxiv_of", "doi_of", "identifiers_of", "pmcid_of", "pmid_of"]

#: Crossref's own pattern for modern DOIs, a little wider; old ones hold ``<>;`` too.
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+")
_ARXIV = re.compile(
    r"(?:arxiv[:./]|arxiv\.org/(?:abs|pdf)/)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(v\d+)?(?:\.pdf)?",
    re.IGNORECASE,
)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)


def doi_of(text: str | None) -> str | None:
    """A DOI in lower case without its resolver, e.g. ``10.1371/journal.pone.0012345``."""
    match = _DOI.search(unquote(text or "").strip())
    return match[0].rstrip(".,;\"'").lower() if match else None


def pmid_of(text: str | None) -> str | None:
    """The digits of a PubMed id, also out of its address."""
    match = re.fullmatch(
        r"(?:https?://(?:www\.)?pubmed\.ncbi\.nlm\.nih\.gov/|pmid:?\s*)?(\d{1,9})/?",
        (text or "").strip(),
        re.IGNORECASE,
    )
    return match[1] if match else None


def pmcid_of(text: str | None) -> str | None:
    """``PMC`` and digits, also out of an address."""
    match = re.search(r"\bPMC(?:ID)?:?\s?(?:PMC)?(\d{3,9})\b", text or "", re.IGNORECASE)
    return f"PMC{match[1]}" if match else None


def arxiv_of(text: str | None) -> str | None:
    """An arXiv id without its version, also out of an address or its DOI."""
    bare = re.sub(r"^https?://(?:www\.|export\.)?", "", (text or "").strip())
    by_doi = _ARXIV_DOI.search(bare)
    match = _ARXIV.fullmatch(by_doi[1] if by_doi else bare)
    return match[1].lower() if match else None


def identifiers_of(
    source: str, found: Iterable[tuple[str, str | None, str]]
) -> tuple[Identifier, ...]:
    """
    Keep the names that are there, each once.

    Args:
        source: Who told them.
        found: Triples (scheme, value in its normal form or None, authority).
    """
    names = {}
    for told in found:
        scheme, value, authority = _without_alias(*told)
        if value:
            names[scheme, value] = Identifier(
                scheme=scheme, value=value, source=source, authority=authority
            )
    return tuple(names.values())


def _without_alias(scheme: str, value: str | None, authority: str) -> tuple[str, str | None, str]:
    """A DataCite DOI of arXiv is the arXiv id in other words."""
    if scheme == "doi" and value and _ARXIV_DOI.match(value):
        return "arxiv", arxiv_of(value), "arxiv"
    return scheme, value, authority
