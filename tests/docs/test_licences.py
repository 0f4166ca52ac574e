"""A default installation may be used by anybody: no package of it is under a copyleft licence."""

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKED = re.findall(
    r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE
)
#: Packages whose metadata names a GPL, and why they are permissive all the same.
EXPLAINED = {
    "psycopg2-binary": "LGPL with exceptions: used as a library, unchanged",
    "text-unidecode": "dual: the Artistic License is chosen",
}


def licence_of(found: Distribution) -> str:
    """The licence expression, else the short licence line and the classifiers."""
    expression = found.metadata.get("License-Expression")
    if expression:
        return str(expression)
    # Some packages put the whole text into the field; only its head names the licence.
    line = (found.metadata.get("License") or "").strip()[:120]
    classifiers = found.metadata.get_all("Classifier") or []
    return " ".join([line, *(each for each in classifiers if each.startswith("License"))])


def is_copyleft(licence: str) -> bool:
    return bool(re.search(r"\b[AL]?GPL|Affero|GNU (Library|Lesser|General)", licence))


def test_no_locked_package_is_copyleft_but_for_the_explained_ones() -> None:
    assert len(LOCKED) > 100
    copyleft = {name for name in LOCKED if is_copyleft(licence_of(distribution(name)))}
    assert copyleft == set(EXPLAINED)


@pytest.mark.parametrize("licence", ["AGPL-3.0-only", "GPL-3.0-or-later", "GNU Affero GPL"])
def test_a_copyleft_licence_would_be_noticed(licence: str) -> None:
    assert is_copyleft(licence)
