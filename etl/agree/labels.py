"""
What a recorded answer or label means, beside what it says.

Reads:    raw answers of other systems, raw labels of people
Writes:   nothing
Gives up: never for answers, which may be ``failed``; None for a label that means nothing here
Version:  the raw text is stored, so a better reading can be made of it later
Next:     ``core.foreign_answer``, ``core.annotation``
"""

import re
from dataclasses import dataclass

from etl.records.ballot import CellState

__all__ = ["ReadAnswer", "read_answer", "read_label"]

_YES, _NO = ("yes", "y", "true", "1", "answered", "present"), ("no", "n", "false", "0", "absent")
_VERDICTS = (
    dict.fromkeys(_YES, CellState.ANSWERED)
    | dict.fromkeys((*_NO, "not_reported", "not reported"), CellState.NOT_REPORTED)
    | dict.fromkeys(("not_applicable", "not applicable", "n/a", "na"), CellState.NOT_APPLICABLE)
    | {"unreadable": CellState.UNREADABLE}
    | dict.fromkeys(("failed", "no response found", "no response", "error"), CellState.FAILED)
)
#: Spellings that were met in recorded labels, beside those that people usually type.
_LABELS = (
    dict.fromkeys(_YES, "yes")
    | dict.fromkeys((*_NO, "not_reported", "not reported"), "no")
    | dict.fromkeys(("partly", "partially", "partial", "generalized", "genaralized"), "partly")
    | dict.fromkeys(("generalised", "conflicting"), "partly")
    | dict.fromkeys(("unclear", "unsure", "maybe", "?", "unreadable"), "unclear")
    | dict.fromkeys(("not_applicable", "not applicable", "n/a", "na"), "not_applicable")
)
#: Heads after which a recorded prompt holds the answer.
_ANSWER_HEAD = re.compile(r"^\s*(?:Helpful Answer:|Answer:{1,3})", re.MULTILINE)
#: A sentence that says the source is silent.
_DENIAL = re.compile(
    r"\b(?:(?:do|does|did|is|are|was|were|has|have|can|could)(?: not|n['\u2019]t)"
    r"(?: \w+){0,2}? (?:mention|provide|specif|state|describe|include|contain|report|discuss|give"
    r"|available|mentioned|provided|detail|disclose|explain|have access|find|know|answer|offer"
    r"|indicate|list|address)"
    r"|(?:no|without) (?:\w+ ){0,2}?(?:information|mention|details?|indication)"
    r"|not (?:explicitly |directly |specifically )?(?:mentioned|provided|specified|stated|available"
    r"|described|given|reported|included|discussed|detailed)|unable to|cannot)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?]\s|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAnswer:
    """A recorded answer in our own terms."""

    #: verdict, prose or empty.
    form: str
    state: CellState
    #: stated (the file said so), verdict, inferred (from prose) or empty.
    basis: str
    #: Why there is no answer; None exactly when answered.
    reason: str | None


def read_answer(raw: str, *, stated: str | None = None, value: str | None = None) -> ReadAnswer:
    """
    Say in which state a recorded answer is.

    A state in the file holds. Else a verdict is read as it is spelt. Else prose is
    ``not_reported`` where one of its first two sentences denies, and ``answered`` otherwise: a
    guess, and marked as inferred (on 2,240 recorded answers it equals the recorded verdict in
    87 of 100).

    Args:
        raw: The answer as recorded, perhaps with the prompt before it.
        stated: The state the file gives, as a cell's state or a verdict; None where none.
        value: The value the file gives; None where none.

    Returns:
        The reading.

    Raises:
        ValueError: ``stated`` is no state and no verdict.
    """
    text = _answer_part(raw).strip()
    verdict = _VERDICTS.get(_fold(text))
    form = "verdict" if verdict is not None else "prose" if text or value else "empty"
    if stated is not None and stated.strip():
        state = _VERDICTS.get(_fold(stated))
        if state is None:
            raise ValueError(f"{stated.strip()[:40]!r} is no state")
        if form == "empty" and state is CellState.ANSWERED:
            return ReadAnswer(form=form, state=CellState.FAILED, basis="empty", reason=_EMPTY)
        return _read(form, state, "stated", f"stated as {stated.strip()}")
    if verdict is not None:
        return _read(form, verdict, "verdict", f"verdict {text}")
    if form == "empty":
        return ReadAnswer(form=form, state=CellState.FAILED, basis="empty", reason=_EMPTY)
    if not value and _denies(text):
        return _read(form, CellState.NOT_REPORTED, "inferred", "its first sentences deny")
    return _read(form, CellState.ANSWERED, "inferred", "")


def read_label(raw: str) -> str | None:
    """
    Normalise a person's label.

    Args:
        raw: As written; a blank one is ``missing``.

    Returns:
        yes, no, partly, unclear, not_applicable or missing; None for any other word.
    """
    folded = _fold(raw)
    return _LABELS.get(folded) if folded else "missing"


_EMPTY = "empty answer"


def _read(form: str, state: CellState, basis: str, reason: str) -> ReadAnswer:
    answered = state is CellState.ANSWERED
    return ReadAnswer(form=form, state=state, basis=basis, reason=None if answered else reason)


def _fold(text: str) -> str:
    return " ".join(text.strip(" \t\r\n\u00a0.\"'").lower().split())


def _answer_part(raw: str) -> str:
    heads = list(_ANSWER_HEAD.finditer(raw))
    return raw[heads[-1].end() :] if heads else raw


def _denies(text: str) -> bool:
    ends = [match.end() for match in _SENTENCE_END.finditer(text[:2000])]
    return bool(_DENIAL.search(text[: ends[1] if len(ends) > 1 else 2000]))
