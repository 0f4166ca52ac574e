"""One paper: its life, how well it could be read, what its licence allows, all its answers."""

from collections import Counter
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from florilegium_airflow.web.access import Reader
from florilegium_airflow.web.inputs import WorkId
from florilegium_airflow.web.layout import render
from florilegium_airflow.web.room import ReadingRoom

__all__ = ["paper_pages"]


def paper_pages(room: ReadingRoom) -> APIRouter:
    """
    The page ``paper``.

    Args:
        room: The library.
    """
    pages = APIRouter()

    @pages.get("/paper")
    def paper(person: Reader, work_id: WorkId) -> HTMLResponse:
        life = room.papers.read(work_id)
        if life is None:
            raise HTTPException(404, "There is no such paper here.")
        return render("paper", person, title="Paper", **life, **_told(life))

    return pages


def _told(life: dict[str, Any]) -> dict[str, Any]:
    readings, answers = life["readings"], life["answers"]
    kinds = {(answer["state"], answer["value"], answer["reason"]) for answer in answers}
    return {
        # A paper that could not be read has the same to say to every question.
        "alike": answers[0] if len(answers) > 1 and len(kinds) == 1 else None,
        "reading": readings[0] if readings else None,
        "counts": Counter(answer["state"] for answer in answers),
    }
