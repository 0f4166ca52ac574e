"""
Tell links to code from links to records.

Reads:    a question, a URL and the words before it
Writes:   nothing
Gives up: never
Version:  part of LINK_VERSION
Next:     the readers of links and hosts
"""

import re
from enum import StrEnum

from etl.answer.urls import host_of, squash_url
from etl.records.question import Question
from etl.words import iter_words

__all__ = ["LinkKind", "is_of_kind", "is_repository", "speaks_of", "wanted_kind"]


#: What ends the part of a sentence that tells of an earlier link.
_CLAUSE_END = re.compile(r"https?://\S+|\bdoi:\s?\S+|;", re.IGNORECASE)
#: Hosts of people, licences and publishers' pages; no study keeps code or records there.
_NO_PLACE = (
    "orcid.org",
    "creativecommons.org",
    "researchgate.net",
    "scholar.google",
    "twitter.com",
    "linkedin.com",
    "youtube.com",
    "wikipedia.org",
    "crossmark",
    "publons.com",
)


class LinkKind(StrEnum):
    """What a question about links asks for."""

    CODE = "code"
    RECORDS = "records"
    ANY = "any"


_CODE_HOSTS = (
    "github.com",
    "github.io",
    "gitlab",
    "bitbucket.org",
    "codeocean.com",
    "sourceforge.net",
    "codeberg.org",
    "cran.r-project.org",
    "huggingface.co",
)
_DEPOSIT_HOSTS = (
    "zenodo.org",
    "figshare",
    "datadryad.org",
    "dryad",
    "gbif.org",
    "pangaea.de",
    "osf.io",
    "dataverse",
    "kaggle.com",
    "mendeley.com",
    "ncbi.nlm.nih.gov",
    "ebi.ac.uk",
    "openml.org",
    "archive.org",
    "lila.science",
    "xeno-canto.org",
    "ieee-dataport.org",
)
#: DOI prefixes of archives: figshare, Zenodo, Dryad, PANGAEA, OSF, GBIF, Mendeley, Dataverse.
_DEPOSIT_DOIS = (
    "10.6084/",
    "10.5281/",
    "10.5061/",
    "10.1594/",
    "10.17605/",
    "10.15468/",
    "10.17632/",
    "10.7910/",
)
_CODE_WORDS = frozenset(
    {"code", "codes", "script", "scripts", "software", "source", "package", "program", "programs"}
    | {"notebook", "notebooks", "implementation"}
)
_RECORD_WORDS = frozenset(
    {"data", "dataset", "datasets", "images", "recordings", "annotations", "records", "database"}
    | {"photographs", "photos", "videos", "scans", "labels", "masks", "samples", "specimens"}
    | {"sequences", "measurements", "observations", "spectra", "tables"}
)
#: Section kinds in which authors say where their own things are.
_SECTION_OF = {"code_availability": LinkKind.CODE, "data_availability": LinkKind.RECORDS}


def wanted_kind(question: Question) -> LinkKind:
    """What the words of a question ask for; code goes first where both are named."""
    text = f"{question.key.replace('_', ' ')} {question.text}"
    kinds = (LinkKind.CODE, LinkKind.RECORDS)
    return next((kind for kind in kinds if speaks_of(text, kind)), LinkKind.ANY)


def speaks_of(text: str, kind: LinkKind) -> bool:
    """True where a word for this kind stands in the text."""
    words = set(iter_words(text))
    match kind:
        case LinkKind.CODE:
            return bool(words & _CODE_WORDS)
        case LinkKind.RECORDS:
            return bool(words & _RECORD_WORDS)
        case LinkKind.ANY:
            return True


def is_of_kind(url: str, before: str, kind: LinkKind, *, section_kind: str = "") -> bool:
    """
    Hosts decide what may be there, the words before the link what is.

    A bare code host without a path is no repository; code hosts hold records where the words
    right before the link say so, archives hold code where they do. Of any other host only those
    words decide, then the kind of an availability section, then the host's own name.

    Args:
        url: The link.
        before: The sentence up to the link.
        kind: What is wanted.
        section_kind: Normalised role of the section.
    """
    if kind is LinkKind.ANY:
        return True
    squashed, host = squash_url(url), host_of(url)
    if any(name in host for name in _NO_PLACE):
        return False
    told = _told_before(before)
    if any(name in host for name in _CODE_HOSTS):
        return "/" in squashed and (kind is LinkKind.CODE or kind in told)
    if _is_deposit(squashed, host):
        return kind in (told or {LinkKind.RECORDS})
    # An unknown registrant's DOI that nothing names may be any cited article.
    if told or host == "doi.org":
        return kind in told
    named = {LinkKind.CODE: "code.", LinkKind.RECORDS: "data."}
    return _SECTION_OF.get(section_kind) is kind or host.startswith(named[kind])


def is_repository(url: str) -> bool:
    """True for a place in a host of code, or in an archive of code and records."""
    squashed, host = squash_url(url), host_of(url)
    is_code = "/" in squashed and any(name in host for name in _CODE_HOSTS)
    return is_code or _is_deposit(squashed, host)


def _is_deposit(squashed: str, host: str) -> bool:
    return any(name in host for name in _DEPOSIT_HOSTS) or any(
        f"doi.org/{prefix}" in squashed for prefix in _DEPOSIT_DOIS
    )


def _told_before(before: str) -> frozenset[LinkKind]:
    """
    What the words before a link call it: those nearest to it that name any kind.

    In ``data at A and code at B`` B is code; in ``code at A, with an archive at B`` B is too.
    """
    for clause in reversed(_CLAUSE_END.split(before)):
        told = {kind for kind in (LinkKind.CODE, LinkKind.RECORDS) if speaks_of(clause, kind)}
        if told:
            return frozenset(told)
    return frozenset()
