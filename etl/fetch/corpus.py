"""
A corpus: what belongs to a collection, as one YAML file.

Reads:    the file
Writes:   nothing
Gives up: UsageError that names the file and each wrong field
Version:  the name; a changed query begins a walk of its own
Next:     etl/fetch/policy.py, etl/fetch/corpus_source.py
"""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from etl.errors import UsageError
from etl.fetch.sources.rights import spdx_of
from etl.keys import sha256_hex

__all__ = [
    "Corpus",
    "LicencePolicy",
    "Override",
    "SourceEntry",
    "is_corpus_file",
    "read_corpus",
]

_DEFINITIONS = (".yaml", ".yml")
#: A reference list alone is a corpus of what it names, under the licences open by default.
_LISTS = (".bib", ".ris", ".json", ".txt")

#: What may be read and quoted without asking; NC and ND restrict passing on, not reading.
_OPEN = (
    "CC0-1.0", "CC-BY", "CC-BY-SA", "CC-BY-NC", "CC-BY-NC-SA", "CC-BY-ND", "CC-BY-NC-ND",
)  # fmt: skip
_NEEDS = {
    "europe_pmc": "query",
    "arxiv": "query",
    "crossref": "query",
    "openalex": "query",
    "oai_pmh": "url",
    "list": "file",
    "urls": "file",
    "folder": "folder",
}
_MAX_BYTES = 1_000_000


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceEntry(_Frozen):
    """One source and what is asked of it."""

    kind: Literal[
        "europe_pmc", "arxiv", "crossref", "openalex", "oai_pmh", "list", "urls", "folder"
    ]
    query: str | None = Field(default=None, min_length=1, description="In the source's syntax.")
    url: str | None = Field(default=None, pattern="^https?://", description="OAI-PMH base address.")
    set: str | None = Field(default=None, description="OAI-PMH set.")
    file: Path | None = Field(default=None, description="A list, relative to the corpus file.")
    folder: Path | None = Field(
        default=None, description="Papers of one's own, relative to the corpus file."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = _NEEDS[self.kind]
        if getattr(self, needed) is None:
            raise ValueError(f"{self.kind} needs {needed}")
        allowed = {needed, "kind"} | ({"set"} if self.kind == "oai_pmh" else set())
        if extra := self.model_fields_set - allowed:
            raise ValueError(f"{self.kind} takes no {', '.join(sorted(extra))}")
        return self

    @property
    def key(self) -> str:
        """Name in tables: a changed question to the same source is another walk."""
        asked = "\n".join(str(part) for part in _asked(self))
        return f"{self.kind}:{sha256_hex(asked)[:12]}"


def _asked(entry: SourceEntry) -> tuple[object, ...]:
    """What tells two entries of one kind apart."""
    where = entry.folder if entry.folder is not None else entry.file
    return entry.query, entry.url, entry.set, where


class Override(_Frozen):
    """Somebody answers for papers whose licence is unknown or not on the list."""

    by: str = Field(min_length=3, description="Name of the person.")
    reason: str = Field(min_length=10, description="Why it may be done; kept with each version.")


class LicencePolicy(_Frozen):
    """Which licences let bytes in; decided before they are asked for."""

    allow: tuple[str, ...] = Field(default=_OPEN, description="SPDX names, version or not.")
    override: Override | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.allow:
            found = spdx_of(name)
            if found is None or not (found == name or found.rsplit("-", 1)[0] == name):
                raise ValueError(f"{name!r} is no SPDX name of an open licence")
        return self

    def allows(self, spdx: str | None) -> bool:
        """True where a licence is on the list, by its whole name or without its version."""
        return spdx is not None and (spdx in self.allow or spdx.rsplit("-", 1)[0] in self.allow)


class Corpus(_Frozen):
    """The whole definition."""

    name: str = Field(pattern="^[a-z][a-z0-9-]{1,39}$", description="Stands in tables.")
    sources: tuple[SourceEntry, ...] = Field(min_length=1)
    since: date = Field(description="First day of interest.")
    overlap_days: int = Field(
        default=14, ge=1, le=365, description="Looked at again each night, for late records."
    )
    licences: LicencePolicy = LicencePolicy()
    languages: tuple[str, ...] = Field(
        default=(), description="ISO codes of two or three letters. None: all."
    )
    unknown_language: Literal["keep", "leave"] = Field(
        default="keep", description="What becomes of papers whose language is not told."
    )
    title_terms: tuple[str, ...] = Field(
        default=(), description="A title has to hold one of them. None: all."
    )
    max_pages: int = Field(
        default=100, ge=1, description="Result pages a source and night; the next goes on there."
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        keys = Counter(source.key for source in self.sources)
        if twice := [key.split(":")[0] for key, count in keys.items() if count > 1]:
            raise ValueError(f"{', '.join(twice)}: the same question stands twice")
        return self


def is_corpus_file(path: Path) -> bool:
    """True for a definition (``.yaml``) or a reference list, by its name."""
    return path.suffix.lower() in (*_DEFINITIONS, *_LISTS) and not path.is_dir()


def read_corpus(file: Path) -> Corpus:
    """
    Read and check a definition; a reference list is one of its own.

    Raises:
        UsageError: It cannot be read; the message names each wrong field.
    """
    if file.suffix.lower() in _LISTS:
        return _corpus_of_list(file)
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{file} is too large for a corpus")
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
        corpus = Corpus.model_validate(written)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is no readable UTF-8 text") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{file} is no YAML: {str(error).splitlines()[0]}") from error
    except ValidationError as error:
        wrong = [
            f"{'.'.join(map(str, fault['loc'])) or 'corpus'}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise UsageError(f"{file}: " + "; ".join(wrong)) from error
    for source in corpus.sources:
        if source.file is not None and not (file.parent / source.file).is_file():
            raise UsageError(f"{file}: sources: there is no file {source.file}")
        if source.folder is not None and not (file.parent / source.folder).is_dir():
            raise UsageError(f"{file}: sources: there is no folder {source.folder}")
    return corpus


def _corpus_of_list(file: Path) -> Corpus:
    """A corpus named after the list: the same list again is the same corpus."""
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    words = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")
    return Corpus(
        name=f"list-{words or 'of-papers'}"[:40].rstrip("-"),
        sources=(SourceEntry(kind="list", file=Path(file.name)),),
        since=date(1900, 1, 1),
    )
