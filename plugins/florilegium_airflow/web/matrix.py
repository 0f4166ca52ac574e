"""The matrix: papers × questions, with filters, summaries, and the way to take it away."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse

from etl.publish.export import ExportFormat, export_rows
from etl.store.pages_matrix import MatrixFilter
from florilegium_airflow.web.access import Reader
from florilegium_airflow.web.inputs import OptionalQuestionId, Plain, State, address
from florilegium_airflow.web.layout import GLYPHS, render, words
from florilegium_airflow.web.room import ReadingRoom
from florilegium_airflow.web.shares import shares_of

__all__ = ["matrix_pages"]

#: Letters of a value that a cell shows; the answer page has it whole.
_VALUE_LETTERS = 60
#: Blocks of lines that are written at once while a file is taken away.
_LINES_A_BLOCK = 200

#: A form sends fields that were left empty as empty texts.
_Year = Annotated[str, Query(pattern=r"^\d{0,4}$", default_factory=str)]
_Probability = Annotated[
    str, Query(pattern=r"^(0(\.\d{0,4})?|1(\.0{0,4})?)?$", default_factory=str)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The filters as the address holds them, and as the store takes them."""

    values: Mapping[str, object]
    wanted: MatrixFilter


def _asked(
    search: Plain,
    corpus: Plain,
    question: OptionalQuestionId,
    year_from: _Year,
    year_to: _Year,
    probability_below: _Probability,
    state: Annotated[State | Literal[""], Query()] = "",
    disagreement: Annotated[Literal["", "1"], Query()] = "",
) -> _Asked:
    values = {
        "search": search.strip(),
        "corpus": corpus,
        "year_from": year_from,
        "year_to": year_to,
        "question": question,
        "state": str(state),
        "disagreement": disagreement,
        "probability_below": probability_below,
    }
    wanted = MatrixFilter(
        search=search.strip() or None,
        corpus=corpus or None,
        year_from=int(year_from) if year_from else None,
        year_to=int(year_to) if year_to else None,
        question=question or None,
        state=str(state) or None,
        disagreement=bool(disagreement),
        probability_below=float(probability_below) if probability_below else None,
    )
    return _Asked(values=values, wanted=wanted)


_AskedDep = Annotated[_Asked, Depends(_asked)]
_After = Annotated[int | None, Query(ge=0, le=2**63 - 1)]


def matrix_pages(room: ReadingRoom) -> APIRouter:
    """
    The pages ``matrix``, ``matrix.csv`` and ``matrix.sql``, all with the same filters.

    Args:
        room: The library.
    """
    pages = APIRouter()

    @pages.get("/matrix")
    def matrix(person: Reader, asked: _AskedDep, after: _After = None) -> HTMLResponse:
        screen = room.matrix.screen(asked.wanted, after=after, row_limit=room.settings.pages.rows)
        return render("matrix", person, title="Matrix", **_facts(screen, asked, after))

    @pages.get("/matrix.csv")
    def matrix_csv(asked: _AskedDep) -> StreamingResponse:
        headers = {"content-disposition": 'attachment; filename="florilegium-matrix.csv"'}
        return StreamingResponse(
            _blocks(room, asked.wanted), media_type="text/csv; charset=utf-8", headers=headers
        )

    @pages.get("/matrix.sql")
    def matrix_sql(asked: _AskedDep) -> PlainTextResponse:
        return PlainTextResponse(room.matrix.statement(asked.wanted) + "\n")

    return pages


def _blocks(room: ReadingRoom, wanted: MatrixFilter) -> Iterator[str]:
    """The whole view as CSV that a spreadsheet takes for no formula."""
    with room.matrix.stream(wanted) as rows:
        block: list[str] = []
        for line in export_rows(rows, ExportFormat.CSV):
            block.append(line)
            if len(block) == _LINES_A_BLOCK:
                yield "".join(block)
                block.clear()
        yield "".join(block)


def _facts(screen: Mapping[str, Any], asked: _Asked, after: int | None) -> dict[str, Any]:
    questions: Sequence[Mapping[str, Any]] = screen["questions"]
    works: Sequence[Mapping[str, Any]] = screen["works"]
    cells = {(cell["work_id"], cell["question_id"]): cell for cell in screen["cells"]}
    rows = [_row(work, questions, cells) for work in works]
    more = {**asked.values, "after": works[-1]["work_id"]} if screen["has_more"] else None
    return {
        "asked": asked.values,
        "is_filtered": any(asked.values.values()),
        "is_narrowed": any(value for name, value in asked.values.items() if name != "search"),
        "after": after,
        "questions": questions,
        "rows": rows,
        "release": screen["release"],
        "sources": screen["sources"],
        "summaries": _summaries(questions, screen["states"]),
        "on_screen": _on_screen(questions, screen["cells"], len(works)),
        "next": address("matrix", more) if more else "",
        "first": address("matrix", asked.values),
        "csv": address("matrix.csv", asked.values),
        "sql": address("matrix.sql", asked.values),
    }


def _row(
    work: Mapping[str, Any],
    questions: Sequence[Mapping[str, Any]],
    cells: Mapping[tuple[int, str], Mapping[str, Any]],
) -> dict[str, Any]:
    made = []
    found: Counter[str] = Counter()
    disputed = 0
    for question in questions:
        cell = cells.get((work["work_id"], question["question_id"]))
        if cell is None:
            made.append((question["question_id"], "", "", "", ""))
            continue
        state = cell["state"]
        found[state] += 1
        disputed += cell["is_disputed"]
        value = cell["value"] or words(state)
        if len(value) > _VALUE_LETTERS:
            value = f"{value[: _VALUE_LETTERS - 1]}…"
        chance = cell["probability"]
        told = "" if chance is None else f"{chance:.2f}"
        if cell["is_disputed"]:
            told = f"{told} ⚑".strip()
        made.append((question["question_id"], state, GLYPHS[state], value, told))
    return {
        "work": work,
        "cells": made,
        "answered": found[State.ANSWERED],
        "conflicting": found[State.CONFLICTING],
        "disputed": disputed,
        "cell_count": sum(found.values()),
    }


def _summaries(
    questions: Sequence[Mapping[str, Any]], states: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Of each question, how the whole release answers it."""
    counted: dict[str, Counter[str]] = {q["question_id"]: Counter() for q in questions}
    for row in states:
        if row["question_id"] in counted:
            counted[row["question_id"]][row["state"]] = row["decision_count"]
    return [shares_of(counter) for counter in counted.values()]


def _on_screen(
    questions: Sequence[Mapping[str, Any]], cells: Sequence[Mapping[str, Any]], works: int
) -> list[str]:
    """Of each question, how many works of this screen answer it."""
    found = Counter(c["question_id"] for c in cells if c["state"] == State.ANSWERED)
    return [f"{found[question['question_id']]} of {works}" for question in questions]
