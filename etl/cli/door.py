"""
What all commands share: where errors become exit codes, and how results are shown.

Exit codes: 0 done, 1 work failed, 2 wrong use, 3 a service is missing.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import structlog
import typer
from pydantic import ValidationError
from rich.console import Console

from etl.errors import (
    CatalogueError,
    FlorilegiumError,
    RunInProgressError,
    TransientError,
    UsageError,
)

__all__ = ["EXIT_WORK_FAILED", "JsonFlag", "console", "door", "quiet_logs", "show_json"]

EXIT_WORK_FAILED = 1
_EXIT_WRONG_USE = 2
_EXIT_SERVICE_MISSING = 3

JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def console() -> Console:
    """Standard output; colours and width only where it is a terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def show_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON document; times as ISO texts."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


@contextmanager
def door(*, as_json: bool = False) -> Iterator[None]:
    """Turn an expected error into one clear line and its exit code."""
    try:
        yield
    except RunInProgressError as error:
        _leave(f"skipped: {error}", 0, as_json=as_json)
    except (UsageError, CatalogueError, ValidationError) as error:
        _leave(str(error), _EXIT_WRONG_USE, as_json=as_json)
    except TransientError as error:
        _leave(str(error), _EXIT_SERVICE_MISSING, as_json=as_json)
    except ModuleNotFoundError as error:
        line = f"the package {error.name} is missing; run `make venv`"
        _leave(line, _EXIT_SERVICE_MISSING, as_json=as_json)
    except FlorilegiumError as error:
        _leave(str(error), EXIT_WORK_FAILED, as_json=as_json)


def _leave(line: str, code: int, *, as_json: bool) -> NoReturn:
    if as_json:
        show_json({"error": line, "exit_code": code})
    typer.echo(f"florilegium: {line}", err=True)
    raise typer.Exit(code)


def quiet_logs() -> None:
    """Logs go to standard error, from warnings up: standard output is for results."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        # Looked up at each logger, not bound once: standard error may be exchanged (tests do).
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
