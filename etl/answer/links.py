"""
Read the links of a paper's own code or records, and leave those of other people's tools.

Reads:    scored sentences, and the links that the parser found in text and annotations
Writes:   nothing
Gives up: never; a link without a sentence that carries it gives no item
Version:  LINK_VERSION, part of the extractive answerer's fingerprint
Next:     the extractive answerer
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl.answer.candidates import Candidate
from etl.answer.link_kind import is_of_kind, wanted_kind
from etl.answer.ownership import is_own
from etl.answer.reading import Item
from etl.answer.urls import find_urls, host_of, squash_url
from etl.records.document import Document
from etl.records.question import Question

__all__ = ["LINK_VERSION", "OwnLink", "find_own_links", "read_links"]

LINK_VERSION = "own-links/3"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLink:
    """One link that the authors offer, with the sentences that spell it."""

    url: str
    #: One, or two where the link runs over a sentence border.
    sentences: tuple[int, ...]
    #: The sentence in which it begins.
    candidate: Candidate
    #: Where it begins there, and where the part that stands there ends.
    start: int
    end: int


def read_links(
    document: Document, question: Question, candidates: Sequence[Candidate]
) -> list[Item]:
    """
    Give the own links of the wanted kind that literally stand in the passages.

    Args:
        document: Gives the links the parser joined over line breaks.
        question: Says whether code or records are wanted.
        candidates: Scored sentences of the question, best first.

    Returns:
        One item a distinct URL: ``{"url", "host", "role"}`` with role ``own``.
    """
    items: dict[str, Item] = {}
    for link in find_own_links(document, question, candidates):
        items.setdefault(
            squash_url(link.url),
            Item(
                value={"url": link.url, "host": host_of(link.url), "role": "own"},
                label=link.url,
                sentences=link.sentences,
                score=min(1.0, 0.5 + link.candidate.score / 2),
            ),
        )
    return list(items.values())


def find_own_links(
    document: Document, question: Question, candidates: Sequence[Candidate]
) -> Iterator[OwnLink]:
    """
    The links of the wanted kind that a sentence or section offers as the authors' own.

    Whether code or records are wanted follows from the words of the question.
    """
    kind = wanted_kind(question)
    for candidate in candidates:
        block_index = document.sentences[candidate.sentence_index].block_index
        for url, start, end in find_urls(candidate.text):
            whole, extra = _completed(document, block_index, candidate, url)
            before = candidate.text[:start]
            offered = is_of_kind(whole, before, kind, section_kind=candidate.section_kind)
            if offered and is_own(candidate.text, start, candidate.section_kind, url=whole):
                yield OwnLink(
                    url=whole,
                    sentences=(candidate.sentence_index, *extra),
                    candidate=candidate,
                    start=start,
                    end=end,
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
