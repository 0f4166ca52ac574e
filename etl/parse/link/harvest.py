"""Gather the links of a draft, each address once, with its form and its owner."""

import re
from collections.abc import Callable
from typing import Any

from etl.parse.draft import Draft, DraftBlock
from etl.parse.link.form import canonical_url, link_kind
from etl.parse.link.owner import LinkContext, judge_owner
from etl.parse.link.pattern import find_urls, urls_in

__all__ = ["harvest_links"]

#: Blocks nobody reads as the paper's text, and the list of other people's works.
_SILENT_ZONES = frozenset({"noise", "hidden", "references"})
#: A sentence of fewer words beside its address says nothing: the one before introduces it.
_TELLING_WORDS = 4
#: Characters of a sentence that are looked at on each side of an address.
_REACH = 600

_UNFINISHED = re.compile(r"https?://[^./\s]+|https?://(?:dx\.)?doi\.org(?:/10\.\d{4,9})?/?")
_CUT_OFF = re.compile(r"[./]{0,2} [\w.\-]{0,40}/\S+")

_Spans = Callable[[DraftBlock], list[tuple[int, int]]]


def harvest_links(draft: Draft, spans_of: _Spans) -> list[list[Any]]:
    """
    Find addresses in the text outside the reference list, then among annotations.

    Args:
        draft: As a reader gave it.
        spans_of: The sentences of a block as ``(start, end)``.

    Returns:
        ``[url, origin, block, page, kind, canonical, owner, reason]`` a link; an address that
        occurs several times stands where it occurs first and is judged by all its occurrences.
    """
    first: dict[str, list[Any]] = {}
    contexts: dict[str, list[LinkContext]] = {}
    cited = _cited(draft)
    whole = [link.url for link in draft.annotated_links]

    def note(row: list[Any], sentence: str = "", start: int = 0, section_kind: str = "") -> None:
        canonical = canonical_url(row[0])
        first.setdefault(row[0], row)
        contexts.setdefault(canonical, []).append(
            LinkContext(
                sentence=sentence,
                start=start,
                section_kind=section_kind,
                is_cited=canonical in cited,
                own_doi=draft.doi,
            )
        )

    for index, block in enumerate(draft.blocks):
        found = [] if block.zone in _SILENT_ZONES else find_urls(block.text)
        spans = spans_of(block) if found else []
        for start, begun in found:
            url = _joined(block.text, start, begun, whole)
            page = block.words[0].box[0] if block.words else None
            sentence, offset = _sentence_around(block.text, start, spans)
            kind = draft.sections[block.section].kind
            note([url, "text", index, page], sentence, offset, kind)
    for link in draft.annotated_links:
        row = [link.url, "annotation", None, link.page]
        if link.place is None:
            note(row)
            continue
        block = draft.blocks[link.place[0]]
        if block.zone in _SILENT_ZONES:
            note(row, section_kind=block.zone)
        else:
            sentence, offset = _sentence_around(block.text, link.place[1], spans_of(block))
            note(row, sentence, offset, draft.sections[block.section].kind)
    return [[*row, *_judged(row[0], contexts)] for row in first.values()]


def _joined(text: str, start: int, begun: str, whole: list[str]) -> str:
    """
    An address that a line's end cut, whole again.

    The longest annotated address that the text spells from here on, blanks aside; else the next
    word, where what stands here cannot be all: a host without a dot, a DOI's server alone.
    """
    ahead = "".join(text[start : start + 2 * _REACH].split())
    longer = [url for url in whole if len(url) > len(begun) and ahead.startswith(url)]
    if longer:
        return max(longer, key=len)
    rest = text[start + len(begun) :]
    following = _CUT_OFF.match(rest) if _UNFINISHED.fullmatch(begun) else None
    return urls_in(begun + "".join(following[0].split()))[0] if following else begun


def _judged(url: str, contexts: dict[str, list[LinkContext]]) -> tuple[str, str, str, str]:
    canonical = canonical_url(url)
    owner, reason = judge_owner(canonical, contexts[canonical])
    return link_kind(canonical), canonical, owner, reason


def _cited(draft: Draft) -> frozenset[str]:
    """Canonical addresses that the reference list names."""
    urls = [url for text, _ in draft.references for _, url in find_urls(text)]
    urls += [f"https://doi.org/{doi}" for _, doi in draft.references if doi]
    return frozenset(map(canonical_url, urls))


def _sentence_around(text: str, start: int, spans: list[tuple[int, int]]) -> tuple[str, int]:
    """The sentence that holds a place, or it and the one before where it says too little."""
    around = [index for index, (left, right) in enumerate(spans) if left <= start < right]
    if not around:
        left, right = 0, len(text)
    else:
        left, right = spans[around[0]]
        if around[0] > 0 and len(text[left:start].split()) < _TELLING_WORDS:
            left = spans[around[0] - 1][0]
    left, right = max(left, start - _REACH), min(right, start + _REACH)
    return text[left:right], start - left
