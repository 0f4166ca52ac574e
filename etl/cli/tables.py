"""The tables people read at the end of a night."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from etl.store.reports import ReportStore

__all__ = ["show_answers", "show_life", "show_night", "show_rows"]

#: One character a state, so that a matrix of 28 questions fits 80 columns.
_MARKS = {
    "answered": ("●", "green"),
    "not_reported": ("·", "dim"),
    "not_applicable": ("–", "dim"),
    "unreadable": ("?", "yellow"),
    "failed": ("x", "red"),
    "conflicting": ("≠", "yellow"),
}
_MATRIX_PAPERS = 40
_QUOTE_CHARS = 110
_VALUE_CHARS = 48


def show_night(out: Console, reports: ReportStore, counts: Mapping[str, int], run_id: int) -> None:
    """Print the answers of the release, what the run did, and what went wrong with what to do."""
    states = reports.answer_states()
    if states:
        _show_matrix(out, states)
        first = next((row for row in states if row["state"] == "answered"), states[0])
        out.print(f"\nProof, for one paper ({_clean(first['paper'])}):")
        show_answers(out, reports.answers_of(first["work_id"]))
    endings = reports.endings(run_id)
    if endings:
        show_rows(out, "Papers without answers in this run", endings)
    failures = reports.status()["failures"]
    if failures:
        columns = ("paper", "code", "next_step")
        rows = [{name: row[name] for name in columns} for row in failures]
        show_rows(out, "What to do", rows)
    _show_summary(out, states, counts, run_id)


def _show_matrix(out: Console, states: Sequence[Mapping[str, Any]]) -> None:
    by_paper: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    titles = {}
    for row in states:
        by_paper[row["paper"], row["work_id"]][row["question_id"]] = row["state"]
        titles[row["work_id"]] = row["title"]
    questions = sorted({row["question_id"] for row in states})
    table = Table(title="Answers", title_justify="left", pad_edge=False, padding=(0, 1))
    table.add_column("paper", no_wrap=True, max_width=30)
    table.add_column("title", no_wrap=True, max_width=40, overflow="ellipsis")
    table.add_column(f"{questions[0]} … {questions[-1]}", no_wrap=True)
    table.add_column("answered", justify="right")
    for (paper, work_id), cells in list(by_paper.items())[:_MATRIX_PAPERS]:
        marks = Text()
        for question in questions:
            mark, style = _MARKS[cells.get(question, "failed")]
            marks.append(mark, style=style)
        answered = sum(state == "answered" for state in cells.values())
        table.add_row(_clean(paper), _clean(titles[work_id]), marks, f"{answered}/{len(questions)}")
    out.print(table)
    out.print("  ".join(f"{mark} {state}" for state, (mark, _) in _MARKS.items()), style="dim")
    if len(by_paper) > _MATRIX_PAPERS:
        out.print(f"… and {len(by_paper) - _MATRIX_PAPERS} more papers in out.answers")


def show_answers(out: Console, answers: Sequence[Mapping[str, Any]]) -> None:
    """One paper's answers with value, quote and page."""
    table = Table(show_lines=False, pad_edge=False, padding=(0, 1))
    table.add_column("question", no_wrap=True)
    table.add_column("value", max_width=_VALUE_CHARS)
    table.add_column("page", justify="right")
    table.add_column("quote, or why there is none")
    for row in answers:
        proof = _short(row["quote"] or row["reason"] or "", _QUOTE_CHARS)
        value = Text(_short(row["value"] or row["state"], _VALUE_CHARS * 2))
        if row["state"] != "answered":
            value.stylize("dim")
        page = "" if row["page"] is None else str(row["page"])
        table.add_row(f"{row['question_id']} {row['question_key']}", value, page, Text(proof))
    out.print(table)


def show_rows(out: Console, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Any rows as a table; nothing for none."""
    if not rows:
        return
    table = Table(title=title, title_justify="left", pad_edge=False, padding=(0, 1))
    for name in rows[0]:
        table.add_column(name.replace("_", " "))
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    out.print(table)


def show_life(out: Console, name: str, life: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """A paper's whole life, part by part."""
    out.print(Text(f"{_clean(name)}", style="bold"))
    for part, rows in life.items():
        if rows:
            show_rows(out, part.replace("_", " "), rows)
        else:
            out.print(f"{part.replace('_', ' ')}: none", style="dim")


def _show_summary(
    out: Console, states: Sequence[Mapping[str, Any]], counts: Mapping[str, int], run_id: int
) -> None:
    tally = Counter(row["state"] for row in states)
    total = ", ".join(f"{count} {state}" for state, count in tally.most_common())
    out.print(f"\nRelease: {len(states)} answers ({total or 'none yet'}).")
    out.print(f"Run {run_id}: {_describe(counts)}")


def _describe(counts: Mapping[str, int]) -> str:
    """What a run did, in one sentence; a night with nothing to do says so."""
    did = {name: n for name, n in counts.items() if n and name != "found"}
    if did:
        done = ", ".join(f"{n} {name}" for name, n in did.items())
        return f"{counts['found']} papers found; {done}."
    nothing = "0 parsed, 0 embedded, 0 questions asked, 0 facts written."
    if counts["found"] == 0:
        return (
            "no paper found: the folder holds no PDF, JATS, TEI or text file, or no source "
            f"brought one; {nothing}"
        )
    return (
        f"nothing to do: {counts['found']} papers found, all known and answered or set aside; "
        f"{nothing}"
    )


def _cell(value: Any) -> str:  # noqa: ANN401 - any SQL value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else _clean(str(value))


def _short(text: str, limit: int) -> str:
    clean = _clean(text)
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def _clean(text: str) -> str:
    """Untrusted text on one line without control characters, so no terminal obeys it."""
    return "".join(c if c.isprintable() else " " for c in text)
