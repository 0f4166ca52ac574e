"""
Write the papers of a release as BibTeX, with their answers as keywords.

Reads:    one row a work, with its answered questions
Writes:   one entry a paper, in UTF-8
Gives up: never; what a paper does not state is left out
Version:  equal rows give equal bytes
Next:     a reference manager
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["bibtex_entries"]

#: TeX gives these a meaning of their own; text of a paper must not keep it.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_KEY_WORDS = re.compile(r"[a-z0-9]+")


def bibtex_entries(works: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """
    One ``@article`` (with a venue) or ``@misc`` a work.

    Args:
        works: With ``work_id``, ``paper``, ``title``, ``doi``, ``year``, ``venue``, ``sha256``
            and ``answers``: dicts with ``key``, ``value`` and ``value_json``.

    Yields:
        An entry with a blank line behind it. Each item of a list answer is a keyword
        ``question_key: name``; texts, numbers and links stand in ``annote``. Authors are not
        stored, so no entry has any.
    """
    for work in works:
        fields = {
            "title": f"{{{_tex(work['title'] or work['paper'])}}}",
            "year": None if work["year"] is None else str(work["year"]),
            "journal": work["venue"] and _tex(work["venue"]),
            "doi": work["doi"] and _tex(work["doi"]),
            "keywords": ", ".join(_keywords(work["answers"])),
            "annote": _tex("; ".join(f"{a['key']}: {a['value']}" for a in work["answers"])),
            "file_sha256": work["sha256"],
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        kind = "article" if work["venue"] else "misc"
        yield "\n".join([f"@{kind}{{{_key(work)},", *lines, "}", "", ""])


def _keywords(answers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Named items only; a comma would end a keyword, so it becomes a semicolon."""
    found = []
    for answer in answers:
        items = answer["value_json"] if isinstance(answer["value_json"], list) else []
        names = (item.get("name") for item in items if isinstance(item, Mapping))
        found += [_tex(f"{answer['key']}: {str(name).replace(',', ';')}") for name in names if name]
    return list(dict.fromkeys(found))


def _key(work: Mapping[str, Any]) -> str:
    """A word of the title, the year and the work's id: readable and never twice the same."""
    words = _KEY_WORDS.findall((work["title"] or "").lower())
    longest = next((word for word in words if len(word) > 3), "paper")
    return f"{longest}{work['year'] or ''}_{work['work_id']}"


def _tex(text: str) -> str:
    one_line = " ".join(text.split())
    return "".join(_TEX.get(sign, sign) for sign in one_line if sign.isprintable())
