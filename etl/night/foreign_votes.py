"""
Before a work is decided, what other systems said of it becomes ballots where the paper proves it.

Each step finds by itself what is missing, so it may run twice and its effect lands once.
"""

from collections.abc import Sequence

from etl.agree.quote_match import search_quotes
from etl.answer.foreign import FoundPlace, foreign_ballot, foreign_fingerprint
from etl.records.ballot import Ballot, CellState, MatchKind
from etl.records.document import Document
from etl.store.documents import DocumentStore
from etl.store.foreign import ForeignAnswer, ForeignStore
from etl.store.people import PeopleStore
from etl.verify.carried import verify_ballot

__all__ = ["cast_foreign_votes"]


def cast_foreign_votes(
    work_id: int,
    *,
    people: PeopleStore,
    foreign: ForeignStore,
    documents: DocumentStore,
) -> int:
    """
    Hold recorded answers against the reading in force and cast those it proves.

    Args:
        work_id: The work that is about to be decided.
        people: Joins names to the work, and keeps where words of an answer stand.
        foreign: Knows which answers are no ballots yet.
        documents: Loads the reading.

    Returns:
        How many ballots were cast.
    """
    if not people.is_spoken_of(work_id):
        return 0
    people.adopt_papers(work_id)
    missing = foreign.unregistered(work_id)
    if missing:
        foreign.register([foreign_fingerprint(name, form) for name, form in missing])
    people.search_evidence(search_quotes, work_id=work_id)
    waiting = foreign.to_cast(work_id)
    if not waiting:
        return 0
    document = documents.load(waiting[0].document_id)
    ballots = _ballots(document, waiting)
    foreign.save(ballots)
    return len(ballots)


def _ballots(document: Document, answers: Sequence[ForeignAnswer]) -> list[Ballot]:
    found: dict[tuple[int, int], Ballot] = {}
    for answer in answers:
        answerer_id = foreign_fingerprint(answer.answerer, answer.form).fingerprint_id
        cast = foreign_ballot(
            document,
            answer.question,
            answerer_id=answerer_id,
            state=CellState(answer.state),
            reason=answer.reason,
            raw=answer.raw,
            places=[
                FoundPlace(
                    block_index=place.block_index,
                    char_start=place.char_start,
                    char_end=place.char_end,
                    match_kind=MatchKind(place.match_kind),
                )
                for place in answer.places
            ],
        )
        if cast is None:
            continue
        checked = verify_ballot(cast, document, answer.question)
        # What the verifier rejects was claimed and not proven: it stays a claim, and no denial.
        if checked.state is cast.state:
            # Two names of one paper may hold the same system's answer: the first counts.
            found.setdefault((answer.question.question_version_id, answerer_id), checked)
    return list(found.values())
