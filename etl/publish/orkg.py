"""
Write the papers of a release as a table for the Open Research Knowledge Graph.

Reads:    one row a work, with its answered questions
Writes:   CSV with the headers of the graph's own import: ``paper:…`` and one property a question
Gives up: never
Version:  equal rows give equal bytes
Next:     the graph's CSV import, where a person checks the papers before they are published
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from etl.publish.export import csv_line, formula_safe

__all__ = ["orkg_lines"]

_PAPER = {
    "paper:title": "title",
    "paper:publication_year": "year",
    "paper:published_in": "venue",
    "paper:doi": "doi",
}


def orkg_lines(works: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> Iterator[str]:
    """
    One line a paper with a title; a paper without one cannot be found in the graph.

    Args:
        works: With ``title``, ``year``, ``venue``, ``doi`` and ``answers``: dicts with ``key``
            and ``value``.
        keys: Names of all questions; each becomes a property with the answer in one line.

    Yields:
        Lines with their end, the header first. Cells are safe to open in a spreadsheet.
    """
    yield csv_line([*_PAPER, *(key.replace("_", " ") for key in keys)])
    for work in works:
        if not work["title"]:
            continue
        values = {answer["key"]: answer["value"] for answer in work["answers"]}
        own = [work[column] for column in _PAPER.values()]
        cells = ["" if cell is None else str(cell) for cell in [*own, *map(values.get, keys)]]
        yield csv_line(map(formula_safe, cells))
