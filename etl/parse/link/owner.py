"""
Judge whether a link leads to the authors' own things or to somebody else's, and say why.

Rules in a fixed order, the first that speaks decides: what an address is (the paper's own DOI, a
licence, a tool's home page) before the words around it, those before the section it stands in,
and the reference list last. A link without a sentence keeps ``unknown`` where its address is
silent: better no word than a wrong one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from etl.parse.link.form import host_of, is_archive_doi, link_kind

__all__ = ["LinkContext", "judge_owner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkContext:
    """What stands around one occurrence of an address."""

    #: The sentence; empty for a link annotation without text.
    sentence: str = ""
    #: Where the address begins in it.
    start: int = 0
    #: Normalised role of its section, or the zone of a block that is not read.
    section_kind: str = ""
    #: True where the reference list names the same address.
    is_cited: bool = False
    #: Lower-case DOI of the paper itself.
    own_doi: str | None = None


#: Licences, people, registers, standards, and pages that publishers put on every paper.
_FORMAL_HOSTS = (
    *("creativecommons.org", "opendatacommons.org", "opensource.org", "gnu.org", "orcid.org"),
    *("ror.org", "isni.org"),
    *("publons.com", "scopus.com", "crossmark.crossref.org", "crossref.org", "altmetric.com"),
    *("researchgate.net", "scholar.google.com", "twitter.com", "x.com", "facebook.com"),
    *("linkedin.com", "youtube.com", "wikipedia.org", "zoobank.org", "adobe.com"),
    *("pubmed.ncbi.nlm.nih.gov", "webofknowledge.com", "worldcat.org", "datacite.org"),
    *("w3.org", "ietf.org", "tdwg.org", "rs.gbif.org", "jats.nlm.nih.gov"),
)
_PUBLISHER_HOSTS = (
    *("mdpi.com", "frontiersin.org", "nature.com", "springer.com", "springernature.com"),
    *("springeropen.com", "biomedcentral.com", "elsevier.com", "sciencedirect.com", "wiley.com"),
    *("plos.org", "pensoft.net", "elifesciences.org", "tandfonline.com", "oup.com"),
    *("oxfordjournals.org", "sagepub.com", "peerj.com", "cell.com", "science.org", "arxiv.org"),
    *("biorxiv.org", "copernicus.org", "ieee.org", "acm.org", "cambridge.org", "hindawi.com"),
    *("pnas.org", "royalsocietypublishing.org", "jstor.org", "karger.com", "bmj.com"),
)
#: Home pages of software that many papers use.
_TOOL_HOSTS = (
    *("r-project.org", "rstudio.com", "posit.co", "bioconductor.org", "python.org"),
    *("tensorflow.org", "pytorch.org", "keras.io", "opencv.org", "scikit-learn.org", "numpy.org"),
    *("mathworks.com", "imagej.net", "imagej.nih.gov", "fiji.sc", "qgis.org", "esri.com"),
    *("docker.com", "anaconda.com", "conda.io", "nvidia.com", "ultralytics.com", "apache.org"),
    *("scipy.org", "julialang.org", "java.com", "postgresql.org", "spacy.io", "nltk.org"),
)
#: Accounts that publish tools and models for everybody.
_TOOL_ACCOUNT = re.compile(
    r"https?://(?:www\.)?(?:github|gitlab)\.com/(?:tensorflow|pytorch|keras-team|facebookresearch"
    r"|google|google-research|openai|ultralytics|alexeyab|pjreddie|huggingface|open-mmlab|tzutalin"
    r"|matterport|heartexlabs|scikit-learn|opencv|nvidia|microsoft|apache|bvlc|theano|dmlc|fastai"
    r"|rwightman|qubvel|aleju|wkentaro|labelmeai|lutzroeder|wandb|rstudio|tidyverse)(?:/|$)",
    re.IGNORECASE,
)
#: Words that tie what follows to somebody else; nearest to the link they outweigh its section.
_OTHERS = re.compile(
    r"\b(?:downloaded from|obtained from|retrieved from|taken from|acquired from|collected from"
    r"|sourced from|extracted from|provided by|developed by|created by|hosted by|made by"
    r"|adapted from|modified from|forked from|based on|implementation of|implemented (?:in|with"
    r"|using)|according to|annotation tools?|as described (?:in|by)|(?:we|were|was) us(?:ed|ing)"
    r"|(?:software|tool|library|package|toolbox|plugin|framework)s? (?:called|named))\b",
    re.IGNORECASE,
)
#: ``using Gullnet (https://…``, ``the Gullnet package (https://…``: a named thing, used.
_USED = re.compile(
    r"(?:\b(?:[Uu]sing|[Ww]ith|[Vv]ia|[Uu]sed|[Bb]y)\s+(?:the\s+)?[A-Z][\w.+-]*[^.;()]{0,60}"
    r"|\b(?:software|package|library|toolbox|plugin|programme?)\b[^.;:()]{0,25})\([^()]{0,30}$"
)
_DATED = re.compile(r"^[^.;]{0,20}\b(?:last )?(?:accessed|visited)\b", re.IGNORECASE)
#: A sign that authors speak of their own.
_OURS = re.compile(
    r"\b(?:our|ours|we (?:have )?(?:also )?(?:provide|share|publish|release|deposit|archive|upload"
    r"|make|made|offer|host|open.?source)\w*|(?:in|of|for|from|during|supporting|support)"
    r" (?:the findings of )?(?:this|the (?:present|current)) (?:study|work|paper|article|project"
    r"|manuscript)|(?:generated|analy[sz]ed|produced|collected) (?:and/or analy[sz]ed )?"
    r"(?:during|in|for|by) (?:this|the (?:present|current))|supplementary"
    r"|supporting information)\b",
    re.IGNORECASE,
)
_HANDED_OVER = re.compile(
    r"\b(?:deposited|archived|uploaded|open.?sourced|released|(?:is|are|was|were|be|been|made|found)"
    r" (?:\w+ly )?(?:available|accessible|published|shared|hosted|stored|provided)"
    r"|available (?:at|from|on|in|online|via|through|under|here|for download)"
    r"|can be (?:found|accessed|downloaded|viewed|obtained))\b",
    re.IGNORECASE,
)
#: What authors hand over; ``the software is available at`` may speak of anybody's.
_THEIR_THINGS = re.compile(
    r"\b(?:(?:source |training |analysis |all |the )(?:code|codes|scripts?|models?|weights|data"
    r"|data ?sets?|images|recordings|sequences|annotations|labels)|code|scripts|data ?sets?|data"
    r"|supplement\w*|appendix|repository)\b",
    re.IGNORECASE,
)
#: Characters between an offer and its link where nobody says whose the thing is.
_NEAR = 80
#: What ends the part of a sentence that tells of an earlier link.
_CLAUSE_END = re.compile(r"https?://\S+|\bwww\.\S+|\bdoi:\s?\S+|;", re.IGNORECASE)
_AVAILABILITY = {
    "data_availability": "data availability",
    "code_availability": "code availability",
}
_FOREIGN_PLACES = {
    "references": "stands in the reference list",
    "noise": "lies on a running head, a stamp or a margin",
}
#: How publishers name the files that belong to one article.
_SUPPLEMENT_PATH = re.compile(r"suppl|mediaobjects|additional|moesm|_esm|attachment", re.IGNORECASE)


def judge_owner(canonical: str, contexts: Sequence[LinkContext]) -> tuple[str, str]:
    """
    Judge an address by all its occurrences in a paper.

    Args:
        canonical: From :func:`etl.parse.link.form.canonical_url`.
        contexts: Where it stands; within one rule ``own`` outweighs ``third_party``.

    Returns:
        A value of ``etl.records.document.LinkOwner`` and one line of reason.
    """
    for rule in (_by_address, _by_words, _by_place):
        verdicts = [found for context in contexts if (found := rule(canonical, context))]
        if verdicts:
            return min(verdicts, key=lambda verdict: verdict[0] != "own")
    return "unknown", "neither its address nor the words around it tell"


def _by_address(canonical: str, context: LinkContext) -> tuple[str, str] | None:
    own = f"https://doi.org/{context.own_doi}" if context.own_doi else None
    if own and (canonical == own or canonical.startswith(f"{own}.")):
        return "own", "the DOI of the paper itself"
    host = host_of(canonical)
    is_bare_register = host in {"doi.org", "dx.doi.org"} and link_kind(canonical) != "doi"
    if is_bare_register or _is_any(host, _FORMAL_HOSTS):
        return "third_party", "page of a licence, a person, a register or a standard"
    if _is_any(host, _TOOL_HOSTS) or _TOOL_ACCOUNT.match(canonical):
        return "third_party", "home page or account of a public tool"
    if _is_any(host, _PUBLISHER_HOSTS):
        return _by_publisher(canonical, context)
    if (
        link_kind(canonical) == "repository"
        and not _path_of(canonical)
        and not host.endswith("github.io")
    ):
        return "third_party", "front page of a repository, no place in it"
    return None


def _by_publisher(canonical: str, context: LinkContext) -> tuple[str, str] | None:
    """A publisher's page is nobody's own but for the files that belong to the article."""
    if "suppl" not in context.sentence.lower() and context.section_kind != "supplement":
        return "third_party", "page of a publisher"
    if _SUPPLEMENT_PATH.search(_path_of(canonical)):
        return "own", "file of the supplement, at the publisher"
    return None


def _by_words(canonical: str, context: LinkContext) -> tuple[str, str] | None:
    """By the clause that leads to the link, then by the whole sentence."""
    before = context.sentence[: context.start]
    clause = _CLAUSE_END.split(before)[-1]
    return _by_others(clause) or _by_offer(canonical, context, before, clause)


def _by_others(clause: str) -> tuple[str, str] | None:
    ours, others = _OURS.search(clause), _OTHERS.search(clause)
    # The sign that stands nearer to the link speaks of it.
    if others and not (ours and ours.start() > others.start()):
        return "third_party", f"the words \u201c{others[0].lower()}\u201d lead to it"
    if not ours and _USED.search(clause):
        return "third_party", "follows the name of a thing that was used"
    return None


def _by_offer(
    canonical: str, context: LinkContext, before: str, clause: str
) -> tuple[str, str] | None:
    after = _CLAUSE_END.sub("", context.sentence[context.start :], count=1)
    handed = _HANDED_OVER.search(before) or _HANDED_OVER.search(after)
    ours = _OURS.search(clause)
    if handed and _OURS.search(context.sentence):
        return "own", f"\u201c{handed[0].lower()}\u201d, said of the authors' own"
    if ours and link_kind(canonical) != "other":
        return "own", f"the words \u201c{ours[0].lower()}\u201d lead to it"
    near = _HANDED_OVER.search(clause[-_NEAR:]) or _HANDED_OVER.search(after[:_NEAR])
    if near and _path_of(canonical) and _THEIR_THINGS.search(clause) and not context.is_cited:
        return "own", f"\u201c{near[0].lower()}\u201d, said of code or records"
    if _DATED.search(after):
        return "third_party", "given with the day it was accessed"
    return None


def _by_place(canonical: str, context: LinkContext) -> tuple[str, str] | None:
    section = _AVAILABILITY.get(context.section_kind)
    if section:
        return "own", f"stands in a section on {section}"
    if context.is_cited:
        return "third_party", "stands in the reference list"
    if context.section_kind in _FOREIGN_PLACES:
        return "third_party", _FOREIGN_PLACES[context.section_kind]
    if "ncbi.nlm.nih.gov/pubmed/" in canonical:
        return "third_party", "entry of an index of articles"
    if link_kind(canonical) == "doi" and not is_archive_doi(canonical):
        return "third_party", "DOI that nothing calls the authors' own, a cited work"
    return None


def _path_of(canonical: str) -> str:
    return canonical.partition("://")[2].partition("/")[2]


def _is_any(host: str, names: tuple[str, ...]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)
