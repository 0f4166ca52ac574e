"""
What a night does with one item at each stage: load, work, and hand back how to write.

The work runs outside any transaction; what it hands back is run by ``Night`` in the one
transaction that also checks the fence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from etl import journey
from etl.context import context_sha256
from etl.decide.calibrate import POOLED, with_probability
from etl.decide.people import overrule
from etl.errors import Outcome, OutcomeCode, ServiceUnavailableError, UsageError
from etl.fetch.corpus_source import CorpusSource, Taken
from etl.journey import Ports
from etl.night.foreign_votes import cast_foreign_votes
from etl.ports import FileStore, PassageIndex, Source
from etl.records.ballot import Ballot, CellState, Evidence
from etl.records.calibration import Curve
from etl.records.chunk import Passage
from etl.records.decision import Decision, DecisionState
from etl.records.document import Document
from etl.records.full_text import FoundItem, FullText
from etl.records.inquiry import Inquiry
from etl.records.question import Question
from etl.settings import Settings
from etl.store.ballots import BallotStore
from etl.store.calibrations import CalibrationStore
from etl.store.chunks import ChunkStore
from etl.store.database import Transaction
from etl.store.decisions import DecisionStore, DueDecision
from etl.store.documents import DocumentStore
from etl.store.foreign import ForeignStore
from etl.store.identity import IdentityStore
from etl.store.notices import NoticeStore
from etl.store.people import PeopleStore
from etl.store.runs import Claim, RunStore
from etl.store.spends import SpendStore
from etl.store.takedown import TakedownStore
from etl.store.watermarks import WalkStore
from etl.store.works import WorkStore

__all__ = ["STAGES", "Desk", "OpenPaper", "Write", "open_paper", "work_one"]

#: Writes the facts of one item in the caller's transaction.
Write = Callable[[Transaction], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a stage may reach for."""

    settings: Settings
    ports: Ports
    #: Opens a run's papers: a folder, or a corpus file.
    open_source: Callable[[str], Source]
    #: Asks the sources of notices; new events by source.
    refresh_notices: Callable[[], dict[str, int]]
    file_store: FileStore
    index: PassageIndex
    runs: RunStore
    works: WorkStore
    documents: DocumentStore
    chunks: ChunkStore
    ballots: BallotStore
    spends: SpendStore
    decisions: DecisionStore
    calibrations: CalibrationStore
    people: PeopleStore
    foreign: ForeignStore
    takedowns: TakedownStore
    #: Fingerprint id of the decision rule.
    rule_id: int


def work_one(desk: Desk, claim: Claim) -> Write:
    """
    Do one item's work.

    Raises:
        PermanentError: The item ends with this outcome.
        TransientError: A service does not answer; the item goes back.
    """
    return STAGES[claim.stage](desk, claim)


def _fetch(desk: Desk, claim: Claim) -> Write:
    run = desk.runs.load(claim.run_id)
    if run["papers"] is None:
        raise UsageError(f"run {claim.run_id} has no papers to fetch")
    item = desk.works.load_sighting(claim.subject_id)
    source = desk.open_source(run["papers"])
    full_text = journey.fetch_paper(
        item,
        source,
        desk.file_store,
        max_bytes=desk.settings.parse.max_bytes,
        is_barred=desk.takedowns.has_content,
    )
    taken = source.taken(item) if isinstance(source, CorpusSource) else None
    if taken is None:
        return lambda tx: desk.works.save_full_text(tx, claim, item, full_text)
    return lambda tx: _save_version(tx, claim, item, full_text, taken)


def _save_version(
    tx: Transaction, claim: Claim, item: FoundItem, found: FullText, taken: Taken
) -> None:
    """Find the work, then write the version with its names, rights and notices."""
    full_text = IdentityStore.find_work(tx, item, found, taken.offer)
    WorkStore.save_full_text(tx, claim, item, full_text, version=taken.link.version)
    WalkStore.save_facts(tx, full_text, taken.offer, taken.link, rule=taken.rule)
    WalkStore.save_validator(
        tx, full_text, taken.link, etag=taken.etag, last_modified=taken.last_modified
    )
    IdentityStore.settle(tx, full_text, taken.offer)
    dois = [name.value for name in taken.offer.identifiers if name.scheme == "doi"]
    NoticeStore.join_in(tx, dois)


