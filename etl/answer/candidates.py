"""
Score the sentences of the passages of one question.

Reads:    a document, its chunks, the passages of a question, vectors of sentences
Writes:   nothing; candidates stay in the answer stage
Gives up: never; no passage gives no candidate
Version:  SCORING_VERSION, part of the extractive answerer's fingerprint
Next:     the readers of each answer type
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from etl.answer.guards import is_bibliography
from etl.answer.section_kinds import section_kind_of
from etl.answer.vocabulary import Vocabulary
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document
from etl.records.question import Question
from etl.words import content_words, iter_words, stem

__all__ = ["SCORING_VERSION", "Candidate", "passage_sentences", "score_sentences"]

SCORING_VERSION = "cosine-words-terms-rank/1"

#: Weights of the four signs, summing to 1. A vocabulary term that literally stands in the
#: sentence is the strongest sign a typed question has; cosine comes next. Not tuned: moving a
#: tenth from any of them to another changed at most one of 37 labelled facts of six papers.
_WEIGHT_COSINE = 0.40
_WEIGHT_WORDS = 0.20
_WEIGHT_TERMS = 0.30
_WEIGHT_RANK = 0.10

#: The range of cosines that is stretched to [0, 1], in MiniLM's space and on the same papers:
#: the median sentence has 0.11 to a question, its evidence 0.39 (95 of 100: below 0.52).
_COSINE_UNRELATED = 0.10
_COSINE_PLAIN = 0.50


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One sentence that may answer one question."""

    sentence_index: int
    text: str
    #: Normalised role of its section.
    section_kind: str
    #: In [0, 1]; higher is better.
    score: float


def passage_sentences(chunk_set: ChunkSet, passages: Sequence[Passage]) -> dict[int, int]:
    """
    The sentences of the passages of one question.

    Returns:
        Sentence index → rank of the best passage that holds it, in order of rank.
    """
    ranks: dict[int, int] = {}
    for passage in sorted(passages, key=lambda p: p.passage_rank):
        chunk = chunk_set.chunks[passage.chunk_index]
        for sentence_index in range(chunk.first_sentence, chunk.last_sentence + 1):
            ranks.setdefault(sentence_index, passage.passage_rank)
    return ranks


def score_sentences(
    document: Document,
    question: Question,
    vocabulary: Vocabulary,
    ranks: Mapping[int, int],
    cosines: Mapping[int, float],
) -> list[Candidate]:
    """
    Weigh cosine, words of question and cues, vocabulary terms and passage rank.

    A question without a vocabulary is weighed by the other three signs alone. A section whose
    prior is below 1 lowers the score by that factor.

    Args:
        document: Gives the sentences.
        question: Gives words and cues.
        vocabulary: The question's terms; may be empty.
        ranks: Sentence index → passage rank, from :func:`passage_sentences`.
        cosines: Sentence index → cosine to the question in [-1, 1]; 0 where absent.

    Returns:
        All sentences with a score in [0, 1], best first, ties in reading order.
    """
    stems = {stem(word) for word in content_words((question.text, *question.cues))}
    candidates = []
    for sentence_index, rank in ranks.items():
        sentence = document.sentences[sentence_index]
        text = document.text_of(sentence)
        if is_bibliography(text):
            continue
        kind = section_kind_of(document, sentence)
        signs = (
            _stretch(cosines.get(sentence_index, 0.0)),
            _word_share(text, stems),
            float(vocabulary.stands_in(text)),
            1.0 / (1.0 + (rank - 1) / 4.0),
        )
        candidates.append(
            Candidate(
                sentence_index=sentence_index,
                text=text,
                section_kind=kind,
                score=_weigh(signs, has_terms=bool(vocabulary.terms))
                * min(1.0, question.section_prior.get(kind, 1.0)),
            )
        )
    return sorted(candidates, key=lambda c: (-c.score, c.sentence_index))


def _weigh(signs: tuple[float, float, float, float], *, has_terms: bool) -> float:
    cosine, words, terms, rank = signs
    score = _WEIGHT_COSINE * cosine + _WEIGHT_WORDS * words + _WEIGHT_RANK * rank
    if has_terms:
        return score + _WEIGHT_TERMS * terms
    return score / (1.0 - _WEIGHT_TERMS)


def _stretch(cosine: float) -> float:
    share = (cosine - _COSINE_UNRELATED) / (_COSINE_PLAIN - _COSINE_UNRELATED)
    return max(0.0, min(1.0, share))


def _word_share(text: str, stems: set[str]) -> float:
    """Saturating count of shared stems: 1 → 0.33, 2 → 0.5, 4 → 0.67."""
    hits = len(stems & {stem(word) for word in iter_words(text)})
    return hits / (hits + 2.0)
