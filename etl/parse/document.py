"""Build the document record from what the parser child sent."""

from typing import Any

from etl.errors import Outcome, OutcomeCode
from etl.keys import content_key
from etl.records.document import (
    BibliographyEntry,
    Block,
    BlockKind,
    CitationSpan,
    Document,
    DocumentStatus,
    Link,
    LinkKind,
    LinkOwner,
    Page,
    Quality,
    Region,
    Section,
    Sentence,
    Zone,
)
from etl.records.full_text import FullText
from etl.records.recipe import Fingerprint

__all__ = ["document_from_wire"]


def document_from_wire(
    wire: dict[str, Any], *, full_text: FullText, fingerprint: Fingerprint
) -> Document:
    """
    Give a child's result its keys and types.

    Args:
        wire: The form ``etl.parse.wire.draft_as_wire`` writes.
        full_text: The bytes that were read.
        fingerprint: The reader that read them.

    Returns:
        The document; its id is ``content_key(full_text.sha256, fingerprint.sha256)``.

    Raises:
        ValueError, KeyError, TypeError: The wire form is broken.
    """
    outcome = wire["outcome"]
    return Document(
        document_id=content_key(full_text.sha256, fingerprint.sha256),
        full_text_id=full_text.full_text_id,
        parser=fingerprint,
        status=DocumentStatus.UNREADABLE if outcome else DocumentStatus.PARSED,
        outcome=Outcome(code=OutcomeCode(outcome[0]), detail=outcome[1]) if outcome else None,
        title=wire["title"],
        quality=Quality(**wire["quality"]),
        pages=tuple(
            Page(page=number, width=width, height=height)
            for number, (width, height) in enumerate(wire["pages"], start=1)
        ),
        sections=tuple(
            Section(section_index=index, path=tuple(path), kind=kind, zone=Zone(zone))
            for index, (path, kind, zone) in enumerate(wire["sections"])
        ),
        blocks=tuple(_block(index, row) for index, row in enumerate(wire["blocks"])),
        sentences=tuple(_sentence(index, row) for index, row in enumerate(wire["sentences"])),
        references=tuple(
            BibliographyEntry(entry_index=index, text=text, doi=doi)
            for index, (text, doi) in enumerate(wire["references"])
        ),
        links=tuple(
            Link(
                url=url,
                origin=origin,
                block_index=block,
                page=page,
                kind=LinkKind(kind),
                canonical=canonical,
                owner=LinkOwner(owner),
                owner_reason=reason,
            )
            for url, origin, block, page, kind, canonical, owner, reason in wire["links"]
        ),
        citations=tuple(
            CitationSpan(block_index=block, char_start=start, char_end=end, entry_index=entry)
            for block, start, end, entry in wire["citations"]
        ),
        doi=wire["doi"],
        year=wire["year"],
        venue=wire["venue"],
    )


def _block(index: int, row: list[Any]) -> Block:
    section, kind, zone, text, regions, xpath = row
    return Block(
        block_index=index,
        section_index=section,
        kind=BlockKind(kind),
        zone=Zone(zone),
        text=text,
        regions=_regions(regions),
        xpath=xpath,
    )


def _sentence(index: int, row: list[Any]) -> Sentence:
    block, start, end, regions = row
    return Sentence(
        sentence_index=index,
        block_index=block,
        char_start=start,
        char_end=end,
        regions=_regions(regions),
    )


def _regions(rows: list[list[float]]) -> tuple[Region, ...]:
    return tuple(
        Region(page=int(page), x0=x0, y0=y0, x1=x1, y1=y1) for page, x0, y0, x1, y1 in rows
    )
