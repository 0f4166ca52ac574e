"""
Write a paper as TEI in the form that GROBID gives, with sentences and their places.

The places are those of the paper as the typesetter would print it, so they are consistent
although no PDF is shipped beside this file.
"""
# ruff: noqa: INP001  (scripts in a folder, not a package)

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree
from paper_source import SOFT_HYPHEN, Figure, Heading, Paper, Paragraph, Reference, Table
from typeset import Run

__all__ = ["write_tei"]

_NAMESPACE = "http://www.tei-c.org/ns/1.0"
#: The TEI namespace without a prefix; lxml's stubs know text prefixes only.
_NSMAP: Any = {None: _NAMESPACE}
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_REFERENCE = re.compile(
    r"^(?P<names>[^\d]+)\. (?P<year>\d{4})\. (?P<title>.+?)\. (?P<journal>\D+) "
    r"(?P<volume>\d+), (?P<first>\d+)-(?P<last>\d+)\.$"
)
_LABEL = re.compile(r"^(?P<kind>Fig|Table)\.? (?P<number>\d+)\.")

Places = dict[tuple[int, int], str]


def write_tei(
    paper: Paper, runs: Iterable[Run], *, page_count: int, page_size: tuple[float, float]
) -> bytes:
    """
    Build the TEI document.

    Args:
        paper: The paper.
        runs: Its text as set, for the places of sentences.
        page_count: Pages of the setting.
        page_size: Width and height of each, points.

    Returns:
        UTF-8 bytes with an XML declaration.
    """
    places = _places(runs)
    root = etree.Element(f"{{{_NAMESPACE}}}TEI", nsmap=_NSMAP)
    _header(root, paper, places)
    facsimile = _child(root, "facsimile")
    for page in range(1, page_count + 1):
        size = {"ulx": "0.0", "uly": "0.0", "lrx": f"{page_size[0]}", "lry": f"{page_size[1]}"}
        _child(facsimile, "surface", n=str(page), **size)
    text = _child(root, "text")
    body = _child(text, "body")
    back = _child(text, "back")
    _body(body, back, paper, places)
    listing = _child(_child(back, "div", type="references"), "listBibl")
    entries = [part.text for part in paper.parts if isinstance(part, Reference)]
    for number, entry in enumerate(entries):
        _reference(listing, number, entry)
    etree.indent(root, space=" ")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _child(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """Append an element of the TEI namespace."""
    element = etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}", attributes)
    if text:
        element.text = text.replace(SOFT_HYPHEN, "")
    return element


def _places(runs: Iterable[Run]) -> Places:
    """``page,x,y,width,height`` of every line of every sentence, joined by semicolons."""
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for run in runs:
        if run.tag:
            top = run.y - 0.8 * run.size
            found[run.tag].append(
                f"{run.page},{run.x:.2f},{top:.2f},{run.width:.2f},{run.size:.2f}"
            )
    return {tag: ";".join(boxes) for tag, boxes in found.items()}


def _header(root: etree._Element, paper: Paper, places: Places) -> None:
    """Title, authors, journal, licence, the reader's name and the abstract."""
    facts = paper.facts
    header = _child(root, "teiHeader")
    description = _child(header, "fileDesc")
    _child(_child(description, "titleStmt"), "title", facts["title"], level="a", type="main")
    publication = _child(description, "publicationStmt")
    _child(publication, "publisher", "Sampletown Press")
    _child(_child(publication, "availability", status="free"), "p", facts["note"])
    _child(publication, "date", facts["year"], type="published", when=facts["year"])
    source = _child(_child(description, "sourceDesc"), "biblStruct")
    analytic = _child(source, "analytic")
    for author in facts["authors"].split("; "):
        name = _child(_child(analytic, "author"), "persName")
        forename, surname = author.rsplit(" ", 1)
        _child(name, "forename", forename, type="first")
        _child(name, "surname", surname)
    _child(analytic, "title", facts["title"], level="a", type="main")
    monograph = _child(source, "monogr")
    _child(monograph, "title", facts["journal"], level="j", type="main")
    _child(_child(monograph, "imprint"), "biblScope", facts["volume"], unit="volume")
    _child(source, "idno", facts["doi"], type="DOI")
    application = _child(
        _child(_child(header, "encodingDesc"), "appInfo"),
        "application",
        version="0.0-sample",
        ident="GROBID-style-sample",
        when="2024-01-01T00:00+0000",
    )
    _child(application, "desc", "Written by samples/make_samples.py in the form GROBID gives.")
    abstract = _child(_child(_child(header, "profileDesc"), "abstract"), "div")
    for paragraph in paper.abstract:
        _sentences(abstract, paragraph.sentences, -1, places)


