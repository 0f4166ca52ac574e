"""How much of the evidence stands in the first 8,000 characters of passages."""

from collections.abc import Sequence

from etl.evaluate.figures import Figure
from etl.evaluate.question_sets import LabelledPaper, LabelledQuestion
from etl.fetch.take import full_text_of
from etl.journey import Ports, index_document, parse_paper
from etl.records.chunk import ChunkSet, Passage
from etl.records.question import AnswerType, Question
from etl.retrieve.memory_index import MemoryIndex
from etl.words import iter_words

__all__ = ["CONTEXT_CHARACTERS", "holds_half", "measure_recall"]

#: Eight chunks of a thousand characters, the context of the anchors.
CONTEXT_CHARACTERS = 8000

#: More passages than 8,000 characters ever hold.
_DEEP = 64


def measure_recall(
    papers: Sequence[LabelledPaper], ports: Ports, *, measure: str, anchor: str, bar: float
) -> Figure:
    """
    Search each paper for its questions.

    An evidence counts as found when at least half of its words stand, in their order of three,
    in the first 8,000 characters of the passages.

    Args:
        papers: With questions; a paper that cannot be read counts as not found.
        ports: Parser, chunker, embedder.
        measure: Name of the figure.
        anchor: What is known of others.
        bar: Required share.
    """
    hits = total = 0
    misses: list[str] = []
    for paper in papers:
        contexts = _contexts(paper, ports)
        for question, context in zip(paper.questions, contexts, strict=True):
            for evidence in question.evidence:
                total += 1
                if holds_half(context, evidence):
                    hits += 1
                else:
                    misses.append(f"{paper.name}: {question.text[:80]}")
    return Figure(
        measure=measure, anchor=anchor, hits=hits, total=total, bar=bar, misses=tuple(misses)
    )


def holds_half(context: str, evidence: str) -> bool:
    """True where half of the evidence's runs of three words stand in the context."""
    wanted = _runs(evidence)
    return len(wanted & _runs(context, size=_size(evidence))) * 2 >= len(wanted)


def _size(text: str) -> int:
    return max(1, min(3, len(iter_words(text))))


def _runs(text: str, *, size: int | None = None) -> set[tuple[str, ...]]:
    words, width = iter_words(text), size or _size(text)
    return {tuple(words[i : i + width]) for i in range(len(words) - width + 1)}


def _contexts(paper: LabelledPaper, ports: Ports) -> list[str]:
    content = paper.text.encode()
    full_text = full_text_of(content, name=f"{paper.name}.txt")
    document = parse_paper(full_text, content, ports)
    chunk_set, embedded = index_document(document, ports)
    index = MemoryIndex(document, chunk_set, embedded.vectors, ports.retrieve)
    questions = [_question(number, asked) for number, asked in enumerate(paper.questions)]
    vectors = ports.embedder.embed([question.text for question in questions])
    found = index.search(chunk_set.chunk_set_id, questions, vectors, k=_DEEP)
    return [_first_characters(chunk_set, passages) for passages in found]


def _question(number: int, asked: LabelledQuestion) -> Question:
    """A free question: no prior, cue or vocabulary helps it."""
    return Question(
        question_version_id=number,
        question_id=f"Q{number}",
        version=1,
        key=f"q{number}",
        text=asked.text,
        answer_type=AnswerType.SHORT_TEXT,
        section_prior={},
        cues=(),
    )


def _first_characters(chunk_set: ChunkSet, passages: Sequence[Passage]) -> str:
    """The best passages that fit whole, in order of the text so that neighbours join."""
    taken: list[int] = []
    room = CONTEXT_CHARACTERS
    for passage in passages:
        room -= len(chunk_set.chunks[passage.chunk_index].text)
        if room < 0:
            break
        taken.append(passage.chunk_index)
    return "\n".join(chunk_set.chunks[index].text for index in sorted(taken))
