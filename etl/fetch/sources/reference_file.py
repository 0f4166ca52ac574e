"""
Reference lists that people bring along.

Reads:    ids, BibTeX, RIS, CSL-JSON (Zotero)
Writes:   nothing
Gives up: UsageError when the file cannot be read at all; single entries go to ``unmatched``
Version:  none
Next:     etl/fetch/sources/listed.py
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.errors import UsageError
from etl.fetch.sources.fields import clean
from etl.fetch.sources.names import arxiv_of, doi_of, pmcid_of, pmid_of

__all__ = ["Reference", "References", "read_references"]

#: Larger lists are no lists.
_MAX_BYTES = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One entry that names a paper."""

    #: doi, pmcid, pmid or arxiv.
    scheme: str
    value: str
    #: As the file gives it; may be empty.
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What a file holds."""

    found: tuple[Reference, ...]
    #: Entries that name no paper, with the reason.
    unmatched: tuple[str, ...]


def read_references(file: Path) -> References:
    """
    Read a list by its suffix: ``.bib``, ``.ris``, ``.json``; any other is one id a line.

    Raises:
        UsageError: The file cannot be read, or is not what its name says.
    """
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{file} is larger than {_MAX_BYTES} bytes")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is no readable UTF-8 text") from error
    readers = {".bib": _bibtex, ".ris": _ris, ".json": _csl_json}
    entries = readers.get(file.suffix.lower(), _lines)(text, file)
    return _sorted_out(entries)


def _sorted_out(entries: Iterable[tuple[str, str, Mapping[str, str]]]) -> References:
    found: dict[tuple[str, str], Reference] = {}
    unmatched: list[str] = []
    for label, problem, values in entries:
        named = None if problem else _named(values)
        if named is None:
            reason = problem or "names no DOI, PMCID, PMID or arXiv id"
            unmatched.append(f"{label}: {reason}")
        elif named in found:
            unmatched.append(f"{label}: the same {named[0]} stands above")
        else:
            found[named] = Reference(
                scheme=named[0], value=named[1], title=clean(values.get("title", ""))
            )
    return References(found=tuple(found.values()), unmatched=tuple(unmatched))


def _named(values: Mapping[str, str]) -> tuple[str, str] | None:
    """The strongest name of an entry; arXiv's own DOIs are arXiv ids."""
    places = [values.get(key, "") for key in ("doi", "url", "eprint", "note", "id")]
    arxiv = next(filter(None, map(arxiv_of, places)), None)
    doi = next(filter(None, map(doi_of, places)), None)
    if arxiv and (doi is None or "arxiv" in doi):
        return "arxiv", arxiv
    if doi:
        return "doi", doi
    pmcid = pmcid_of(values.get("pmcid")) or next(filter(None, map(pmcid_of, places)), None)
    if pmcid:
        return "pmcid", pmcid
    pmid = pmid_of(values.get("pmid")) or pmid_of(values.get("id"))
    return ("pmid", pmid) if pmid else None


_Entries = Iterable[tuple[str, str, Mapping[str, str]]]


def _lines(text: str, file: Path) -> _Entries:
    del file
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.split("#", 1)[0].strip()
        if entry:
            yield f"line {number}", "", {"id": entry, "doi": entry}


def _bibtex(text: str, file: Path) -> _Entries:
    from bibtexparser.entrypoint import parse_string  # noqa: PLC0415 - only for this form

    del file
    logging.getLogger("bibtexparser").setLevel(logging.ERROR)
    library = parse_string(text)
    for entry in library.entries:
        values = {field.key.lower(): str(field.value) for field in entry.fields}
        yield entry.key, "", values
    for block in library.failed_blocks:
        yield f"line {(block.start_line or 0) + 1}", "is no BibTeX entry", {}


def _ris(text: str, file: Path) -> _Entries:
    import rispy  # noqa: PLC0415 - only for this form

    try:
        entries = rispy.loads(text)
    except (ValueError, OSError) as error:
        raise UsageError(f"{file} is no RIS: {str(error)[:120]}") from error
    for number, entry in enumerate(entries, start=1):
        title = entry.get("title") or entry.get("primary_title") or ""
        urls = entry.get("urls") or [entry.get("url") or ""]
        yield (
            f"entry {number}",
            "",
            {
                "doi": str(entry.get("doi") or ""),
                "url": str(urls[0]),
                "note": " ".join(map(str, entry.get("notes") or [])),
                "title": str(title),
                "id": str(entry.get("accession_number") or ""),
            },
        )


def _csl_json(text: str, file: Path) -> _Entries:
    try:
        entries: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is no JSON") from error
    if isinstance(entries, dict):
        entries = entries.get("items", [])
    if not isinstance(entries, list):
        raise UsageError(f"{file} is no CSL-JSON: a list of entries is expected")
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            yield f"entry {number}", "is no object", {}
            continue
        keys = ("title", "DOI", "URL", "PMID", "PMCID", "note")
        yield f"entry {number}", "", {key.lower(): str(entry.get(key) or "") for key in keys}
