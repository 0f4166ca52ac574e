"""The catalogue, and one question over all papers, answerers, people and releases."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from florilegium_airflow.web.access import Reader
from florilegium_airflow.web.inputs import QuestionId
from florilegium_airflow.web.layout import render
from florilegium_airflow.web.room import ReadingRoom
from florilegium_airflow.web.shares import shares_of

__all__ = ["question_pages"]


def question_pages(room: ReadingRoom) -> APIRouter:
    """
    The pages ``questions`` and ``question``.

    Args:
        room: The library.
    """
    pages = APIRouter()

    @pages.get("/questions")
    def questions(person: Reader) -> HTMLResponse:
        known = room.questions.list()
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        for row in known["states"]:
            counted[row["question_id"]][row["state"]] = row["decision_count"]
        rows = [
            (question, shares_of(counted[question["question_id"]]))
            for question in known["questions"]
        ]
        return render("questions", person, title="Questions", rows=rows)

    @pages.get("/question")
    def question(person: Reader, question_id: QuestionId) -> HTMLResponse:
        known = room.questions.read(question_id)
        if known is None:
            raise HTTPException(404, "There is no such question here.")
        return render(
            "question",
            person,
            title="Question",
            **known,
            asked=known["versions"][0],
            releases=_releases(known["states"]),
        )

    return pages


def _releases(states: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How each release answers the question, newest first, with what moved since the one before."""
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    moments = {}
    for row in states:
        counted[row["release_id"]][row["state"]] = row["decision_count"]
        moments[row["release_id"]] = row["published_at"]
    made: list[dict[str, Any]] = []
    before: float | None = None
    for release_id, counter in sorted(counted.items()):
        shares = shares_of(counter)
        share = shares["share"]
        moved = None if before is None else share - before
        made.append(
            {"release_id": release_id, "at": moments[release_id], "shares": shares, "moved": moved}
        )
        before = share
    return made[::-1]
