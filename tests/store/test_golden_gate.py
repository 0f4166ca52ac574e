"""No question comes into force before its golden cells pass; the refusal says what to mend."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from etl.answer.rule import RuleAnswerer
from etl.catalogue.load import load_catalogue
from etl.errors import UsageError
from etl.evaluate.golden_gate import GoldenGate, golden_folder
from etl.journey import Ports
from etl.parse.reader import IsolatedParser
from etl.settings import ParseSettings, RetrieveSettings, Settings
from etl.store.questions import QuestionStore
from etl.wiring import build_proof_ports
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.small_paper import make_chunk_set, make_document

pytestmark = pytest.mark.store

SOIL = Path(__file__).parents[2] / "catalogues" / "soil-ecology"


class CountingRules(RuleAnswerer):
    """The rules, and how often they were asked."""

    count = 0

    def answer(self, *arguments: Any) -> Any:
        self.count += 1
        return super().answer(*arguments)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A copy of the soil catalogue, to be edited."""
    folder = tmp_path / "soil"
    shutil.copytree(SOIL, folder)
    # The rules alone do not find it; together with a model it is found (tests/quality).
    _edit(folder, "SE04", golden=[])
    return folder


@pytest.fixture
def rules() -> CountingRules:
    return CountingRules()


@pytest.fixture
def gate(fresh: Any, catalogue: Path, rules: CountingRules) -> GoldenGate:
    ports = Ports(
        parser=IsolatedParser(ParseSettings()),
        embedder=FakeEmbedder(),
        chunker=make_chunk_set(make_document()).chunker,
        max_chunk_tokens=200,
        answerers={"rule": rules},
        retrieve=RetrieveSettings(),
    )
    return GoldenGate(
        store=QuestionStore(fresh.open()), ports=ports, papers=golden_folder(catalogue)
    )


def _edit(catalogue: Path, name: str, **changes: Any) -> None:
    path = next((catalogue / "questions").glob(f"{name}_*.yaml"))
    entry = yaml.safe_load(path.read_text()) | changes
    path.write_text(yaml.safe_dump(entry, allow_unicode=True))


def _load(gate: GoldenGate, catalogue: Path, **options: Any) -> dict[str, list[str]]:
    return gate.put_in_force(load_catalogue(catalogue), catalogue, **options)


def test_a_sound_catalogue_comes_into_force_and_is_not_tried_again(
    gate: GoldenGate, catalogue: Path, rules: CountingRules
) -> None:
    first = _load(gate, catalogue)
    assert first["changed"]
    assert set(first["proven"]) <= set(first["changed"])
    assert first["proven"]
    asked = rules.count
    assert asked > 0
    assert _load(gate, catalogue) == {"changed": [], "retired": [], "proven": []}
    assert rules.count == asked


def test_a_changed_question_that_misses_its_golden_cell_is_refused_and_nothing_changes(
    gate: GoldenGate, catalogue: Path
) -> None:
    _load(gate, catalogue)
    before = gate.store.current()
    _edit(
        catalogue,
        "SE01",
        question="Which animals of the soil were counted?",
        golden=[{"paper": "meadow.txt", "expect": ["unicorns"]}],
    )
    with pytest.raises(UsageError, match="not put in force: 1 of 1 golden cells") as caught:
        _load(gate, catalogue)
    message = str(caught.value)
    assert "SE01 in meadow.txt: wants unicorns; got " in message
    assert "--without-golden" in message
    assert gate.store.current() == before


def test_only_the_question_that_changed_is_tried(gate: GoldenGate, catalogue: Path) -> None:
    _load(gate, catalogue)
    _edit(catalogue, "SE01", question="Which animals of the soil were counted?")
    change = _load(gate, catalogue)
    assert change["changed"] == change["proven"] == ["SE01"]


def test_a_cosmetic_edit_is_no_change(gate: GoldenGate, catalogue: Path) -> None:
    _load(gate, catalogue)
    _edit(catalogue, "SE01", comment="Another remark.", version=9)
    assert _load(gate, catalogue) == {"changed": [], "retired": [], "proven": []}


def test_going_back_to_a_question_that_passed_needs_no_new_trial(
    gate: GoldenGate, catalogue: Path, rules: CountingRules
) -> None:
    path = next((catalogue / "questions").glob("SE01_*.yaml"))
    original = path.read_text()
    _load(gate, catalogue)
    _edit(catalogue, "SE01", question="Which animals of the soil were counted?")
    _load(gate, catalogue)
    asked = rules.count
    path.write_text(original)
    change = _load(gate, catalogue)
    assert (change["changed"], change["proven"], rules.count) == (["SE01"], [], asked)


def test_a_missing_golden_paper_is_named(gate: GoldenGate, catalogue: Path) -> None:
    (catalogue / "papers" / "meadow.txt").unlink()
    with pytest.raises(UsageError, match=r"names meadow\.txt, which is not in"):
        _load(gate, catalogue)


def test_without_golden_cells_it_is_loaded_and_the_catalogue_shows_so(
    gate: GoldenGate, catalogue: Path, fresh: Any
) -> None:
    _edit(catalogue, "SE01", golden=[{"paper": "meadow.txt", "expect": ["unicorns"]}])
    assert _load(gate, catalogue, is_proven=False)["proven"] == []
    shown = fresh.sql("SELECT count(*), count(golden_passed_at) FROM out.catalogue")
    assert shown == ["6|0"]


def test_our_own_catalogue_proves_itself_on_the_samples() -> None:
    assert (golden_folder(None) / "frogs-single-column.pdf").is_file()


def test_a_catalogue_passes_alike_whoever_votes_tonight() -> None:
    def names(**told: Any) -> set[str]:
        return set(build_proof_ports(Settings.model_validate(told)).answerers)

    everybody = {"rule", "extractive"}
    model = {"url": "http://127.0.0.1:9", "model": "m"}
    assert names() == names(answer={"answerers": ["rule"]}) == everybody
    assert names(answer={"answerers": ["rule"]}, llm=model) == everybody
    assert names(answer={"answerers": []}, llm=model) == {"llm:m"}
