"""The regression gate: our own labelled samples, by the real readers, model and answerers."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from etl.catalogue.golden import load_golden
from etl.catalogue.load import load_catalogue
from etl.evaluate.figures import Figure
from etl.evaluate.golden import judge_golden
from etl.evaluate.measures import measure_samples
from etl.evaluate.read import read_papers
from etl.journey import Ports
from etl.settings import Settings
from etl.wiring import build_ports

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]
SOIL = ROOT / "catalogues" / "soil-ecology"


@pytest.fixture(scope="module")
def ports() -> Ports:
    return build_ports(Settings(_env_file=None))  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def figures(ports: Ports) -> Sequence[Figure]:
    return list(measure_samples(ROOT / "samples", load_catalogue().questions, ports))


def test_every_bar_of_the_samples_is_kept(figures: Sequence[Figure]) -> None:
    missed = [f"{f.measure}: {f.ours}, {f.required}: {f.misses}" for f in figures if not f.is_met]

    assert len(figures) == 11
    assert not missed


@pytest.mark.parametrize(
    ("folder", "papers"),
    [(None, ROOT / "samples" / "papers"), (SOIL, SOIL / "papers")],
    ids=["deep-learning-methods", "soil-ecology"],
)
def test_every_golden_cell_is_met(ports: Ports, folder: Path | None, papers: Path) -> None:
    cells = load_golden(folder)
    questions = load_catalogue(folder).questions

    readings = read_papers({papers / cell.paper for cell in cells}, questions, ports)

    results = judge_golden(cells, readings, questions)
    assert results
    assert [f"{r.cell}: {r.given}" for r in results if not r.is_met] == []
