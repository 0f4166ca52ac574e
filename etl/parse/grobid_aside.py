"""
Take out of a GROBID reading what nobody sees on the page, and what stands in it twice.

GROBID returns unpainted, clipped and covered text like any other (issue 1550), and a hidden
second copy of a page as a second copy. Our own reader of the same PDF knows what has ink: text
that it found hidden and nowhere visible is taken out here, and of equal sentences one is kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from etl.records import Block, BlockKind, Document, Link, Section, Sentence, Zone

__all__ = ["set_aside"]

#: Letters and digits a text is compared by; shorter ones occur by chance in any paper.
_SHINGLE = 24
_LEAST = 8
#: Equal sentences shorter than this repeat by nature ("Scale bar: 1 mm.").
_DUPLICATE_LEAST = 60
#: Share of a sentence's shingles that occur in hidden text only. Visible text has none, unless
#: the two readers cut a word differently; a sentence that swallowed a hidden phrase has more.
_HIDDEN_SHARE = 0.1
_ASIDE = frozenset({Zone.NOISE, Zone.HIDDEN})
_PROSE = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
_OTHER = re.compile(r"[\W_]+")


def set_aside(document: Document, inked: Document | None) -> Document:
    """
    Move hidden and repeated sentences out of a reading.

    Args:
        document: As GROBID's TEI gave it.
        inked: Our own reading of the same PDF, with its hidden text in the zone ``hidden``;
            None where it could not be read, then only repetitions are found.

    Returns:
        The same document where there is nothing to move. Else hidden text stands in blocks of
        the zone ``hidden`` at the end, repeated sentences are gone, and
        ``quality.detail["duplicate_sentences"]`` counts them.
    """
    ink = _Ink.of(inked) if inked is not None else _Ink()
    sorting = _Sorting(document, ink)
    for block in document.blocks:
        sorting.sort(block)
    if not sorting.hidden and not sorting.duplicates:
        return document
    return sorting.rebuilt()


@dataclass(frozen=True, slots=True)
class _Ink:
    """What our own reader saw: text found hidden only, by shingles and as a whole."""

    hidden_only: frozenset[str] = frozenset()
    hidden: str = ""
    visible: str = ""

    @classmethod
    def of(cls, document: Document) -> "_Ink":
        hidden = _key("".join(b.text + " " for b in document.blocks if b.zone is Zone.HIDDEN))
        visible = _key("".join(b.text + " " for b in document.blocks if b.zone is not Zone.HIDDEN))
        only = frozenset(_shingles(hidden)) - frozenset(_shingles(visible)) if hidden else ()
        return cls(frozenset(only), hidden, visible)

    def hides(self, text: str) -> bool:
        key = _key(text)
        if not self.hidden or len(key) < _LEAST:
            return False
        if len(key) < _SHINGLE:
            return key in self.hidden and key not in self.visible
        shingles = list(_shingles(key))
        return sum(s in self.hidden_only for s in shingles) > _HIDDEN_SHARE * len(shingles)


def _key(text: str) -> str:
    return _OTHER.sub("", text).casefold()


def _shingles(key: str) -> Iterator[str]:
    for start in range(max(0, len(key) - _SHINGLE) + 1):
        yield key[start : start + _SHINGLE]


@dataclass(slots=True)
class _Sorting:
    document: Document
    ink: _Ink
    blocks: list[Block] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    #: Hidden texts with the block they were taken from.
    hidden: list[tuple[Block, str]] = field(default_factory=list)
    duplicates: int = 0
    #: Old block index to new.
    moved: dict[int, int] = field(default_factory=dict)
    seen: set[tuple[Zone, str]] = field(default_factory=set)
    own: dict[int, list[Sentence]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for sentence in self.document.sentences:
            self.own.setdefault(sentence.block_index, []).append(sentence)

    def sort(self, block: Block) -> None:
        sentences = self.own.get(block.block_index, [])
        if not sentences:
            if block.zone not in _ASIDE and self.ink.hides(block.text):
                self.hidden.append((block, block.text))
            else:
                self.keep(block, block.text, ())
            return
        kept = [sentence for sentence in sentences if self.stays(block, sentence)]
        if len(kept) == len(sentences):
            self.keep(block, block.text, [(s, s.char_start, s.char_end) for s in kept])
            return
        spans: list[tuple[Sentence, int, int]] = []
        joint = "\n" if block.kind is BlockKind.TABLE else " "
        text = ""
        for sentence in kept:
            text += joint if text else ""
            start = len(text)
            text += self.document.text_of(sentence)
            spans.append((sentence, start, len(text)))
        if spans:
            self.keep(block, text, spans)

    def stays(self, block: Block, sentence: Sentence) -> bool:
        text = self.document.text_of(sentence)
        if self.ink.hides(text):
            self.hidden.append((block, text))
            return False
        mark = (block.zone, _key(text))
        if block.kind not in _PROSE or len(mark[1]) < _DUPLICATE_LEAST:
            return True
        if mark in self.seen:
            self.duplicates += 1
            return False
        self.seen.add(mark)
        return True

    def keep(self, block: Block, text: str, spans: Sequence[tuple[Sentence, int, int]]) -> None:
        index = len(self.blocks)
        self.moved[block.block_index] = index
        self.blocks.append(replace(block, block_index=index, text=text))
        for sentence, start, end in spans:
            self.sentences.append(
                replace(
                    sentence,
                    sentence_index=len(self.sentences),
                    block_index=index,
                    char_start=start,
                    char_end=end,
                )
            )

    def rebuilt(self) -> Document:
        for block, text in self.hidden:
            aside = replace(block, kind=BlockKind.NOISE, zone=Zone.HIDDEN)
            self.keep(aside, text, ())
        body = [b for b in self.blocks if b.zone in {Zone.BODY, Zone.BACK}]
        quality = self.document.quality
        return replace(
            self.document,
            title="" if self.ink.hides(self.document.title) else self.document.title,
            sections=tuple(self.section(section) for section in self.document.sections),
            blocks=tuple(self.blocks),
            sentences=tuple(self.sentences),
            links=tuple(link for old in self.document.links for link in self.link(old)),
            quality=replace(
                quality,
                body_char_count=sum(len(b.text) for b in body),
                heading_count=sum(b.kind is BlockKind.HEADING for b in self.blocks),
                hidden_char_count=sum(len(b.text) for b in self.blocks if b.zone is Zone.HIDDEN),
                detail={**quality.detail, "duplicate_sentences": self.duplicates},
            ),
        )

    def section(self, section: Section) -> Section:
        """A section without hidden words in its path, since chunks carry it as a prefix."""
        path = tuple(title for title in section.path if not self.ink.hides(title))
        return section if path == section.path else replace(section, path=path)

    def link(self, link: Link) -> list[Link]:
        """The link where its address still stands in its block, else nothing."""
        if link.block_index is None:
            return [link]
        index = self.moved.get(link.block_index)
        if index is None or _key(link.url) not in _key(self.blocks[index].text):
            return []
        return [replace(link, block_index=index)]
