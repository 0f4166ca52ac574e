"""``florilegium import answers | annotations``, ``agreement``, ``prevalence``."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Annotated, Any, TypeVar

import typer

from etl.agree.bootstrap import bootstrap_interval
from etl.agree.coefficients import COEFFICIENTS, LabelTable, coefficient_of
from etl.agree.prevalence import LabelCounts, prediction_powered, rogan_gladen
from etl.agree.quote_match import search_quotes
from etl.agree.recorded_file import Refusal, read_rows
from etl.agree.recorded_rows import (
    ColumnRules,
    RecordedAnswer,
    RecordedLabel,
    answers_of,
    labels_of,
)
from etl.cli.door import EXIT_WORK_FAILED, JsonFlag, console, door, show_json
from etl.cli.tables import show_rows
from etl.errors import UsageError
from etl.settings import load_settings
from etl.store.database import open_database
from etl.store.people import ImportCounts, ImportLine, PeopleStore

__all__ = ["agreement", "annotations", "answer_line", "answers", "import_app", "prevalence"]

import_app = typer.Typer(
    help="Take in what others said: answers of other systems, labels of people.",
    no_args_is_help=True,
)

_File = Annotated[Path, typer.Argument(help="CSV, JSON lines, or a folder of text files.")]
_Encoding = Annotated[str, typer.Option(help="Of the file; a byte order mark goes before.")]
_Columns = Annotated[
    list[str] | None,
    typer.Option("--column", help="OURS=THEIRS: a column, or the column of one question."),
]
_Others = Annotated[
    list[str] | None,
    typer.Option("--other-question", help="Id of a question that the catalogue does not ask."),
]
_Paper = Annotated[
    str | None, typer.Option("--paper", help="Where the file names none: it is all of one paper.")
]
_Level = Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")]
_Question = Annotated[str | None, typer.Option(help="One question only.")]
_REFUSALS_SHOWN = 20
_Row = TypeVar("_Row", RecordedAnswer, RecordedLabel)


@import_app.command("answers")
def answers(
    file: _File,
    *,
    answerer: Annotated[str | None, typer.Option(help="Where the file names none.")] = None,
    paper: _Paper = None,
    column: _Columns = None,
    other_question: _Others = None,
    encoding: _Encoding = "utf-8",
    as_json: JsonFlag = False,
) -> None:
    """Import recorded answers of other systems; exit code 1 when a line is refused."""
    with door(as_json=as_json):
        store = _store()
        rules = _rules(store, column, other_question, {"answerer": answerer, "paper": paper})
        refused: list[Refusal] = []
        rows = _without_refusals(answers_of(read_rows(file, encoding=encoding), rules), refused)
        counts = store.import_answers(map(answer_line, rows), file.name)
        store.search_evidence(search_quotes)
        _report(file, counts, refused, {"evidence": store.evidence_counts()}, as_json=as_json)


@import_app.command("annotations")
def annotations(  # noqa: PLR0913 - each is an option of the command line
    file: _File,
    *,
    annotator: Annotated[str | None, typer.Option(help="Where the file names none.")] = None,
    paper: _Paper = None,
    about: Annotated[
        str | None, typer.Option(help="Answerer whose answers were judged; by default the fact.")
    ] = None,
    sample: Annotated[
        str | None, typer.Option(help="random or chosen: how the papers came to be labelled.")
    ] = None,
    blind: Annotated[
        bool | None, typer.Option(help="Were answers and other labels hidden?")
    ] = None,
    adjudicate: Annotated[
        bool, typer.Option("--adjudicate", help="These are last words on disputed facts.")
    ] = False,
    column: _Columns = None,
    other_question: _Others = None,
    encoding: _Encoding = "utf-8",
    as_json: JsonFlag = False,
) -> None:
    """Import labels that people gave; exit code 1 when a line is refused."""
    with door(as_json=as_json):
        store = _store()
        said_blind = None if blind is None else "yes" if blind else "no"
        defaults = {
            "annotator": annotator,
            "paper": paper,
            "about": about,
            "sample": sample,
            "blind": said_blind,
        }
        rules = _rules(store, column, other_question, defaults)
        refused: list[Refusal] = []
        rows = _without_refusals(labels_of(read_rows(file, encoding=encoding), rules), refused)
        if adjudicate:
            lines = map(_label_line, _without_blanks(rows, refused))
            counts = store.import_adjudications(lines, file.name)
        else:
            counts = store.import_annotations(map(_label_line, rows), file.name)
        _report(file, counts, refused, {}, as_json=as_json)


def agreement(
    *,
    question: _Question = None,
    by_question: Annotated[
        bool, typer.Option("--by-question", help="Each question by itself, not all pooled.")
    ] = False,
    panels: Annotated[
        bool, typer.Option("--panels", help="All answerers and all annotators, not each pair.")
    ] = False,
    level: _Level = 0.95,
    draws: Annotated[int, typer.Option(min=100, max=100_000, help="Of the bootstrap.")] = 1000,
    as_json: JsonFlag = False,
) -> None:
    """Show how far answerers and people agree beyond chance, with bootstrap intervals."""
    with door(as_json=as_json):
        build = _panels if panels else _pairs
        labels = _store().panel_labels() if panels else _store().pair_labels()
        # With two raters Fleiss' kappa is Scott's pi; Krippendorff's alpha tells the same.
        skipped = "cohen_kappa" if panels else "fleiss_kappa"
        rows = [
            {**names, **figures}
            for names, table in build(labels, question, by_question=by_question)
            for figures in _figures(table, skipped, draws=draws, level=level)
        ]
        if as_json:
            show_json({"level": level, "draws": draws, "agreement": rows})
        elif rows:
            show_rows(console(), f"Agreement, {level:.0%} bootstrap intervals", _short_rows(rows))
        else:
            typer.echo("nobody to compare: import answers or annotations first")


def prevalence(
    *,
    question: _Question = None,
    years: Annotated[bool, typer.Option("--years", help="Each year too.")] = False,
    venues: Annotated[bool, typer.Option("--venues", help="By journal or conference.")] = False,
    level: _Level = 0.95,
    as_json: JsonFlag = False,
) -> None:
    """Show how many papers report something: as answered, and corrected by labels."""
    with door(as_json=as_json):
        found = [
            row
            for row in _store().prevalence(by_venue=venues)
            if question in (None, row["question_id"]) and (years or row["year"] is None)
        ]
        rows = [_prevalence_row(row, NormalDist().inv_cdf((1 + level) / 2)) for row in found]
        if as_json:
            show_json({"level": level, "prevalence": rows})
        elif rows:
            show_rows(console(), f"Prevalence, {level:.0%} intervals", _short_rows(rows))
        else:
            typer.echo("no answers yet")


def _store() -> PeopleStore:
    return PeopleStore(open_database(load_settings().database))


def _rules(
    store: PeopleStore,
    columns: Sequence[str] | None,
    others: Sequence[str] | None,
    defaults: Mapping[str, str | None],
) -> ColumnRules:
    renamed = {}
    for text in columns or ():
        ours, equals, theirs = text.partition("=")
        if not equals or not ours.strip() or not theirs.strip():
            raise UsageError(f"--column {text!r} is not OURS=THEIRS")
        renamed[ours.strip()] = theirs.strip()
    names = store.question_names([name.strip() for name in others or () if name.strip()])
    return ColumnRules(
        questions={ColumnRules.fold(name): question_id for name, question_id in names.items()},
        renamed=renamed,
        defaults={name: value for name, value in defaults.items() if value is not None},
    )


def _without_refusals(rows: Iterable[_Row | Refusal], refused: list[Refusal]) -> Iterator[_Row]:
    for row in rows:
        if isinstance(row, Refusal):
            refused.append(row)
        else:
            yield row


def _without_blanks(
    rows: Iterable[RecordedLabel], refused: list[Refusal]
) -> Iterator[RecordedLabel]:
    for row in rows:
        if row.label == "missing":
            refused.append(Refusal(row.line, "a last word cannot be blank"))
        else:
            yield row


def answer_line(row: RecordedAnswer) -> ImportLine:
    """What the store takes of a recorded answer."""
    return ImportLine(
        line=row.line,
        paper=row.paper,
        question_id=row.question_id,
        who=row.answerer,
        raw=row.raw,
        form=row.form,
        raw_state=row.raw_state,
        raw_value=row.raw_value,
        quote=row.quote,
        state=row.state,
        state_basis=row.basis,
        reason=row.reason,
    )


def _label_line(row: RecordedLabel) -> ImportLine:
    return ImportLine(
        line=row.line,
        paper=row.paper,
        question_id=row.question_id,
        who=row.annotator,
        raw=row.raw,
        about=row.about,
        label=row.label,
        raw_value=row.value,
        comment=row.comment,
        is_blind=row.is_blind,
        sample=row.sample,
        seconds=row.seconds,
        labelled_at=row.labelled_at,
    )


def _report(
    file: Path,
    counts: ImportCounts,
    refused: Sequence[Refusal],
    more: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    lines = sorted([(r.line, r.reason) for r in refused] + list(counts.refused))
    numbers = {
        "file": str(file),
        "read": counts.read + len(refused),
        "written": counts.written,
        "unchanged": counts.unchanged,
        "refused": len(lines),
        "matched_papers": counts.matched_papers,
        "created_papers": counts.created_papers,
    }
    if as_json:
        told = [{"line": line, "reason": reason} for line, reason in lines]
        show_json({**numbers, **more, "refusals": told})
    else:
        show_rows(console(), "Import", [numbers])
        shown = [{"line": line, "reason": reason} for line, reason in lines[:_REFUSALS_SHOWN]]
        show_rows(console(), "Refused", shown)
        if len(lines) > _REFUSALS_SHOWN:
            typer.echo(f"… and {len(lines) - _REFUSALS_SHOWN} more; --json lists all of them")
    if lines:
        raise typer.Exit(EXIT_WORK_FAILED)


def _pairs(
    patterns: Sequence[Mapping[str, Any]], question: str | None, *, by_question: bool
) -> list[tuple[dict[str, Any], LabelTable]]:
    """Pairs of raters, each with the labels of both."""
    cells: dict[tuple[Any, ...], list[tuple[str | None, str | None]]] = defaultdict(list)
    for row in patterns:
        if question in (None, row["question_id"]):
            scope = row["question_id"] if by_question or question else None
            pair = (scope, row["rater_a"], row["rater_b"], row["about_answerer"])
            labels = (_word(row["a_is_yes"]), _word(row["b_is_yes"]))
            cells[pair] += [labels] * row["cell_count"]
    names = ("question_id", "rater_a", "rater_b", "about_answerer")
    return [(dict(zip(names, pair, strict=True)), LabelTable(rows)) for pair, rows in cells.items()]


def _panels(
    cells: Sequence[Mapping[str, Any]], question: str | None, *, by_question: bool
) -> list[tuple[dict[str, Any], LabelTable]]:
    """All answerers, and all annotators of facts; who said what does not matter here."""
    found: dict[tuple[str | None, str], list[tuple[str, ...]]] = defaultdict(list)
    for row in cells:
        if question in (None, row["question_id"]):
            scope = row["question_id"] if by_question or question else None
            said = ("yes",) * row["yes_count"] + ("no",) * row["no_count"]
            found[scope, row["panel"]] += [said] * row["cell_count"]
    return [
        ({"question_id": scope, "panel": panel}, LabelTable(rows))
        for (scope, panel), rows in found.items()
    ]


def _word(is_yes: bool | None) -> str | None:  # noqa: FBT001 - a column of the database
    return None if is_yes is None else "yes" if is_yes else "no"


def _figures(
    table: LabelTable, skipped: str, *, draws: int, level: float
) -> Iterator[dict[str, Any]]:
    for name in COEFFICIENTS:
        if name == skipped:
            continue
        point = coefficient_of(table, name)
        interval = bootstrap_interval(table, name, draws=draws, level=level)
        yield {
            "coefficient": name,
            "value": point.value,
            "low": interval.low,
            "high": interval.high,
            "n": point.unit_count,
            "labels": ", ".join(f"{label} {count}" for label, count in point.labels.items()),
            "reason": point.reason,
        }


def _prevalence_row(row: Mapping[str, Any], z: float) -> dict[str, Any]:
    counts = LabelCounts(
        answered_count=row["answered_count"],
        yes_count=row["yes_count"],
        true_yes=row["true_yes"],
        false_yes=row["false_yes"],
        false_no=row["false_no"],
        true_no=row["true_no"],
    )
    corrected, by_errors = prediction_powered(counts, z=z), rogan_gladen(counts, z=z)
    return {
        "question_id": row["question_id"],
        "rater": row["rater"],
        "year": row["year"],
        "venue": row["venue"],
        "papers": row["answered_count"],
        "raw": row["raw_share"],
        "corrected": corrected.value,
        "low": corrected.low,
        "high": corrected.high,
        "rogan_gladen": by_errors.value,
        "rg_low": by_errors.low,
        "rg_high": by_errors.high,
        "labels": row["label_count"],
        "reason": row["correction_reason"],
        "design": row["design"],
    }


def _short_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Three digits for people, and no column that is empty throughout."""
    filled = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    return [
        {n: f"{row[n]:.3f}" if isinstance(row[n], float) else row[n] for n in filled}
        for row in rows
    ]
