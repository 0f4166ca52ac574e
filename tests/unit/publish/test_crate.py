"""A crate vouches for its files: it is valid RO-Crate 1.1, complete, and its hashes are true."""

import hashlib
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from etl.errors import UsageError
from etl.publish.crate import CrateSource, write_crate
from tests.unit.publish.test_forms import ROW


def _source(answers: list[dict[str, Any]]) -> CrateSource:
    def part(rows: list[dict[str, Any]]) -> Any:
        @contextmanager
        def opened():
            yield iter(rows)

        return opened

    recipe = {"stage": "answer", "name": "extractive/1", "sha256": "cd" * 32, "recipe": {"k": 8}}
    return CrateSource(
        release_id=3,
        run_id=9,
        decision_count=len(answers),
        published_at=datetime(2026, 3, 1, tzinfo=UTC),
        software={"florilegium": "0.1.0"},
        recipes=[recipe],
        questions=[{"question_id": "CQ01", "question": "=What?"}],
        answers=part(answers),
        works=part([{"work_id": 1, "paper": "a.pdf", "sha256": "ab" * 32, "answers": []}]),
        evidence=part([{"paper": "a.pdf", "quote": "q"}]),
    )


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    write_crate(_source([ROW]), tmp_path / "crate")
    return tmp_path / "crate"


def _graph(crate: Path) -> dict[str, dict[str, Any]]:
    document = json.loads((crate / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    assert document["@context"] == "https://w3id.org/ro/crate/1.1/context"
    entities = document["@graph"]
    assert len({entity["@id"] for entity in entities}) == len(entities)
    return {entity["@id"]: entity for entity in entities}


def _faults(crate: Path) -> list[str]:
    """Rules of RO-Crate 1.1, sections root data entity and data entities, that do not hold."""
    graph = _graph(crate)
    faults = []
    descriptor, root = graph.get("ro-crate-metadata.json", {}), graph.get("./", {})
    if descriptor.get("about") != {"@id": "./"} or "conformsTo" not in descriptor:
        faults.append("descriptor")
    faults += [
        f"root without {name}"
        for name in ("name", "description", "datePublished", "license")
        if not root.get(name)
    ]
    if root.get("@type") != "Dataset":
        faults.append("root type")
    parts = {part["@id"] for part in root.get("hasPart", [])}
    on_disk = {path.name for path in crate.iterdir()} - {"ro-crate-metadata.json"}
    if parts != on_disk:
        faults.append("parts")
    for name in parts & on_disk:
        content = (crate / name).read_bytes()
        told = graph[name]
        if told["sha256"] != hashlib.sha256(content).hexdigest():
            faults.append(f"hash of {name}")
        if told["contentSize"] != str(len(content)) or told["@type"] != "File":
            faults.append(f"size or type of {name}")
    return faults + [f"dangling {one}" for one in _references(list(graph.values())) - set(graph)]


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_references, value))
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            outside = value["@id"].startswith("https://")
            return set() if outside else {value["@id"]}
        return set().union(*map(_references, value.values()))
    return set()


def test_a_crate_is_valid(crate):
    assert _faults(crate) == []


def test_the_check_of_a_crate_finds_what_is_wrong(crate):
    (crate / "answers.csv").write_text("tampered")
    (crate / "stray.txt").write_text("not told")
    path = crate / "ro-crate-metadata.json"
    path.write_text(path.read_text().replace('"license"', '"licence"').replace("#terms", "#gone"))
    faults = _faults(crate)
    assert "hash of answers.csv" in faults
    assert "parts" in faults
    assert "root without license" in faults


def test_provenance_names_papers_software_models_and_hashes(crate):
    graph = _graph(crate)
    action = graph["#publication"]
    assert {"@id": "papers.csv"} in action["object"]
    assert {"@id": "#software-florilegium"} in action["instrument"]
    assert graph[f"#recipe-{'cd' * 32}"]["name"] == "extractive/1"
    assert json.loads((crate / "recipes.json").read_text())[0]["recipe"] == {"k": 8}
    assert "ab" * 32 in (crate / "papers.csv").read_text()


def test_tables_for_people_hold_no_formula(crate):
    assert "'=What?" in (crate / "questions.csv").read_text()
    assert "'=1+1" in (crate / "answers.csv").read_text()


def test_equal_releases_give_equal_crates(crate, tmp_path):
    again = write_crate(_source([ROW]), tmp_path / "again")
    for name, digest in again.items():
        assert hashlib.sha256((crate / name).read_bytes()).hexdigest() == digest


def test_a_folder_that_holds_something_is_not_vouched_for(crate):
    with pytest.raises(UsageError, match="folder of its own"):
        write_crate(_source([ROW]), crate)
