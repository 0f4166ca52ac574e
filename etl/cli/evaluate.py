"""``florilegium evaluate``: how good the answers are on labelled sets."""

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from etl.catalogue.load import load_catalogue
from etl.cli.door import EXIT_WORK_FAILED, JsonFlag, console, door, show_json
from etl.evaluate.figures import Figure, wilson_interval
from etl.evaluate.measures import measure_corpus, measure_samples
from etl.settings import load_settings
from etl.wiring import build_ports

__all__ = ["evaluate"]

_Samples = Annotated[Path, typer.Option(help="Folder with papers/ and facts.yaml.")]
_Corpus = Annotated[Path | None, typer.Option(help="Folder of published labelled sets.")]
_Misses = Annotated[bool, typer.Option("--misses", help="Show what was missed.")]


def evaluate(
    *,
    samples: _Samples = Path("samples"),
    corpus: _Corpus = None,
    misses: _Misses = False,
    as_json: JsonFlag = False,
) -> None:
    """Measure retrieval, answers, abstention, leak and links; exit 1 when a bar is missed."""
    with door(as_json=as_json):
        ports = build_ports(load_settings())
        questions = load_catalogue().questions
        own = measure_samples(samples, questions, ports)
        published = measure_corpus(corpus, questions, ports) if corpus else iter(())
        figures = list(chain(own, published))
        if as_json:
            show_json({"figures": [_as_json(figure) for figure in figures]})
        else:
            _show(figures, with_misses=misses)
    if not all(figure.is_met for figure in figures):
        raise typer.Exit(EXIT_WORK_FAILED)


def _as_json(figure: Figure) -> dict[str, object]:
    low, high = wilson_interval(figure.hits, figure.total)
    return {
        "measure": figure.measure,
        "anchor": figure.anchor,
        "required": figure.required,
        "ours": round(figure.share, 4),
        "hits": figure.hits,
        "total": figure.total,
        "interval": [round(low, 4), round(high, 4)],
        "is_met": figure.is_met,
        "misses": list(figure.misses),
    }


def _show(figures: list[Figure], *, with_misses: bool) -> None:
    table = Table("measure", "anchor", "required", "ours (hits/cases, 95 % interval)", "")
    for figure in figures:
        verdict = "met" if figure.is_met else "MISSED"
        table.add_row(figure.measure, figure.anchor, figure.required, figure.ours, verdict)
    out = console()
    out.print(table)
    for figure in figures if with_misses else ():
        for miss in figure.misses:
            out.print(f"{figure.measure}: {miss}", markup=False)
