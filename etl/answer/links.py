"""
Read the links of a paper's own code or records, and leave those of other people's tools.

Reads:    scored sentences, and the links that the parser found in text and annotations
Writes:   nothing
Gives up: never; a link without a sentence that carries it gives no item
Version:  LINK_VERSION, part of the extractive answerer's fingerprint
Next:     the extractive answerer
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl.answer.candidates import Candidate
from etl.answer.guards import is_hypothetical
from etl.answer.reading import Item
from etl.answer.urls import find_urls, host_of, squash_url
from etl.records import Document, Question
from etl.words import iter_words

__all__ = ["LINK_VERSION", "read_links"]

LINK_VERSION = "own-links/1"

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
#: Words by which authors hand something over; alone they make a link their own.
_HANDED_OVER = re.compile(
    r"\b(?:deposited|archived|uploaded|open.?sourced|released|(?:is|are|was|were|be|been|made)"
    r" (?:\w+ly )?(?:available|accessible|published|shared|hosted|stored)"
    r"|available (?:at|from|on|in|online|via|through|under|here|for download)"
    r"|open source code)\b",
    re.IGNORECASE,
)
#: Words that may hand over something of the authors' or point to something of others'.
_OFFERED = re.compile(
    r"\b(?:available|accessible|provided|found|accessed|downloaded|repositor(?:y|ies)"
    r"|visit|see)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:our|we|this (?:study|work|paper|project|article)|the (?:source )?code|the scripts?"
    r"|(?:source|trained|all) (?:code|models?|data|scripts)|data (?:set )?(?:that )?support"
    r"|supplementary|code availability|data availability)\b",
    re.IGNORECASE,
)
#: Words that tie a link to somebody else.
_OTHERS = re.compile(
    r"\b(?:downloaded from|obtained from|retrieved from|taken from|acquired from|provided by"
    r"|developed by|accessed (?:on|in)|last accessed|et al\.|annotation tool|adapted from"
    r"|modified from|forked from|based on|implementation of|using the|implemented (?:in|with|using)"
    r"|(?:software|tool|library|package|toolbox|plugin|framework)s? (?:called|named))\b",
    re.IGNORECASE,
)
#: Accounts that publish tools and models for everybody; a link there is not the paper's own.
_TOOL_ACCOUNT = re.compile(
    r"^github\.com/(?:tensorflow|pytorch|keras-team|facebookresearch|google|google-research|openai"
    r"|ultralytics|alexeyab|pjreddie|huggingface|open-mmlab|matterport|tzutalin|heartexlabs"
    r"|scikit-learn|opencv|nvidia|microsoft|apache|bvlc|caffe2|theano|dmlc|fastai|albumentations-team"
    r"|aleju|qubvel|wkentaro|labelmeai|rwightman|lutzroeder|wandb)(?:/|$)"
)
_AVAILABILITY_KINDS = frozenset({"data_availability", "code_availability"})

#: A link counts as the paper's own from this sum of signs on, see :func:`_ownership`.
_OWN_FROM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One URL with the sentences that spell it."""

    url: str
    sentences: tuple[int, ...]
    text: str
    #: Where the URL begins in the text.
    start: int
    section_kind: str
    score: float


def read_links(
    document: Document, question: Question, candidates: Sequence[Candidate]
) -> list[Item]:
    """
    Give the own links of the wanted kind that literally stand in the passages.

    Whether code or records are wanted follows from the words of the question. A link is the
    paper's own where its sentence or section offers it and says nothing of other people.

    Args:
        document: Gives the links the parser joined over line breaks.
        question: Says what is wanted.
        candidates: Scored sentences of the question, in any order.

    Returns:
        One item a distinct URL: ``{"url", "host", "role"}`` with role ``own``.
    """
    wanted = _wanted(question)
    items: dict[str, Item] = {}
    for place in _places(document, candidates):
        if not _is_of_kind(place, wanted) or _ownership(place) < _OWN_FROM:
            continue
        items.setdefault(
            squash_url(place.url),
            Item(
                value={"url": place.url, "host": host_of(place.url), "role": "own"},
                label=place.url,
                sentences=place.sentences,
                score=min(1.0, 0.5 + place.score / 2),
            ),
        )
    return list(items.values())