def _parse(desk: Desk, claim: Claim) -> Write:
    full_text = desk.works.load_full_text(claim.subject_id)
    content = desk.file_store.get(full_text.store_path)
    document = journey.parse_paper(full_text, content, desk.ports)
    if document.parser.fingerprint_id != claim.recipe_id:
        # A server was upgraded in mid-run: the next run plans with what it says then.
        raise ServiceUnavailableError(f"the reader is now {document.parser.name}: run again")
    return lambda tx: desk.documents.save(
        tx, document, work_id=full_text.work_id, run_id=claim.run_id
    )


def _embed(desk: Desk, claim: Claim) -> Write:
    document = desk.documents.load(claim.subject_id)
    chunk_set, embedded = journey.index_document(document, desk.ports)
    return lambda tx: desk.chunks.save(tx, chunk_set, embedded, run_id=claim.run_id)


def _answer(desk: Desk, claim: Claim) -> Write:
    paper = open_paper(desk, claim)
    answerers = desk.ports.answerers.values()
    answerer = next(a for a in answerers if a.fingerprint.fingerprint_id == claim.recipe_id)
    asked = paper.inquiry
    fresh = (
        journey.answer_questions(
            asked.document, asked.chunk_set, asked.questions, asked.passages, answerer
        )
        if asked.questions
        else []
    )

    def write(tx: Transaction) -> None:
        paper.write_carried(tx)
        paper.write(tx, fresh)
        paper.write_sheet(tx)

    return write


