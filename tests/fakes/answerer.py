"""An answerer without a model: the first retrieved sentence answers everything."""

from collections.abc import Collection, Mapping, Sequence

from etl.context import context_sha256
from etl.keys import content_key, fingerprint_sha256
from etl.records.ballot import Ballot, CellState, Evidence, MatchKind
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document, DocumentStatus
from etl.records.question import Question
from etl.records.recipe import Fingerprint

__all__ = ["FakeAnswerer"]


class FakeAnswerer:
    """
    Answers with the first sentence of the best passage; without a passage, ``not_reported``.

    Args:
        name: Part of the fingerprint, so that two fakes are two voters.
        recipe: More of the fingerprint: a model, a prompt.
        silent: Ids of questions that it finds nothing about.
    """

    def __init__(
        self,
        name: str = "fake",
        *,
        recipe: Mapping[str, str] | None = None,
        silent: Collection[str] = (),
    ) -> None:
        self._silent = frozenset(silent)
        recipe = {"kind": "fake", "name": name, **(recipe or {})}
        sha256 = fingerprint_sha256(recipe)
        self._fingerprint = Fingerprint(
            fingerprint_id=content_key("answer", sha256),
            stage="answer",
            name=f"{name}/1",
            sha256=sha256,
            recipe=recipe,
        )
        #: How often :meth:`answer` was called.
        self.call_count = 0
        #: Question version ids of each call, in order.
        self.asked: list[tuple[int, ...]] = []

    @property
    def fingerprint(self) -> Fingerprint:
        return self._fingerprint

    def answer(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Ballot]:
        """One ballot a question, in their order; equal input gives equal ballots."""
        self.call_count += 1
        self.asked.append(tuple(question.question_version_id for question in questions))
        return [
            self._ballot(document, chunk_set, question, found)
            for question, found in zip(questions, passages, strict=True)
        ]

    def _ballot(
        self,
        document: Document,
        chunk_set: ChunkSet,
        question: Question,
        passages: Sequence[Passage],
    ) -> Ballot:
        evidence: tuple[Evidence, ...] = ()
        state = CellState.NOT_REPORTED
        reason: str | None = "no passage was retrieved"
        if document.status is DocumentStatus.UNREADABLE:
            state, reason = CellState.UNREADABLE, "unreadable"
        elif question.question_id in self._silent:
            reason = "it says nothing of this"
        elif passages:
            state, reason = CellState.ANSWERED, None
            evidence = (_first_sentence(document, chunk_set, passages[0]),)
        quote = evidence[0].quote if evidence else None
        return Ballot(
            document_id=document.document_id,
            question_version_id=question.question_version_id,
            answerer_id=self._fingerprint.fingerprint_id,
            state=state,
            value=quote,
            value_text=quote,
            score=0.5 if evidence else None,
            reason=reason,
            evidence=evidence,
            context_sha256=context_sha256(chunk_set, passages),
        )


def _first_sentence(document: Document, chunk_set: ChunkSet, passage: Passage) -> Evidence:
    sentence = document.sentences[chunk_set.chunks[passage.chunk_index].first_sentence]
    return Evidence(
        evidence_rank=1,
        block_index=sentence.block_index,
        sentence_index=sentence.sentence_index,
        char_start=sentence.char_start,
        char_end=sentence.char_end,
        quote=document.text_of(sentence),
        match_kind=MatchKind.CITED,
    )
