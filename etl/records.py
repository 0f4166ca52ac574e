"""
The records that cross stage borders, in the order of the journey.

All are frozen; texts are Unicode NFC without NUL or lone surrogates; pages are 1-based;
boxes are PDF points with the origin at the top left; ``*_index`` counts from 0 and
``*_rank`` from 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.errors import Outcome

__all__ = [
    "AnswerType",
    "Ballot",
    "BibliographyEntry",
    "Block",
    "BlockKind",
    "CellState",
    "Chunk",
    "ChunkKind",
    "ChunkSet",
    "CitationSpan",
    "Decision",
    "DecisionState",
    "Document",
    "DocumentStatus",
    "EmbeddedChunks",
    "EmbeddingSpace",
    "Evidence",
    "Fingerprint",
    "FoundItem",
    "FullText",
    "Generation",
    "Inquiry",
    "Link",
    "LinkKind",
    "LinkOwner",
    "MatchKind",
    "MediaType",
    "Page",
    "Passage",
    "Quality",
    "Question",
    "Region",
    "Section",
    "Sentence",
    "Spend",
    "Vectors",
    "Zone",
]

#: ``(n, dim)`` float32; each row has unit length where the space says ``normalised``.
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Everything about a stage that can change its result, and nothing else."""

    #: Key of this fingerprint: ``content_key(stage, sha256)``.
    fingerprint_id: int
    #: parse, chunk, embed, retrieve, answer or decide.
    stage: str
    #: Short human name, e.g. ``jats-walker/1``.
    name: str
    #: SHA-256 of the recipe.
    sha256: str
    #: Names, versions and options; JSON-serialisable.
    recipe: Mapping[str, Any]


# fetch ------------------------------------------------------------------------------------


class MediaType(StrEnum):
    """What a file is, decided by its bytes and never by its name."""

    PDF = "application/pdf"
    JATS = "application/jats+xml"
    TEI = "application/tei+xml"
    TEXT = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItem:
    """One thing a source offers, before its bytes are taken."""

    #: The source's key, e.g. ``folder:file:///papers``.
    source: str
    #: Where the source keeps it: a relative path, a URL, an identifier. Untrusted text.
    locator: str
    #: Changes when the content may have changed (size and mtime, ETag).
    etag: str
    #: Why its corpus does not take it, known before any byte was asked for.
    refusal: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText:
    """The fetched bytes of one version of one work."""

    full_text_id: int
    #: SHA-256 of the bytes.
    sha256: str
    media_type: MediaType
    byte_count: int
    #: Where the bytes are kept, relative to the file store: ``ab/abcd….pdf``.
    store_path: str
    #: The work this is a version of; a folder source makes one work per distinct content.
    work_id: int


# parse ------------------------------------------------------------------------------------


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


# chunk ------------------------------------------------------------------------------------


class ChunkKind(StrEnum):
    """Prose, captions and tables are never mixed in one chunk."""

    PROSE = "prose"
    CAPTION = "caption"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Whole sentences of one section, small enough for the embedder."""

    chunk_index: int
    section_index: int
    kind: ChunkKind
    #: First and last sentence, both included; all between belong to the chunk.
    first_sentence: int
    last_sentence: int
    #: The sentences' texts joined by one space; shown to users.
    text: str
    #: ``Title | 2 Methods > 2.1 Images``; embedded before the text, never shown as evidence.
    prefix: str
    #: Tokens of prefix and text together, special tokens included, in the embedder's tokenizer.
    token_count: int
    #: True where one sentence was longer than the budget and had to be split for embedding.
    is_oversize: bool = False
    #: True where a sentence reads like an instruction to a language model; it stays readable.
    is_suspect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkSet:
    """All chunks of one document by one chunker."""

    chunk_set_id: int
    document_id: int
    chunker: Fingerprint
    chunks: tuple[Chunk, ...]
    #: Chunks left out because nearly the same text stands in an earlier one of the same kind.
    near_duplicate_count: int = 0


# embed ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSpace:
    """Vectors of different spaces are never compared."""

    #: model, revision, dtype, dim, normalisation.
    fingerprint: Fingerprint
    dim: int

    @property
    def space_id(self) -> int:
        """Key of the space: that of its fingerprint."""
        return self.fingerprint.fingerprint_id


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedChunks:
    """The vectors of one chunk set, row i for chunk i."""

    chunk_set_id: int
    space_id: int
    #: ``(n_chunks, dim)`` float32.
    vectors: Vectors


# retrieve ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk as retrieved for one question."""

    #: 1-based; 1 is the best.
    passage_rank: int
    chunk_index: int
    #: Reciprocal rank fusion score, > 0; comparable within one question only.
    score: float
    #: Cosine similarity in [-1, 1] between question and chunk.
    cosine: float
    #: Which searches found it: ``vector``, ``text``.
    methods: tuple[str, ...]


