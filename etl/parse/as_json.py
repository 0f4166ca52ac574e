"""Write a document in the form that ``florilegium parse FILE --json`` promises."""

from itertools import groupby
from typing import Any

from etl.records.document import Block, Document, Region

__all__ = ["document_as_json"]


def document_as_json(document: Document) -> dict[str, Any]:
    """
    Give a document the stable public form of DESIGN section 6.

    Args:
        document: Readable or not.

    Returns:
        JSON-serialisable; regions are ``[page, x0, y0, x1, y1]`` in points from the top left,
        pages 1-based; sections in reading order with the blocks that stand in them.
    """
    name, _, version = document.parser.name.partition("/")
    return {
        "parser": name,
        "parser_version": version,
        "status": document.status,
        "outcome": _outcome(document),
        "quality": _quality(document),
        "title": document.title,
        "doi": document.doi,
        "year": document.year,
        "venue": document.venue,
        "sections": [
            {
                "path": list(document.sections[index].path),
                "kind": document.sections[index].kind,
                "zone": document.sections[index].zone,
                "blocks": [_block(block) for block in blocks],
            }
            for index, blocks in groupby(document.blocks, key=lambda block: block.section_index)
        ],
        "references": [{"text": entry.text, "doi": entry.doi} for entry in document.references],
        "links": [
            {
                "url": link.url,
                "origin": link.origin,
                "page": link.page,
                "kind": link.kind,
                "canonical": link.canonical,
                "owner": link.owner,
                "owner_reason": link.owner_reason,
            }
            for link in document.links
        ],
        "citations": [
            {
                "text": document.blocks[span.block_index].text[span.char_start : span.char_end],
                "block": span.block_index,
                "start": span.char_start,
                "end": span.char_end,
                "reference": span.entry_index,
            }
            for span in document.citations
        ],
    }


def _outcome(document: Document) -> dict[str, str] | None:
    if document.outcome is None:
        return None
    code = document.outcome.code
    return {"code": code, "detail": document.outcome.detail, "next_step": code.next_step}


def _quality(document: Document) -> dict[str, Any]:
    quality = document.quality
    return {
        "text_layer": quality.text_layer,
        "stopword_ratio": quality.stopword_ratio,
        "page_count": quality.page_count,
        "body_char_count": quality.body_char_count,
        "heading_count": quality.heading_count,
        "reference_count": quality.reference_count,
        "hidden_char_count": quality.hidden_char_count,
        "noise_char_count": quality.noise_char_count,
        **quality.detail,
    }


def _block(block: Block) -> dict[str, Any]:
    return {
        "kind": block.kind,
        "text": block.text,
        "zone": block.zone,
        "regions": [_region(region) for region in block.regions],
    }


def _region(region: Region) -> list[float]:
    return [region.page, region.x0, region.y0, region.x1, region.y1]
