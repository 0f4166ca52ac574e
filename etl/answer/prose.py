"""
Read yes or no, and the one sentence that answers best.

Reads:    scored sentences of one question
Writes:   nothing
Gives up: never; a weak best sentence gives no reading
Version:  PROSE_VERSION, part of the extractive answerer's fingerprint
Next:     the extractive answerer
"""

from collections.abc import Sequence

from etl.answer.candidates import Candidate
from etl.answer.guards import is_hypothetical, is_negated, is_others_work
from etl.answer.reading import Reading
from etl.answer.vocabulary import Vocabulary

__all__ = ["PROSE_VERSION", "read_short_text", "read_yes_no"]

PROSE_VERSION = "best-sentence/2"


def read_short_text(candidates: Sequence[Candidate], *, min_score: float) -> Reading | None:
    """The best sentence itself, where it reaches *min_score* and tells what was done."""
    best = next((c for c in candidates if c.score >= min_score and not _is_told(c)), None)
    if best is None:
        return None
    return Reading(
        value=best.text, value_text=best.text, sentences=(best.sentence_index,), score=best.score
    )


def read_yes_no(
    candidates: Sequence[Candidate], vocabulary: Vocabulary, *, min_score: float
) -> Reading | None:
    """
    ``yes`` where a good sentence states a term of the vocabulary, ``no`` where it denies it.

    The strongest sentence decides; without a vocabulary nothing can be stated or denied. Where
    another good sentence says the opposite, both are the evidence and the value is
    ``contradicted``: what the paper means is then for people to say.
    """
    told: dict[str, tuple[Candidate, str]] = {}
    for candidate in candidates:
        if candidate.score < min_score or _is_told(candidate):
            continue
        for mention in vocabulary.mentions(candidate.text):
            is_denied = is_negated(candidate.text, mention.start, mention.end)
            told.setdefault("no" if is_denied else "yes", (candidate, mention.surface))
    if not told:
        return None
    verdict, (best, surface) = next(iter(told.items()))
    value: dict[str, object] = {"verdict": verdict, "surface": surface}
    return Reading(
        value=value | {"contradicted": True} if len(told) > 1 else value,
        value_text=verdict,
        sentences=tuple(dict.fromkeys(c.sentence_index for c, _ in told.values())),
        score=best.score,
    )


def _is_told(candidate: Candidate) -> bool:
    return is_hypothetical(candidate.text) or is_others_work(candidate.text, candidate.section_kind)