# answer -----------------------------------------------------------------------------------


class AnswerType(StrEnum):
    """The form a question's answer has to take."""

    ENTITY_LIST = "entity_list"
    KEY_VALUE_LIST = "key_value_list"
    URL_LIST = "url_list"
    ENUM_LIST = "enum_list"
    YES_NO = "yes_no"
    SHORT_TEXT = "short_text"


class CellState(StrEnum):
    """Every cell ends in exactly one of these."""

    #: A typed value with evidence.
    ANSWERED = "answered"
    #: The paper was read and does not say.
    NOT_REPORTED = "not_reported"
    #: The question does not apply to this paper.
    NOT_APPLICABLE = "not_applicable"
    #: The paper's text cannot be trusted; nothing was asked.
    UNREADABLE = "unreadable"
    #: The work on this cell failed; the reason is stored.
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One version of one entry of the catalogue."""

    question_version_id: int
    #: ``CQ01`` …
    question_id: str
    version: int
    #: snake_case name, used as column name.
    key: str
    text: str
    answer_type: AnswerType
    #: Section kind → weight ≥ 0; 1 where absent, 0 bars a section.
    section_prior: Mapping[str, float]
    #: Words that often stand in a passage that answers; used for retrieval only.
    cues: tuple[str, ...]
    #: Everything else of the entry (vocabulary, fields); JSON-serialisable.
    spec: Mapping[str, Any] = field(default_factory=dict)


class MatchKind(StrEnum):
    """How a quote was found in the source."""

    #: The answerer cited a sentence id, so the quote is the stored text.
    CITED = "cited"
    EXACT = "exact"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A character span of one block that proves an answer."""

    #: 1-based; 1 is the strongest.
    evidence_rank: int
    block_index: int
    sentence_index: int
    char_start: int
    char_end: int
    #: Equals ``block.text[char_start:char_end]``; the database checks it again.
    quote: str
    match_kind: MatchKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What a language model was asked for one cell, and what that took; all calls together."""

    #: The model's name as the server gave it back.
    model: str
    #: Version and configuration of the engine as it reports them; None where it does not.
    system_fingerprint: str | None
    #: SHA-256 of the last prompt: system text, context and question.
    prompt_sha256: str
    #: SHA-256 of the schema that the answer had to follow.
    schema_sha256: str
    seed: int
    #: Requests that got an answer for this cell, >= 1; more than one where it was asked again.
    call_count: int
    #: Tokens sent, over all calls, as the engine counts them.
    prompt_tokens: int
    #: Of those, taken from the prefix cache; None where the engine does not report it.
    cached_tokens: int | None
    #: Tokens written, over all calls.
    completion_tokens: int
    #: Waiting time of all calls, seconds.
    latency_seconds: float
    #: Why the last call ended: ``stop``, ``length`` …
    finish_reason: str
    #: Id of the last request; also in the server's log.
    request_id: str
    #: The last output as it came, cut to 8,000 characters. Untrusted text.
    output_text: str
    #: Sentences and headings of the context that read like instructions to a model.
    suspect_count: int
    #: Revision of the weights by the settings, else where the server says they come from.
    revision: str | None = None
    #: Host and port of the server that answered.
    endpoint: str = ""
    #: Stands in the prompt around the paper; with it the prompt can be written out again.
    boundary: str = ""
    #: Whether the answer stayed the same without the suspect sentences; None without any.
    is_stable: bool | None = None
    #: The model's probability of "yes" to the question, in [0, 1]; None where it was not asked.
    yes_probability: float | None = None
    #: Energy of all calls, joules; None where it is not known.
    energy_joules: float | None = None
    #: Why it is not known; None exactly when it is.
    energy_reason: str | None = "no power meter is set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What asking language models has taken."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    #: Time in which there was somebody to wait for, seconds; calls at once count once.
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Sent and written."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One answerer's typed answer to one cell."""

    document_id: int
    question_version_id: int
    #: Fingerprint id of the answerer (kind, model, prompt, decoding, retrieval).
    answerer_id: int
    state: CellState
    #: Typed by the question's answer type; None unless answered.
    value: Any
    #: One line for tables; None unless answered.
    value_text: str | None
    #: The answerer's own confidence in [0, 1]; None where it has none.
    score: float | None
    #: Why there is no answer; None exactly when answered.
    reason: str | None
    #: At least one item exactly when answered.
    evidence: tuple[Evidence, ...]
    #: SHA-256 of the passages retrieved for this question.
    context_sha256: str
    #: The language model's call behind it; None for answerers without one.
    generation: Generation | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Inquiry:
    """All that is asked of one paper together; two are never equal, and no log tells its text."""

    document: Document
    chunk_set: ChunkSet
    questions: tuple[Question, ...]
    #: One list a question, best first.
    passages: tuple[Sequence[Passage], ...]


