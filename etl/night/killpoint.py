"""
Named places where a test may kill this process, pause it, or do nothing.

Off unless ``FLORILEGIUM_KILLPOINT`` names one: ``claimed:KILL``, ``written:TERM``,
``worked:PAUSE=/some/file`` (waits until the file is gone). The crash suite walks all of them.
"""

import os
import signal
import time
from enum import StrEnum
from pathlib import Path

from etl.settings import load_settings

__all__ = ["Killpoint", "killpoint"]


class Killpoint(StrEnum):
    """Every place where an interruption must lose nothing and double nothing."""

    RUN_BEGUN = "run_begun"
    PAGE_KEPT = "page_kept"
    SIGHTED = "sighted"
    PLANNED = "planned"
    CLAIMED = "claimed"
    WORKED = "worked"
    FENCED = "fenced"
    WRITTEN = "written"
    COMMITTED = "committed"
    SETTLED = "settled"
    PUBLISHED = "published"


def killpoint(point: Killpoint) -> None:
    """Do what the setting says if it names this point; the first time only for PAUSE."""
    wish = load_settings().killpoint
    if wish is None:
        return
    name, _, action = wish.partition(":")
    if name != point:
        return
    if action.startswith("PAUSE="):
        _wait_while(Path(action.removeprefix("PAUSE=")))
    else:
        os.kill(os.getpid(), signal.SIGKILL if action == "KILL" else signal.SIGTERM)


def _wait_while(marker: Path) -> None:
    """Tell the test we are here by a second file, and go on when it takes the first away."""
    if marker.exists():
        marker.with_suffix(".reached").touch()
    while marker.exists():
        time.sleep(0.05)
