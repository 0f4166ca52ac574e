"""The review desk: what waits, one cell at a time, a label by one key, undo, and the last word."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from florilegium_airflow.web.access import Person, Reader
from florilegium_airflow.web.answer import proof_of
from florilegium_airflow.web.inputs import (
    DocumentId,
    OptionalQuestionId,
    PageNumber,
    address,
)
from florilegium_airflow.web.layout import render
from florilegium_airflow.web.room import ReadingRoom

__all__ = ["LABEL_KEYS", "review_pages"]

#: The key of each label, in the order of the buttons.
LABEL_KEYS = (
    ("y", "yes"),
    ("n", "no"),
    ("p", "partly"),
    ("u", "unclear"),
    ("a", "not_applicable"),
)
_LISTED = 25
#: Cells put aside that an address carries; the oldest come back first.
_ASIDE = 40
_KEPT = {"cache-control": "private, max-age=86400, immutable"}

_Aside = Annotated[
    str,
    Query(
        alias="skip",
        max_length=3_500,
        pattern=r"^(\d{1,19}:[\w.-]{1,64}(,\d{1,19}:[\w.-]{1,64})*)?$",
        default_factory=str,
    ),
]
_OptionalWork = Annotated[int | None, Query(alias="paper", ge=0, le=2**63 - 1)]
_OptionalPage = Annotated[int | None, Query(ge=1, le=100_000)]
_Only = Annotated[str, Query(max_length=64, pattern=r"^[\w.-]*$", default_factory=str)]
_Flag = Annotated[str, Query(pattern=r"^1?$", default_factory=str)]


def review_pages(room: ReadingRoom) -> APIRouter:
    """
    The pages ``review``, ``review_cell`` and ``plain_page.png``.

    Args:
        room: The library.
    """
    pages = APIRouter()

    @pages.get("/review")
    def review(person: Reader, done: _Flag) -> HTMLResponse:
        desk = room.desk.overview(person.name, row_limit=_LISTED)
        return render("review", person, title="Review", is_done=bool(done), **desk)

    @pages.get("/review_cell", response_model=None)
    def review_cell(
        person: Reader,
        question_id: OptionalQuestionId,
        only: _Only,
        aside: _Aside,
        blind: _Flag,
        seen: _Flag,
        work_id: _OptionalWork = None,
        page: _OptionalPage = None,
    ) -> HTMLResponse | RedirectResponse:
        carried = {"only": only, "skip": aside, "blind": blind}
        if work_id is None or not question_id:
            return RedirectResponse(_next_of(room, person, only or question_id, carried))
        cell = room.answers.read(work_id, question_id)
        if cell is None:
            raise HTTPException(404, "There is no such paper or question here.")
        told = room.desk.cell(work_id, question_id, person.name)
        role = _role_of(person, told["labels"])
        is_hidden = role == "label" and bool(told["labels"] or blind)
        facts = cell | told | proof_of(cell, page)
        facts |= _plain_image(cell, page) if is_hidden else {}
        here = {"paper": work_id, "question": question_id}
        put_aside = ",".join([*aside.split(",")[1 - _ASIDE :], f"{work_id}:{question_id}"])
        return render(
            "review_cell",
            person,
            title="Review",
            **facts,
            role=role,
            is_hidden=is_hidden,
            is_second=is_hidden and bool(told["labels"]),
            is_blind=is_hidden and not seen,
            keys=LABEL_KEYS,
            route="adjudicate" if role == "adjudicate" else "label",
            places=_places(cell["passages"]),
            **_words_before(room, person, role, here),
            carried=here | carried | {"seen": seen},
            next=address("review_cell", carried),
            skip=address("review_cell", carried | {"skip": put_aside.strip(",")}),
            other_view=address("review_cell", here | carried | {"blind": "" if blind else "1"}),
        )

    @pages.get("/plain_page.png")
    def plain_page(document_id: DocumentId, page: PageNumber) -> FileResponse:
        # Without a question nothing is marked: a mark would tell a blind reader what was answered.
        source = room.answers.page_source(document_id, "", None)
        if source is None or not 1 <= page <= source.page_count:
            raise HTTPException(404, "There is no such page.")
        image = room.images.image(
            source.sha256, page, (), lambda: room.files.get(source.store_path)
        )
        return FileResponse(image, media_type="image/png", headers=_KEPT)

    return pages


def _next_of(room: ReadingRoom, person: Person, only: str, carried: Mapping[str, str]) -> str:
    """Where the next cell of this person is; the desk where nothing is left."""
    if not person.may_review:
        return "review"
    pairs = [pair.split(":", 1) for pair in carried["skip"].split(",") if pair]
    item = room.reviews.next_item(
        person.name,
        may_adjudicate=person.may_operate,
        question_id=only or None,
        # A number beyond all keys was never a work; it is nobody's cell.
        skipped=[(int(work), question) for work, question in pairs if int(work) < 2**63],
    )
    if item is None:
        return address("review", {"done": "1"})
    here = {"paper": item.work_id, "question": item.question_id}
    return address("review_cell", here | dict(carried))


def _role_of(person: Person, labels: Sequence[Mapping[str, Any]]) -> str:
    """What this person may do here: look, label, change a label of their own, or adjudicate."""
    if not person.may_review:
        return "look"
    if any(row["annotator"] == person.name for row in labels):
        return "own"
    said = {row["label"] for row in labels} - {"missing"}
    return "adjudicate" if person.may_operate and len(said) > 1 else "label"


def _words_before(
    room: ReadingRoom, person: Person, role: str, here: Mapping[str, Any]
) -> dict[str, Any]:
    """The fence of the form, and the person's last word, which they may take back."""
    cell = (here["paper"], here["question"])
    if role == "look":
        return {"after": None, "last_word": None}
    if role == "adjudicate":
        return {
            "after": room.reviews.last_adjudication(*cell),
            "last_word": room.reviews.standing_adjudication(*cell, person.name),
        }
    return {"after": room.reviews.last_word(*cell, person.name), "last_word": None}


def _plain_image(cell: Mapping[str, Any], page: int | None) -> dict[str, Any]:
    """
    A page without a mark; the first one where none is asked for.

    Where the proof lies, and that there is any, would tell a blind reader what was answered.
    """
    count = 0 if cell["page_withheld"] else cell["page_count"] or 0
    if not count:
        return {"marks": [], "page": None, "image": ""}
    shown = min(page or 1, count)
    image = {"document": cell["document_id"], "page": shown}
    return {"marks": [], "page": shown, "image": address("plain_page.png", image)}


def _places(passages: Sequence[Mapping[str, Any]]) -> list[tuple[int | None, str]]:
    """Pages and sections that were searched out before anybody answered, each once, best first."""
    found = [(row["page"], row["section"] or "") for row in passages]
    return list(dict.fromkeys(found))[:8]
