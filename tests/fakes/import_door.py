"""Import a file through the command line, in this process, into a test's own database."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from etl.cli.app import app
from etl.settings import DatabaseSettings, load_settings

__all__ = ["call", "import_file"]


def call(settings: DatabaseSettings, *words: str) -> tuple[int, dict[str, Any]]:
    """Run one command with ``--json``; exit code and what it printed."""
    environment = {
        "FLORILEGIUM_DATABASE__URL": settings.url,
        "FLORILEGIUM_DATABASE__PASSFILE": str(settings.passfile),
    }
    # Settings are read once a process; here each call is a process of its own.
    load_settings.cache_clear()
    result = CliRunner().invoke(app, [*words, "--json"], env=environment)
    load_settings.cache_clear()
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout)


def import_file(
    settings: DatabaseSettings, kind: str, file: Path, *options: str
) -> tuple[int, dict[str, Any]]:
    """``florilegium import answers`` or ``annotations``."""
    return call(settings, "import", kind, str(file), *options)
