"""A small night for the pages: every kind of source, two voters that disagree, one failure."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from etl.parse.reader import IsolatedParser
from etl.records import Ballot, CellState, ChunkSet, Document, Passage, Question
from etl.settings import PagesSettings, ParseSettings, Settings
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.tiny_night import TinyNight, reworded, tiny_questions

__all__ = ["PagesNight", "SilentAnswerer", "fill", "make_text"]

_SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "papers"


class SilentAnswerer(FakeAnswerer):
    """Finds nothing, ever."""

    def answer(
        self,
        document: Document,
        chunk_set: ChunkSet,
        questions: Sequence[Question],
        passages: Sequence[Sequence[Passage]],
    ) -> list[Ballot]:
        return [
            replace(
                ballot,
                state=CellState.NOT_REPORTED,
                value=None,
                value_text=None,
                score=None,
                reason="nothing found",
                evidence=(),
            )
            for ballot in super().answer(document, chunk_set, questions, passages)
        ]


@dataclass(frozen=True, kw_only=True)
class PagesNight:
    """What was filled."""

    database: Any
    settings: Settings

    def rows(self, statement: str) -> list[list[str]]:
        """Rows of a script as superuser."""
        return [line.split("|") for line in self.database.sql(statement)]

    def work_of(self, name: str) -> int:
        """Id of the work of a file."""
        [[found]] = self.rows(f"SELECT work_id FROM core.work WHERE name = '{name}'")  # noqa: S608 - names of ours
        return int(found)


def make_text(subject: str) -> str:
    """A plain text that our own reader takes for a paper."""
    sentence = f"We counted {subject} on many islands and wrote down what the people saw there. "
    return f"Counting {subject}\n\nMethods\n\n{sentence * 30}\n\nResults\n\n{sentence * 30}\n"


def fill(database: Any, folder: Path) -> PagesNight:
    """Run two nights; the second asks one question anew."""
    papers = folder / "papers"
    papers.mkdir()
    for name in ("terns-two-column.pdf", "cameras.jats.xml"):
        shutil.copy(_SAMPLES / name, papers / name)
    for subject in ("otters", "lichens"):
        (papers / f"{subject}.txt").write_text(make_text(subject))
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7\nno trailer")
    tiny = TinyNight(database=database.settings(), store=folder / "store")
    tiny.parser = IsolatedParser(ParseSettings())  # type: ignore[assignment]
    tiny.answerers = {"fake": FakeAnswerer(), "silent": SilentAnswerer("silent")}
    tiny.load()
    tiny.run(papers)
    first, second, third = tiny_questions()
    tiny.load([reworded(first, "By which optimizer was it trained?"), second, third])
    tiny.run(papers)
    pages = PagesSettings(image_folder=folder / "images", rows=10, burst=100_000)
    return PagesNight(
        database=database, settings=tiny.settings().model_copy(update={"pages": pages})
    )