def open_paper(desk: Desk, claim: Claim) -> "OpenPaper":
    """
    Load a paper, find the passages of the questions it has not been asked, and carry over.

    Raises:
        TransientError: The database does not answer.
    """
    questions = desk.ballots.missing_questions(
        claim.subject_id,
        claim.recipe_id,
        question_ids=desk.runs.load(claim.run_id)["question_ids"],
    )
    document = desk.documents.load(claim.subject_id)
    chunk_set = desk.chunks.load(claim.subject_id, desk.ports.chunker.fingerprint_id)
    vectors = desk.chunks.load_question_vectors(desk.ports.embedder.space.space_id, questions)
    passages = journey.find_passages(chunk_set, questions, vectors, desk.index, desk.ports)
    contexts = [context_sha256(chunk_set, found) for found in passages]
    carried = _carried(desk, claim, document, questions, contexts)
    asked = [i for i, q in enumerate(questions) if q.question_version_id not in carried]
    return OpenPaper(
        desk=desk,
        claim=claim,
        inquiry=Inquiry(
            document=document,
            chunk_set=chunk_set,
            questions=tuple(questions[i] for i in asked),
            passages=tuple(passages[i] for i in asked),
        ),
        passages={
            q.question_version_id: found for q, found in zip(questions, passages, strict=True)
        },
        carried=carried,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenPaper:
    """A paper on the desk of an answerer, and how to write what becomes of it."""

    desk: Desk
    claim: Claim
    #: What is to be asked; what is carried over is not in it.
    inquiry: Inquiry
    #: By question version, of every missing question.
    passages: Mapping[int, Sequence[Passage]]
    #: By question version: the ballot and the document it was cast for.
    carried: Mapping[int, tuple[Ballot, int | None]]

    def write_carried(self, tx: Transaction) -> None:
        """Write the ballots that are carried over."""
        self._save(tx, list(self.carried.values()))

    def write(self, tx: Transaction, ballots: Sequence[Ballot]) -> None:
        """Write new ballots."""
        self._save(tx, [(ballot, None) for ballot in ballots])

    def write_sheet(self, tx: Transaction) -> None:
        """Sum the paper up; it is done when nothing is missing any more."""
        self.desk.ballots.save_sheet(tx, self.claim.subject_id, self.claim.recipe_id)

    def _save(self, tx: Transaction, cast: Sequence[tuple[Ballot, int | None]]) -> None:
        self.desk.ballots.save_all(
            tx,
            [(b, self.passages[b.question_version_id], origin) for b, origin in cast],
            chunk_set_id=self.inquiry.chunk_set.chunk_set_id,
            run_id=self.claim.run_id,
        )


def _carried(
    desk: Desk,
    claim: Claim,
    document: Document,
    questions: Sequence[Question],
    contexts: Sequence[str],
) -> dict[int, tuple[Ballot, int | None]]:
    """Ballots of an earlier reading whose own context is unchanged, moved to this reading."""
    wanted = [(q.question_version_id, c) for q, c in zip(questions, contexts, strict=True)]
    moved: dict[int, tuple[Ballot, int | None]] = {}
    for ballot in desk.ballots.carriable(document.document_id, claim.recipe_id, wanted):
        evidence = [_find_again(item, document) for item in ballot.evidence]
        found = tuple(item for item in evidence if item is not None)
        if len(found) == len(evidence):
            new = replace(ballot, document_id=document.document_id, evidence=found)
            moved[ballot.question_version_id] = (new, ballot.document_id)
    return moved


def _find_again(evidence: Evidence, document: Document) -> Evidence | None:
    for sentence in document.sentences:
        if document.text_of(sentence) == evidence.quote:
            return replace(
                evidence,
                block_index=sentence.block_index,
                sentence_index=sentence.sentence_index,
                char_start=sentence.char_start,
                char_end=sentence.char_end,
            )
    return None


def _decide(desk: Desk, claim: Claim) -> Write:
    work_id = claim.subject_id
    cast_foreign_votes(work_id, people=desk.people, foreign=desk.foreign, documents=desk.documents)
    release_id = desk.decisions.next_release()
    # Read before the input: what changes in between makes the key differ, and the work due again.
    input_md5 = desk.decisions.load_key(work_id)
    due = desk.decisions.load_due(work_id, release_id=release_id, rule_id=desk.rule_id)
    is_calibrated = any(item.calibration_id is not None for item in due)
    curves = desk.calibrations.curves_in_force() if is_calibrated else {}
    decisions = [_decision(work_id, item, curves) for item in due]
    return lambda tx: desk.decisions.save(
        tx,
        due,
        decisions,
        work_id=work_id,
        release_id=release_id,
        rule_id=desk.rule_id,
        run_id=claim.run_id,
        input_md5=input_md5,
    )


def _decision(work_id: int, due: DueDecision, curves: Mapping[str, Curve]) -> Decision:
    """The votes, or the paper's outcome; then the calibration; then what people settled."""
    if due.basis == "ballots":
        voted = journey.decide_question(
            work_id, due.question, due.ballots, unproven=due.unproven, names=due.names
        )
    else:
        voted = _without_ballots(work_id, due)
    scopes = (due.question.question_id, POOLED)
    voted = with_probability(voted, {s: curves[s] for s in scopes if s in curves})
    return overrule(voted, due.question, due.fact, due.ballots)


def _without_ballots(work_id: int, due: DueDecision) -> Decision:
    """The decision on a paper that could not be asked: its outcome is the answer."""
    outcome = Outcome(code=OutcomeCode(due.code or OutcomeCode.INTERNAL), detail=due.detail or "")
    state = CellState.UNREADABLE if due.basis == "unreadable" else CellState.FAILED
    return Decision(
        work_id=work_id,
        question_version_id=due.question.question_version_id,
        document_id=due.document_id,
        state=DecisionState(state),
        value=None,
        value_text=None,
        probability=None,
        reason=f"{outcome.code}: {outcome.detail}",
        supporters=(),
    )


STAGES: dict[str, Callable[[Desk, Claim], Write]] = {
    "fetch": _fetch,
    "parse": _parse,
    "embed": _embed,
    "answer": _answer,
    "decide": _decide,
}
