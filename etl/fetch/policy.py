"""
Decide whether an offered paper may come in, before any byte is asked for.

Reads:    an offer and its corpus
Writes:   nothing
Gives up: never; a refusal is a code with its reason
Version:  the corpus
Next:     etl/fetch/corpus_source.py
"""

from collections.abc import Iterable

from etl.errors import Outcome, OutcomeCode
from etl.fetch.corpus import Corpus
from etl.intake import FullTextLink, Offer, Rights

__all__ = ["allowed_links", "refusal_of", "rule_for"]

#: Published before accepted before preprint, XML before PDF.
_VERSIONS = ("published", "accepted", "preprint", "unknown")
#: Languages go by two letters in some sources and by three in others (ISO 639-1, 639-2).
_LANGUAGES = {
    "eng": "en", "ger": "de", "deu": "de", "fre": "fr", "fra": "fr", "spa": "es", "por": "pt",
    "ita": "it", "chi": "zh", "zho": "zh", "jpn": "ja", "rus": "ru",
}  # fmt: skip


def refusal_of(offer: Offer, corpus: Corpus) -> Outcome | None:
    """
    Say why an offer stays out; None where nothing known speaks against it.

    An offer without links is not refused here: an open copy may still be found by its DOI.
    """
    if corpus.languages and not _is_spoken(offer.language, corpus):
        told = offer.language or "unknown"
        return Outcome(code=OutcomeCode.OUT_OF_SCOPE, detail=f"language {told}")
    title = offer.title.casefold()
    if corpus.title_terms and not any(term.casefold() in title for term in corpus.title_terms):
        return Outcome(code=OutcomeCode.OUT_OF_SCOPE, detail="no term of the corpus in the title")
    if offer.links and not allowed_links(offer.links, corpus):
        return licence_refusal(link.rights for link in offer.links)
    return None


def licence_refusal(rights: Iterable[Rights]) -> Outcome:
    """The refusal that names the licences found."""
    named = sorted({each.licence_spdx or each.licence_raw or "unknown" for each in rights})
    return Outcome(code=OutcomeCode.LICENCE, detail=f"licence {', '.join(named)[:200]}")


def allowed_links(links: Iterable[FullTextLink], corpus: Corpus) -> tuple[FullTextLink, ...]:
    """The links that may be followed, the best first."""
    kept = (link for link in links if rule_for(link.rights, corpus) is not None)
    return tuple(sorted(kept, key=lambda k: (_VERSIONS.index(k.version), k.form != "xml")))


def rule_for(rights: Rights, corpus: Corpus) -> str | None:
    """
    The rule that lets a version in, for the record.

    Returns:
        None where none does. Reserved rights are no licence, whatever else is told.
    """
    policy = corpus.licences
    if policy.allows(rights.licence_spdx) and not rights.tdm_reserved:
        return f"{corpus.name}: {rights.licence_spdx} is allowed"
    if policy.override is not None:
        return f"{corpus.name}: override by {policy.override.by}: {policy.override.reason}"
    return None


def _is_spoken(code: str | None, corpus: Corpus) -> bool:
    if not code:
        return corpus.unknown_language == "keep"
    return _language(code) in {_language(each) for each in corpus.languages}


def _language(code: str) -> str:
    short = code.casefold().split("-", maxsplit=1)[0]
    return _LANGUAGES.get(short, short)
