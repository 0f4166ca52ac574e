"""Show two readings of one paper side by side."""

from dataclasses import asdict

import typer

from etl.cli.door import console, show_json
from etl.cli.tables import show_rows
from etl.parse.compare import Likeness

__all__ = ["show_likeness"]

#: Headings shown a side; a paper has 10 to 40.
_SHOWN = 12


def show_likeness(likeness: Likeness, *, as_json: bool) -> None:
    """Print figures a reader, then how much of each reading stands in the other."""
    if as_json:
        show_json(asdict(likeness))
        return
    out = console()
    one, other = asdict(likeness.one), asdict(likeness.other)
    rows = [{"": name.replace("_", " "), "one": one[name], "other": other[name]} for name in one]
    show_rows(out, "Two readings", rows)
    shares = [
        {
            "": "windows of 80 letters found in the other",
            "one": f"{likeness.windows_in_other:.3f}",
            "other": f"{likeness.windows_in_one:.3f}",
        },
        {
            "": "headings that are headings of the other",
            "one": f"{likeness.headings_in_other:.3f}",
            "other": f"{likeness.headings_in_one:.3f}",
        },
    ]
    show_rows(out, "Alike", shares)
    for side, titles in (
        ("one", likeness.headings_only_in_one),
        ("other", likeness.headings_only_in_other),
    ):
        if titles:
            more = f" and {len(titles) - _SHOWN} more" if len(titles) > _SHOWN else ""
            typer.echo(f"headings only in {side}: {'; '.join(titles[:_SHOWN])}{more}")
