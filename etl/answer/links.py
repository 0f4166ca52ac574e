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
from etl.answer.link_kind import LinkKind, is_of_kind, is_repository, wanted_kind
from etl.answer.ownership import is_own, is_own_citation, offers_something
from etl.answer.reading import Item
from etl.answer.urls import find_urls, host_of, squash_url
from etl.bibliography import cited_entries, names_an_author_of
from etl.records.document import Document
from etl.records.question import Question

__all__ = ["LINK_VERSION", "OwnLink", "find_own_links", "read_links"]

LINK_VERSION = "own-links/4"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLink:
    """One link that the authors offer, with the sentences that spell it."""

    url: str
    #: One; two where the link runs over a sentence border, or stands in an entry that is cited.
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

    Whether code or records are wanted follows from the words of the question. An address that
    stands in the reference list alone is found by the sentence that offers what it cites there.
    """
    kind = wanted_kind(question)
    for candidate in candidates:
        yield from _spelled(document, candidate, kind)
        if offers_something(candidate.text, candidate.section_kind):
            yield from _cited(document, candidate, kind)


def _spelled(document: Document, candidate: Candidate, kind: LinkKind) -> Iterator[OwnLink]:
    """The links that the sentence itself spells."""
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


def _cited(document: Document, candidate: Candidate, kind: LinkKind) -> Iterator[OwnLink]:
    """The links of the entries that the sentence cites; its second sentence is the entry."""
    for cited in cited_entries(document, document.sentences[candidate.sentence_index]):
        entry = document.blocks[cited.block_index]
        is_offered = is_own_citation(
            candidate.text,
            cited.start,
            cited.end,
            candidate.section_kind,
            is_author=names_an_author_of(document, entry),
        )
        place = next(
            (s.sentence_index for s in document.sentences if s.block_index == cited.block_index),
            None,
        )
        if not is_offered or place is None:
            continue
        before = candidate.text[: cited.start]
        for begun, _, _ in find_urls(entry.text):
            url = _whole_link(document, cited.block_index, entry.text, begun)
            if is_repository(url) and is_of_kind(url, before, kind):
                yield OwnLink(
                    url=url,
                    sentences=(candidate.sentence_index, place),
                    candidate=candidate,
                    start=cited.start,
                    end=cited.end,
                )


def _completed(
    document: Document, block_index: int, candidate: Candidate, url: str
) -> tuple[str, tuple[int, ...]]:
    """The whole link, and the next sentence where it runs on there."""
    within = _whole_link(document, block_index, candidate.text, url)
    position, following = _following_sentence(document, candidate.sentence_index, block_index)
    beyond = _whole_link(document, block_index, candidate.text + following, url)
    if position is None or len(squash_url(beyond)) <= len(squash_url(within)):
        return within, ()
    return beyond, (position,)


def _whole_link(document: Document, block_index: int, text: str, url: str) -> str:
    """The longest of the parser's links of this block that begins with *url* and is in *text*."""
    begun, spelled = squash_url(url), squash_url(text)
    longer = [
        link.url
        for link in document.links
        if link.block_index in {None, block_index}
        and squash_url(link.url).startswith(begun)
        and squash_url(link.url) in spelled
    ]
    return max([url, *longer], key=lambda each: len(squash_url(each)))


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