# decide -----------------------------------------------------------------------------------


class DecisionState(StrEnum):
    """A decision's state: a cell's states, and one for voters who disagree."""

    ANSWERED = "answered"
    NOT_REPORTED = "not_reported"
    NOT_APPLICABLE = "not_applicable"
    UNREADABLE = "unreadable"
    FAILED = "failed"
    CONFLICTING = "conflicting"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledFact:
    """What people settled of one work and question."""

    #: yes, no, partly, unclear or not_applicable.
    label: str
    #: ``adjudicated``, or ``agreed`` by two or more annotators.
    basis: str
    #: The value the adjudicator named; None where none.
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The ensemble's answer to one question for one work."""

    work_id: int
    question_version_id: int
    document_id: int | None
    state: DecisionState
    value: Any
    value_text: str | None
    #: That the voters' state is right, in [0, 1]; None where nothing is calibrated yet.
    probability: float | None
    reason: str | None
    #: Answerer ids whose ballots carry this decision.
    supporters: Sequence[int]
    #: All answerer ids that were heard, ascending.
    voters: tuple[int, ...] = ()
    #: Weight of yes among the votes for yes or no, in [0, 1]; None where nobody said either.
    share: float | None = None
    #: The curve that gave the probability: a question id or ``pooled``; None without one.
    calibration_scope: str | None = None
    #: The state the votes alone gave, where people overruled it; None where they did not.
    voted_state: DecisionState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledShare:
    """A cell that voters and people judged."""

    work_id: int
    question_id: str
    #: Weight of yes among the votes, in [0, 1].
    share: float
    #: What people said.
    is_yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPoint:
    """What people said where the votes had this share."""

    share: float
    label_count: int
    yes_count: int
    #: In (0, 1); never falls as the share rises.
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """From share to probability, of one question or of all."""

    #: A question id, or ``pooled``.
    scope: str
    label_count: int
    yes_count: int
    #: By share; empty exactly where there is a reason.
    points: tuple[CalibrationPoint, ...]
    #: Why there is no curve; None where there is one.
    reason: str | None
    #: Mean squared error of the bare share, and of curves on labels they were not fitted to.
    brier_raw: float | None = None
    brier: float | None = None
