"""``florilegium maintain``: the weekly round from a terminal."""

from pathlib import Path
from typing import Annotated

import typer

from etl.cli.door import JsonFlag, console, door, show_json
from etl.cli.tables import show_rows
from etl.night.upkeep import PARTS
from etl.settings import load_settings
from etl.stack.airflow_setup import clean_airflow
from etl.stack.environment import inherited_environment
from etl.stack.paths import StackPaths
from etl.wiring import build_upkeep

__all__ = ["maintain"]


def maintain(
    *,
    delete_orphans: Annotated[
        bool, typer.Option(help="Delete stored files that no paper points to.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Clean up what nights leave: dead rows, broken indexes, lost files, Airflow's old runs."""
    with door(as_json=as_json):
        settings = load_settings()
        upkeep = build_upkeep(settings)
        found = {part: upkeep.do(part, deletes_orphans=delete_orphans) for part in PARTS}
        paths = StackPaths(Path.cwd())
        is_cleaned = clean_airflow(settings, inherited_environment(), paths)
        found["airflow"] = {"cleaned": is_cleaned}
        if as_json:
            show_json(found)
            return
        for part, facts in found.items():
            show_rows(console(), part, [facts])
