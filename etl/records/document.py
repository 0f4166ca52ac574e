"""What parse hands to chunk: one reading of one full text, every sentence with its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from etl.errors import Outcome
from etl.records.recipe import Fingerprint

__all__ = [
    "BibliographyEntry",
    "Block",
    "BlockKind",
    "CitationSpan",
    "Document",
    "DocumentStatus",
    "Link",
    "LinkKind",
    "LinkOwner",
    "Page",
    "Quality",
    "Region",
    "Section",
    "Sentence",
    "Zone",
]


class Zone(StrEnum):
    """Which part of a paper a block stands in; only some zones are ever indexed."""

    FRONT = "front"
    ABSTRACT = "abstract"
    BODY = "body"
    BACK = "back"
    REFERENCES = "references"
    NOISE = "noise"
    HIDDEN = "hidden"


class BlockKind(StrEnum):
    """What a block is."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    CAPTION = "caption"
    TABLE = "table"
    FORMULA = "formula"
    FOOTNOTE = "footnote"
    REFERENCE = "reference"
    NOISE = "noise"


class DocumentStatus(StrEnum):
    """Whether questions may be asked of a document."""

    #: Text can be trusted.
    PARSED = "parsed"
    #: Text is missing or not trustworthy; no question is asked.
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A box on a page."""

    #: 1-based.
    page: int
    #: Points from the left edge.
    x0: float
    #: Points from the top edge.
    y0: float
    #: Right edge, >= x0.
    x1: float
    #: Bottom edge, >= y0.
    y1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Size of one page."""

    #: 1-based.
    page: int
    #: Points.
    width: float
    #: Points.
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of a document; ``path`` holds the titles from the top down to its own."""

    section_index: int
    #: Titles from the outermost section to this one; ``()`` for text before any heading.
    path: tuple[str, ...]
    #: Normalised role: abstract, introduction, methods, results, discussion, conclusion,
    #: data_availability, code_availability, ethics, funding, acknowledgements, conflicts,
    #: contributions, references, supplement, other.
    kind: str
    zone: Zone

    @property
    def title(self) -> str:
        """The section's own title, or an empty text."""
        return self.path[-1] if self.path else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, caption, table row group, heading … with its place."""

    block_index: int
    section_index: int
    kind: BlockKind
    zone: Zone
    text: str
    #: Where on the pages; empty for sources without pages.
    regions: tuple[Region, ...] = ()
    #: Element path in an XML source, else None.
    xpath: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A slice of one block: ``block.text[char_start:char_end]``."""

    #: Counts through the whole document in reading order.
    sentence_index: int
    block_index: int
    char_start: int
    char_end: int
    #: Boxes of this sentence alone; empty for sources without pages.
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BibliographyEntry:
    """One entry of the reference list, raw."""

    entry_index: int
    text: str
    doi: str | None = None


class LinkKind(StrEnum):
    """What an address leads to, by its form alone."""

    DOI = "doi"
    #: A host of code, or an archive of code and records.
    REPOSITORY = "repository"
    OTHER = "other"


class LinkOwner(StrEnum):
    """Whose thing a link leads to, judged by the words and the section around it."""

    OWN = "own"
    THIRD_PARTY = "third_party"
    #: No rule speaks for either.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A URL or DOI found in the text or among the PDF's link annotations."""

    #: As found, joined over line breaks. Untrusted text.
    url: str
    #: ``text`` or ``annotation``.
    origin: str
    block_index: int | None = None
    page: int | None = None
    kind: LinkKind = LinkKind.OTHER
    #: One form an address: scheme and host in lower case, without blanks and closing signs;
    #: a DOI as ``https://doi.org/10.…`` in lower case. Empty where nobody judged the link.
    canonical: str = ""
    owner: LinkOwner = LinkOwner.UNKNOWN
    #: One line that says which rule spoke.
    owner_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationSpan:
    """Where the text cites an entry of the reference list: ``block.text[char_start:char_end]``."""

    block_index: int
    char_start: int
    char_end: int
    #: Into ``Document.references``; None where the mark points to no known entry.
    entry_index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What the quality gate measured; it decides between parsed and unreadable."""

    #: ok, garbled, recovered or none.
    text_layer: str
    #: Share of English stop words among the words of the body, 0..1.
    stopword_ratio: float
    page_count: int
    body_char_count: int
    heading_count: int
    reference_count: int
    hidden_char_count: int = 0
    noise_char_count: int = 0
    #: Further counts a reader can give; JSON-serialisable.
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One parse of one full text by one reader."""

    document_id: int
    full_text_id: int
    parser: Fingerprint
    status: DocumentStatus
    #: Why the document is unreadable; None exactly when it is parsed.
    outcome: Outcome | None
    title: str
    quality: Quality
    pages: tuple[Page, ...]
    sections: tuple[Section, ...]
    blocks: tuple[Block, ...]
    sentences: tuple[Sentence, ...]
    references: tuple[BibliographyEntry, ...]
    links: tuple[Link, ...]
    #: Citations in the text, in reading order; empty where the source does not mark them.
    citations: tuple[CitationSpan, ...] = ()
    #: Lower-case DOI of the paper itself, where the source states it.
    doi: str | None = None
    #: Year of publication, where the source states it.
    year: int | None = None
    #: Journal or conference, where the source states it.
    venue: str | None = None

    def text_of(self, sentence: Sentence) -> str:
        """The sentence as it stands in its block."""
        block = self.blocks[sentence.block_index]
        return block.text[sentence.char_start : sentence.char_end]
