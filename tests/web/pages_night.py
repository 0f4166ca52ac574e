"""A small night for the pages: every kind of source, voters that disagree, one failure."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from etl.parse.reader import IsolatedParser
from etl.records.ballot import Ballot, CellState
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document
from etl.records.question import Question
from etl.settings import PagesSettings, ParseSettings, Settings
from tests.fakes.answerer import FakeAnswerer
from tests.fakes.tiny_night import TinyNight, reworded, tiny_questions

__all__ = ["PagesNight", "SilentAnswerer", "add_others", "fill", "make_text"]

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
    tiny.answerers = {
        "first": FakeAnswerer("first"),
        "second": FakeAnswerer("second"),
        "silent": SilentAnswerer("silent"),
    }
    tiny.load()
    tiny.run(papers)
    first, second, third = tiny_questions()
    tiny.load([reworded(first, "By which optimizer was it trained?"), second, third])
    tiny.run(papers)
    pages = PagesSettings(image_folder=folder / "images", rows=10, burst=100_000)
    return PagesNight(
        database=database, settings=tiny.settings().model_copy(update={"pages": pages})
    )


_OTHERS = """
INSERT INTO core.foreign_paper (paper_key, label, work_id, match_kind)
SELECT name, name, work_id, 'name' FROM core.work;
INSERT INTO core.foreign_answer (foreign_paper_id, question_id, answerer, form, raw, state,
    state_basis, evidence_status, source_name, line)
SELECT foreign_paper_id, 'TQ1', 'other system', 'prose', 'It was Adam.', 'answered',
    'inferred', 'no_quote', 'others.csv', 1
FROM core.foreign_paper;
INSERT INTO core.annotation (annotation_id, foreign_paper_id, question_id, annotator, raw_label,
    label, comment, sample, source_name, line)
SELECT foreign_paper_id, foreign_paper_id, 'TQ1', 'anna', 'yes',
    'yes', 'said on page one', 'random', 'labels.csv', 1
FROM core.foreign_paper;
INSERT INTO core.annotation (annotation_id, foreign_paper_id, question_id, annotator, raw_label,
    label, value, sample, source_name, line)
SELECT foreign_paper_id + 1000, foreign_paper_id, 'TQ1', 'bert', 'no',
    'no', 'none', 'random', 'labels.csv', 1
FROM core.foreign_paper;
INSERT INTO core.adjudication (adjudication_id, foreign_paper_id, question_id, adjudicator,
    raw_label, label, comment, source_name, line)
SELECT foreign_paper_id, foreign_paper_id, 'TQ1', 'cleo', 'yes', 'yes', 'clear', 'last.csv', 1
FROM core.foreign_paper WHERE label <> 'otters.txt';
INSERT INTO core.sign_off (release_id, person, signed_at, verdict, comment, disputed_count,
    conflicting_count)
SELECT release_id, 'dora', now(), 'approved', 'looked at ten', 1, 0 FROM core.release;
INSERT INTO core.rights (full_text_id, source, url, version, licence_spdx, licence_raw,
    licence_source, oa_status, tdm_basis, tdm_reserved, policy)
SELECT full_text_id, 'europe_pmc', 'https://x.example', 'published', 'CC-BY-4.0', 'cc by',
    'license', 'gold', 'cc', false, 'open only'
FROM core.full_text;
INSERT INTO core.generation (document_id, question_version_id, answerer_id, model, prompt_sha256,
    schema_sha256, seed, call_count, prompt_tokens, completion_tokens, latency_seconds,
    finish_reason, request_id, output_text, suspect_count)
SELECT document_id, question_version_id, answerer_id, 'small model', 'p',
    's', 0, 1, 900, 40, 1.5, 'stop', 'r', '{}', 2
FROM core.ballot;
"""


def add_others(night: PagesNight) -> None:
    """What other systems, people, licences and a language model say of every paper."""
    night.database.sql(_OTHERS)
