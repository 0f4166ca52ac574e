"""
Read TEI as GROBID writes it.

Its divisions are flat, so the depth of a section comes from ``head/@n`` (``2.1.``); a figure's
description may repeat a paragraph, so equal paragraphs are kept once (parsing.md section 2.3).
With ``@coords`` every block gets its boxes, and its sentences theirs where ``<s>`` has some.
"""

import re
from collections.abc import Sequence

from lxml import etree

from etl.errors import OutcomeCode, ParseError
from etl.parse.citation_book import CitationBook, marked_pieces
from etl.parse.draft import Box, Draft, KindName, PlacedWord
from etl.parse.draft_builder import DraftBuilder, collapse
from etl.parse.jats.inline import all_text, local_name
from etl.parse.jats.table import table_rows
from etl.parse.link.pattern import doi_in
from etl.safe_xml import read_xml

__all__ = ["TEI_READER", "read_tei"]

#: Raise the number whenever the same file would give another document.
TEI_READER = "tei-walker/2"

_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_BLOCKS = frozenset(
    {"p", "figure", "note", "formula", "div", "list", "item", "table", "listBibl", "quote"}
)
_DIV_KINDS = {
    "acknowledgement": "acknowledgements",
    "acknowledgment": "acknowledgements",
    "funding": "funding",
    "availability": "data_availability",
    "conflict": "conflicts",
    "contribution": "contributions",
    "annex": "supplement",
    "references": "references",
}
#: Equal paragraphs shorter than this are kept: short ones repeat by nature.
_DUPLICATE_MIN_CHARS = 80


def read_tei(content: bytes) -> Draft:
    """
    Read one TEI document.

    Args:
        content: An XML file whose root is ``TEI``, or a corpus whose first text is read.

    Returns:
        The draft; an empty ``body`` gives no blocks, which the quality gate judges.

    Raises:
        ParseError: BAD_XML where it is no TEI or declares entities; TOO_LARGE.
    """
    root = read_xml(content, allow_entities=False)
    tei = next((node for node in root.iter() if local_name(node) == "TEI"), None)
    if tei is None:
        raise ParseError(OutcomeCode.BAD_XML, "holds no TEI element")
    return _Walker(tei).read()