def _sentences(
    parent: etree._Element, sentences: Sequence[str], block: int, places: Places
) -> None:
    """A paragraph whose sentences carry their places."""
    paragraph = _child(parent, "p")
    for index, sentence in enumerate(sentences):
        _child(paragraph, "s", sentence, coords=places[block, index])


def _body(body: etree._Element, back: etree._Element, paper: Paper, places: Places) -> None:
    """Flat divisions with numbered heads; floats beside them; availability in the back."""
    division = body
    counts = {"fig": 0, "tab": 0}
    for block, part in enumerate(paper.parts):
        match part:
            case Heading():
                parent = body
                if part.number is None:
                    parent = _child(back, "div", type="availability")
                division = _child(parent, "div")
                number = {"n": f"{part.number}."} if part.number else {}
                _child(division, "head", part.words, coords=places[block, 0], **number)
            case Paragraph():
                _sentences(division, part.sentences, block, places)
            case Figure():
                figure = _float(body, "fig", counts, part.caption, places, block)
                _child(figure, "graphic", type="vector-box")
            case Table():
                table = _float(body, "tab", counts, (part.caption,), places, block)
                rows = _child(table, "table")
                for row in part.rows:
                    line = _child(rows, "row")
                    for cell in row:
                        _child(line, "cell", cell)
            case Reference():
                return


def _float(
    body: etree._Element,
    kind: str,
    counts: dict[str, int],
    caption: Sequence[str],
    places: Places,
    block: int,
) -> etree._Element:
    """A figure element with head, label and described caption."""
    attributes = {"type": "table"} if kind == "tab" else {}
    figure = _child(body, "figure", coords=places[block, 0], **attributes)
    figure.set(_XML_ID, f"{kind}_{counts[kind]}")
    counts[kind] += 1
    found = _LABEL.match(caption[0])
    if found is None:
        message = f"caption without label: {caption[0]}"
        raise ValueError(message)
    _child(figure, "head", f"{found['kind']} {found['number']}.")
    _child(figure, "label", found["number"])
    description = _child(_child(figure, "figDesc"), "div")
    texts = [caption[0][found.end() :].strip(), *caption[1:]]
    _sentences(description, texts, block, places)
    return figure


def _reference(listing: etree._Element, number: int, entry: str) -> None:
    """One biblStruct with its raw text."""
    found = _REFERENCE.match(entry)
    if found is None:
        message = f"reference in an unknown form: {entry}"
        raise ValueError(message)
    struct = _child(listing, "biblStruct")
    struct.set(_XML_ID, f"b{number}")
    analytic = _child(struct, "analytic")
    _child(analytic, "title", found["title"], level="a", type="main")
    for author in found["names"].split(", "):
        name = _child(_child(analytic, "author"), "persName")
        _child(name, "surname", author.split()[0])
    monograph = _child(struct, "monogr")
    _child(monograph, "title", found["journal"], level="j")
    imprint = _child(monograph, "imprint")
    _child(imprint, "biblScope", found["volume"], unit="volume")
    _child(imprint, "biblScope", **{"unit": "page", "from": found["first"], "to": found["last"]})
    _child(imprint, "date", type="published", when=found["year"])
    _child(struct, "note", entry, type="raw_reference")
