"""A paper of a few sentences with its chunks, for tests that need one and no parser."""

from collections.abc import Mapping, Sequence
from typing import Any

from etl.errors import Outcome, OutcomeCode
from etl.keys import content_key, fingerprint_sha256
from etl.records.chunk import Chunk, ChunkKind, ChunkSet, Passage
from etl.records.document import (
    Block,
    BlockKind,
    Document,
    DocumentStatus,
    Link,
    Quality,
    Section,
    Sentence,
    Zone,
)
from etl.records.question import AnswerType, Question
from etl.records.recipe import Fingerprint

__all__ = ["make_chunk_set", "make_document", "make_question", "passages_of"]

#: Section kind, zone and the sentences of its one block.
Part = tuple[str, Zone, Sequence[str]]


def make_document(
    *parts: Part, links: Sequence[Link] = (), document_id: int = 1, readable: bool = True
) -> Document:
    """One section and one block a part; sentences are joined by one blank."""
    sections: list[Section] = []
    blocks: list[Block] = []
    sentences: list[Sentence] = []
    for index, (kind, zone, texts) in enumerate(parts):
        title = (kind.replace("_", " ").title(),)
        sections.append(Section(section_index=index, path=title, kind=kind, zone=zone))
        position = 0
        for text in texts:
            sentences.append(
                Sentence(
                    sentence_index=len(sentences),
                    block_index=index,
                    char_start=position,
                    char_end=position + len(text),
                )
            )
            position += len(text) + 1
        blocks.append(
            Block(
                block_index=index,
                section_index=index,
                kind=BlockKind.REFERENCE if zone is Zone.REFERENCES else BlockKind.PARAGRAPH,
                zone=zone,
                text=" ".join(texts),
            )
        )
    return Document(
        document_id=document_id,
        full_text_id=1,
        parser=make_fingerprint("parse"),
        status=DocumentStatus.PARSED if readable else DocumentStatus.UNREADABLE,
        outcome=None if readable else Outcome(code=OutcomeCode.GARBLED_TEXT, detail="cipher"),
        title="A small paper",
        quality=Quality(
            text_layer="ok",
            stopword_ratio=0.4,
            page_count=1,
            body_char_count=sum(len(block.text) for block in blocks),
            heading_count=len(sections),
            reference_count=0,
        ),
        pages=(),
        sections=tuple(sections),
        blocks=tuple(blocks),
        sentences=tuple(sentences),
        references=(),
        links=tuple(links),
    )


def make_chunk_set(document: Document, *, chunk_set_id: int = 7) -> ChunkSet:
    """One chunk a block."""
    chunks = []
    for block in document.blocks:
        own = [s.sentence_index for s in document.sentences if s.block_index == block.block_index]
        chunks.append(
            Chunk(
                chunk_index=block.block_index,
                section_index=block.section_index,
                kind=ChunkKind.PROSE,
                first_sentence=own[0],
                last_sentence=own[-1],
                text=block.text,
                prefix=document.title,
                token_count=len(block.text.split()) + 5,
            )
        )
    return ChunkSet(
        chunk_set_id=chunk_set_id,
        document_id=document.document_id,
        chunker=make_fingerprint("chunk"),
        chunks=tuple(chunks),
    )


def make_question(
    text: str,
    answer_type: AnswerType,
    *,
    question_id: str = "CQ01",
    cues: Sequence[str] = (),
    section_prior: Mapping[str, float] | None = None,
    **spec: Any,
) -> Question:
    """A question of the catalogue; keyword arguments go into its spec."""
    return Question(
        question_version_id=content_key(question_id, text),
        question_id=question_id,
        version=1,
        key=question_id.lower(),
        text=text,
        answer_type=answer_type,
        section_prior=section_prior or {},
        cues=tuple(cues),
        spec=spec,
    )


def passages_of(*chunk_indices: int) -> list[Passage]:
    """Passages in the order given, as if a search had found them."""
    return [
        Passage(
            passage_rank=rank,
            chunk_index=chunk_index,
            score=1.0 / rank,
            cosine=0.5,
            methods=("vector",),
        )
        for rank, chunk_index in enumerate(chunk_indices, start=1)
    ]


def make_fingerprint(stage: str) -> Fingerprint:
    sha256 = fingerprint_sha256({"stage": stage})
    return Fingerprint(
        fingerprint_id=content_key(stage, sha256),
        stage=stage,
        name=f"small-{stage}/1",
        sha256=sha256,
        recipe={"stage": stage},
    )