class _Walker:
    def __init__(self, tei: etree._Element) -> None:
        self.tei = tei
        self.tree = tei.getroottree()
        self.builder = DraftBuilder()
        self.book = CitationBook(self.builder.draft)
        self.seen: set[str] = set()
        self.sizes: list[tuple[float, float]] = []

    def read(self) -> Draft:
        draft = self.builder.draft
        self.sizes = [
            (float(page.get("lrx", "0")), float(page.get("lry", "0")))
            for page in self.tei.iter()
            if local_name(page) == "surface"
        ]
        draft.pages = list(self.sizes)
        self.header()
        for text in self.tei:
            if local_name(text) == "text":
                for part in text:
                    self.part(part)
        self.book.close()
        return self.builder.finish()

    def header(self) -> None:
        header = next((node for node in self.tei if local_name(node) == "teiHeader"), None)
        if header is None:
            return
        draft = self.builder.draft
        titles = [node for node in header.iter() if local_name(node) == "title"]
        self.builder.start_zone("front")
        if titles and all_text(titles[0]):
            draft.title = self.add("title", all_text(titles[0]), titles[0])
        for node in header.iter():
            name = local_name(node)
            if name == "idno" and (node.get("type") or "").upper() == "DOI" and draft.doi is None:
                draft.doi = all_text(node).lower() or None
            elif name == "date" and node.get("type") == "published" and draft.year is None:
                year = re.match(r"\d{4}", node.get("when") or "")
                draft.year = int(year[0]) if year else None
            elif name == "title" and node.get("level") == "j" and draft.venue is None:
                draft.venue = all_text(node) or None
            elif name == "abstract":
                self.builder.start_zone("abstract")
                self.builder.open_section("Abstract", level=1, kind="abstract")
                self.blocks(node, level=2)

    def part(self, node: etree._Element) -> None:
        name = local_name(node)
        if name in {"body", "front", "back", "group"}:
            self.builder.start_zone("back" if name == "back" else "body")
            self.blocks(node, level=1)

    def add(
        self,
        kind: KindName,
        text: str,
        node: etree._Element,
        ids: Sequence[tuple[str, ...]] = (),
    ) -> str:
        """Add a block; *ids* belong to the citations that are marked in its text."""
        block = self.builder.add(kind, text, xpath=self.tree.getpath(node))
        self.book.cite(block, ids)
        if block is not None:
            block.words = self.places(node, block.text)
        return block.text if block else ""

    def blocks(self, parent: etree._Element, *, level: int) -> None:
        for child in parent:
            self.block(child, level=level)
            if child.tail and child.tail.strip():
                self.add("paragraph", child.tail, parent)

    def block(self, node: etree._Element, *, level: int) -> None:
        name = local_name(node)
        if name == "div":
            self.division(node, level=level)
        elif name == "figure":
            self.figure(node)
        elif name == "listBibl":
            self.references(node, level=level)
        elif name == "head":
            self.head(node, level=level)
        elif name == "table":
            self.table(node)
        elif name == "item":
            text, ids = _marked_text(node)
            self.add("list_item", text, node, ids)
        elif name in {"p", "note", "formula", "quote"}:
            self.paragraph(node)
        elif any(local_name(child) in _BLOCKS for child in node):
            self.blocks(node, level=level)
        else:
            self.add("paragraph", all_text(node), node)

    def division(self, node: etree._Element, *, level: int) -> None:
        kind = _DIV_KINDS.get((node.get("type") or "").lower())
        heads = [child for child in node if local_name(child) == "head"]
        if kind and not heads:
            self.builder.open_section(kind.replace("_", " ").capitalize(), level=level, kind=kind)
        if node.text and node.text.strip():
            self.add("paragraph", node.text, node)
        self.blocks(node, level=level)

    def head(self, node: etree._Element, *, level: int) -> None:
        number = (node.get("n") or "").strip()
        depth = len([part for part in number.split(".") if part]) if number else 1
        title = collapse(f"{number} {all_text(node)}")
        self.builder.open_section(title, level=level + max(0, depth - 1))
        self.add("heading", title, node)

    def paragraph(self, node: etree._Element) -> None:
        name = local_name(node)
        text, ids = _sentence_text(node)
        if len(text) >= _DUPLICATE_MIN_CHARS:
            if text in self.seen:
                counts = self.builder.draft.counts
                counts["duplicate_paragraphs"] = int(counts.get("duplicate_paragraphs", 0)) + 1
                return
            self.seen.add(text)
        kinds: dict[str, KindName] = {"note": "footnote", "formula": "formula"}
        self.add(kinds.get(name, "paragraph"), text, node, ids)

    def table(self, node: etree._Element) -> None:
        rows, ids = table_rows(node, _marked_text)
        self.add("table", "\n".join(rows), node, ids)

    def figure(self, node: etree._Element) -> None:
        tables = [child for child in node.iter() if local_name(child) == "table"]
        lead = [_marked_text(child) for child in node if local_name(child) in {"head", "figDesc"}]
        notes = [child for child in node if local_name(child) == "note"]
        labels = [_marked_text(child) for child in node if local_name(child) == "label"]
        parts = lead if lead and lead[0][0] else labels + lead
        ids = [named for _, cited in parts for named in cited]
        self.add("caption", " ".join(text for text, _ in parts), node, ids)
        for table in tables:
            self.table(table)
        for note in notes:
            text, ids = _marked_text(note)
            self.add("footnote", text, note, ids)

    def references(self, node: etree._Element, *, level: int) -> None:
        self.builder.open_section("References", level=level, kind="references")
        for entry in node:
            if local_name(entry) == "biblStruct":
                raw = [child for child in entry if child.get("type") == "raw_reference"]
                text = all_text(raw[0]) if raw else all_text(entry)
                dois = [child for child in entry.iter() if child.get("type") == "DOI"]
                doi = all_text(dois[0]).lower() if dois else doi_in(text)
                number = len(self.builder.draft.references)
                self.builder.add_reference(text, doi, xpath=self.tree.getpath(entry))
                if len(self.builder.draft.references) > number:
                    self.book.name_entry(entry.get(_XML_ID), number)
        self.builder.close_to(level)

    def places(self, node: etree._Element, text: str) -> list[PlacedWord]:
        """Boxes of the sentences where they have coordinates, else of the whole block."""
        words: list[PlacedWord] = []
        position = 0
        for child in node:
            if local_name(child) == "s" and child.get("coords"):
                sentence = collapse("".join(str(piece) for piece in child.itertext()))
                start = text.find(sentence, position)
                if start >= 0 and sentence:
                    position = start + len(sentence)
                    self.place(words, child, start, position)
        if not words and node.get("coords"):
            self.place(words, node, 0, len(text))
        return words

    def place(self, words: list[PlacedWord], node: etree._Element, start: int, end: int) -> None:
        for box in self.boxes(node.get("coords") or ""):
            words.append(PlacedWord(start=start, end=end, box=box, line=len(words)))

    def boxes(self, coords: str) -> list[Box]:
        """Read ``page,x,y,w,h;…``, cut to the page; what lies outside every page is dropped."""
        boxes: list[Box] = []
        for part in coords.split(";"):
            try:
                page, x, y, width, height = (float(number) for number in part.split(","))
            except ValueError:
                continue
            if not 1 <= page <= len(self.sizes):
                continue
            right, bottom = self.sizes[int(page) - 1]
            x0, y0 = max(0.0, x), max(0.0, y)
            x1, y1 = min(right, x + width), min(bottom, y + height)
            if x1 >= x0 and y1 >= y0:
                boxes.append((int(page), x0, y0, x1, y1))
        return boxes


def _cited_ids(element: etree._Element) -> tuple[str, ...] | None:
    """Ids of the entries that a ``ref`` cites; None for any other element."""
    if local_name(element) == "ref" and element.get("type") == "bibr":
        return tuple(name.removeprefix("#") for name in (element.get("target") or "").split())
    return None


def _marked_text(element: etree._Element) -> tuple[str, list[tuple[str, ...]]]:
    """All text of an element on one line, its citations marked, and the ids of each."""
    ids: list[tuple[str, ...]] = []
    return collapse(" ".join(marked_pieces(element, _cited_ids, ids))), ids


def _sentence_text(node: etree._Element) -> tuple[str, list[tuple[str, ...]]]:
    """A paragraph's marked text; GROBID writes no blank between its sentences."""
    ids: list[tuple[str, ...]] = []
    if not any(local_name(child) == "s" for child in node):
        return collapse("".join(marked_pieces(node, _cited_ids, ids))), ids
    pieces = [node.text or ""]
    for child in node:
        inner = "".join(marked_pieces(child, _cited_ids, ids))
        pieces.append(inner)
        pieces.append(child.tail or " ")
    return collapse(" ".join(pieces)), ids
