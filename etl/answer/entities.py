"""
Read lists of vocabulary terms.

Reads:    scored sentences and the question's vocabulary
Writes:   nothing
Gives up: never; no term gives no item
Version:  ENTITY_VERSION, part of the extractive answerer's fingerprint
Next:     the extractive answerer
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from etl.answer.candidates import Candidate
from etl.answer.guards import is_hypothetical, is_negated, is_others_work
from etl.answer.reading import Item
from etl.answer.vocabulary import Mention, Vocabulary

__all__ = ["ENTITY_VERSION", "read_entities"]

ENTITY_VERSION = "literal-terms/3"

#: More sentences a term prove no more and are tedious to read.
_MAX_SENTENCES = 3

#: ``resized to 512 × 512 pixels``, ``dropout of 0.5``: how much, right behind the term.
_AMOUNT = re.compile(
    r"\s+(?:to|of|by|at|into|with)\s+(?:an?\s+|about\s+|up\s+to\s+|the\s+size\s+of\s+)?"
    r"\d[\d.,]*(?:\s?[\u00d7x]\s?\d[\d.,]*){0,2}(?:\s?(?:%|°|px\b|pixels\b|degrees\b))?(?<![.,])"
)


def read_entities(
    candidates: Sequence[Candidate], vocabulary: Vocabulary, *, min_score: float
) -> list[Item]:
    """
    Give each vocabulary term that literally stands in a good sentence, with those sentences.

    A sentence counts when its score reaches *min_score* and it neither denies the term, nor
    speaks of possible work, nor tells what others did.

    Args:
        candidates: Scored sentences of one question, best first.
        vocabulary: Terms and their forms.
        min_score: In [0, 1].

    Returns:
        One item a term: ``{"name": term, "surface": as it stands in its first sentence}``,
        the surface with the amount where one follows (``resized to 512 × 512``); with at most
        three sentences, those with an amount first; the best of them gives the score.
    """
    found: dict[str, list[tuple[Candidate, Mention]]] = {}
    for candidate in candidates:
        if candidate.score < min_score or _is_told(candidate):
            continue
        for mention in vocabulary.mentions(candidate.text):
            places = found.setdefault(mention.term, [])
            is_new = candidate not in [place[0] for place in places]
            if not is_new or is_negated(candidate.text, mention.start, mention.end):
                continue
            places.append((candidate, _with_amount(candidate.text, mention)))
    return [_item(_strongest(places)) for places in found.values() if places]


def _strongest(places: Sequence[tuple[Candidate, Mention]]) -> list[tuple[Candidate, Mention]]:
    """At most three, those first that say how much: they tell more than a bare name."""
    by_detail = sorted(places, key=lambda place: _AMOUNT.search(place[1].surface) is None)
    return by_detail[:_MAX_SENTENCES]


def _item(places: Sequence[tuple[Candidate, Mention]]) -> Item:
    mention = places[0][1]
    return Item(
        value={"name": mention.term, "surface": mention.surface},
        label=mention.label,
        sentences=tuple(candidate.sentence_index for candidate, _ in places),
        score=max(candidate.score for candidate, _ in places),
    )


def _with_amount(text: str, mention: Mention) -> Mention:
    """The mention, longer by the number that says how much of it was done."""
    amount = _AMOUNT.match(text, mention.end)
    if amount is None:
        return mention
    end = amount.end()
    return replace(mention, surface=text[mention.start : end], end=end)


def _is_told(candidate: Candidate) -> bool:
    return is_hypothetical(candidate.text) or is_others_work(candidate.text, candidate.section_kind)
