"""
The journey of one paper, top to bottom: read this file first.

``fetch → parse → chunk → embed → retrieve → answer → verify → decide → publish``

Each function is one stop. :func:`read_paper` walks a single paper through all of them in
memory; ``etl/night`` calls the same functions for many papers and writes what they return, and
``etl/store/decisions.py`` publishes.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from etl.answer.derived import derive_ballot
from etl.catalogue.derived import parent_of
from etl.chunk.pack import chunk_document
from etl.chunk.prefix import embedded_text
from etl.decide.vote import decide
from etl.embed.bisect import embed_texts
from etl.fetch.take import full_text_of, take_full_text
from etl.ports import (
    Allowance,
    Answerer,
    Embedder,
    FileStore,
    Parser,
    Part,
    PassageIndex,
    PatientAnswerer,
    Reranker,
    Source,
)
from etl.records.ballot import Ballot
from etl.records.chunk import ChunkSet, EmbeddedChunks, Passage, Vectors
from etl.records.decision import Decision
from etl.records.document import Document, DocumentStatus
from etl.records.full_text import FoundItem, FullText
from etl.records.inquiry import Inquiry
from etl.records.question import Question
from etl.records.recipe import Fingerprint
from etl.retrieve.memory_index import MemoryIndex
from etl.retrieve.query import query_text
from etl.retrieve.rerank import rerank
from etl.settings import RetrieveSettings
from etl.verify.carried import verify_ballot

__all__ = [
    "Ports",
    "Reading",
    "answer_inquiries",
    "answer_questions",
    "decide_question",
    "embed_questions",
    "fetch_paper",
    "find_passages",
    "index_document",
    "parse_paper",
    "read_paper",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the journey needs of the world; built in ``etl/wiring.py``."""

    parser: Parser
    embedder: Embedder
    chunker: Fingerprint
    #: Token budget of a chunk.
    max_chunk_tokens: int
    #: The voters, by name.
    answerers: dict[str, Answerer]
    retrieve: RetrieveSettings
    #: Reorders what the search found; None leaves its order.
    reranker: Reranker | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One paper's journey, as far as it went."""

    full_text: FullText
    document: Document
    #: None where the document is unreadable.
    chunk_set: ChunkSet | None
    ballots: tuple[Ballot, ...]
    decisions: tuple[Decision, ...]


def read_paper(
    content: bytes, *, name: str, questions: Sequence[Question], ports: Ports
) -> Reading:
    """
    Walk one paper through all stages without a database.

    Raises:
        PermanentError: The paper cannot be read; carries its outcome.
    """
    full_text = full_text_of(content, name=name)
    document = parse_paper(full_text, content, ports)
    if document.status is not DocumentStatus.PARSED:
        return Reading(
            full_text=full_text, document=document, chunk_set=None, ballots=(), decisions=()
        )
    chunk_set, embedded = index_document(document, ports)
    index = MemoryIndex(document, chunk_set, embedded.vectors, ports.retrieve)
    vectors = embed_questions(questions, ports)
    passages = find_passages(chunk_set, questions, vectors, index, ports)
    by_answerer = [
        answer_questions(document, chunk_set, questions, passages, answerer)
        for answerer in ports.answerers.values()
    ]
    decisions = [
        decide_question(full_text.work_id, question, ballots)
        for question, *ballots in zip(questions, *by_answerer, strict=True)
    ]
    return Reading(
        full_text=full_text,
        document=document,
        chunk_set=chunk_set,
        ballots=tuple(ballot for ballots in by_answerer for ballot in ballots),
        decisions=tuple(decisions),
    )


def fetch_paper(
    item: FoundItem,
    source: Source,
    file_store: FileStore,
    *,
    max_bytes: int,
    is_barred: Callable[[str], bool] = lambda _: False,
) -> FullText:
    """fetch: take the bytes of one found item and keep them under their hash."""
    return take_full_text(item, source, file_store, max_bytes=max_bytes, is_barred=is_barred)


def parse_paper(full_text: FullText, content: bytes, ports: Ports) -> Document:
    """parse: bytes become sections, blocks and sentences with their place."""
    return ports.parser.parse(full_text, content)


def index_document(document: Document, ports: Ports) -> tuple[ChunkSet, EmbeddedChunks]:
    """chunk, embed: sentences become chunks, chunks become vectors."""
    chunk_set = chunk_document(
        document,
        max_tokens=ports.max_chunk_tokens,
        count_tokens=ports.embedder.count_tokens,
        chunker=ports.chunker,
    )
    vectors = embed_texts(
        ports.embedder, [embedded_text(chunk.prefix, chunk.text) for chunk in chunk_set.chunks]
    )
    return chunk_set, EmbeddedChunks(
        chunk_set_id=chunk_set.chunk_set_id, space_id=ports.embedder.space.space_id, vectors=vectors
    )


