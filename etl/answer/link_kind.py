"""
Tell links to code from links to records.

Reads:    a question, a URL and the words before it
Writes:   nothing
Gives up: never
Version:  part of LINK_VERSION
Next:     the readers of links and hosts
"""

from enum import StrEnum

from etl.answer.urls import host_of, squash_url
from etl.records import Question
from etl.words import iter_words

__all__ = ["LinkKind", "is_of_kind", "speaks_of", "wanted_kind"]


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
    "pypi.org",
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
_CODE_WORDS = frozenset({"code", "codes", "script", "scripts", "software", "source", "package"})
_RECORD_WORDS = frozenset(
    {"data", "dataset", "datasets", "images", "recordings", "annotations", "records", "database"}
)


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


def is_of_kind(url: str, before: str, kind: LinkKind) -> bool:
    """
    Hosts decide what may be there, the words before the link what is.

    A bare code host without a path is no repository; code hosts hold records where the sentence
    says so, archives hold code where it does.
    """
    if kind is LinkKind.ANY:
        return True
    squashed, host = squash_url(url), host_of(url)
    if any(name in host for name in _CODE_HOSTS):
        return "/" in squashed and (kind is LinkKind.CODE or speaks_of(before, kind))
    is_deposit = any(name in host for name in _DEPOSIT_HOSTS) or any(
        f"doi.org/{prefix}" in squashed for prefix in _DEPOSIT_DOIS
    )
    if not is_deposit:
        return False
    has_code = speaks_of(before, LinkKind.CODE)
    if kind is LinkKind.CODE:
        return has_code
    return not has_code or speaks_of(before, LinkKind.RECORDS)
