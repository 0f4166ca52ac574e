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
        started_at=datetime(2026, 2, 28, 23, tzinfo=UTC),
        published_at=datetime(2026, 3, 1, tzinfo=UTC),
        software={"florilegium": "0.1.0"},
        recipes=[recipe],
        questions=[{"question_id": "CQ01", "question": "=What?"}],
        answers=part(answers),
        works=part(
            [
                {"paper": f"{n}.pdf", "sha256": "ab" * 32, "licence": licence, "answers": []}
                for n, licence in enumerate(["CC-BY-4.0", None, "CC-BY-4.0"])
            ]
        ),
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


def _profile_faults(crate: Path) -> list[str]:
    """
    What Process Run Crate 0.5 demands and recommends of us, read from its page of rules.

    https://www.researchobject.org/workflow-run-crate/profiles/process_run_crate: the root conforms
    to the profile, whose entity has a name and a version; each action is mentioned by the root,
    of an action type, with an instrument that is an application, and results with their place.
    """
    graph = _graph(crate)
    root = graph["./"]
    profile = root.get("conformsTo", {}).get("@id", "")
    faults = [] if profile.startswith("https://w3id.org/ro/wfrun/process/") else ["root profile"]
    if not {"@type", "name", "version"} <= set(graph.get(profile, {})):
        faults.append("profile entity")
    actions = [one for one in graph.values() if one["@type"] == "CreateAction"]
    if [root.get("mentions")] != [{"@id": one["@id"]} for one in actions]:
        faults.append("mentions")
    for action in actions:
        faults += [
            f"action without {name}"
            for name in ("name", "description", "instrument", "object", "result")
            if not action.get(name)
        ]
        started, ended = (datetime.fromisoformat(action[n]) for n in ("startTime", "endTime"))
        if not started <= ended or started.tzinfo is None:
            faults.append("times")
        for tool in _references(action.get("instrument")):
            entity = graph.get(tool, {})
            if entity.get("@type") != "SoftwareApplication" or not entity.get("softwareVersion"):
                faults.append(f"instrument {tool}")
        made, used = _references(action["result"]), _references(action["object"])
        if made & used or made | used != {part["@id"] for part in root["hasPart"]}:
            faults.append("inputs and results")
    return faults


def test_a_crate_is_a_process_run(crate):
    assert _profile_faults(crate) == []
    path = crate / "ro-crate-metadata.json"
    path.write_text(
        path.read_text().replace('"instrument"', '"tool"').replace("CreateA", "CreateB")
    )
    assert "mentions" in _profile_faults(crate)


def test_a_crate_is_read_by_the_rocrate_library(crate):
    library = pytest.importorskip("rocrate.rocrate")
    read = library.ROCrate(str(crate))
    assert read.root_dataset["name"] == "Florilegium release 3"
    names = {entity.id for entity in read.data_entities}
    assert names == {path.name for path in crate.iterdir()} - {"ro-crate-metadata.json"}
    action = read.get("#publication")
    assert action.type == "CreateAction"
    assert {entity.id for entity in action["object"]} == {"papers.csv", "questions.csv"}
    assert {entity.id for entity in action["instrument"]} >= {"#software-florilegium"}
    assert read.get("https://spdx.org/licenses/CC-BY-4.0")["name"] == "CC-BY-4.0"


def test_terms_count_the_papers_of_each_licence(crate):
    terms = _graph(crate)["#terms"]["description"]
    assert "2 papers CC-BY-4.0, 1 papers without a licence" in terms
    assert "CC-BY-4.0" in (crate / "papers.csv").read_text()


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
