"""The golden cells of a catalogue: which questions, in which papers, must give which answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.catalogue.shelf import BUILT_IN_FOLDER, read_shelf

__all__ = ["GoldenExpectation", "load_golden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenExpectation:
    """One golden cell of one question."""

    question_id: str
    #: File name of the paper.
    paper: str
    #: What the answer must hold; none where the paper does not say it.
    expected: tuple[str, ...]


def load_golden(folder: Path | None = None) -> Sequence[GoldenExpectation]:
    """
    Read the golden cells of a catalogue.

    Args:
        folder: As for :func:`etl.catalogue.shelf.read_shelf`; None takes the built-in one.

    Returns:
        In the order of the question files.

    Raises:
        CatalogueError: The folder does not exist or holds no question file.
    """
    return [
        GoldenExpectation(
            question_id=shelved.entry.id,
            paper=cell.paper,
            expected=() if isinstance(cell.expect, str) else tuple(cell.expect),
        )
        for shelved in read_shelf(folder or BUILT_IN_FOLDER).questions
        for cell in shelved.entry.golden
    ]
