"""
Retractions, corrections and expressions of concern, as each source words them.

Reads:    one record of an answer
Writes:   nothing
Gives up: FetchError BROKEN_ANSWER with the field
Version:  none
Next:     the sources beside this file, etl/fetch/notice_watch.py
"""

import re

from etl.fetch.sources.fields import Fields
from etl.fetch.sources.names import doi_of
from etl.intake import Notice

__all__ = ["crossref_notices", "day_of", "europe_pmc_notices", "openalex_notices"]

#: Crossref's update types; new versions and editions are no notice.
_CROSSREF = {
    "retraction": "retraction", "withdrawal": "retraction", "removal": "retraction",
    "partial_retraction": "concern", "expression_of_concern": "concern",
    "correction": "correction", "corrigendum": "correction", "erratum": "correction",
    "addendum": "correction", "clarification": "correction",
}  # fmt: skip
#: The first word of PubMed's comment types; ``… in`` stands on the paper, ``… of`` or ``… for``
#: on the notice.
_PUBMED = {
    "retraction": "retraction", "erratum": "correction", "correction": "correction",
    "corrected": "correction", "expression": "concern",
}  # fmt: skip
_IN_REFERENCE = re.compile(r"doi:\s*(10\.\S+)", re.IGNORECASE)


def crossref_notices(row: Fields, doi: str) -> tuple[Notice, ...]:
    """What a Crossref record says of itself (``updated-by``) and of others (``update-to``)."""
    found = []
    for key in ("updated-by", "update-to"):
        for update in row.maybe_rows(key):
            word = update.maybe_text("type") or ""
            kind = _CROSSREF.get(word.lower().replace("-", "_"))
            other = doi_of(update.maybe_text("DOI"))
            if kind is None or other is None:
                continue
            paper, notice = (doi, other) if key == "updated-by" else (other, doi)
            found.append(
                Notice(
                    doi=paper,
                    kind=kind,
                    source=f"crossref.{key}",
                    date=day_of(update.maybe_fields("updated")),
                    notice_doi=notice,
                    detail=word,
                )
            )
    return tuple(found)


def europe_pmc_notices(row: Fields, doi: str | None) -> tuple[Notice, ...]:
    """PubMed's comments and corrections; the other paper's DOI stands in its reference text."""
    found = []
    for comment in row.maybe_fields("commentCorrectionList").maybe_rows("commentCorrection"):
        word = comment.maybe_text("type") or ""
        kind = _PUBMED.get(word.lower().split(" ")[0])
        match = _IN_REFERENCE.search(comment.maybe_text("reference") or "")
        other = doi_of(match[1]) if match else None
        is_target = word.lower().endswith(" in")
        paper, notice = (doi, other) if is_target else (other, doi)
        if kind is not None and paper is not None:
            source = "europe_pmc.commentCorrectionList"
            found.append(
                Notice(doi=paper, kind=kind, source=source, notice_doi=notice, detail=word)
            )
    kinds = row.maybe_fields("pubTypeList").values("pubType")
    if doi and any(str(each).lower() == "retracted publication" for each in kinds):
        source = "europe_pmc.pubTypeList"
        found.append(Notice(doi=doi, kind="retraction", source=source, detail="retracted"))
    return tuple(found)


def openalex_notices(row: Fields, doi: str | None) -> tuple[Notice, ...]:
    """
    OpenAlex's mark ``is_retracted``, which it has had to take back before (arXiv 2403.13339).

    A record without the mark is a reinstatement; it is kept only where a retraction was told.
    """
    if doi is None:
        return ()
    kind = "retraction" if row.flag("is_retracted") else "reinstatement"
    changed = (row.maybe_text("updated_date") or "")[:10] or None
    return (Notice(doi=doi, kind=kind, source="openalex.is_retracted", date=changed),)


def day_of(moment: Fields) -> str | None:
    """The day of one of Crossref's dates, as exact as it is given."""
    parts = moment.values("date-parts")
    first = parts[0] if parts and isinstance(parts[0], list) else []
    numbers = [number for number in first[:3] if isinstance(number, int)]
    if not numbers:
        return None
    return "-".join([f"{numbers[0]:04d}", *(f"{each:02d}" for each in numbers[1:])])
