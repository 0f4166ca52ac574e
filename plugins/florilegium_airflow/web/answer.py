"""One answer with all its proof: the decision, every vote, the sentences, and the page itself."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse, HTMLResponse

from florilegium_airflow.web.access import Reader
from florilegium_airflow.web.inputs import DocumentId, PageNumber, QuestionId, WorkId, address
from florilegium_airflow.web.layout import render
from florilegium_airflow.web.room import ReadingRoom

__all__ = ["answer_pages", "proof_of"]

#: An image's address holds all that makes it, so a browser may keep it for a day.
_KEPT = {"cache-control": "private, max-age=86400, immutable"}
#: Letters around a quote that the view gives at most.
_AROUND_LETTERS = 300
_Version = Annotated[int | None, Query(alias="version", ge=1, le=1_000_000)]


def answer_pages(room: ReadingRoom) -> APIRouter:
    """
    The pages ``answer`` and ``page.png``.

    Args:
        room: The library.
    """
    pages = APIRouter()

    @pages.get("/answer")
    def answer(
        person: Reader,
        work_id: WorkId,
        question_id: QuestionId,
        page: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    ) -> HTMLResponse:
        cell = room.answers.read(work_id, question_id)
        if cell is None:
            raise HTTPException(404, "There is no such paper or question here.")
        return render("answer", person, title="Answer", **cell, **proof_of(cell, page))

    @pages.get("/page.png")
    def page_image(
        document_id: DocumentId, question_id: QuestionId, page: PageNumber, version: _Version = None
    ) -> FileResponse:
        source = room.answers.page_source(document_id, question_id, version)
        if source is None or not 1 <= page <= source.page_count:
            raise HTTPException(404, "There is no such page.")
        image = room.images.image(
            source.sha256, page, source.regions, lambda: room.files.get(source.store_path)
        )
        return FileResponse(image, media_type="image/png", headers=_KEPT)

    return pages


def proof_of(cell: Mapping[str, Any], page: int | None) -> dict[str, Any]:
    """
    Tell which page is looked at, and the addresses around it.

    Args:
        cell: As ``AnswerStore.read`` gives it.
        page: What is asked for; None for the first page with proof.

    Returns:
        ``here``, ``proofs``, ``passages_by`` answerer, ``page``, ``marks`` and ``image``.
    """
    here = {"paper": cell["work"]["work_id"], "question": cell["question"]["question_id"]}
    proofs = _joined(cell["evidence"])
    proven = [proof["page"] for proof in proofs if proof["page"]]
    page_count = 0 if cell["page_withheld"] else cell["page_count"] or 0
    shown = page or (proven[0] if proven else None)
    if shown is not None and shown > page_count:
        shown = None
    if shown is None and page_count:
        shown = 1
    image = {
        "document": cell["document_id"],
        "question": here["question"],
        "version": cell["question_version"],
        "page": shown,
    }
    return {
        "here": here,
        "proofs": proofs,
        "passages_by": _by_answerer(cell["passages"]),
        "page": shown,
        "marks": sorted({proof["page"] for proof in proofs if proof["page"]}),
        "image": address("page.png", image) if shown else "",
    }


def _joined(evidence: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One entry a sentence, with all who cite it; in the order of the first citation."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in evidence:
        key = (row["page"], row["section"], row["quote"])
        if key not in found:
            boxes = row["boxes"] or []
            top = min((box[2] for box in boxes if int(box[0]) == row["page"]), default=None)
            found[key] = {
                **row,
                "answerers": [],
                "top": top,
                "text_before": _from_a_word(row["text_before"]),
                "text_after": _to_a_word(row["text_after"]),
            }
        if row["answerer"] not in found[key]["answerers"]:
            found[key]["answerers"].append(row["answerer"])
    return list(found.values())


def _from_a_word(text: str) -> str:
    """What stands before a quote; where it was cut, it begins with a whole word."""
    return text if len(text) < _AROUND_LETTERS else f"…{text[text.find(' ') :]}"


def _to_a_word(text: str) -> str:
    return text if len(text) < _AROUND_LETTERS else f"{text[: text.rfind(' ') + 1]}…"


def _by_answerer(passages: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in passages:
        found[row["answerer"]].append(row)
    return dict(found)
