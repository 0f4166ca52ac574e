"""
Take out of a GROBID reading what nobody sees on the page, and what stands in it twice.

GROBID returns unpainted, clipped and covered text like any other (issue 1550), and a hidden
second copy of a page as a second copy. Our own reader of the same PDF knows what has ink: text
that it found hidden and nowhere visible is taken out here, and of two copies of a stretch of
sentences one is kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from etl.records.document import Block, BlockKind, Document, Link, Section, Sentence, Zone

__all__ = ["set_aside"]

#: Letters and digits a text is compared by; shorter ones occur by chance in any paper.
_SHINGLE = 24
_LEAST = 8
#: A stretch of sentences that all stood before is a second copy from this length on. Authors
#: repeat themselves too, under figures above all: among 5 851 sentences of 31 papers the longest
#: such stretch has 3. A copied page has some 40.
_COPY_SENTENCES = 5
_COPY_LETTERS = 400
#: Where the walker has already dropped this many equal paragraphs, a page stands there twice, and
#: what else is equal, its captions and lists, belongs to the copy.
_COPY_PARAGRAPHS = 3
#: Share of a sentence's shingles that occur in hidden text only. Visible text has none, unless
#: the two readers cut a word differently; a sentence that swallowed a hidden phrase has more.
_HIDDEN_SHARE = 0.1
_ASIDE = frozenset({Zone.NOISE, Zone.HIDDEN})
_OTHER = re.compile(r"[\W_]+")


def set_aside(document: Document, inked: Document | None) -> Document:
    """
    Move hidden and copied sentences out of a reading.

    Args:
        document: As GROBID's TEI gave it.
        inked: Our own reading of the same PDF, with its hidden text in the zone ``hidden``;
            None where it could not be read, then only copies are found.

    Returns:
        The same document where there is nothing to move. Else hidden text stands in blocks of
        the zone ``hidden`` at the end, second copies are gone, and
        ``quality.detail["duplicate_sentences"]`` counts them.
    """
    ink = _Ink.of(inked) if inked is not None else _Ink()
    sorting = _Sorting(document, ink)
    for block in document.blocks:
        sorting.sort(block)
    if not sorting.hidden and not sorting.copies:
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


def _copies(document: Document) -> Iterator[int]:
    """Sentences of stretches that stand in the same zone a second time."""
    dropped = int(document.quality.detail.get("duplicate_paragraphs", 0))
    least = (1, _SHINGLE) if dropped >= _COPY_PARAGRAPHS else (_COPY_SENTENCES, _COPY_LETTERS)
    seen: set[tuple[Zone, str]] = set()
    stretch: list[tuple[int, int]] = []
    for sentence in document.sentences:
        zone = document.blocks[sentence.block_index].zone
        if zone is Zone.REFERENCES:
            # Entries of one author may well begin alike; none is a copy of a page.
            continue
        key = _key(document.text_of(sentence))
        mark = (zone, key)
        if mark in seen:
            stretch.append((sentence.sentence_index, len(key)))
            continue
        seen.add(mark)
        yield from _if_long(stretch, least)
        stretch = []
    yield from _if_long(stretch, least)


def _if_long(stretch: Sequence[tuple[int, int]], least: tuple[int, int]) -> list[int]:
    size = (len(stretch), sum(length for _, length in stretch))
    is_copy = size[0] >= least[0] and size[1] >= least[1]
    return [index for index, _ in stretch] if is_copy else []


@dataclass(slots=True)
class _Sorting:
    document: Document
    ink: _Ink
    blocks: list[Block] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    #: Hidden texts with the block they were taken from.
    hidden: list[tuple[Block, str]] = field(default_factory=list)
    #: Old block index to new.
    moved: dict[int, int] = field(default_factory=dict)
    own: dict[int, list[Sentence]] = field(default_factory=dict)
    #: Numbers of the sentences that belong to a second copy.
    copies: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        for sentence in self.document.sentences:
            self.own.setdefault(sentence.block_index, []).append(sentence)
        self.copies = frozenset(_copies(self.document))

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
        return sentence.sentence_index not in self.copies

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
            index = len(self.blocks)
            aside = replace(block, block_index=index, kind=BlockKind.NOISE, zone=Zone.HIDDEN)
            self.blocks.append(replace(aside, text=text))
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
                detail={**quality.detail, "duplicate_sentences": len(self.copies)},
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
