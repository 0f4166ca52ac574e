"""
When two versions are versions of one work.

Names that are given out once a work (DOI, PMID, PMCID, arXiv id, a repository's own id) decide,
and only where nothing speaks against it. Names told by somebody who does not give them out are
often wrong, most of all a DOI on a repository's copy (OpenAIRE's policy on persistent ids), so
they count only where the titles agree. A title alone never decides: it makes a candidate.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from etl.intake import Identifier, Offer

__all__ = ["Likeness", "Naming", "Title", "author_key", "compare", "title_key", "title_of"]

#: OpenAlex ids are left out: OpenAlex itself merges and splits them.
_STRONG = ("doi", "pmid", "pmcid", "arxiv", "oai")
#: Names of which a work has one; a preprint's DOI and the journal's are two kinds.
_SINGLE = ("doi", "preprint_doi", "pmid", "pmcid", "arxiv")
#: Servers of preprints by the prefix of their DOIs: Research Square, Preprints.org, OSF and
#: PsyArXiv, ChemRxiv, SSRN, EcoEvoRxiv, Authorea, TechRxiv, PeerJ Preprints.
_PREPRINT_PREFIXES = (
    "10.21203/", "10.20944/", "10.31219/", "10.31234/", "10.26434/", "10.2139/ssrn", "10.32942/",
    "10.22541/", "10.36227/techrxiv", "10.7287/peerj.preprints", "10.48550/",
)  # fmt: skip
#: bioRxiv and medRxiv share theirs with the journals of their press, whose names begin otherwise.
_BIORXIV = re.compile(r"10\.1101/\d")
#: ``…/v2`` of a preprint server and ``….2`` of F1000's platforms are versions of one work.
_DOI_VERSION = re.compile(r"^(.+?)[./]v\d+$|^(10\.12688/[a-z0-9]+\.\d+)\.\d+$")
#: Likeness of two titles above which they are the same (reliability table, row 22: 0.95), and
#: above which they do not contradict a shared name: titles change a little on the way to print.
_SAME_TITLE = 0.95
_AGREEING_TITLE = 0.8
_NOT_A_SIGN = re.compile(r"[^a-z0-9]+")


class Likeness(StrEnum):
    """What two namings are to each other; all but the first and the last want a person."""

    SAME = "same"
    CONFLICT = "conflict"
    DOUBTFUL = "doubtful_name"
    TITLE = "title"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """What a source calls a version, in the form that is compared."""

    key: str
    first_author: str | None
    year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """All names of a work, or of a version that has none yet."""

    identifiers: tuple[Identifier, ...]
    titles: tuple[Title, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A verdict with its grounds."""

    likeness: Likeness
    #: In words, for the record.
    detail: str
    #: Likeness of the titles, 0..1; None where there is none to compare.
    score: float | None


def title_key(title: str) -> str:
    """Letters and digits in lower case, without accents and signs."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    # A title in another script keeps its own letters.
    return _NOT_A_SIGN.sub("", plain) or "".join(filter(str.isalnum, title.casefold()))


def author_key(name: str | None) -> str | None:
    """A family name in the same form; None where there is none."""
    return title_key(name) or None if name else None


def title_of(offer: Offer) -> Title:
    """The title of an offer in the form that is compared."""
    year = offer.date[:4]
    return Title(
        key=title_key(offer.title),
        first_author=author_key(offer.first_author),
        year=int(year) if year.isascii() and year.isdigit() else None,
    )


def compare(one: Naming, other: Naming) -> Comparison:
    """
    Compare two namings.

    Returns:
        SAME only on a shared strong name without conflict, told with authority on both sides or
        borne out by like titles.
    """
    score = _title_score(one.titles, other.titles)
    names, others = _by_kind(one.identifiers), _by_kind(other.identifiers)
    shared = [(kind, value) for kind in names for value in names[kind] & others.get(kind, set())]
    if not shared:
        return _by_title(one, other, score)
    named = ", ".join(f"{kind} {value}" for kind, value in sorted(shared))
    for kind in _SINGLE:
        mine, theirs = names.get(kind, set()), others.get(kind, set())
        if mine and theirs and not mine & theirs:
            words = f"share {named}, but {kind} is {_listed(mine)} and {_listed(theirs)}"
            return Comparison(likeness=Likeness.CONFLICT, detail=words, score=score)
    told, told_there = _authoritative(one.identifiers), _authoritative(other.identifiers)
    if any(name in told and name in told_there for name in shared):
        return Comparison(likeness=Likeness.SAME, detail=named, score=score)
    if score is not None and score >= _AGREEING_TITLE:
        return Comparison(likeness=Likeness.SAME, detail=f"{named} and the title", score=score)
    words = f"share {named}, told without authority, and the titles differ"
    return Comparison(likeness=Likeness.DOUBTFUL, detail=words, score=score)


def _by_title(one: Naming, other: Naming, score: float | None) -> Comparison:
    if score is not None and score >= _SAME_TITLE and _same_authors(one.titles, other.titles):
        words = "title, first author and year are alike; they share no name"
        return Comparison(likeness=Likeness.TITLE, detail=words, score=score)
    return Comparison(likeness=Likeness.UNRELATED, detail="", score=score)


def _same_authors(one: Iterable[Title], other: Iterable[Title]) -> bool:
    theirs = list(other)
    return any(
        a.first_author is not None
        and a.first_author == b.first_author
        and a.year is not None
        and b.year is not None
        # A preprint is often of the year before.
        and abs(a.year - b.year) <= 1
        for a in one
        for b in theirs
    )


def _title_score(one: Iterable[Title], other: Iterable[Title]) -> float | None:
    theirs = [title.key for title in other if title.key]
    scores = [_like(mine.key, key) for mine in one if mine.key for key in theirs]
    return max(scores, default=None)


def _like(one: str, other: str) -> float:
    if one == other:
        return 1.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    quick = matcher.quick_ratio()
    return quick if quick < _AGREEING_TITLE else matcher.ratio()


def _by_kind(identifiers: Iterable[Identifier]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in identifiers:
        if name.scheme in _STRONG:
            kind, value = _kind(name)
            found.setdefault(kind, set()).add(value)
    return found


def _authoritative(identifiers: Iterable[Identifier]) -> set[tuple[str, str]]:
    return {_kind(name) for name in identifiers if name.authority != "unknown"}


def _kind(name: Identifier) -> tuple[str, str]:
    if name.scheme != "doi":
        return name.scheme, name.value
    is_preprint = name.value.startswith(_PREPRINT_PREFIXES) or _BIORXIV.match(name.value)
    versioned = _DOI_VERSION.match(name.value)
    bare = name.value if versioned is None else versioned[1] or versioned[2]
    return ("preprint_doi" if is_preprint else "doi"), bare


def _listed(values: set[str]) -> str:
    return " or ".join(sorted(values))
