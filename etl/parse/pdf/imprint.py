"""
Read year and venue of a PDF from what its publisher printed on it, or leave them open.

Only imprint, citation line, running heads and stamps of the first pages are asked, never the
text; and only forms that say what they are: "Published: 12 May 2019", "© 2019", a journal's name
before volume and page. Years of different proofs have to agree within one (papers appear online
in December and in print in January), and journals by their letters; else nobody knows.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["read_imprint"]

_YEAR = r"((?:19|20)\d\d)"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = rf"(?:\d{{1,2}}[\s./-]+(?:{_MONTH}|\d{{1,2}})[\s.,/-]+|{_MONTH}\s+\d{{1,2}},?\s+)?{_YEAR}"
_PUBLISHED = re.compile(rf"\bpublished(?:\s+online)?:?\s+{_DATE}\b", re.IGNORECASE)
_COPYRIGHT = re.compile(rf"(?:©|\(c\)|\bcopyright\b)[^\d;]{{0,40}}{_YEAR}\b", re.IGNORECASE)
_PREPRINT = re.compile(
    rf"\b(arXiv|bioRxiv|medRxiv)(?::\S+|\b)[^;]{{0,60}}?\b\d{{1,2}} {_MONTH} {_YEAR}", re.IGNORECASE
)
#: A name of one to twelve words that begins with a capital.
_NAME = r"([A-Z][\w&'\u2019-]*(?:[,:]? (?:[A-Z&(][\w&'\u2019.)-]*|and|of|in|the|for|de|on)){0,11})"
_ISSUE = r"\d{1,4}(?:\s?\([^()]{1,12}\))?"
_PAGES = r"(?:e|Article )?\d[\w.]*"
#: A journal's name, year, volume and page, in the orders that journals print them.
_PLACED = (
    # BMC Genomics (2015) 16:413
    re.compile(rf"^{_NAME} \({_YEAR}\) {_ISSUE}\s?:\s?{_PAGES}"),
    # Sensors 2021, 21, 343; Ecology and Evolution 2016; 6: 7671; Meadow Journal, May 2015;8(2):99
    re.compile(
        rf"^{_NAME},? (?:{_MONTH}(?:-{_MONTH})? )?{_YEAR}[,;]\s?{_ISSUE}\s?[,:]\s?{_PAGES}",
        re.IGNORECASE,
    ),
    # Journal of Hay Volume 2018, Article ID 9412167
    re.compile(rf"^{_NAME},? Volume {_YEAR}, Article ID \d+"),
)
#: The same without the name, which some journals set apart: (2019) 9:14259
_PLACED_YEAR = re.compile(rf"^\({_YEAR}\) {_ISSUE}\s?:\s?{_PAGES}")
#: A running head that gives the journal's name and its home page.
_HEADED = re.compile(rf"^{_NAME} \| www\.")
_LAST_MONTHS = re.compile(rf",? {_MONTH}(?:-{_MONTH})?$", re.IGNORECASE)
#: After the paper's title in the line that tells how to cite it.
_CITED = re.compile(rf"^\W*{_NAME}[.,]? {_ISSUE}\s?:\s?{_PAGES}")
_CITATION = re.compile(r"^(?:how to )?cit(?:e|ation)\b", re.IGNORECASE)
_CITED_YEAR = re.compile(rf"\({_YEAR}\)")
_AUTHORS = re.compile(r"^.{1,60}?\bet al\.?,? ")
_PUBLISHER = re.compile(r"^Hindawi(?: Publishing Corporation)? ")
#: Years of one paper may differ by this much.
_SLACK = 1


def read_imprint(lines: Sequence[str], title: str) -> tuple[int | None, str | None, dict[str, str]]:
    """
    Find year and venue.

    Args:
        lines: Texts of the front, of running heads and stamps, of the first pages.
        title: Of the paper, as read; parts the citation line.

    Returns:
        Year, venue, and for each that was found the kind of its proof (``published``, ``placed``,
        ``cited``, ``copyright`` or ``preprint``).
    """
    years: dict[str, list[int]] = {}
    venues: list[tuple[str, str]] = []
    for line in lines:
        for kind, pattern in (("published", _PUBLISHED), ("copyright", _COPYRIGHT)):
            years.setdefault(kind, []).extend(int(year) for year in pattern.findall(line))
        placed = _placed(line)
        venues += [("placed", name) for name in placed[0]]
        years.setdefault("placed", []).extend(placed[1])
        cited = _cited(line, title)
        venues += [("cited", venue) for venue in cited[0]]
        years.setdefault("cited", []).extend(cited[1])
        preprint = _PREPRINT.search(line)
        if preprint:
            years.setdefault("preprint", []).append(int(preprint[2]))
            venues.append(("preprint", preprint[1]))
    year, year_proof = _agreed_year(years)
    venue, venue_proof = _agreed_venue(venues)
    proofs = {"year_proof": year_proof, "venue_proof": venue_proof}
    return year, venue, {name: proof for name, proof in proofs.items() if proof}


def _placed(line: str) -> tuple[list[str], list[int]]:
    """Venue and year of a line that places the paper in a journal."""
    bare = _PUBLISHER.sub("", _AUTHORS.sub("", line))
    for pattern in _PLACED:
        match = pattern.match(bare)
        if match:
            return [_LAST_MONTHS.sub("", match[1]).rstrip(" ,:")], [int(match[2])]
    headed = _HEADED.match(bare)
    year = _PLACED_YEAR.match(bare)
    return ([headed[1]] if headed else []), ([int(year[1])] if year else [])


def _cited(line: str, title: str) -> tuple[list[str], list[int]]:
    """Venue and year of a citation line that holds the paper's own title."""
    opening = _CITATION.search(line)
    if not opening or not title:
        return [], []
    words = r"\W+".join(map(re.escape, re.findall(r"\w+", title)))
    found = re.search(words, line, re.IGNORECASE)
    if not found:
        return [], []
    years = [int(year) for year in _CITED_YEAR.findall(line[: found.start()])]
    venue = _CITED.match(line[found.end() :].lstrip(" .?!"))
    return ([venue[1].rstrip(" ,:")] if venue else []), years[-1:]


def _agreed_year(years: dict[str, list[int]]) -> tuple[int | None, str]:
    """The year of first publication, where all proofs but a preprint's agree."""
    printed = [year for kind, found in years.items() if kind != "preprint" for year in found]
    if printed and max(printed) - min(printed) > _SLACK:
        return None, ""
    for kind in ("published", "placed", "cited", "copyright", "preprint"):
        if years.get(kind):
            return min(years[kind]), kind
    return None, ""


def _agreed_venue(venues: Iterable[tuple[str, str]]) -> tuple[str | None, str]:
    """The one name that all proofs but a preprint's give, blind to case and signs."""
    found = list(venues)
    printed = [entry for entry in found if entry[0] != "preprint"] or found
    spellings = Counter("".join(filter(str.isalnum, name.lower())) for _, name in printed)
    if len(spellings) != 1:
        return None, ""
    return printed[0][1], printed[0][0]
