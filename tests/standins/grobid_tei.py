"""Write a document as TEI in the form of GROBID's answers, so that a round trip can be tested."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from etl.records.document import Block, BlockKind, Document, Region, Sentence, Zone

__all__ = ["TeiForm", "empty_tei", "tei_of"]

_NAMESPACE = "http://www.tei-c.org/ns/1.0"
_NSMAP: Any = {None: _NAMESPACE}
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_NUMBER = re.compile(r"^((?:\d+\.)*\d+)\.?\s+")
_BACK = {
    "acknowledgements": "acknowledgement",
    "funding": "funding",
    "data_availability": "availability",
    "code_availability": "availability",
    "conflicts": "conflict",
    "contributions": "contribution",
    "supplement": "annex",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TeiForm:
    """What was asked for, and who answers."""

    version: str = "0.9.1"
    revision: str = "standin"
    #: Elements that get ``@coords``.
    coordinates: Collection[str] = ()
    sentences: bool = False
    ids: bool = False
    raw_citations: bool = False
    #: GROBID does not know what is hidden: it returns that text as text.
    with_hidden: bool = False


def empty_tei(form: TeiForm) -> bytes:
    """What GROBID gives for a withdrawn article: a header, and a body without a paragraph."""
    root, body, _ = _frame(form)
    _add(body, "div")
    return _bytes(root)


def tei_of(document: Document, form: TeiForm) -> bytes:
    """The document as GROBID would have read it, had it read it as we did."""
    return _bytes(_Writer(document, form).write())


def _frame(form: TeiForm, title: str = "") -> tuple[etree._Element, etree._Element, etree._Element]:
    root = etree.Element(f"{{{_NAMESPACE}}}TEI", nsmap=_NSMAP)
    header = _add(root, "teiHeader")
    description = _add(header, "fileDesc")
    _add(_add(description, "titleStmt"), "title", title, level="a", type="main")
    application = _add(
        _add(_add(header, "encodingDesc"), "appInfo"),
        "application",
        version=form.version,
        ident="GROBID",
        when="2026-01-01T00:00+0000",
    )
    _add(application, "label", form.revision, type="revision")
    _add(_add(header, "profileDesc"), "abstract")
    if form.coordinates:
        _add(root, "facsimile")
    text = _add(root, "text")
    return root, _add(text, "body"), _add(text, "back")


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    node = etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}", attributes)
    if text:
        node.text = text
    return node


def _bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


@dataclass(slots=True)
class _Writer:
    document: Document
    form: TeiForm
    own: dict[int, list[Sentence]] = field(default_factory=dict)
    serial: int = 0

    def write(self) -> etree._Element:
        for sentence in self.document.sentences:
            self.own.setdefault(sentence.block_index, []).append(sentence)
        root, body, back = _frame(self.form, self.document.title)
        self.surfaces(root)
        abstract = next(root.iter(f"{{{_NAMESPACE}}}abstract"))
        floats: list[Block] = []
        place, section = _add(abstract, "div"), -1
        for block in self.document.blocks:
            if not self.is_printed(block):
                continue
            if block.kind in {BlockKind.CAPTION, BlockKind.TABLE}:
                floats.append(block)
                continue
            if block.section_index != section:
                section = block.section_index
                place = self.division(block, abstract, body, back)
            self.block(place, block)
        for block in floats:
            self.figure(body, block)
        self.references(back)
        return root

    def is_printed(self, block: Block) -> bool:
        if block.zone is Zone.HIDDEN:
            return self.form.with_hidden
        if block.zone in {Zone.NOISE, Zone.REFERENCES, Zone.FRONT}:
            return False
        return block.kind not in {BlockKind.TITLE, BlockKind.REFERENCE}

    def surfaces(self, root: etree._Element) -> None:
        for facsimile in root.iter(f"{{{_NAMESPACE}}}facsimile"):
            for page in self.document.pages:
                sides = {
                    "ulx": "0.0",
                    "uly": "0.0",
                    "lrx": f"{page.width}",
                    "lry": f"{page.height}",
                }
                _add(facsimile, "surface", n=str(page.page), **sides)

    def division(
        self, block: Block, abstract: etree._Element, body: etree._Element, back: etree._Element
    ) -> etree._Element:
        section = self.document.sections[block.section_index]
        if section.zone is Zone.ABSTRACT:
            return _add(abstract, "div")
        if section.kind in _BACK:
            return _add(_add(back, "div", type=_BACK[section.kind]), "div")
        return _add(body, "div")

    def block(self, place: etree._Element, block: Block) -> None:
        if block.kind is BlockKind.HEADING:
            if self.document.sections[block.section_index].zone is Zone.ABSTRACT:
                return
            number = _NUMBER.match(block.text)
            head = _add(place, "head", block.text[number.end() :] if number else block.text)
            if number:
                head.set("n", f"{number[1]}.")
            self.mark(head, "head", block.regions)
        elif block.kind is BlockKind.FORMULA:
            self.mark(_add(place, "formula", block.text), "formula", block.regions)
        else:
            name = "note" if block.kind is BlockKind.FOOTNOTE else "p"
            self.paragraph(_add(place, name), name, block)

    def paragraph(self, node: etree._Element, name: str, block: Block) -> None:
        self.mark(node, name, block.regions)
        sentences = self.own.get(block.block_index, [])
        if not self.form.sentences or not sentences:
            node.text = block.text
            return
        for sentence in sentences:
            # No blank between sentences, as in GROBID's answers.
            child = _add(node, "s", self.document.text_of(sentence))
            self.mark(child, "s", sentence.regions)

    def figure(self, body: etree._Element, block: Block) -> None:
        figure = _add(body, "figure")
        self.mark(figure, "figure", block.regions)
        if block.kind is BlockKind.CAPTION:
            _add(figure, "head")
            _add(figure, "label")
            _add(figure, "figDesc", block.text)
            return
        figure.set("type", "table")
        table = _add(figure, "table")
        for line in block.text.split("\n"):
            row = _add(table, "row")
            for cell in line.split(" | "):
                _add(row, "cell", cell)

    def references(self, back: etree._Element) -> None:
        listing = _add(_add(back, "div", type="references"), "listBibl")
        for number, entry in enumerate(self.document.references):
            node = _add(listing, "biblStruct")
            node.set(_ID, f"b{number}")
            _add(_add(node, "analytic"), "title", entry.text[:40], level="a", type="main")
            if entry.doi:
                _add(node, "idno", entry.doi, type="DOI")
            if self.form.raw_citations:
                _add(node, "note", entry.text, type="raw_reference")

    def mark(self, node: etree._Element, name: str, regions: Iterable[Region]) -> None:
        if name in self.form.coordinates:
            boxes = (
                f"{r.page},{r.x0:.2f},{r.y0:.2f},{r.x1 - r.x0:.2f},{r.y1 - r.y0:.2f}"
                for r in regions
            )
            node.set("coords", ";".join(boxes))
        if self.form.ids:
            self.serial += 1
            node.set(_ID, f"_id{self.serial}")
