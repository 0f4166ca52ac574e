"""
Cut a document into stretches: sentences that may share a chunk.

A stretch never crosses a section, never mixes prose, captions and tables, and has no gap, so
any run of its sentences is a range of sentence numbers. Nothing of a zone that is never
indexed enters one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from etl.records.chunk import ChunkKind
from etl.records.document import Block, BlockKind, Document, Sentence, Zone

__all__ = ["Stretch", "find_stretches", "is_indexable"]

#: References name other papers' work, noise is running heads and licences, hidden text cannot
#: be seen by a reader: none of them may ever prove an answer.
_BARRED_ZONES = frozenset({Zone.REFERENCES, Zone.NOISE, Zone.HIDDEN})
#: Titles and headings reach the embedder through the prefix of every chunk below them.
_BARRED_KINDS = frozenset(
    {BlockKind.TITLE, BlockKind.HEADING, BlockKind.REFERENCE, BlockKind.NOISE}
)
_CHUNK_KINDS = {BlockKind.CAPTION: ChunkKind.CAPTION, BlockKind.TABLE: ChunkKind.TABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Sentences without a gap that may share a chunk."""

    section_index: int
    kind: ChunkKind
    sentences: tuple[Sentence, ...]


def is_indexable(document: Document, sentence: Sentence) -> bool:
    """True where the sentence belongs into a chunk: a readable zone, no heading, not blank."""
    block = document.blocks[sentence.block_index]
    section = document.sections[block.section_index]
    return (
        block.zone not in _BARRED_ZONES
        and section.zone not in _BARRED_ZONES
        and block.kind not in _BARRED_KINDS
        and bool(document.text_of(sentence).strip())
    )


def find_stretches(document: Document) -> Iterator[Stretch]:
    """
    Yield the stretches of a document in reading order.

    A section that goes on after a caption gives two stretches. Each caption stands alone;
    the row groups of one table stay together.
    """
    waiting: list[Sentence] = []
    for sentence in document.sentences:
        if not is_indexable(document, sentence):
            continue
        if waiting and not _belongs(document, waiting[-1], sentence):
            yield _build_stretch(document, waiting)
            waiting = []
        waiting.append(sentence)
    if waiting:
        yield _build_stretch(document, waiting)


def _belongs(document: Document, last: Sentence, sentence: Sentence) -> bool:
    before, after = document.blocks[last.block_index], document.blocks[sentence.block_index]
    if after.kind is BlockKind.CAPTION and before is not after:
        return False
    return (
        sentence.sentence_index == last.sentence_index + 1
        and after.section_index == before.section_index
        and _kind_of(after) is _kind_of(before)
    )


def _build_stretch(document: Document, sentences: list[Sentence]) -> Stretch:
    block = document.blocks[sentences[0].block_index]
    return Stretch(
        section_index=block.section_index, kind=_kind_of(block), sentences=tuple(sentences)
    )


def _kind_of(block: Block) -> ChunkKind:
    return _CHUNK_KINDS.get(block.kind, ChunkKind.PROSE)
