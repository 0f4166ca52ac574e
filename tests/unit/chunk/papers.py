"""Documents for tests of the chunker, made from lists of blocks."""

from collections.abc import Iterable, Sequence

from etl.keys import content_key, fingerprint_sha256
from etl.records.document import (
    Block,
    BlockKind,
    Document,
    DocumentStatus,
    Quality,
    Section,
    Sentence,
    Zone,
)
from etl.records.recipe import Fingerprint

#: kind, zone, sentences
BlockForm = tuple[BlockKind, Zone, Sequence[str]]


def prose(*sentences: str, zone: Zone = Zone.BODY) -> BlockForm:
    return BlockKind.PARAGRAPH, zone, sentences


def build_document(
    sections: Iterable[tuple[Section, Sequence[BlockForm]]], *, title: str = "A title"
) -> Document:
    blocks: list[Block] = []
    sentences: list[Sentence] = []
    kept: list[Section] = []
    for section, forms in sections:
        kept.append(section)
        for kind, zone, texts in forms:
            start = 0
            for text in texts:
                sentences.append(
                    Sentence(
                        sentence_index=len(sentences),
                        block_index=len(blocks),
                        char_start=start,
                        char_end=start + len(text),
                    )
                )
                start += len(text) + 1
            blocks.append(
                Block(
                    block_index=len(blocks),
                    section_index=section.section_index,
                    kind=kind,
                    zone=zone,
                    text=" ".join(texts),
                )
            )
    recipe = {"parser": "test"}
    sha256 = fingerprint_sha256(recipe)
    return Document(
        document_id=7,
        full_text_id=1,
        parser=Fingerprint(
            fingerprint_id=content_key("parse", sha256),
            stage="parse",
            name="test/1",
            sha256=sha256,
            recipe=recipe,
        ),
        status=DocumentStatus.PARSED,
        outcome=None,
        title=title,
        quality=Quality(
            text_layer="ok",
            stopword_ratio=0.3,
            page_count=0,
            body_char_count=sum(len(block.text) for block in blocks),
            heading_count=0,
            reference_count=0,
        ),
        pages=(),
        sections=tuple(kept),
        blocks=tuple(blocks),
        sentences=tuple(sentences),
        references=(),
        links=(),
    )


def build_section(
    section_index: int = 0,
    path: tuple[str, ...] = ("Methods",),
    kind: str = "methods",
    zone: Zone = Zone.BODY,
) -> Section:
    return Section(section_index=section_index, path=path, kind=kind, zone=zone)


def words(count: int, word: str = "w") -> str:
    return " ".join(f"{word}{number}" for number in range(count))
