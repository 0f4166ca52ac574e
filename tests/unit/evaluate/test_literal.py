"""The signs of six questions, and that only papers which hold a sign are counted."""

from pathlib import Path

import pytest

from etl.catalogue.load import load_catalogue
from etl.evaluate.literal import LITERAL_SIGNS, measure_literal
from etl.evaluate.read import read_papers
from etl.journey import Ports
from etl.parse.reader import IsolatedParser
from etl.settings import ParseSettings, RetrieveSettings
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.small_paper import make_chunk_set, make_document

QUESTIONS = [q for q in load_catalogue(None).questions if q.question_id in LITERAL_SIGNS]
PAPER = (
    """A paper of frogs

Methods

{told}

Results

"""
    + "Frogs were seen in each of the ponds, and most of them were green. " * 12
)


@pytest.fixture
def ports() -> Ports:
    return Ports(
        parser=IsolatedParser(ParseSettings()),
        embedder=FakeEmbedder(),
        chunker=make_chunk_set(make_document()).chunker,
        max_chunk_tokens=200,
        answerers={},
        retrieve=RetrieveSettings(),
    )


def test_each_sign_belongs_to_a_question_of_the_catalogue() -> None:
    assert {question.question_id for question in QUESTIONS} == set(LITERAL_SIGNS)


def test_a_pair_counts_where_the_paper_spells_the_sign(ports: Ports, tmp_path: Path) -> None:
    told = "The network was trained with PyTorch on one GPU by the optimiser Adam."
    (tmp_path / "told.txt").write_text(PAPER.format(told=told))
    (tmp_path / "silent.txt").write_text(PAPER.format(told="Nothing was trained."))
    readings = read_papers(tmp_path.iterdir(), QUESTIONS, ports)
    figure = measure_literal(readings, QUESTIONS, ports)
    # All chunks of so small a paper are among the first eight.
    assert (figure.hits, figure.total) == (3, 3)
