"""
Check that a ballot's evidence is the stored source and carries every value.

Reads:    a ballot, its document and its question
Writes:   nothing; the journey stores the ballot that comes back
Gives up: never for content: a ballot that does not hold comes back as failed or not_reported
Version:  VERIFIER_VERSION
Next:     decide
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from etl.bibliography import cited_entries
from etl.records.ballot import Ballot, CellState, Evidence
from etl.records.document import Document, Zone
from etl.records.question import Question
from etl.value_text import item_text
from etl.words import find_terms

__all__ = ["VERIFIER_VERSION", "verify_ballot"]

VERIFIER_VERSION = "carried/3"

#: Text that no answer may rest on by itself: an entry of the reference list counts beside the
#: sentence that cites it.
_BARRED_ZONES = frozenset({Zone.REFERENCES, Zone.NOISE, Zone.HIDDEN})

#: Why a value is not believed although a sentence carries it.
_FLAGGED = "its evidence stands only in text that reads like an instruction to a language model"

#: Writings of one unit; all others must be equal without regard to case.
_UNIT_FORMS = {
    "%": ("%", "percent", "per cent"),
    "percent": ("%", "percent", "per cent"),
    "h": ("h", "hour", "hours"),
    "hours": ("h", "hour", "hours"),
    "min": ("min", "minute", "minutes"),
    "s": ("s", "second", "seconds"),
    "px": ("px", "pixel", "pixels"),
}


def verify_ballot(
    ballot: Ballot,
    document: Document,
    question: Question,
    *,
    flagged: AbstractSet[int] = frozenset(),
) -> Ballot:
    """
    Re-check one ballot, whoever filled it.

    An answered ballot passes where every quote is exactly the slice of its block it names, no
    quote stands in running heads or hidden text, none in the reference list but an entry that a
    stronger quote cites, and every value item is carried
    by the quotes it cites (all quotes where it cites none): a vocabulary name by any of its
    forms, any other name by itself, a number and its unit as written, a URL letter by letter.
    Items that are not carried are dropped; if none is left, the cell is ``not_reported``.
    Text that stands where somebody speaks to a language model carries nothing by itself: a value
    must be carried by sentences that are not *flagged*.

    Args:
        ballot: Any state; one that is not answered passes unless it carries a value.
        document: The document it was filled for.
        question: Gives the vocabulary with the forms of each name.
        flagged: Sentences of chunks that read like instructions to a model.

    Returns:
        The same ballot; or one with fewer items; or ``failed`` (the evidence is not the
        source, the contract is broken) or ``not_reported`` (nothing is carried), with a reason.
    """
    if ballot.state is not CellState.ANSWERED:
        has_value = ballot.value is not None or bool(ballot.evidence)
        return (
            _rejected(ballot, CellState.FAILED, "a value without answered") if has_value else ballot
        )
    problem = _contract_problem(ballot, document)
    if problem is not None:
        return _rejected(ballot, CellState.FAILED, problem)
    if isinstance(ballot.value, list):
        return _verify_items(ballot, question, flagged)
    sound = [e.quote for e in ballot.evidence if e.sentence_index not in flagged]
    if not sound:
        return _rejected(ballot, CellState.NOT_REPORTED, _FLAGGED)
    missing = _missing_of(ballot.value, sound, question)
    if missing:
        return _rejected(ballot, CellState.NOT_REPORTED, f"not carried by its evidence: {missing}")
    return ballot


def _contract_problem(ballot: Ballot, document: Document) -> str | None:
    if ballot.document_id != document.document_id:
        return "the ballot belongs to another document"
    if not ballot.evidence:
        return "answered without evidence"
    if ballot.value is None or ballot.value in ("", [], {}):
        return "answered without a value"
    return next(
        (problem for e in ballot.evidence if (problem := _slice_problem(e, ballot, document))), None
    )


def _slice_problem(evidence: Evidence, ballot: Ballot, document: Document) -> str | None:
    if not 0 <= evidence.block_index < len(document.blocks):
        return f"evidence {evidence.evidence_rank} names a block the document does not have"
    block = document.blocks[evidence.block_index]
    is_range = 0 <= evidence.char_start < evidence.char_end <= len(block.text)
    if not is_range or block.text[evidence.char_start : evidence.char_end] != evidence.quote:
        return f"evidence {evidence.evidence_rank} is not a slice of the source"
    if block.zone in _BARRED_ZONES and not _is_cited(evidence, ballot, document):
        return f"evidence {evidence.evidence_rank} stands in zone {block.zone}"
    if not 0 <= evidence.sentence_index < len(document.sentences):
        return f"evidence {evidence.evidence_rank} names a sentence the document does not have"
    if document.sentences[evidence.sentence_index].block_index != evidence.block_index:
        return f"evidence {evidence.evidence_rank} names a sentence of another block"
    return None


def _is_cited(evidence: Evidence, ballot: Ballot, document: Document) -> bool:
    """An entry of the reference list that stronger evidence of the same ballot cites."""
    return any(
        entry.block_index == evidence.block_index
        for stronger in ballot.evidence
        if stronger.evidence_rank < evidence.evidence_rank
        and 0 <= stronger.sentence_index < len(document.sentences)
        for entry in cited_entries(document, document.sentences[stronger.sentence_index])
    )


def _verify_items(ballot: Ballot, question: Question, flagged: AbstractSet[int]) -> Ballot:
    quotes = {e.evidence_rank: e.quote for e in ballot.evidence if e.sentence_index not in flagged}
    if not quotes:
        return _rejected(ballot, CellState.NOT_REPORTED, _FLAGGED)
    kept, missing = [], []
    for item in ballot.value:
        lacking = _missing_of(item, _cited(item, quotes), question)
        if lacking:
            missing.append(lacking)
        else:
            kept.append(item)
    if not missing:
        return ballot
    if not kept:
        reason = f"not carried by its evidence: {'; '.join(missing[:3])}"
        return _rejected(ballot, CellState.NOT_REPORTED, reason)
    return _with_items(ballot, kept)


def _ranks_of(item: object) -> list[int] | None:
    """The evidence ranks an item cites; None where it cites none and all count."""
    ranks = item.get("evidence") if isinstance(item, Mapping) else None
    if not isinstance(ranks, list) or not ranks:
        return None
    return [rank for rank in ranks if isinstance(rank, int)]


def _cited(item: object, quotes: Mapping[int, str]) -> list[str]:
    ranks = _ranks_of(item)
    if ranks is None:
        return list(quotes.values())
    return [quotes[rank] for rank in ranks if rank in quotes]


def _with_items(ballot: Ballot, kept: Sequence[Any]) -> Ballot:
    """Keep the carried items and only the evidence they cite, ranks closed up."""
    known = {e.evidence_rank for e in ballot.evidence}
    cited = [_ranks_of(item) for item in kept]
    used = known if None in cited else {rank for ranks in cited for rank in ranks or ()} & known
    position = {rank: new for new, rank in enumerate(sorted(used), start=1)}
    value = [
        item if ranks is None else {**item, "evidence": [position[r] for r in ranks if r in used]}
        for item, ranks in zip(kept, cited, strict=True)
    ]
    evidence = tuple(
        replace(e, evidence_rank=position[e.evidence_rank])
        for e in ballot.evidence
        if e.evidence_rank in position
    )
    text = "; ".join(dict.fromkeys(item_text(item) for item in kept))
    return replace(ballot, value=value, value_text=text, evidence=evidence)


def _missing_of(value: object, quotes: Sequence[str], question: Question) -> str:
    """The parts of one value or item that no quote carries, joined; empty where all are."""
    joined = "\n".join(quotes)
    parts = list(_parts(value))
    if not parts:
        return "no part that a source could carry"
    missing = [
        str(part) for kind, part in parts if not _carries(kind, part, value, joined, question)
    ]
    return ", ".join(missing)


def _parts(value: object) -> Iterator[tuple[str, Any]]:
    """What of a value must stand in the source, each with its kind."""
    if isinstance(value, str):
        yield "text", value
    if not isinstance(value, Mapping):
        return
    for kind in ("name", "surface", "value", "unit", "url"):
        if value.get(kind) not in (None, ""):
            yield kind, value[kind]


def _carries(kind: str, part: object, value: object, text: str, question: Question) -> bool:
    stands = str(part)
    match kind:
        case "name":
            return any(find_terms(text, form) for form in _forms(stands, question))
        case "url":
            return _squash(stands) in _squash(text)
        case "value":
            unit = value.get("unit") if isinstance(value, Mapping) else None
            return _number_stands(stands, str(unit) if unit else None, text)
        case "unit":
            return any(form.lower() in text.lower() for form in _UNIT_FORMS.get(stands, (stands,)))
        case _:
            return _folded(stands) in _folded(text)


def _forms(name: str, question: Question) -> tuple[str, ...]:
    vocabulary: Mapping[str, Sequence[str]] = question.spec.get("vocabulary") or {}
    return (name, *map(str, vocabulary.get(name) or ()))


def _number_stands(number: str, unit: str | None, text: str) -> bool:
    """The number as a whole number word, and its unit right behind one of its places."""
    pattern = re.escape(number)
    if not re.search(r"\d", number):
        return _folded(number) in _folded(text)
    places = list(re.finditer(rf"(?<![\d.]){pattern}(?!\d|\.\d)", text))
    if unit is None:
        return bool(places)
    forms = _UNIT_FORMS.get(unit, (unit,))
    behind = (text[place.end() :].lstrip(" -\u00a0").lower() for place in places)
    return any(rest.startswith(form.lstrip("-").lower()) for rest in behind for form in forms)


def _squash(text: str) -> str:
    """URLs without white space, zero-width characters, scheme and case."""
    bare = re.sub("[\u00ad\u200b-\u200f\u2060\ufeff\\s]", "", text).lower()
    bare = re.sub(r"(?:https?://)?(?:dx\.)?doi\.org/|doi:(?=10\.)", "doi.org/", bare)
    return re.sub(r"https?://(?:www\.)?|www\.", "", bare)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _rejected(ballot: Ballot, state: CellState, reason: str) -> Ballot:
    return replace(ballot, state=state, value=None, value_text=None, reason=reason, evidence=())
