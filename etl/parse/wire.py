"""
Turn a draft into the plain JSON that crosses from the parser child to its parent.

Here blocks get their sentences and both get their boxes, cut to the page.
"""

from collections.abc import Iterable
from typing import Any

from etl.parse.draft import Box, Draft, DraftBlock, PlacedWord
from etl.parse.link.harvest import harvest_links
from etl.parse.quality_gate import Verdict
from etl.parse.sentences import split_sentences

__all__ = ["draft_as_wire"]

#: Blocks that are never asked about carry no sentences.
_WITHOUT_SENTENCES = frozenset({"title", "heading", "noise"})
_ASIDE = frozenset({"noise", "hidden"})
_PROSE_ZONES = frozenset({"body", "back"})


def draft_as_wire(draft: Draft, verdict: Verdict) -> dict[str, Any]:
    """
    Flatten a draft.

    Args:
        draft: As a reader gave it.
        verdict: What the quality gate said of it.

    Returns:
        JSON-serialisable values only; boxes as ``[page, x0, y0, x1, y1]`` in hundredths of a
        point, indices dense from 0.
    """
    sizes = draft.pages
    sentences: list[list[Any]] = []
    blocks: list[list[Any]] = []
    for index, block in enumerate(draft.blocks):
        regions = _clip(_block_boxes(block.words), sizes)
        blocks.append([block.section, block.kind, block.zone, block.text, regions, block.xpath])
        sentences.extend(
            [index, start, end, _clip(_span_boxes(block.words, start, end), sizes)]
            for start, end in _sentence_spans(block)
        )
    return {
        "title": draft.title,
        "doi": draft.doi,
        "year": draft.year,
        "venue": draft.venue,
        "pages": [[round(width, 2), round(height, 2)] for width, height in sizes],
        "sections": [[list(s.path), s.kind, s.zone] for s in draft.sections],
        "blocks": blocks,
        "sentences": sentences,
        "references": [list(entry) for entry in draft.references],
        "links": harvest_links(draft, _sentence_spans),
        "citations": [list(span) for span in draft.citations],
        "quality": _quality(draft, verdict),
        "outcome": [verdict.code, verdict.detail] if verdict.code else None,
    }


def _sentence_spans(block: DraftBlock) -> list[tuple[int, int]]:
    if block.kind in _WITHOUT_SENTENCES or block.zone in _ASIDE:
        return []
    if block.zone == "references":
        # An entry is never asked about; a sentence that cites it may point to it, whole.
        return [(0, len(block.text))] if block.kind == "reference" else []
    if block.kind != "table":
        return split_sentences(block.text)
    spans: list[tuple[int, int]] = []
    start = 0
    for row in block.text.split("\n"):
        if row.strip():
            spans.append((start, start + len(row)))
        start += len(row) + 1
    return spans


def _span_boxes(words: Iterable[PlacedWord], start: int, end: int) -> list[Box]:
    """One box a printed line that holds a word of the span."""
    boxes: dict[int, Box] = {}
    for word in words:
        if word.start < end and word.end > start:
            known = boxes.get(word.line)
            boxes[word.line] = word.box if known is None else _union(known, word.box)
    return list(boxes.values())


def _block_boxes(words: list[PlacedWord]) -> list[Box]:
    """One box a column the block stands in: lines that follow each other downwards."""
    merged: list[Box] = []
    for line in _span_boxes(words, 0, words[-1].end) if words else []:
        last = merged[-1] if merged else None
        if last and last[0] == line[0] and line[4] >= last[4] and _share_width(last, line):
            merged[-1] = _union(last, line)
        else:
            merged.append(line)
    return merged


def _share_width(one: Box, other: Box) -> bool:
    return min(one[3], other[3]) > max(one[1], other[1])


def _union(one: Box, other: Box) -> Box:
    return (
        one[0],
        min(one[1], other[1]),
        min(one[2], other[2]),
        max(one[3], other[3]),
        max(one[4], other[4]),
    )


def _clip(boxes: Iterable[Box], sizes: list[tuple[float, float]]) -> list[list[float]]:
    clipped: list[list[float]] = []
    for page, x0, y0, x1, y1 in boxes:
        width, height = (round(side, 2) for side in sizes[page - 1])
        left, right = (min(max(round(x, 2), 0.0), width) for x in (x0, x1))
        top, bottom = (min(max(round(y, 2), 0.0), height) for y in (y0, y1))
        clipped.append([page, left, top, right, bottom])
    return clipped


def _quality(draft: Draft, verdict: Verdict) -> dict[str, Any]:
    zones = {
        zone: sum(len(block.text) for block in draft.blocks if block.zone == zone)
        for zone in ("noise", "hidden")
    }
    body = sum(len(b.text) for b in draft.blocks if b.zone in _PROSE_ZONES)
    return {
        "text_layer": verdict.text_layer,
        "stopword_ratio": verdict.stopword_ratio,
        "page_count": len(draft.pages),
        "body_char_count": body,
        "heading_count": sum(block.kind == "heading" for block in draft.blocks),
        "reference_count": len(draft.references),
        "hidden_char_count": zones["hidden"],
        "noise_char_count": zones["noise"],
        "detail": {**draft.counts, "language": verdict.language},
    }
