"""Documents with their sections, blocks and sentences, written whole and read whole."""

from typing import Any

from sqlalchemy import Connection

from etl.errors import Outcome, OutcomeCode
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
from etl.records.recipe import Fingerprint
from etl.store.bulk import copy_rows, regions_literal
from etl.store.database import Database
from etl.store.plain_json import plain_json, printable
from etl.store.queries import query

__all__ = ["DocumentStore"]


class DocumentStore:
    """Reads and writes ``core.document`` and everything below it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def save(connection: Connection, document: Document, *, work_id: int, run_id: int) -> None:
        """Write a document once, in the caller's transaction; a second time changes nothing."""
        quality = document.quality
        is_new = connection.execute(
            query("parse", "insert_document"),
            {
                "document_id": document.document_id,
                "full_text_id": document.full_text_id,
                "parser_id": document.parser.fingerprint_id,
                "work_id": work_id,
                "status": document.status,
                "code": document.outcome.code if document.outcome else None,
                "detail": printable(document.outcome.detail) if document.outcome else None,
                "title": document.title,
                "doi": document.doi,
                "year": document.year,
                "venue": document.venue,
                "text_layer": quality.text_layer,
                "stopword_ratio": quality.stopword_ratio,
                "page_count": quality.page_count,
                "body_char_count": quality.body_char_count,
                "heading_count": quality.heading_count,
                "reference_count": quality.reference_count,
                "hidden_char_count": quality.hidden_char_count,
                "noise_char_count": quality.noise_char_count,
                "quality_detail": plain_json(quality.detail),
                "run_id": run_id,
            },
        ).one_or_none()
        if is_new is not None:
            _copy_parts(connection, document)

    def load(self, document_id: int) -> Document:
        """Read a document back as it was parsed."""
        with self._database.transaction() as connection:

            def rows(name: str) -> Any:  # noqa: ANN401 - rows of one statement
                return connection.execute(query("parse", name), {"document_id": document_id})

            head = rows("load_document").one()
            return Document(
                document_id=document_id,
                full_text_id=head.full_text_id,
                parser=Fingerprint(
                    fingerprint_id=head.parser_id,
                    stage=head.stage,
                    name=head.name,
                    sha256=head.parser_sha256,
                    recipe=head.recipe,
                ),
                status=DocumentStatus(head.status),
                outcome=_outcome(head),
                title=head.title,
                quality=_quality(head),
                pages=tuple(Page(**row._mapping) for row in rows("load_pages")),  # noqa: SLF001
                sections=tuple(
                    Section(
                        section_index=row.section_index,
                        path=tuple(row.path),
                        kind=row.kind,
                        zone=Zone(row.zone),
                    )
                    for row in rows("load_sections")
                ),
                blocks=tuple(_block(row) for row in rows("load_blocks")),
                sentences=tuple(_sentence(row) for row in rows("load_sentences")),
                references=tuple(
                    BibliographyEntry(**row._mapping)  # noqa: SLF001
                    for row in rows("load_bibliography")
                ),
                links=tuple(_link(row) for row in rows("load_links")),
                citations=tuple(
                    CitationSpan(**row._mapping)  # noqa: SLF001
                    for row in rows("load_citations")
                ),
                doi=head.doi,
                year=head.year,
                venue=head.venue,
            )


def _copy_parts(connection: Connection, document: Document) -> None:
    key = document.document_id
    copy_rows(
        connection,
        "core.page",
        ("document_id", "page", "width", "height"),
        ((key, p.page, p.width, p.height) for p in document.pages),
    )
    copy_rows(
        connection,
        "core.section",
        ("document_id", "section_index", "path", "kind", "zone"),
        ((key, s.section_index, _text_array(s.path), s.kind, s.zone) for s in document.sections),
    )
    copy_rows(
        connection,
        "core.block",
        ("document_id", "block_index", "section_index", "kind", "zone", "text", "regions", "xpath"),
        (
            (
                key,
                b.block_index,
                b.section_index,
                b.kind,
                b.zone,
                b.text,
                regions_literal(b.regions),
                b.xpath,
            )
            for b in document.blocks
        ),
    )
    copy_rows(
        connection,
        "core.sentence",
        ("document_id", "sentence_index", "block_index", "char_start", "char_end", "regions"),
        (
            (
                key,
                s.sentence_index,
                s.block_index,
                s.char_start,
                s.char_end,
                regions_literal(s.regions),
            )
            for s in document.sentences
        ),
    )
    _copy_mentions(connection, document)


def _copy_mentions(connection: Connection, document: Document) -> None:
    """The works and addresses that a document names."""
    key = document.document_id
    copy_rows(
        connection,
        "core.bibliography_entry",
        ("document_id", "entry_index", "text", "doi"),
        ((key, e.entry_index, e.text, e.doi) for e in document.references),
    )
    copy_rows(
        connection,
        "core.citation_span",
        ("document_id", "citation_index", "block_index", "char_start", "char_end", "entry_index"),
        (
            (key, index, c.block_index, c.char_start, c.char_end, c.entry_index)
            for index, c in enumerate(document.citations)
        ),
    )
    columns = (
        "document_id", "link_index", "url", "origin", "block_index", "page", "kind", "canonical",
        "owner", "owner_reason",
    )  # fmt: skip
    copy_rows(
        connection,
        "core.link",
        columns,
        (
            (
                key,
                index,
                link.url,
                link.origin,
                link.block_index,
                link.page,
                link.kind,
                link.canonical,
                link.owner,
                link.owner_reason,
            )
            for index, link in enumerate(document.links)
        ),
    )


def _text_array(texts: tuple[str, ...]) -> str:
    quoted = ('"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"' for t in texts)
    return "{" + ",".join(quoted) + "}"


def _regions(boxes: list[list[float]]) -> tuple[Region, ...]:
    return tuple(Region(page=int(b[0]), x0=b[1], y0=b[2], x1=b[3], y1=b[4]) for b in boxes)


def _block(row: Any) -> Block:  # noqa: ANN401 - a row
    return Block(
        block_index=row.block_index,
        section_index=row.section_index,
        kind=BlockKind(row.kind),
        zone=Zone(row.zone),
        text=row.text,
        regions=_regions(row.regions),
        xpath=row.xpath,
    )


def _sentence(row: Any) -> Sentence:  # noqa: ANN401 - a row
    return Sentence(
        sentence_index=row.sentence_index,
        block_index=row.block_index,
        char_start=row.char_start,
        char_end=row.char_end,
        regions=_regions(row.regions),
    )


def _link(row: Any) -> Link:  # noqa: ANN401 - a row
    return Link(
        url=row.url,
        origin=row.origin,
        block_index=row.block_index,
        page=row.page,
        kind=LinkKind(row.kind),
        canonical=row.canonical,
        owner=LinkOwner(row.owner),
        owner_reason=row.owner_reason,
    )


def _outcome(head: Any) -> Outcome | None:  # noqa: ANN401 - a row
    if head.code is None:
        return None
    return Outcome(code=OutcomeCode(head.code), detail=head.detail or "")


def _quality(head: Any) -> Quality:  # noqa: ANN401 - a row
    return Quality(
        text_layer=head.text_layer,
        stopword_ratio=head.stopword_ratio,
        page_count=head.page_count,
        body_char_count=head.body_char_count,
        heading_count=head.heading_count,
        reference_count=head.reference_count,
        hidden_char_count=head.hidden_char_count,
        noise_char_count=head.noise_char_count,
        detail=head.quality_detail,
    )
