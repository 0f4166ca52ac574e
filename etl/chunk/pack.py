"""
Pack whole sentences into chunks.

Reads:    a document (never its references, running heads or hidden text)
Writes:   core.chunk
Gives up when: the document has no sentence to index (ChunkError)
Version:  CHUNKER_VERSION, part of every chunk set's key
Next:     embed
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from etl.chunk.near_duplicate import later_copies
from etl.chunk.prefix import embedded_text, fit_prefixes, prefix_candidates
from etl.chunk.stretch import Stretch, find_stretches
from etl.errors import ChunkError, OutcomeCode
from etl.keys import content_key
from etl.llm.suspicion import find_suspects
from etl.records.chunk import Chunk, ChunkKind, ChunkSet
from etl.records.document import Document, Sentence
from etl.records.recipe import Fingerprint

__all__ = ["chunk_document"]

_TokenCounter = Callable[[Sequence[str]], list[int]]


def chunk_document(
    document: Document, *, max_tokens: int, count_tokens: _TokenCounter, chunker: Fingerprint
) -> ChunkSet:
    """
    Cut a document into chunks that fit the embedder.

    Sentences are taken in order until the next one would pass the budget. A paragraph that
    would be cut by this starts a new chunk instead, if the chunk before it is at least half
    full; so short paragraphs merge forward and long ones are cut between sentences.

    Args:
        document: Parsed; its sentences are slices of its blocks.
        max_tokens: Budget of prefix and text together, special tokens included, >= 16.
        count_tokens: The embedder's own count, special tokens included; called twice for most
            documents, with many texts at a time.
        chunker: From :func:`etl.chunk.fingerprint.chunker_fingerprint`, same budget.

    Returns:
        Chunks in reading order; every indexable sentence stands in exactly one of them, or in a
        near duplicate of an earlier chunk that was left out and counted. A chunk with a sentence
        that reads like an instruction to a model is flagged ``is_suspect`` and kept. A sentence
        longer than the budget is a chunk of its own with ``is_oversize``: it is not
        cut here, the embedder reads it in windows.

    Raises:
        ChunkError: There is no sentence to index.
    """
    stretches = list(find_stretches(document))
    if not stretches:
        raise ChunkError(
            OutcomeCode.TOO_LITTLE_TEXT, "the document has no sentence outside its references"
        )
    scale = _Scale.weigh(document, stretches, count_tokens, max_tokens=max_tokens)
    drafts = [draft for stretch in stretches for draft in scale.pack(stretch)]
    chunks = _verify(drafts, count_tokens, max_tokens=max_tokens)
    copies = later_copies([(draft.kind, " ".join(draft.texts)) for draft, _ in chunks])
    kept = [pair for index, pair in enumerate(chunks) if index not in copies]
    suspects = find_suspects(
        document, (sentence.sentence_index for draft, _ in kept for sentence in draft.sentences)
    )
    return ChunkSet(
        chunk_set_id=content_key(document.document_id, chunker.sha256),
        document_id=document.document_id,
        chunker=chunker,
        chunks=tuple(
            draft.to_chunk(chunk_index, token_count, suspects, max_tokens=max_tokens)
            for chunk_index, (draft, token_count) in enumerate(kept)
        ),
        near_duplicate_count=len(copies),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A chunk before its exact token count is known."""

    section_index: int
    kind: ChunkKind
    sentences: tuple[Sentence, ...]
    texts: tuple[str, ...]
    prefix: str

    @property
    def embedded(self) -> str:
        return embedded_text(self.prefix, " ".join(self.texts))

    def halves(self) -> tuple["_Draft", "_Draft"]:
        middle = len(self.sentences) // 2
        return (
            replace(self, sentences=self.sentences[:middle], texts=self.texts[:middle]),
            replace(self, sentences=self.sentences[middle:], texts=self.texts[middle:]),
        )

    def to_chunk(
        self, chunk_index: int, token_count: int, suspects: frozenset[int], *, max_tokens: int
    ) -> Chunk:
        return Chunk(
            chunk_index=chunk_index,
            section_index=self.section_index,
            kind=self.kind,
            first_sentence=self.sentences[0].sentence_index,
            last_sentence=self.sentences[-1].sentence_index,
            text=" ".join(self.texts),
            prefix=self.prefix,
            token_count=token_count,
            is_oversize=token_count > max_tokens,
            is_suspect=any(sentence.sentence_index in suspects for sentence in self.sentences),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """What every sentence and prefix of a document weighs."""

    document: Document
    #: Tokens of each sentence by its number, special tokens not counted.
    weights: dict[int, int]
    #: Section index → prefix and its tokens.
    prefixes: dict[int, tuple[str, int]]
    #: Budget without special tokens.
    room: int

    @classmethod
    def weigh(
        cls,
        document: Document,
        stretches: Sequence[Stretch],
        count_tokens: _TokenCounter,
        *,
        max_tokens: int,
    ) -> "_Scale":
        """Count all sentences and prefix candidates of a document in one call."""
        sentences = [sentence for stretch in stretches for sentence in stretch.sentences]
        candidates = sorted(
            {
                candidate
                for section in document.sections
                for candidate in prefix_candidates(document.title, section)
            }
        )
        texts = ["", *candidates, *(document.text_of(sentence) for sentence in sentences)]
        special, *counts = count_tokens(texts)
        costs = [count - special for count in counts]
        cost_of = dict(zip(candidates, costs, strict=False))
        chosen = fit_prefixes(document, cost_of, max_tokens=max_tokens)
        return cls(
            document=document,
            weights={
                sentence.sentence_index: cost
                for sentence, cost in zip(sentences, costs[len(candidates) :], strict=True)
            },
            prefixes={index: (prefix, cost_of[prefix]) for index, prefix in chosen.items()},
            room=max_tokens - special,
        )

    def pack(self, stretch: Stretch) -> Iterator[_Draft]:
        """Yield the chunks of one stretch."""
        prefix, prefix_cost = self.prefixes[stretch.section_index]
        room = self.room - prefix_cost
        waiting: list[Sentence] = []
        filled = 0
        paragraphs = self._paragraph_weights(stretch)
        for sentence in stretch.sentences:
            weight = self.weights[sentence.sentence_index]
            starts = not waiting or waiting[-1].block_index != sentence.block_index
            # A paragraph that fits into a chunk of its own is not torn to fill the one before.
            ahead = paragraphs[sentence.block_index] if starts else weight
            torn = starts and filled + ahead > room and 2 * filled >= room
            if waiting and (filled + weight > room or torn):
                yield self._build_draft(stretch, waiting, prefix)
                waiting, filled = [], 0
            waiting.append(sentence)
            filled += weight
        yield self._build_draft(stretch, waiting, prefix)

    def _paragraph_weights(self, stretch: Stretch) -> dict[int, int]:
        totals: dict[int, int] = {}
        for sentence in stretch.sentences:
            weight = self.weights[sentence.sentence_index]
            totals[sentence.block_index] = totals.get(sentence.block_index, 0) + weight
        return totals

    def _build_draft(self, stretch: Stretch, sentences: list[Sentence], prefix: str) -> _Draft:
        return _Draft(
            section_index=stretch.section_index,
            kind=stretch.kind,
            sentences=tuple(sentences),
            texts=tuple(self.document.text_of(sentence) for sentence in sentences),
            prefix=prefix,
        )


def _verify(
    drafts: Sequence[_Draft], count_tokens: _TokenCounter, *, max_tokens: int
) -> list[tuple[_Draft, int]]:
    """
    Count what will really be embedded, and mend what is too long after all.

    Counts add up for WordPiece; tokenizers that merge across blanks can differ by a token or
    two at each seam, so such a chunk is halved. A single sentence that fits without its prefix
    loses the prefix, because one whole window beats two.
    """
    checked: list[tuple[_Draft, int]] = []
    counts = count_tokens([draft.embedded for draft in drafts])
    for draft, token_count in zip(drafts, counts, strict=True):
        if token_count <= max_tokens:
            checked.append((draft, token_count))
        elif len(draft.sentences) > 1:
            checked += _verify(draft.halves(), count_tokens, max_tokens=max_tokens)
        else:
            bare = replace(draft, prefix="")
            (bare_count,) = count_tokens([bare.embedded])
            fits = bare_count <= max_tokens
            checked.append((bare, bare_count) if fits else (draft, token_count))
    return checked