def _wanted(question: Question) -> str:
    words = set(iter_words(f"{question.key.replace('_', ' ')} {question.text}"))
    if words & _CODE_WORDS:
        return "code"
    return "records" if words & _RECORD_WORDS else "any"


def _places(document: Document, candidates: Sequence[Candidate]) -> Iterator[_Place]:
    """Links of the sentences, completed by the parser's links of the same block."""
    for candidate in candidates:
        block_index = document.sentences[candidate.sentence_index].block_index
        for url, start in find_urls(candidate.text):
            whole, extra = _completed(document, block_index, candidate, url)
            yield _Place(
                url=whole,
                sentences=(candidate.sentence_index, *extra),
                text=candidate.text,
                start=start,
                section_kind=candidate.section_kind,
                score=candidate.score,
            )


def _completed(
    document: Document, block_index: int, candidate: Candidate, url: str
) -> tuple[str, tuple[int, ...]]:
    """The longest parser's link of this block that begins with this URL and is spelled here."""
    squashed = squash_url(url)
    following = _following_sentence(document, candidate.sentence_index, block_index)
    spelled = squash_url(candidate.text)
    spelled_on = squash_url(candidate.text + following[1])
    best = url
    extra: tuple[int, ...] = ()
    for link in document.links:
        longer = squash_url(link.url)
        if link.block_index not in {None, block_index} or not longer.startswith(squashed):
            continue
        if len(longer) <= len(squash_url(best)):
            continue
        if longer in spelled:
            best, extra = link.url, ()
        elif following[0] is not None and longer in spelled_on:
            best, extra = link.url, (following[0],)
    return best, extra


def _following_sentence(
    document: Document, sentence_index: int, block_index: int
) -> tuple[int | None, str]:
    position = sentence_index + 1
    if position >= len(document.sentences):
        return None, ""
    sentence = document.sentences[position]
    if sentence.block_index != block_index:
        return None, ""
    return position, document.text_of(sentence)


def _is_of_kind(place: _Place, wanted: str) -> bool:
    """
    Hosts decide what may be there, the words before the link what is.

    A bare code host without a path is no repository; code hosts hold records where the sentence
    says so, archives hold code where it does.
    """
    if wanted == "any":
        return True
    squashed = squash_url(place.url)
    host = host_of(place.url)
    words = set(iter_words(place.text[: place.start]))
    if any(name in host for name in _CODE_HOSTS):
        if "/" not in squashed:
            return False
        return wanted == "code" or bool(words & _RECORD_WORDS)
    is_deposit = any(name in host for name in _DEPOSIT_HOSTS) or any(
        f"doi.org/{prefix}" in squashed for prefix in _DEPOSIT_DOIS
    )
    if not is_deposit:
        return False
    if wanted == "records":
        return not (words & _CODE_WORDS) or bool(words & _RECORD_WORDS)
    return bool(words & _CODE_WORDS)


def _ownership(place: _Place) -> int:
    """
    Sum of signs for the paper's own: an availability section or a handing-over 2, an offering
    word 1, a first person 1; words that tie it to others -2, a public tool's account -4.
    """
    if is_hypothetical(place.text):
        return 0
    signs = 2 * (place.section_kind in _AVAILABILITY_KINDS)
    signs += 2 if _HANDED_OVER.search(place.text) else bool(_OFFERED.search(place.text))
    signs += bool(_OWN.search(place.text))
    signs -= 2 * bool(_OTHERS.search(place.text))
    signs -= 4 * bool(_TOOL_ACCOUNT.match(squash_url(place.url)))
    return signs
