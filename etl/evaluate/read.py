"""Read the papers of a folder through the whole journey, in memory."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog

from etl.errors import PermanentError, UsageError
from etl.journey import Ports, Reading, read_paper
from etl.records.question import Question

__all__ = ["read_papers"]


def read_papers(
    paths: Iterable[Path], questions: Sequence[Question], ports: Ports
) -> dict[str, Reading]:
    """
    Ask all questions of each paper.

    Args:
        paths: Files; one that is no readable paper is left out and logged.
        questions: What to ask.
        ports: Parser, embedder, answerers.

    Returns:
        File name to reading, in order of the names.

    Raises:
        UsageError: A file is missing.
    """
    readings = {}
    for path in sorted(paths, key=lambda path: path.name):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error
        try:
            readings[path.name] = read_paper(
                content, name=path.name, questions=questions, ports=ports
            )
        except PermanentError as error:
            structlog.get_logger().warning("evaluate.paper_unreadable", reason=str(error)[:200])
    return readings
