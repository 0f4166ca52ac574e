"""
Read accession numbers of archives of sequences and records, the paper's own.

Reads:    scored sentences of a question about records
Writes:   nothing
Gives up: never
Version:  ACCESSION_VERSION, part of the fingerprint of every answerer that reads
Next:     the readers of typed answers
"""

import re
from collections.abc import Sequence

from etl.answer.candidates import Candidate
from etl.answer.link_kind import LinkKind, wanted_kind
from etl.answer.ownership import is_own
from etl.answer.reading import Item
from etl.records.question import Question

__all__ = ["ACCESSION_VERSION", "read_accessions"]

ACCESSION_VERSION = "own-accessions/1"

#: Archive → the form of its accession numbers, as the archives document them.
_FORMS = {
    "INSDC project": r"PRJ(?:NA|EB|DB)\d{3,}",
    "INSDC reads": r"[SED]R[APRXSZ]\d{6,}",
    "INSDC sample": r"SAM(?:N|EA|D)\d{5,}",
    "Gene Expression Omnibus": r"GSE\d{3,}",
    "ArrayExpress": r"E-[A-Z]{4}-\d+",
    "ProteomeXchange": r"PXD\d{6}",
    "MetaboLights": r"MTBLS\d+",
    "Protein Data Bank": r"PDB(?: ID)?:? ?[0-9][A-Za-z0-9]{3}",
}
_ACCESSION = re.compile(
    "|".join(rf"(?P<a{i}>(?<![\w-]){form}(?![\w-]))" for i, form in enumerate(_FORMS.values()))
)
#: Without one of these a number is only named, not given as the place of the authors' records.
_GIVEN = re.compile(r"\b(?:accessions?|deposited|submitted|available|archived)\b", re.IGNORECASE)


def read_accessions(question: Question, candidates: Sequence[Candidate]) -> list[Item]:
    """
    Give each accession number that a sentence or section offers as the authors' own.

    Args:
        question: One about code has none.
        candidates: Scored sentences, best first.

    Returns:
        One item a number: ``{"name", "surface", "host", "role"}`` with role ``own``.
    """
    if wanted_kind(question) is LinkKind.CODE:
        return []
    names = list(_FORMS)
    items: dict[str, Item] = {}
    for candidate in candidates:
        for match in _ACCESSION.finditer(candidate.text):
            offered = _GIVEN.search(candidate.text) is not None and is_own(
                candidate.text, match.start(), candidate.section_kind
            )
            if not offered or match[0] in items:
                continue
            archive = names[int((match.lastgroup or "a0")[1:])]
            value = {"name": match[0], "surface": match[0], "host": archive, "role": "own"}
            items[match[0]] = Item(
                value=value,
                label=match[0],
                sentences=(candidate.sentence_index,),
                score=min(1.0, 0.5 + candidate.score / 2),
            )
    return list(items.values())
