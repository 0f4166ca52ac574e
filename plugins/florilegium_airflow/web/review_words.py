"""What reviewers send: a label, the last word on a cell, and taking either back."""

from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from etl.errors import StaleAttemptError
from etl.store.review import Word
from florilegium_airflow.web.access import Operator, Reviewer
from florilegium_airflow.web.room import ReadingRoom

__all__ = ["word_pages"]

_log = structlog.get_logger()

#: Keys have 63 bits; a browser sends them as text, because its numbers have 53.
_Key = Annotated[int, Field(ge=0, le=2**63 - 1)]
_Question = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.-]+$")]


class LabelForm(BaseModel):
    """A label or a last word. Who says it is told by the sign-in, never by the form."""

    model_config = ConfigDict(extra="forbid")

    paper: _Key
    question: _Question
    label: Literal["yes", "no", "partly", "unclear", "not_applicable"]
    value: Annotated[str, Field(max_length=2_000)] = ""
    comment: Annotated[str, Field(max_length=4_000)] = ""
    #: How long the cell was looked at.
    seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    #: The fence: what the form was drawn from.
    after: _Key | None = None
    is_blind: bool = False


class Withdrawal(BaseModel):
    """Which word is taken back; sent twice, only the first takes something back."""

    model_config = ConfigDict(extra="forbid")

    paper: _Key
    question: _Question
    kind: Literal["label", "adjudication"] = "label"
    word: _Key


def word_pages(room: ReadingRoom) -> APIRouter:
    """
    The writes ``label``, ``adjudicate`` and ``withdraw``.

    Args:
        room: The library.
    """
    pages = APIRouter()

    @pages.post("/label")
    def label(person: Reviewer, said: LabelForm) -> dict[str, Any]:
        # Whoever labels a cell again has seen what a blind reader must not.
        word = _word(said, person.name, is_blind=said.is_blind and said.after is None)
        try:
            word_id = room.reviews.record_label(word)
        except StaleAttemptError as error:
            raise HTTPException(409, str(error)) from error
        _log.info("pages.labelled", question=said.question, label=said.label, person=person.name)
        return {"word": str(word_id)}

    @pages.post("/adjudicate")
    def adjudicate(person: Operator, said: LabelForm) -> dict[str, Any]:
        labels = room.reviews.standing_labels(said.paper, said.question)
        if any(row["annotator"] == person.name for row in labels):
            raise HTTPException(403, "Whoever labelled a cell does not have the last word on it.")
        if len({row["label"] for row in labels} - {"missing"}) < 2:
            raise HTTPException(409, "Nobody disagrees on this cell (any more).")
        try:
            word_id = room.reviews.adjudicate(_word(said, person.name, is_blind=False))
        except StaleAttemptError as error:
            raise HTTPException(409, str(error)) from error
        _log.info("pages.adjudicated", question=said.question, label=said.label, person=person.name)
        return {"word": str(word_id)}

    @pages.post("/withdraw")
    def withdraw(person: Reviewer, meant: Withdrawal) -> dict[str, bool]:
        if meant.kind == "adjudication" and not person.may_operate:
            raise HTTPException(403, "The last word on a cell needs the role op.")
        take_back = (
            room.reviews.withdraw_label
            if meant.kind == "label"
            else room.reviews.withdraw_adjudication
        )
        taken = take_back(meant.paper, meant.question, person.name, word_id=meant.word)
        _log.info("pages.withdrew", question=meant.question, kind=meant.kind, person=person.name)
        return {"withdrawn": taken is not None}

    return pages


def _word(said: LabelForm, person: str, *, is_blind: bool) -> Word:
    return Word(
        work_id=said.paper,
        question_id=said.question,
        person=person,
        label=said.label,
        value=said.value.strip() or None,
        comment=said.comment.strip() or None,
        seconds=said.seconds,
        is_blind=is_blind,
        after=said.after,
    )
