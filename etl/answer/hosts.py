"""
Read where authors keep their own code or records: the hosts of their links, or named places.

Reads:    scored sentences and a vocabulary whose forms are domains and names of hosts
Writes:   nothing
Gives up: never; no own place gives no item
Version:  HOST_VERSION, part of the extractive answerer's fingerprint
Next:     the extractive answerer
"""

import re
from collections.abc import Sequence

from etl.answer.candidates import Candidate
from etl.answer.link_kind import speaks_of, wanted_kind
from etl.answer.links import find_own_links
from etl.answer.ownership import is_own
from etl.answer.reading import Item
from etl.answer.vocabulary import Mention, Vocabulary
from etl.records.document import Document
from etl.records.question import Question

__all__ = ["HOST_VERSION", "holds_hosts", "read_hosts"]

HOST_VERSION = "own-hosts/1"

_DOMAIN = re.compile(r"^(?:[\w\-]+\.)+[a-z]{2,}(?:/|$)|^10\.\d{4,9}")


def holds_hosts(vocabulary: Vocabulary) -> bool:
    """True where most terms of a vocabulary have a domain or DOI prefix among their forms."""
    with_domain = sum(any(map(_DOMAIN.match, forms)) for forms in vocabulary.terms.values())
    return with_domain * 2 > len(vocabulary.terms)


def read_hosts(
    document: Document,
    question: Question,
    vocabulary: Vocabulary,
    candidates: Sequence[Candidate],
) -> list[Item]:
    """
    Give the hosts that the authors' own links name, and those that they name in words.

    So a host question never names a place that the link question would not: a tool's GitHub
    page is no host of the study.

    Args:
        document: Gives links that run over line breaks.
        question: Says whether code or records are wanted.
        vocabulary: Hosts with their domains.
        candidates: Scored sentences of the question, best first.

    Returns:
        One item a host: ``{"name", "surface"}``.
    """
    spans = {
        (link.candidate.sentence_index, link.start, link.end)
        for link in find_own_links(document, question, candidates)
    }
    items: dict[str, Item] = {}
    for candidate in candidates:
        for mention in vocabulary.mentions(candidate.text):
            is_linked = any(
                index == candidate.sentence_index and start <= mention.start < end
                for index, start, end in spans
            )
            if mention.term in items or not (is_linked or _is_named(question, candidate, mention)):
                continue
            items[mention.term] = Item(
                value={"name": mention.term, "surface": mention.surface},
                label=mention.term,
                sentences=(candidate.sentence_index,),
                score=min(1.0, 0.5 + candidate.score / 2),
            )
    return list(items.values())


def _is_named(question: Question, candidate: Candidate, mention: Mention) -> bool:
    """A name in words counts where what is wanted stands before it and is offered there."""
    before = candidate.text[: mention.start]
    is_domain = _DOMAIN.match(mention.surface) is not None
    return (
        not is_domain
        and speaks_of(before, wanted_kind(question))
        and is_own(candidate.text, mention.start, candidate.section_kind)
    )