def embed_questions(questions: Sequence[Question], ports: Ports) -> Vectors:
    """embed: the vectors of questions, ``(n, dim)``; from their text alone, never a prompt."""
    return embed_texts(ports.embedder, [query_text(question) for question in questions])


def find_passages(
    chunk_set: ChunkSet,
    questions: Sequence[Question],
    vectors: Vectors,
    index: PassageIndex,
    ports: Ports,
) -> list[list[Passage]]:
    """retrieve: for each question the chunks that bear on it, best first."""
    k, reranker = ports.retrieve.passages_per_question, ports.reranker
    if reranker is None:
        return index.search(chunk_set.chunk_set_id, questions, vectors, k=k)
    deep = max(k, ports.retrieve.reranked_passages)
    found = index.search(chunk_set.chunk_set_id, questions, vectors, k=deep)
    return [
        rerank(question, passages, chunk_set, reranker, k=k)
        for question, passages in zip(questions, found, strict=True)
    ]


def answer_questions(
    document: Document,
    chunk_set: ChunkSet,
    questions: Sequence[Question],
    passages: Sequence[Sequence[Passage]],
    answerer: Answerer,
) -> list[Ballot]:
    """
    answer, verify: one ballot a question; what its evidence does not carry is rejected, and so
    is what only a chunk carries that reads like an instruction to a model.

    A derived question is not asked: its ballot is made of the one on its parent, which is asked
    in its place (once) where it is not among the questions. Both have the same passages.
    """
    asked = _asked(questions, passages)
    sources = [source for source, _ in asked]
    given = answerer.answer(document, chunk_set, sources, [found for _, found in asked])
    flagged = _flagged(chunk_set)
    verified = {
        source.question_version_id: verify_ballot(ballot, document, source, flagged=flagged)
        for ballot, source in zip(given, sources, strict=True)
    }
    return [_ballot_on(question, verified, document, flagged) for question in questions]


def answer_inquiries(
    inquiries: Iterator[Inquiry], answerer: PatientAnswerer, allowance: Allowance
) -> Generator[Part, None, None]:
    """
    answer, verify: the same for many papers at once, each ballot as soon as it is there.

    Args:
        inquiries: Papers, taken one by one.
        answerer: Waits for a server.
        allowance: What may be spent.

    Yields:
        Verified ballots on the inquiries' own questions, the derived ones with their parents.
    """
    whole: dict[Inquiry, Inquiry] = {}

    def sources() -> Iterator[Inquiry]:
        for inquiry in inquiries:
            asked = _asked(inquiry.questions, inquiry.passages)
            source = replace(
                inquiry,
                questions=tuple(question for question, _ in asked),
                passages=tuple(found for _, found in asked),
            )
            whole[source] = inquiry
            yield source

    with closing(answerer.answer_inquiries(sources(), allowance)) as parts:
        for part in parts:
            inquiry, document = whole[part.inquiry], part.inquiry.document
            flagged = _flagged(inquiry.chunk_set)
            question_of = {q.question_version_id: q for q in part.inquiry.questions}
            verified = {
                b.question_version_id: verify_ballot(
                    b, document, question_of[b.question_version_id], flagged=flagged
                )
                for b in part.ballots
            }
            ballots = tuple(
                _ballot_on(question, verified, document, flagged)
                for question in inquiry.questions
                if (parent_of(question) or question).question_version_id in verified
            )
            yield Part(inquiry=inquiry, ballots=ballots, error=part.error)


def _asked(
    questions: Sequence[Question], passages: Sequence[Sequence[Passage]]
) -> list[tuple[Question, Sequence[Passage]]]:
    """The questions that are asked for these, each once: the parent of a derived one."""
    asked: dict[int, tuple[Question, Sequence[Passage]]] = {}
    for question, found in zip(questions, passages, strict=True):
        source = parent_of(question) or question
        asked.setdefault(source.question_version_id, (source, found))
    return list(asked.values())


def _flagged(chunk_set: ChunkSet) -> frozenset[int]:
    """Sentences of chunks that read like instructions to a model; nothing rests on them alone."""
    return frozenset(
        sentence_index
        for chunk in chunk_set.chunks
        if chunk.is_suspect
        for sentence_index in range(chunk.first_sentence, chunk.last_sentence + 1)
    )


def _ballot_on(
    question: Question,
    verified: Mapping[int, Ballot],
    document: Document,
    flagged: frozenset[int],
) -> Ballot:
    """The verified ballot on a question; a derived one is made of its parent's."""
    parent = parent_of(question)
    if parent is None:
        return verified[question.question_version_id]
    derived = derive_ballot(verified[parent.question_version_id], parent, question, document)
    return verify_ballot(derived, document, question, flagged=flagged)


def decide_question(
    work_id: int,
    question: Question,
    ballots: Sequence[Ballot],
    *,
    unproven: Sequence[int] = (),
    names: Mapping[int, str] | None = None,
) -> Decision:
    """decide: the ballots on one question, and claims without proof, become one decision."""
    return decide(work_id, question, ballots, unproven=unproven, names=names)
