"""
Give a section title its normalised role.

The lexicon holds the headings of the IMRaD form, of the back matter that publishers ask for,
and of taxonomic papers; the first rule that matches wins, so the special ones stand first.
"""

import re

__all__ = ["bare_title", "section_kind", "zone_of_kind"]

#: ``1``, ``2.3.1``, ``IV.``, ``A.`` and the like before a title.
_NUMBERING = re.compile(
    r"^\s*(?:(?:section|appendix|part|chapter)\s+)?"
    r"(?:\d{1,2}(?:\.\d{1,2}){0,4}[.:)]?|[IVX]{1,5}[.:)]|[A-H][.:)](?=\s))\s*[-\u2013\u2014|]?\s*",
    re.IGNORECASE,
)

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            "references",
            (
                r"(?:list of )?(?:references?|bibliography)(?: and notes| cited)?"
                r"|literature(?: cited)?|works cited|cited literature|notes and references"
                r"|references? list"
            ),
        ),
        ("abstract", r"(?:structured |graphical |extended )?abstract|(?:author )?summary|synopsis"),
        (
            "code_availability",
            (
                r".*\b(?:code|software)\b.*\b(?:availab|access|repositor).*"
                r"|availability of (?:the )?"
                r"(?:source )?(?:code|software)|availability and requirements"
            ),
        ),
        (
            "data_availability",
            (
                r".*\bdata(?:sets?)?\b.*\b(?:availab|accessib|access|archiv|deposition|repositor|shar)"
                r".*|availability of .*(?:data|material).*|open practices?.*|data resources|"
                r"accession (?:codes?|numbers?)"
            ),
        ),
        ("ethics", r".*\bethic.*|.*informed consent.*|institutional review board.*|consent .*"),
        (
            "funding",
            (
                r"fund(?:ing|ers?|ing (?:information|statement|sources?))|financial support.*"
                r"|grant (?:support|information)|sources? of (?:funding|support)"
            ),
        ),
        (
            "conflicts",
            (
                r".*\b(?:conflicts?|competing|declarations?) (?:of )?(?:financial )?"
                r"interests?.*|disclosures?(?: statement)?|competing (?:financial )?interests?"
            ),
        ),
        (
            "contributions",
            (
                r".*\bauthors?['\u2019]?s?['\u2019]? contributions?.*"
                r"|contributions?|credit author.*|author contributions?.*"
            ),
        ),
        ("acknowledgements", r"acknowledge?ments?.*|thanks"),
        (
            "supplement",
            (
                r"(?:electronic )?supplement.*|supporting information.*|appendi(?:x|ces)\b.*"
                r"|additional files?.*|extended data.*"
            ),
        ),
        (
            "methods",
            (
                r"(?:materials?|subjects?|patients?|participants?)(?:,| and| &).*"
                r"|(?:(?!of\b|for\b|between\b|with\b)[\w-]+ ){0,3}methods\b.*|methods?"
                r"|methodolog.*|experimental(?: procedures?| design| setup| part)?"
                r"|study (?:area|site).*"
                r"|procedures?|experiments?|implementation|data collection|statistical analys[ei]s"
            ),
        ),
        ("results", r"(?:experimental )?(?:main )?(?:results?|findings)\b.*|evaluation"),
        ("discussion", r"(?:general )?discussion\b.*|limitations?\b.*"),
        (
            "conclusion",
            r"(?:general )?conclu(?:sions?|ding).*|outlook|(?:summary and )?future work",
        ),
        ("introduction", r"(?:general )?introduction\b.*|background\b.*"),
    )
)

_ZONE_OF_KIND = {
    "abstract": "abstract",
    "references": "references",
    "data_availability": "back",
    "code_availability": "back",
    "ethics": "back",
    "funding": "back",
    "conflicts": "back",
    "contributions": "back",
    "acknowledgements": "back",
    "supplement": "back",
}


def bare_title(title: str) -> str:
    """The title without its number and without a closing colon or full stop."""
    return _NUMBERING.sub("", title, count=1).strip().rstrip(".:").strip()


def section_kind(title: str) -> str:
    """
    Normalise a title.

    Args:
        title: As printed, with or without its number.

    Returns:
        One of the kinds that ``etl.records.document.Section`` lists; ``other`` where no rule fits.
    """
    bare = re.sub(r"\s+", " ", bare_title(title))
    # A long "title" is a sentence; only its form decides, not a word it happens to hold.
    if not bare or len(bare) > 120:
        return "other"
    for kind, pattern in _RULES:
        if pattern.fullmatch(bare):
            return kind
    return "other"


def zone_of_kind(kind: str) -> str | None:
    """The zone a section of this kind opens, or None where it keeps the zone around it."""
    return _ZONE_OF_KIND.get(kind)
