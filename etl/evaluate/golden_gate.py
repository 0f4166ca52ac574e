"""
Put a catalogue in force once its new questions pass their golden cells.

Reads:    the catalogue's files, the papers of its golden cells, what is in force
Writes:   core.question, core.question_version, core.golden_pass
Gives up: UsageError where a golden cell is not met; nothing is changed then
Version:  none of its own; a pass is kept under the recipes that gave it
Next:     the next night asks what changed
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.catalogue.catalogue import Catalogue
from etl.catalogue.golden import GoldenExpectation, load_golden
from etl.errors import UsageError
from etl.evaluate.golden import GoldenResult, judge_golden
from etl.evaluate.read import read_papers
from etl.journey import Ports
from etl.keys import fingerprint_sha256, sha256_hex
from etl.records.question import Question
from etl.store.questions import QuestionStore

__all__ = ["GoldenGate", "golden_folder"]

_SAMPLES = Path(__file__).parents[2] / "samples" / "papers"
#: More lines than this do not help to mend a catalogue.
_SHOWN = 10


def golden_folder(catalogue: Path | None) -> Path:
    """Where a catalogue keeps the papers of its golden cells: ``papers/``, else our samples."""
    own = catalogue / "papers" if catalogue is not None else None
    return own if own is not None and own.is_dir() else _SAMPLES


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenGate:
    """
    The door through which questions come into force.

    Args:
        store: The catalogue in the database.
        ports: What reads the papers, from :func:`etl.wiring.build_proof_ports`.
        papers: Folder of the papers of the golden cells.
    """

    store: QuestionStore
    ports: Ports
    papers: Path

    def put_in_force(
        self, catalogue: Catalogue, folder: Path | None, *, is_proven: bool = True
    ) -> dict[str, list[str]]:
        """
        Load a catalogue.

        Args:
            catalogue: All its questions.
            folder: Its files, as for :func:`etl.catalogue.golden.load_golden`.
            is_proven: Try the golden cells of each question that is not in force yet and has not
                passed before with the same readers.

        Returns:
            Ids under ``changed``, ``retired``, and ``proven``: those whose cells were tried now.

        Raises:
            UsageError: A cell is not met, or its paper is missing; names each.
        """
        passes = self._prove(catalogue.questions, load_golden(folder)) if is_proven else []
        change = self.store.load_catalogue(catalogue.name, catalogue.questions)
        self.store.save_golden_passes(passes)
        return {**change, "proven": sorted(question.question_id for question, *_ in passes)}

    def _prove(
        self, questions: Sequence[Question], cells: Sequence[GoldenExpectation]
    ) -> list[tuple[Question, str, int]]:
        """The questions that passed just now: each with its check and number of cells."""
        in_force = {question.question_version_id for question in self.store.current()}
        new = [q for q in questions if q.question_version_id not in in_force]
        with_cells = {cell.question_id for cell in cells}
        checks = {
            q.question_version_id: (q, self._check_of(q, cells))
            for q in new
            if q.question_id in with_cells
        }
        passed = self.store.golden_passes([check for _, check in checks.values()])
        due = [(q, check) for q, check in checks.values() if check not in passed]
        if not due:
            return []
        asked = [question for question, _ in due]
        counts = Counter(cell.question_id for cell in cells)
        ids = {question.question_id for question in asked}
        _require_met(self._try([cell for cell in cells if cell.question_id in ids], asked))
        return [(question, check, counts[question.question_id]) for question, check in due]

    def _try(
        self, cells: Sequence[GoldenExpectation], questions: Sequence[Question]
    ) -> list[GoldenResult]:
        readings = read_papers({self._paper(cell) for cell in cells}, questions, self.ports)
        return judge_golden(cells, readings, questions)

    def _check_of(self, question: Question, cells: Sequence[GoldenExpectation]) -> str:
        """Everything a pass depends on: the question, its cells, their papers, the readers."""
        own = [cell for cell in cells if cell.question_id == question.question_id]
        return fingerprint_sha256(
            {
                "question": question.question_version_id,
                "cells": [[cell.paper, *cell.expected] for cell in own],
                "papers": sorted({sha256_hex(self._paper(cell).read_bytes()) for cell in own}),
                "chunker": self.ports.chunker.sha256,
                "space": self.ports.embedder.space.fingerprint.sha256,
                "answerers": _recipes_of(self.ports),
            }
        )

    def _paper(self, cell: GoldenExpectation) -> Path:
        path = self.papers / cell.paper
        if not path.is_file():
            raise UsageError(
                f"the golden cell of {cell.question_id} names {cell.paper}, which is not in "
                f"{self.papers}: give its folder with --papers, or load --without-golden"
            )
        return path


def _recipes_of(ports: Ports) -> Mapping[str, str]:
    return {name: answerer.fingerprint.sha256 for name, answerer in sorted(ports.answerers.items())}


def _require_met(results: Sequence[GoldenResult]) -> None:
    missed = [result for result in results if not result.is_met]
    if not missed:
        return
    lines = [
        f"  {r.cell.question_id} in {r.cell.paper}: wants "
        f"{', '.join(r.cell.expected) or 'not_reported'}; got {r.given}"
        for r in missed[:_SHOWN]
    ]
    raise UsageError(
        f"the catalogue is not put in force: {len(missed)} of {len(results)} golden cells of its "
        "new questions are not met\n" + "\n".join(lines) + "\nMend the question or its golden "
        "cells (`florilegium catalogue test` tries them), or load it --without-golden"
    )
