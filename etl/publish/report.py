"""
Tell a night on one page: what came, what changed and why, what failed and what to do.

Reads:    the facts of a run and of the run before it
Writes:   one HTML page that needs no other file, and the same facts as JSON
Gives up: never
Version:  none; a report is never an input
Next:     the people who run the nights
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from etl.publish.plots import HATCHES, Bar, bar_pairs, dot_pairs, stacked_bars

__all__ = ["STATES", "night_html", "night_json"]

#: Order of drawing, most welcome first.
STATES = (
    "answered",
    "conflicting",
    "not_reported",
    "not_applicable",
    "unreadable",
    "failed",
)
#: Two shares that differ by so many standard errors differ by chance once in a thousand times.
_DRIFT_Z = 3.29
#: The widest differences that are drawn; the table has all that are beyond chance.
_DRIFT_ROWS = 12
_FLOW = ("found", "answered", "excluded", "duplicate", "failed", "open")
Facts = Mapping[str, Any]


def night_json(facts: Facts) -> str:
    """The facts of a night as one JSON document; times as ISO texts, durations in seconds."""
    return json.dumps(facts, ensure_ascii=False, indent=1, default=_plain) + "\n"


def night_html(facts: Facts) -> str:
    """
    The report of a night.

    Args:
        facts: As ``NightReportStore.read`` gives them. All texts may come from papers and are
            escaped.

    Returns:
        A page in UTF-8 without script, font, image or link to fetch.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": _moment, "duration": _duration, "signed": _signed}
    environment.filters |= {"words": _words, "share": _percent, "figure": _figure}
    return environment.get_template("night.html.j2").render(
        facts,
        flow=[(name, facts["run"][name], _of(facts["before"], name)) for name in _FLOW],
        states=_state_rows(facts),
        state_names=STATES,
        hatches=HATCHES,
        questions=_question_rows(facts),
        time_plot=_time_plot(facts),
        state_plot=_state_plot(facts),
        drift_plot=_drift_plot(facts),
        drift_rows=_DRIFT_ROWS,
        drifted=[row for row in facts["drift"] if abs(row["z"] or 0) >= _DRIFT_Z],
        spend=_spend_rows(facts),
        change_total=sum(row["change_count"] for row in facts["change_counts"]),
        failure_total=sum(row["failure_count"] for row in facts["failure_counts"]),
    )


def _state_rows(facts: Facts) -> list[tuple[str, int, int | None]]:
    now, then = _totals(facts["states"]), _totals(facts["states_before"])
    has_before = bool(facts["states_before"])
    return [(state, now[state], then[state] if has_before else None) for state in STATES]


def _totals(rows: Sequence[Facts]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for row in rows:
        totals[row["state"]] += row["answer_count"]
    return totals


def _by_question(rows: Sequence[Facts]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        label = f"{row['question_id']} {row['question_key']}"
        found.setdefault(label, Counter())[row["state"]] += row["answer_count"]
    return found


def _question_rows(facts: Facts) -> list[dict[str, Any]]:
    """Share of answers that are answered, of those that a reader could have read."""
    then = _by_question(facts["states_before"])
    return [
        {
            "label": label,
            "counts": counts,
            "share": _share(counts),
            "before": _share(then[label]) if label in then else None,
        }
        for label, counts in _by_question(facts["states"]).items()
    ]


def _share(counts: Mapping[str, int]) -> float | None:
    readable = sum(counts.get(s, 0) for s in ("answered", "conflicting", "not_reported"))
    return counts.get("answered", 0) / readable if readable else None


def _time_plot(facts: Facts) -> Markup:
    then = {row["stage"]: float(row["seconds"]) for row in facts["stages_before"]}
    bars = [
        Bar(
            label=row["stage"],
            value=max(0.0, float(row["seconds"])),
            before=then.get(row["stage"]),
            text=_duration(row["seconds"]),
        )
        for row in facts["stages"]
    ]
    told = ", ".join(f"{bar.label} {bar.text}" for bar in bars)
    return bar_pairs(bars, title="Time per stage", words=told)


def _state_plot(facts: Facts) -> Markup:
    totals = _totals(facts["states"])
    told = ", ".join(f"{totals[state]} {_words(state)}" for state in STATES if totals[state])
    rows = _by_question(facts["states"])
    return stacked_bars(
        rows, STATES, title="Answers by question and state", words=f"In all: {told}"
    )


def _drift_plot(facts: Facts) -> Markup:
    bars = [
        Bar(
            label=f"{row['question_id']} {row['answerer']}",
            value=row["now_share"],
            before=row["then_share"],
            text=f"{_percent(row['then_share'])} → {_percent(row['now_share'])}",
        )
        for row in facts["drift"][:_DRIFT_ROWS]
        if row["z"]
    ]
    told = ", ".join(f"{bar.label} {bar.text}" for bar in bars[:3])
    return dot_pairs(bars, title="Share answered, before and now", words=f"Widest: {told}")


def _spend_rows(facts: Facts) -> list[tuple[Facts, Facts | None]]:
    """A model's use of this run beside that of the run before, where it has one."""
    then = {row["model"]: row for row in facts["spend_before"]}
    return [(row, then.get(row["model"])) for row in facts["spend"]]


def _of(row: Facts | None, name: str) -> Any:  # noqa: ANN401 - any SQL value
    return None if row is None else row[name]


def _moment(value: datetime | None) -> str:
    return "not yet" if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def _duration(value: float | Decimal | None) -> str:
    if value is None:
        return "not ended"
    seconds = max(0.0, float(value))
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _signed(value: int, before: int | None) -> str:
    """How a count differs from the night before; a sign and not a colour says which way."""
    if before is None:
        return ""
    if value == before:
        return "="
    return f"+{value - before}" if value > before else f"−{before - value}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}".replace("%", " %")


def _figure(value: float | None) -> str:
    """A coefficient; a dash where it is not defined."""
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return round(float(value), 3)
    return str(value) if not isinstance(value, datetime) else value.isoformat()
