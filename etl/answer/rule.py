"""
Answer by dictionaries and patterns over the whole paper, without a model of any kind.

Reads:    a document and the questions; passages only name what others read
Writes:   nothing; the journey stores the ballots
Gives up: AnswerError where passages and questions do not match
Version:  the versions in the fingerprint's recipe
Next:     verify
"""

import re
from collections.abc import Sequence

import structlog

from etl.answer.applicability import APPLICABILITY_VERSION, closed_questions
from etl.answer.candidates import Candidate
from etl.answer.guards import is_bibliography
from etl.answer.named_sets import asks_for_sets, with_named_sets
from etl.answer.section_kinds import section_kind_of
from etl.answer.typed_reading import READER_VERSIONS, Outcome, fill_ballot, read_typed
from etl.answer.vocabulary import Vocabulary, build_vocabulary
from etl.errors import AnswerError, OutcomeCode
from etl.keys import content_key, fingerprint_sha256, sha256_hex
from etl.records.ballot import Ballot, CellState
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document, Zone
from etl.records.question import AnswerType, Question
from etl.records.recipe import Fingerprint
from etl.words import content_words, iter_words, stem

__all__ = ["RULE_ANSWERER_VERSION", "RuleAnswerer"]

RULE_ANSWERER_VERSION = "rule/2"

_READ_ZONES = frozenset({Zone.ABSTRACT, Zone.BODY, Zone.BACK})

#: A sentence without any word of the question or its cues has this score, one with many nears 1.
_BASE = 0.25
#: Words of the sentence before count half: "We deployed it. It runs on …".
_NEIGHBOUR = 0.5
#: So many words reach the middle between the two. With 1.5, where one word is enough, the rules
#: alone found twice as many items in six papers, half of them wrong instead of a third.
_HALFWAY = 2.5
#: Two words of the question's, or one and two in the sentence before.
_MIN_SCORE = 0.5


class RuleAnswerer:
    """
    Reads the whole document by rules; the same document always gives the same ballots.

    It sees what no passage showed, so it complements an answerer that reads passages. It casts
    no short text: which sentence answers best is no matter of rules.
    """

    @property
    def fingerprint(self) -> Fingerprint:
        """Versions of rules and readers; no retrieval and no embedding plays a part."""
        recipe = {
            "kind": "rule",
            "version": RULE_ANSWERER_VERSION,
            "applicability": APPLICABILITY_VERSION,
            "readers": list(READER_VERSIONS),
            "min_score": _MIN_SCORE,
        }
        sha256 = fingerprint_sha256(recipe)
        return Fingerprint(
            fingerprint_id=content_key("answer", sha256),
            stage="answer",
            name=RULE_ANSWERER_VERSION,
            sha256=sha256,
            recipe=recipe,
        )

    def answer(
        self,
        document: Document,
        chunk_set: ChunkSet,  # noqa: ARG002 - the port gives it; rules read sentences
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Ballot]:
        """
        Answer all questions of one document.

        Args:
            document: An unreadable one gives a ballot ``unreadable`` for each question.
            chunk_set: Not read.
            questions: n questions.
            passages: n lists; not read.

        Returns:
            n ballots in the order of the questions; their context is the whole document.

        Raises:
            AnswerError: Questions and passages differ in number.
        """
        if len(questions) != len(passages):
            detail = f"{len(questions)} questions but {len(passages)} lists of passages"
            raise AnswerError(OutcomeCode.BROKEN_CONTRACT, detail)
        answerer_id = self.fingerprint.fingerprint_id
        closed = closed_questions(document, questions)
        sentences = [] if all(closed) else _read_sentences(document)
        text = "\n".join(sentence.text for sentence in sentences)
        context, folded = sha256_hex(text), _folded(text)
        ballots = [
            fill_ballot(
                document,
                question,
                state or _answer_one(document, question, sentences, folded),
                answerer_id=answerer_id,
                context_sha256=context,
            )
            for question, state in zip(questions, closed, strict=True)
        ]
        structlog.get_logger().info(
            "answer.questions_answered",
            document_id=document.document_id,
            answerer_id=answerer_id,
            question_count=len(questions),
            answered_count=sum(ballot.state is CellState.ANSWERED for ballot in ballots),
        )
        return ballots


class _Sentence:
    """A sentence with its stems, so that 28 questions stem it once."""

    def __init__(self, document: Document, sentence_index: int) -> None:
        sentence = document.sentences[sentence_index]
        self.sentence_index = sentence_index
        self.block_index = sentence.block_index
        self.text = document.text_of(sentence)
        self.section_kind = section_kind_of(document, sentence)
        self.stems = frozenset(stem(word) for word in iter_words(self.text))


def _read_sentences(document: Document) -> list[_Sentence]:
    """All sentences outside front matter, references, running heads and hidden text."""
    return [
        _Sentence(document, sentence.sentence_index)
        for sentence in document.sentences
        if document.blocks[sentence.block_index].zone in _READ_ZONES
        and not is_bibliography(document.text_of(sentence))
    ]


def _answer_one(
    document: Document, question: Question, sentences: Sequence[_Sentence], text: str
) -> Outcome:
    if question.answer_type is AnswerType.SHORT_TEXT:
        return CellState.NOT_REPORTED, "no rule reads a short text"
    candidates = _score(question, sentences)
    vocabulary = build_vocabulary(question)
    if asks_for_sets(question):
        good = (c.text for c in candidates if c.score >= _MIN_SCORE)
        whole = " ".join(sentence.text for sentence in sentences)
        vocabulary = with_named_sets(vocabulary, good, whole_text=whole)
    standing = _standing(vocabulary, text)
    return read_typed(document, question, standing, candidates, min_score=_MIN_SCORE)


def _score(question: Question, sentences: Sequence[_Sentence]) -> list[Candidate]:
    """Score each sentence by the distinct words it shares with the question and its cues."""
    wanted = frozenset(stem(word) for word in content_words((question.text, *question.cues)))
    candidates = []
    before: _Sentence | None = None
    for sentence in sentences:
        prior = min(1.0, question.section_prior.get(sentence.section_kind, 1.0))
        shared = wanted & sentence.stems
        bearing = float(len(shared))
        if before is not None and before.block_index == sentence.block_index:
            bearing += _NEIGHBOUR * len((wanted & before.stems) - shared)
        before = sentence
        if prior > 0:
            score = prior * (_BASE + (1 - _BASE) * bearing / (bearing + _HALFWAY))
            candidates.append(
                Candidate(
                    sentence_index=sentence.sentence_index,
                    text=sentence.text,
                    section_kind=sentence.section_kind,
                    score=score,
                )
            )
    return sorted(candidates, key=lambda c: (-c.score, c.sentence_index))


def _standing(vocabulary: Vocabulary, text: str) -> Vocabulary:
    """
    Only the forms whose longest word stands anywhere in the text; the rest need not be sought.

    Args:
        vocabulary: All terms.
        text: The whole paper, folded as :func:`_folded` folds.
    """
    standing = {
        term: tuple(form for form in forms if _longest_word(form) in text)
        for term, forms in vocabulary.terms.items()
    }
    return vocabulary.limited_to({term: forms for term, forms in standing.items() if forms})


def _longest_word(form: str) -> str:
    return max(re.findall(r"[a-z0-9]+", _folded(form)), key=len, default="")


def _folded(text: str) -> str:
    """Lower case with ``z`` as ``s``: ``-ize`` and ``-ise`` are one for all readers."""
    return text.lower().replace("z", "s")
