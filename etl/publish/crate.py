"""
Pack a release as a Process Run Crate 0.5 on RO-Crate 1.1: tables, hashes, how they were made.

Reads:    all rows of a release, its questions and recipes
Writes:   a folder of plain files and ``ro-crate-metadata.json``
Gives up: UsageError where the folder is there already
Version:  equal releases give equal bytes with the same version of this package
Next:     an archive
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from etl.errors import UsageError
from etl.publish.export import ExportFormat, export_rows
from etl.publish.parquet import write_parquet

__all__ = ["CrateSource", "write_crate"]

_CONTEXT = "https://w3id.org/ro/crate/1.1/context"
_SPECIFICATION = "https://w3id.org/ro/crate/1.1"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_SPDX = "https://spdx.org/licenses/"
_CSV, _JSONL = "text/csv", "application/jsonl"
_JSON, _PARQUET = "application/json", "application/vnd.apache.parquet"
Row = Mapping[str, Any]
Rows = Callable[[], AbstractContextManager[Iterator[Row]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrateSource:
    """A release as the crate needs it; the three largest parts are opened when written."""

    release_id: int
    run_id: int
    decision_count: int
    started_at: datetime
    published_at: datetime
    #: Name to version of the packages that wrote it.
    software: Mapping[str, str]
    #: Stage, name, sha256 and recipe of all that the release was made by.
    recipes: Sequence[Row]
    questions: Sequence[Row]
    answers: Rows
    works: Rows
    evidence: Rows


def write_crate(source: CrateSource, folder: Path) -> dict[str, str]:
    """
    Write the crate.

    Args:
        source: What to pack.
        folder: Must not exist or must be empty: a crate vouches for all that lies in it.

    Returns:
        File name to SHA-256, the metadata file included.

    Raises:
        UsageError: The folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already; a crate needs a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    licences: Counter[str] = Counter()
    files = list(_write_tables(source, folder, licences))
    graph = [
        _descriptor(),
        _root(source, files),
        *files,
        *_terms(licences),
        *_provenance(source, files),
    ]
    path = folder / "ro-crate-metadata.json"
    metadata = {"@context": _CONTEXT, "@graph": graph}
    path.write_text(json.dumps(metadata, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return {str(f["@id"]): str(f["sha256"]) for f in files} | {path.name: _sha256(path)}


def _write_tables(
    source: CrateSource, folder: Path, licences: Counter[str]
) -> Iterator[dict[str, Any]]:
    """Write all parts and count the papers of each licence."""
    with source.answers() as rows:
        _write_lines(folder / "answers.csv", export_rows(rows, ExportFormat.CSV))
    yield _file(folder / "answers.csv", _CSV, "One row a work and question, safe in a spreadsheet")
    with source.answers() as rows:
        write_parquet(rows, folder / "answers.parquet")
    yield _file(folder / "answers.parquet", _PARQUET, "The same with typed columns")
    with source.evidence() as rows:
        _write_lines(folder / "evidence.jsonl", export_rows(rows, ExportFormat.JSONL))
    yield _file(folder / "evidence.jsonl", _JSONL, "Every quote that carries an answer")
    with source.works() as rows:
        papers = (_paper(row, licences) for row in rows)
        _write_lines(folder / "papers.csv", export_rows(papers, ExportFormat.CSV))
    yield _file(folder / "papers.csv", _CSV, "The papers, each with its licence and SHA-256")
    _write_lines(folder / "questions.csv", export_rows(source.questions, ExportFormat.CSV))
    yield _file(folder / "questions.csv", _CSV, "The questions as they were asked")
    recipes = json.dumps([dict(row) for row in source.recipes], ensure_ascii=False, indent=1)
    _write_lines(folder / "recipes.json", [recipes + "\n"])
    yield _file(folder / "recipes.json", _JSON, "Parsers, models, prompts and rules with options")


def _paper(work: Row, licences: Counter[str]) -> Row:
    licences[work["licence"] or ""] += 1
    return {name: value for name, value in work.items() if name != "answers"}


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(lines)


def _file(path: Path, media_type: str, words: str) -> dict[str, Any]:
    return {
        "@id": path.name,
        "@type": "File",
        "name": path.name,
        "description": f"{words}.",
        "encodingFormat": media_type,
        "contentSize": str(path.stat().st_size),
        "sha256": _sha256(path),
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _descriptor() -> dict[str, Any]:
    return {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": _SPECIFICATION},
        "about": {"@id": "./"},
    }


def _root(source: CrateSource, files: Sequence[Row]) -> dict[str, Any]:
    return {
        "@id": "./",
        "@type": "Dataset",
        "identifier": f"release-{source.release_id}",
        "name": f"Florilegium release {source.release_id}",
        "description": f"{source.decision_count} answers to one catalogue of questions, each with "
        "its state and, where answered, the sentence of the paper that carries it.",
        "datePublished": source.published_at.isoformat(),
        "license": {"@id": "#terms"},
        "conformsTo": {"@id": _PROFILE},
        "hasPart": [{"@id": file["@id"]} for file in files],
        "mentions": {"@id": "#publication"},
    }


def _terms(licences: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """What may be done with the parts: quotes go by the papers, of which each has its licence."""
    named = sorted(name for name in licences if name)
    told = [f"{licences[name]} papers {name}" for name in named]
    told += [f"{licences['']} papers without a licence that allows whole quotes"] * ("" in licences)
    yield {
        "@id": "#terms",
        "@type": "CreativeWork",
        "name": "Terms of the parts",
        "description": "Quotes are excerpts of the papers and stay under the papers' own terms, "
        f"which stand in papers.csv: {', '.join(told) or 'no papers'}. Quotes of papers without a "
        "free licence are cut, and quote_cut says so.",
        **({"isBasedOn": _references([f"{_SPDX}{name}" for name in named])} if named else {}),
    }
    for name in named:
        yield {
            "@id": f"{_SPDX}{name}",
            "@type": "CreativeWork",
            "name": name,
            "identifier": name,
            "description": f"Licence of {licences[name]} of the papers that are quoted.",
        }


def _provenance(source: CrateSource, files: Sequence[Row]) -> Iterator[dict[str, Any]]:
    software = [_software(name, version) for name, version in sorted(source.software.items())]
    recipes = [_recipe(row) for row in source.recipes]
    yield {
        "@id": _PROFILE,
        "@type": "CreativeWork",
        "name": "Process Run Crate",
        "version": "0.5",
    }
    yield {
        "@id": "#publication",
        "@type": "CreateAction",
        "name": f"Run {source.run_id} published release {source.release_id}",
        "description": "Papers were read, asked and decided on by the recipes named as "
        "instruments, and the result was published as one release.",
        "startTime": source.started_at.isoformat(),
        "endTime": source.published_at.isoformat(),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "instrument": _references([one["@id"] for one in [*software, *recipes]]),
        "object": [{"@id": "papers.csv"}, {"@id": "questions.csv"}],
        "result": [
            {"@id": file["@id"]}
            for file in files
            if file["@id"] not in ("papers.csv", "questions.csv")
        ],
    }
    yield from software
    yield from recipes


def _references(ids: Sequence[str]) -> dict[str, str] | list[dict[str, str]]:
    """One entity is named by itself, several in a list."""
    return {"@id": ids[0]} if len(ids) == 1 else [{"@id": one} for one in ids]


def _software(name: str, version: str) -> dict[str, Any]:
    return {
        "@id": f"#software-{name}",
        "@type": "SoftwareApplication",
        "name": name,
        "softwareVersion": version,
    }


def _recipe(row: Row) -> dict[str, Any]:
    return {
        "@id": f"#recipe-{row['sha256']}",
        "@type": "SoftwareApplication",
        "name": row["name"],
        "description": f"What {row['stage']} was done by; its options are in recipes.json.",
        "softwareVersion": row["name"].rpartition("/")[2],
        "identifier": row["sha256"],
        "isPartOf": {"@id": "recipes.json"},
    }
